"""What the matcher learns from: Overture's labelled pairs, and the candidates of invented cities."""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np

from sandbox.hannames import FAMILIES as HAN
from sandbox.hardlistings import Profile, Writer
from sandbox.hardpairs import City, labelled
from sandbox.latinnames import FAMILIES as LATIN
from travelcrawl.geo.metres import DEGREE
from travelcrawl.matching.block import block
from travelcrawl.matching.features import NAMES, Matrix, features
from travelcrawl.matching.files import listings_of_pairs
from travelcrawl.matching.gate import gate
from travelcrawl.matching.normalise import FIELDS, Table, normalise
from travelcrawl.matching.text import Floats, Ints

OVERTURE_WEIGHT = 6.0


@attrs.frozen(kw_only=True)
class Sample:
    """Pairs with labels: features (pairs, features), labels 0/1, weights, and groups that must not be torn apart."""

    x: Matrix
    y: Floats
    weight: Floats
    group: Ints


def without(columns: dict[str, list[str]], *fields: str, share: float = 1.0, seed: int = 0) -> dict[str, list[str]]:
    """Return columns with a share of the values of some fields taken out: other sources say less."""
    chance = random.Random(seed)
    gone = [chance.random() < share for _ in columns["name"]]
    return {
        name: ["" if drop else value for drop, value in zip(gone, values, strict=True)] if name in fields else values
        for name, values in columns.items()
    }


def overture(path: Path) -> Iterator[Sample]:
    """Yield Overture's labelled pairs: as they are, with less said, and with invented positions."""
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    columns, a, b = listings_of_pairs(rows)
    y = np.array([float(row["label"]) for row in rows])
    group = np.minimum.reduce([a, b])
    yield _sample(normalise(columns), a, b, y, group, OVERTURE_WEIGHT)
    variants = [
        without(columns, "phone", "website", share=0.5, seed=1),
        without(without(columns, "category", share=0.5, seed=2), "phone", share=0.5, seed=3),
        without(without(columns, "website", seed=4), "address", share=0.3, seed=4),
    ]
    for variant in variants:
        yield _sample(normalise(variant), a, b, y, group, OVERTURE_WEIGHT / 3)
    for seed in (1, 2):
        placed = _placed(columns, a, b, y, seed)
        yield _sample(
            normalise(without(placed, "phone", "website", share=0.9, seed=seed)), a, b, y, group, OVERTURE_WEIGHT / 2
        )
        bare = without(without(placed, "phone", "website", "category"), "address", share=0.5, seed=seed)
        yield _sample(normalise(bare), a, b, y, group, OVERTURE_WEIGHT / 2)


def _placed(columns: dict[str, list[str]], a: Ints, b: Ints, y: Floats, seed: int) -> dict[str, list[str]]:
    """Give the listings positions: true pairs tens of metres apart, false ones as their addresses differ."""
    chance = np.random.default_rng(seed)
    table = normalise(columns)
    sides = features(table, a, b)
    house, road = sides[:, NAMES.index("house_number")], sides[:, NAMES.index("road_ratio")]
    same_house = (house == 1) & (road > 0.8)
    metres = np.where(y == 1, chance.lognormal(np.log(40), 1.0, len(a)), chance.lognormal(np.log(500), 1.0, len(a)))
    metres = np.where((y == 0) & same_house, chance.lognormal(np.log(40), 0.9, len(a)), metres)
    lon, lat = np.zeros(len(table)), np.zeros(len(table))
    lon[a], lat[a] = chance.uniform(1, 80, len(a)), chance.uniform(20, 50, len(a))
    lon[b], lat[b] = lon[a], lat[a] + metres / DEGREE
    return columns | {"lon": [f"{one:.7f}" for one in lon], "lat": [f"{one:.7f}" for one in lat]}


def _sample(table: Table, a: Ints, b: Ints, y: Floats, group: Ints, weight: float) -> Sample:
    return Sample(x=features(table, a, b), y=y, weight=np.full(len(a), weight), group=group)


