"""Listings into a comparable form, in columns: names, addresses, phones, sites, classes, positions.

``VERSION`` changes whenever the same listing would come out differently, or be compared differently: links name it beside the
digest of the model. A test holds what comes out of some listings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import attrs
import numpy as np

from travelcrawl.geo import datum
from travelcrawl.matching import text
from travelcrawl.matching.addresses import Address, parse_address
from travelcrawl.matching.naming import dashed, split_names
from travelcrawl.matching.phones import NONE, key, phone_numbers
from travelcrawl.matching.terms import Terms
from travelcrawl.matching.text import Bools, Floats, Ints
from travelcrawl.matching.vocabulary import spellings, spread, stems
from travelcrawl.matching.words import last_meaning, one_form, replace_aliases, words

VERSION = 1
FIELDS = ("source", "id", "name", "address", "category", "lon", "lat", "datum", "phone", "website")
NAME_LIMIT, ADDRESS_LIMIT, OTHER_LIMIT = 120, 200, 300
"""Characters that are looked at; what is longer is no name."""

LETTERS = tuple("bcdfghijklmpqrtuvwxz")
"""Single letters that tell one building or hall from the next; a, e, n, o, s and y are words or leftovers of words."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
PART_TERMS = 3
"""Terms at the end of a name that may say it is a part of something."""


@attrs.frozen(kw_only=True, eq=False)
class Table:
    """Normalised listings, one entry each in every column. Rows keep the order of the input."""

    source: Ints
    sources: tuple[str, ...]
    ids: list[str]
    name: list[str]
    """The whole name, folded, letters and ideographs only."""
    core: list[str]
    """The name without branch and brackets, compact; the whole name where nothing else is left."""
    spaced: list[str]
    """The whole name, folded, words apart."""
    branch: list[str]
    """Which one of a chain: the part in brackets or after a dash or gap that ends in 店; compact, without 店."""
    sound: list[str]
    """The core in Latin letters (pinyin)."""
    heard: list[str]
    """The core with characters that sound the same as one."""
    address: list[str]
    address_parts: list[Address]
    road: list[str]
    postcode: list[str]
    house: Floats
    """House number, -1 where none is said."""
    floor_code: Ints
    """The same number for the same floor, -1 where none is said; so in the other codes."""
    building_code: Ints
    district_code: Ints
    site_code: Ints
    name_terms: Terms
    core_terms: Terms
    address_terms: Terms
    where_terms: Terms
    """Terms of the address and of what the name says in brackets or behind a dash: both tell where it is."""
    children: Terms
    """Words of the name that speak of something inside or beside a place; see ``words.Words.children``."""
    numbers: Terms
    """Digits in the name."""
    address_numbers: Terms
    phones: list[frozenset[str]]
    phone_terms: Terms
    site: list[str]
    path: list[str]
    kind: Ints
    """Class by the source's category, -1 where unknown; see ``words.Words.classes``."""
    name_kind: Ints
    """Class by the name's last telling word."""
    part: Ints
    """Kind of part by the name, -1 for a whole place; see ``words.Words.parts``."""
    category: list[str]
    lon: Floats
    """Longitude, degrees, WGS-84; NaN where there is none."""
    lat: Floats
    """Latitude, degrees, WGS-84; NaN where there is none."""
    precision: Ints
    """Decimal places of the longitude as given; -1 where there is none."""
    nameless: Bools
    """No name to compare: empty, or too long to be one."""
    core_length: Ints
    """Characters in the core."""
    han_share: Floats
    """Share of the core that is not Latin letters and digits."""
    whole_terms: Terms
    """Terms of the name without a shop's branch."""
    spelling: list[str]
    """The word of each of ``name_terms``, empty where it is no word of letters."""
    letters: Bools
    """Which of ``name_terms`` have a spelling."""
    spread: Floats
    """How widely the bearers of each of ``name_terms`` are spread over the city, 0.3-1: an area's name lies close together."""
    stem_code: Ints
    """The same number for the same core but for words that say little (Starbucks, Starbucks Coffee)."""
    core_code: Ints
    """The same number for the same core."""
    frequency: Ints
    """Listings of the fullest source that have the same core."""
    notes: tuple[str, ...] = ()
    """What was left out or cut, a sentence each."""

    def __len__(self) -> int:
        return len(self.ids)


