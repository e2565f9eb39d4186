"""Train the matcher's model on Overture's pairs (Apache-2.0) and on invented cities; write it as plain data.

    python -m tools.train_matcher OVERTURE_TRAIN.csv travelcrawl/matching/model.json

Needs lightgbm and scikit-learn, which nothing else does. Nothing of the labelled sets kept for evaluation is read.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import lightgbm
import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from sandbox.hannames import FAMILIES as HAN
from sandbox.hardlistings import Profile, Writer
from sandbox.hardpairs import City, labelled
from sandbox.latinnames import FAMILIES as LATIN
from travelcrawl.geo.metres import DEGREE
from travelcrawl.matching.block import block
from travelcrawl.matching.features import FEATURES, NAMES, Matrix, features
from travelcrawl.matching.files import listings_of_pairs
from travelcrawl.matching.gate import gate
from travelcrawl.matching.matcher import scores
from travelcrawl.matching.normalise import FIELDS, Table, normalise
from travelcrawl.matching.score import Model
from travelcrawl.matching.text import Floats, Ints

TREES, LEAVES, RATE = 300, 16, 0.075
SEED = 20261122
OVERTURE_WEIGHT = 6.0
TELLING = 0.02
"""Score among rivals below which nothing is settled."""
SETTLED, _CERTAIN = 0.25, 16.0
"""How far to go the way that invented cities show: of real places labels do not know all that is true (docs/decisions.md)."""


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


def fit(sample: Sample, trees: int = TREES) -> lightgbm.Booster:
    """Return trees boosted under the features' directions."""
    settings = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "learning_rate": RATE,
        "min_data_in_leaf": 60,
        "lambda_l2": 5.0,
        # Split where chance says: invented data have exact edges that real ones have not.
        "extra_trees": True,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "monotone_constraints": list(FEATURES.values()),
        "monotone_constraints_method": "intermediate",
        "use_missing": True,
        "max_bin": 63,
        "num_threads": 1,
        "verbose": -1,
        "seed": SEED,
        "deterministic": True,
    }
    return lightgbm.train(settings, lightgbm.Dataset(sample.x, sample.y, weight=sample.weight), trees)


def calibration(sample: Sample) -> dict[str, list[list[float]]]:
    """Return the curves from raw to true log-odds, on pairs left out of the fit: with positions and without."""
    raw = np.zeros(len(sample.y))
    for learnt, kept in GroupKFold(3).split(sample.x, sample.y, sample.group):
        part = Sample(x=sample.x[learnt], y=sample.y[learnt], weight=sample.weight[learnt], group=sample.group[learnt])
        raw[kept] = fit(part).predict(sample.x[kept], raw_score=True)
    placed = sample.x[:, NAMES.index("placed")] == 1
    known = {"placed": placed, "unplaced": ~placed & (sample.weight == OVERTURE_WEIGHT)}
    return {name: _curve(raw[rows], sample.y[rows], sample.weight[rows]) for name, rows in known.items()}


def settling(
    trees: list[dict[str, list[float]]], curves: dict[str, list[list[float]]], pairs: list[tuple[str, str, str]]
) -> list[list[float]]:
    """Return the curve from the log-odds among rivals a part of the way to true ones, of invented cities the trees have not seen.

    What has a stronger rival falls to almost nothing, so what is left is truer than it was before.
    """
    straight = np.array([[-20.0, 20.0], [-20.0, 20.0]])
    made = Model(
        version="",
        trees=tuple(trees),
        placed=np.array(curves["placed"]),
        unplaced=np.array(curves["unplaced"]),
        settled=straight,
    )
    cities = [candidates(seed, han=True, size=2500, pairs=[]) for seed in range(101, 109)]
    cities += [candidates(seed, han=False, size=3000, pairs=pairs) for seed in range(111, 119)]
    score = np.concatenate([scores(one.table, one.a, one.b, made) for one in cities])
    y = np.concatenate([one.y for one in cities])
    told = score > TELLING
    raw, true = _curve(np.log(score[told] / (1 - score[told])), y[told], np.ones(int(told.sum())))
    settled = [round(one + SETTLED * (other - one), 4) for one, other in zip(raw, true, strict=True)]
    return [[-_CERTAIN, *raw, _CERTAIN], [-_CERTAIN, *settled, _CERTAIN]]


def _curve(raw: Floats, y: Floats, weight: Floats) -> list[list[float]]:
    """Return the steps of an isotonic curve: raw log-odds, ascending, and true ones."""
    grid = np.quantile(raw, np.linspace(0, 1, 41))
    curve = IsotonicRegression(y_min=0.0005, y_max=0.9995, out_of_bounds="clip").fit(raw, y, weight)
    odds = np.log(curve.predict(grid) / (1 - curve.predict(grid)))
    smooth = np.convolve(np.pad(odds, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return [[round(float(one), 4) for one in grid], [round(float(one), 4) for one in smooth]]


def plain(booster: lightgbm.Booster) -> list[dict[str, list[float]]]:
    """Return the trees as lists: feature, threshold and default side of each split, children (~leaf for a leaf), leaf values."""
    trees = []
    for info in booster.dump_model()["tree_info"]:
        tree: dict[str, list[float]] = {
            "feature": [],
            "threshold": [],
            "nan_left": [],
            "left": [],
            "right": [],
            "value": [],
        }
        _walk(info["tree_structure"], tree)
        trees.append(tree)
    return trees


def _walk(node: dict, tree: dict[str, list[float]]) -> int:  # type: ignore[type-arg]
    if "leaf_value" in node:
        tree["value"].append(round(node["leaf_value"], 6))
        return ~(len(tree["value"]) - 1)
    at = len(tree["feature"])
    for name in ("feature", "threshold", "nan_left", "left", "right"):
        tree[name].append(0)
    tree["feature"][at] = node["split_feature"]
    tree["threshold"][at] = float(f"{np.clip(node['threshold'], -1e30, 1e30):.7g}")
    tree["nan_left"][at] = int(node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] >= 0)
    tree["left"][at] = _walk(node["left_child"], tree)
    tree["right"][at] = _walk(node["right_child"], tree)
    return at


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


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overture", type=Path)
    parser.add_argument("model", type=Path)
    wanted = parser.parse_args()
    sample = join(samples(wanted.overture))
    booster = fit(sample)
    trees, curves = plain(booster), calibration(sample)
    curves["settled"] = settling(trees, curves, latin_pairs(wanted.overture))
    model = {"features": list(NAMES), "trees": trees, "curves": curves}
    wanted.model.write_text(json.dumps(model, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
