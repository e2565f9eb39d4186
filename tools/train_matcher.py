"""Train the matcher's model on Overture's pairs (Apache-2.0) and on invented cities; write it as plain data.

    python -m tools.train_matcher OVERTURE_TRAIN.csv travelcrawl/matching/model.json

Needs lightgbm and scikit-learn, which nothing else does. Nothing of the labelled sets kept for evaluation is read.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import lightgbm
import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from tools.matcher_samples import OVERTURE_WEIGHT, Sample, candidates, join, latin_pairs, samples
from travelcrawl.matching.features import FEATURES, NAMES
from travelcrawl.matching.matcher import scores
from travelcrawl.matching.score import Model
from travelcrawl.matching.text import Floats

TREES, LEAVES, RATE = 300, 16, 0.075
SEED = 20261122
TELLING = 0.02
"""Score among rivals below which nothing is settled."""
SETTLED, _CERTAIN = 0.25, 16.0
"""How far to go the way that invented cities show: of real places labels do not know all that is true (docs/decisions.md)."""


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
