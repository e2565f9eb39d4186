"""Word tables: what kind of place a word speaks of, and which words say little."""

from __future__ import annotations

import functools
import json
from importlib import resources

import attrs
import numpy as np
import numpy.typing as npt

from travelcrawl.matching.text import Ints, cut, hash_words


@attrs.frozen(kw_only=True, eq=False)
class Words:
    """The tables of ``words.json``, keyed by term hash."""

    classes: tuple[str, ...]
    """About 40 shared classes of place."""
    groups: Ints
    """The group of each class; classes of one group are close."""
    class_terms: npt.NDArray[np.uint64]
    class_of: Ints
    parts: tuple[str, ...]
    """Kinds of part: a gate, a car park, an ATM … of something greater."""
    part_terms: npt.NDArray[np.uint64]
    part_of: Ints
    children: npt.NDArray[np.uint64]
    """Terms that often name something of its own inside or beside a place (pharmacy, parts, 食堂), ascending."""
    common: npt.NDArray[np.uint64]
    """Terms that say little about which place it is."""
    abbreviations: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]
    """Hashes of long and short forms, ascending by the first, and of the one form used here."""
    aggregators: frozenset[str]
    """Hosts that carry the pages of many places."""
    aliases: dict[str, str]
    """Name of a chain in another script → the one form used here (肯德基 → kfc)."""


@functools.lru_cache(maxsize=1)
def words() -> Words:
    """Return the tables, read once."""
    data = json.loads(resources.files("travelcrawl.matching").joinpath("words.json").read_text("utf-8"))
    groups = sorted({group for group, _ in data["classes"].values()})
    class_terms, class_of = _terms([text for _, text in data["classes"].values()])
    part_terms, part_of = _terms(list(data["parts"].values()))
    common, _ = _terms([data["common"]])
    return Words(
        classes=tuple(data["classes"]),
        groups=np.array([groups.index(group) for group, _ in data["classes"].values()]),
        class_terms=class_terms,
        class_of=class_of,
        parts=tuple(data["parts"]),
        part_terms=part_terms,
        part_of=part_of,
        children=_terms([data["children"]])[0],
        abbreviations=_abbreviations(data["abbreviations"]),
        common=np.unique(np.concatenate([common, class_terms])),
        aggregators=frozenset(data["aggregators"].split()),
        aliases={alias: row[0] for row in data["aliases"] for alias in row[1:]},
    )


def _terms(lists: list[str]) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Return the hashes of the words of each list, ascending, and the number of the list each is in (the first wins)."""
    meaning: dict[str, int] = {}
    for number, text in enumerate(lists):
        for word in text.split():
            meaning.setdefault(word[:2] if "\u2e80" <= word[0] <= "\ud7af" else word, number)
    hashes = hash_words(list(meaning))
    order = np.argsort(hashes)
    return hashes[order], np.array(list(meaning.values()), dtype=np.int64)[order]


def _abbreviations(forms: dict[str, str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    said, used = hash_words(list(forms)), hash_words(list(forms.values()))
    order = np.argsort(said)
    return said[order], used[order]


def one_form(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the terms with long and short forms (street, st) as one."""
    said, used = words().abbreviations
    found = np.minimum(np.searchsorted(said, hashes), len(said) - 1)
    return np.where(said[found] == hashes, used[found], hashes)


def last_meaning(values: list[str], terms: npt.NDArray[np.uint64], meanings: Ints, *, among: int | None = None) -> Ints:
    """Return for each value the meaning of the last of its terms that has one, -1 where none has.

    In Chinese and English the last word says what a thing is (花园酒店 is a hotel, Hotel Garden Bar a bar). With ``among``
    only so many terms from the end are asked: 东门饺子馆 is no gate.
    """
    rows, hashes, _ = cut(values)
    found = np.minimum(np.searchsorted(terms, hashes), len(terms) - 1)
    known = terms[found] == hashes
    if among is not None:
        ends = np.cumsum(np.bincount(rows, minlength=len(values)))
        known &= ends[rows] - np.arange(len(rows)) <= among
    result = np.full(len(values), -1, dtype=np.int64)
    result[rows[known]] = meanings[found[known]]
    return result


def replace_aliases(values: list[str]) -> list[str]:
    """Return compact names with the chains' names in one script."""
    joined = "\n".join(values)
    for alias, form in words().aliases.items():
        if alias in joined:
            joined = joined.replace(alias, form)
    return joined.split("\n") if values else []