def normalise(columns: Mapping[str, Sequence[str]]) -> Table:
    """Return the table of listings given as columns of text (``FIELDS``; a missing column is empty everywhere)."""
    size = len(columns["name"])
    given = {field: columns.get(field) or [""] * size for field in FIELDS}
    notes = []
    if long := sum(len(name) > NAME_LIMIT for name in given["name"]):
        notes.append(f"{long} names are longer than {NAME_LIMIT} characters, which no name is: they match nothing")
    folded = text.fold([dashed(name, NAME_LIMIT) for name in given["name"]], NAME_LIMIT)
    cores, branches, wholes, asides = split_names(folded)
    addresses = text.fold(given["address"], ADDRESS_LIMIT)
    parts = [parse_address(address) for address in addresses]
    categories = text.fold(given["category"], OTHER_LIMIT)
    phones = [
        phone_numbers(said, _region(name, address, category, part)) if said else NONE
        for said, name, address, category, part in zip(
            given["phone"], folded, addresses, categories, parts, strict=True
        )
    ]
    sites = [_site(website) if website else ("", "") for website in given["website"]]
    lon, lat, precision, odd = _positions(given["lon"], given["lat"], given["datum"])
    if odd:
        notes.append(f"{odd} positions are impossible or 0,0: compared without position")
    table = words()
    name = text.compact(folded)
    core = replace_aliases(text.compact(cores))
    sources = tuple(sorted(set(given["source"])))
    place = {one: number for number, one in enumerate(sources)}
    source = np.array([place[one] for one in given["source"]], dtype=np.int64)
    core_code = text.numbered(core) + 1
    name_rows, name_hashes, name_classes = text.cut(folded)
    address_rows, address_hashes, address_classes = text.cut(addresses)
    aside_rows, aside_hashes, _ = text.cut(asides)
    inner = np.isin(name_hashes, table.children)
    core_rows, core_hashes, _ = text.cut(cores)
    whole_rows, whole_hashes, _ = text.cut(wholes)
    core_length, unspaced = text.measure(core)
    address_digits = address_classes == 1
    digits = (name_classes == 1) | np.isin(name_hashes, text.hash_words(LETTERS))
    phone_rows = [(row, key(number)) for row, numbers in enumerate(phones) for number in numbers]
    name_terms = Terms.build(name_rows, one_form(name_hashes), size, common=table.common)
    spelling = spellings(folded, name_terms)
    core_terms = Terms.build(core_rows, one_form(core_hashes), size, common=table.common)
    return Table(
        source=source,
        sources=sources,
        ids=list(given["id"]),
        name=name,
        core=core,
        spaced=folded,
        branch=branches,
        sound=text.pinyin(core),
        heard=text.heard(core),
        address=addresses,
        address_parts=parts,
        road=[part.road for part in parts],
        postcode=[part.postcode for part in parts],
        house=np.array([int(part.number) if part.number else -1 for part in parts], dtype=np.float64),
        floor_code=text.numbered([part.floor for part in parts]),
        building_code=text.numbered([part.building for part in parts]),
        district_code=text.numbered([part.district for part in parts]),
        site_code=text.numbered([site for site, _ in sites]),
        name_terms=name_terms,
        core_terms=core_terms,
        address_terms=Terms.build(address_rows, one_form(address_hashes), size),
        where_terms=Terms.build(
            np.concatenate([address_rows, aside_rows]), one_form(np.concatenate([address_hashes, aside_hashes])), size
        ),
        children=Terms.build(name_rows[inner], name_hashes[inner], size),
        numbers=Terms.build(name_rows[digits], name_hashes[digits], size),
        address_numbers=Terms.build(address_rows[address_digits], address_hashes[address_digits], size),
        phones=phones,
        phone_terms=Terms.build(
            np.array([row for row, _ in phone_rows], dtype=np.int64),
            np.array([number for _, number in phone_rows], dtype=np.uint64),
            size,
        ),
        site=[site for site, _ in sites],
        path=[path for _, path in sites],
        kind=last_meaning(categories, table.class_terms, table.class_of),
        name_kind=last_meaning(wholes, table.class_terms, table.class_of),
        part=last_meaning(wholes, table.part_terms, table.part_of, among=PART_TERMS),
        category=categories,
        lon=lon,
        lat=lat,
        precision=precision,
        nameless=(core_length == 0) | np.array([len(one) > NAME_LIMIT for one in given["name"]], dtype=np.bool_),
        core_length=core_length,
        han_share=unspaced / np.maximum(core_length, 1),
        whole_terms=Terms.build(whole_rows, one_form(whole_hashes), size, common=table.common),
        spelling=spelling,
        letters=np.array([bool(word) for word in spelling], dtype=np.bool_),
        spread=spread(name_terms, lon, lat),
        stem_code=stems(core_terms, core_code, table.common),
        core_code=core_code,
        frequency=_frequency(core_code, source),
        notes=tuple(notes),
    )