def profiles(seed: int, *, han: bool) -> tuple[Profile, Profile]:
    """Return two platforms that differ in what they say, how they write it and how well they know where."""
    chance = random.Random(seed)
    families = HAN if han else LATIN
    manners = [{family: chance.expovariate(1.0) for family in families} for _ in "ab"]
    return (
        Profile(
            name="a",
            cover=chance.uniform(0.5, 0.9),
            branches=chance.uniform(0.0, 0.5),
            addresses=chance.choice((0.4, 0.9, 1.0, 1.0) if han else (0.3, 0.4, 0.6, 0.95)),
            phones=chance.choice((0.0, 0.0, 0.6, 0.8)),
            categories=chance.choice((-1, 0, 0)),
            scatter=chance.choice((8.0, 15.0, 25.0, 40.0)),
            astray=chance.uniform(0.005, 0.05),
            noise=chance.uniform(0.05, 0.4),
            manner=manners[0],
            repeats=chance.choice((0.0, 0.01, 0.03)),
            osm=chance.random() < 0.7,
        ),
        Profile(
            name="b",
            cover=chance.uniform(0.3, 0.9),
            branches=chance.uniform(0.2, 0.9),
            addresses=chance.choice((0.7, 0.85, 0.97, 1.0)),
            phones=chance.choice((0.0, 0.6, 0.8)),
            categories=chance.choice((-1, 1, 2)),
            scatter=chance.choice((12.0, 20.0, 40.0, 60.0)),
            astray=chance.uniform(0.01, 0.08),
            noise=chance.uniform(0.05, 0.4),
            manner=manners[1],
            repeats=chance.choice((0.0, 0.02, 0.05)),
            decimals=chance.choice((4, 6, 6)),
        ),
    )


@attrs.frozen(kw_only=True)
class Candidates:
    """The pairs that blocking and gate find in an invented city, and which are true."""

    table: Table
    a: Ints
    b: Ints
    y: Floats
    place: Ints
    """What each row of the table is, in truth."""


def candidates(seed: int, *, han: bool, size: int, pairs: list[tuple[str, str, str]]) -> Candidates:
    """Invent a city and two platforms that list it."""
    roomy = random.Random(-seed).uniform(0.6, 1.6)
    world = City(seed, han=han, size=size, pairs=pairs, roomy=roomy)
    listings = [one for profile in profiles(seed, han=han) for one in Writer(world, profile).listings()]
    table = normalise({field: [one[field] for one in listings] for field in FIELDS})
    a, b, _ = block(table)
    passed = gate(table, a, b)
    a, b = a[passed], b[passed]
    place = np.array([int(one["place"]) for one in listings])
    y = (place[a] == place[b]).astype(np.float64)
    print(
        f"city {seed}: {len(listings)} listings, {len(a)} candidates, {int(y.sum())} of {len(labelled(listings))} true",
        file=sys.stderr,
    )
    return Candidates(table=table, a=a, b=b, y=y, place=place)


def city(seed: int, *, han: bool, size: int, pairs: list[tuple[str, str, str]]) -> Sample:
    """Return the candidates of an invented city to learn from."""
    made = candidates(seed, han=han, size=size, pairs=pairs)
    group = made.place[made.a] + 1_000_000 * seed
    return Sample(x=features(made.table, made.a, made.b), y=made.y, weight=np.ones(len(made.a)), group=group)


def join(samples: list[Sample]) -> Sample:
    """Return all samples as one."""
    return Sample(
        x=np.concatenate([one.x for one in samples]),
        y=np.concatenate([one.y for one in samples]),
        weight=np.concatenate([one.weight for one in samples]),
        group=np.concatenate([one.group for one in samples]),
    )


def latin_pairs(path: Path) -> list[tuple[str, str, str]]:
    """Return Overture's true pairs of names in Latin script, with a category, for invented names to be like."""
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    latin = [row for row in rows if row["a_name"].isascii() and row["label"] == "1" and len(row["a_name"]) < 45]
    return [(row["a_name"], row["b_name"], row["a_category"]) for row in latin]


def samples(path: Path) -> list[Sample]:
    """Return everything the trees learn from."""
    pairs = latin_pairs(path)
    cities = [city(seed, han=True, size=2500, pairs=[]) for seed in range(1, 31)]
    cities += [city(seed, han=False, size=3000, pairs=pairs) for seed in range(41, 81)]
    return [*overture(path), *cities]
