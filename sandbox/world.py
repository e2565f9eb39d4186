"""The generator: from a seed to a world with known truth. The same seed and size give the same world, on any machine."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from random import Random

from sandbox.model import Author, Place, Shelf, World
from sandbox.names import CITIES, CREATURES, KINDS, MOODS, ROADS, STEMS, City, Kind
from sandbox.notes import NOTE_VIEWS, write_notes
from sandbox.views import LISTING_VIEWS, stock

SEED = 7
SIZE = 960
"""Places in the default world: every amap query of a city and a type stays under amap's 200 records."""

_SORTS = (("sight", 0.42), ("hotel", 0.25), ("restaurant", 0.33))
_METRES = 111_320.0
"""Metres in a degree of latitude."""
_MOBILES = ("136", "138", "139", "158", "186")


@lru_cache(maxsize=4)
def build_world(seed: int = SEED, size: int = SIZE) -> World:
    """Build the world of a seed with about ``size`` places."""
    places = tuple(_places(seed, size))
    authors = tuple(_authors(seed, max(200, size // 3)))
    shelves: dict[str, Shelf] = {}
    for view in LISTING_VIEWS:
        rng = stream(seed, f"{view.platform} {' '.join(view.shares)}")
        shelves[view.platform] = shelves.get(view.platform, Shelf()) + stock(view, places, authors, rng)
    for note_view in NOTE_VIEWS:
        rng = stream(seed, f"{note_view.platform} notes")
        shelves[note_view.platform] = write_notes(
            note_view, shelves.get(note_view.platform, Shelf()), places, authors, rng
        )
    return World(seed=seed, size=size, cities=CITIES, places=places, shelves=shelves, authors=authors)


def stream(seed: int, purpose: str) -> Random:
    """Return a source of chance of its own, so that a change in one part of the world leaves the others as they are."""
    return Random(f"{seed}:{purpose}")


def _places(seed: int, size: int) -> Iterator[Place]:
    number = 0
    for city in CITIES:
        rng = stream(seed, f"places of {city.pinyin}")
        taken: set[str] = set()
        for sort, share in _SORTS:
            for _ in range(max(1, round(size / len(CITIES) * share))):
                yield _place(number, city, sort, taken, rng)
                number += 1


def _place(number: int, city: City, sort: str, taken: set[str], rng: Random) -> Place:
    district = rng.choice(city.districts)
    stem, stem_en, kind, branch = _name(sort, district.areas, taken, rng)
    bearing, distance = rng.uniform(0, 2 * math.pi), min(abs(rng.gauss(0, 700)), 1800.0)
    scale = math.cos(math.radians(district.lat))
    return Place(
        id=number,
        city=city,
        district=district,
        sort=sort,
        kind=kind,
        stem=stem,
        stem_en=stem_en,
        branch=branch,
        road=rng.choice(ROADS),
        number=rng.randint(1, 399),
        lon=round(district.lon + distance * math.sin(bearing) / (_METRES * scale), 7),
        lat=round(district.lat + distance * math.cos(bearing) / _METRES, 7),
        phones=_phones(city, rng),
        website=f"http://www.{stem_en.lower()}-{number}.example.com" if rng.random() < 0.4 else None,
        rating=round(min(5.0, max(2.5, rng.gauss(4.2, 0.5))), 1),
        price=_price(sort, rng),
        hours=f"{rng.choice(('07:30', '08:30', '09:00', '10:00'))}-{rng.choice(('17:00', '18:30', '21:00', '22:00'))}",
        level=_level(sort, kind, rng),
        fame=rng.random() ** 2,
    )


def _name(sort: str, areas: tuple[str, ...], taken: set[str], rng: Random) -> tuple[str, str, Kind, str | None]:
    """Draw a name that the city does not have yet: a chain's branch, a single house, or a double stem where names run out."""
    attempt = 0
    while True:
        attempt += 1
        stem, english = rng.choice(STEMS if sort == "sight" or rng.random() < 0.5 else STEMS[:8])
        if attempt > 20:
            second = rng.choice(STEMS)
            stem, english = stem + second[0], english + second[1].lower()
        kind = rng.choice(KINDS[sort])
        branch = rng.choice(areas) if sort != "sight" and rng.random() < 0.6 else None
        name = f"{stem}{kind.word}{branch or ''}"
        if name not in taken:
            taken.add(name)
            return stem, english, kind, branch


def _phones(city: City, rng: Random) -> tuple[str, ...]:
    landline = f"{city.citycode}-{rng.choice('68')}{rng.randint(1_000_000, 9_999_999)}"
    mobile = f"{rng.choice(_MOBILES)}{rng.randint(10_000_000, 99_999_999)}"
    return rng.choice(((landline,), (landline,), (mobile,), (landline, mobile), ()))


def _price(sort: str, rng: Random) -> float:
    if sort == "sight":
        return float(rng.choice((0, 0, 0, 10, 15, 20, 30, 45, 60, 80, 120)))
    if sort == "hotel":
        return float(rng.randint(99, 1299))
    return float(rng.randint(15, 360))


def _level(sort: str, kind: Kind, rng: Random) -> str | None:
    if sort == "sight":
        return rng.choice(("3A", "4A", "5A")) if rng.random() < 0.4 else None
    return {"100102": "5", "100103": "4", "100105": "2"}.get(kind.amap_code)


def _authors(seed: int, count: int) -> Iterator[Author]:
    rng = stream(seed, "authors")
    ids = rng.sample(range(10_000_000, 99_999_999), count)
    for id_ in ids:
        mark = f"{rng.getrandbits(40):010x}"
        yield Author(
            id=str(id_),
            name=f"{rng.choice(MOODS)}{rng.choice(CREATURES)}_{mark[:5]}",
            avatar=f"avatar{mark}.jpeg",
        )