def _region(name: str, address: str, category: str, parts: Address) -> str:
    if parts.country:
        return parts.country.upper()
    said = name + address + category
    return "CN" if _HAN.search(said) and not _KANA.search(said) else ""


def _site(website: str) -> tuple[str, str]:
    """Return what names the site (its domain; on a host of many, the first step of the path too) and the rest of the path."""
    try:
        split = urlsplit(website if "//" in website else "//" + website)
        host = (split.hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    labels = host.split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    domain = ".".join(labels[-3:] if deep else labels[-2:])
    path = split.path.strip("/").lower()
    if domain in words().aggregators:
        return f"{host}/{path.split('/', 1)[0]}", path
    return domain, ".".join(labels[: -3 if deep else -2]) + path


def _positions(lons: Sequence[str], lats: Sequence[str], data: Sequence[str]) -> tuple[Floats, Floats, Ints, int]:
    lon, lat = _numbers(lons), _numbers(lats)
    said = ~(np.isnan(lon) | np.isnan(lat))
    with np.errstate(invalid="ignore"):
        swapped = said & (np.abs(lat) > 90) & (np.abs(lon) <= 90) & (np.abs(lat) <= 180)
        lon, lat = np.where(swapped, lat, lon), np.where(swapped, lon, lat)
        usable = said & (np.abs(lon) <= 180) & (np.abs(lat) <= 90) & ~((np.abs(lon) < 1e-6) & (np.abs(lat) < 1e-6))
    lon, lat = np.where(usable, lon, np.nan), np.where(usable, lat, np.nan)
    named = np.array([one.strip().upper().replace("-", "") for one in data])
    for name in (datum.GCJ02, datum.BD09):
        rows = np.flatnonzero((named == name.replace("-", "")) & usable)
        if len(rows):
            lon[rows], lat[rows] = datum.convert(lon[rows], lat[rows], name, datum.WGS84)
    precision = np.array(
        [len(said) - 1 - place if (place := said.find(".")) >= 0 else 0 for said in lons], dtype=np.int64
    )
    return lon, lat, np.where(usable, precision, -1), int((said & ~usable).sum())


def _numbers(values: Sequence[str]) -> Floats:
    try:
        return np.array([value or "nan" for value in values], dtype=np.float64)
    except ValueError:
        return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")


def _frequency(core_code: Ints, source: Ints) -> Ints:
    """Return how many listings of one source, at most, share each row's core."""
    if not len(core_code):
        return np.empty(0, dtype=np.int64)
    sources = int(source.max()) + 1
    counts = np.bincount(core_code * sources + source, minlength=(int(core_code.max()) + 1) * sources)
    most: Ints = counts.reshape(-1, sources).max(axis=1)
    return most[core_code]
