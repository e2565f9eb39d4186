"""Why pairs score as they do: what each feature added, for many pairs at once and short enough to be stored with each."""

from __future__ import annotations

import functools
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from travelcrawl.matching.features import NAMES, Matrix
from travelcrawl.matching.score import Model
from travelcrawl.matching.text import Bools, Floats, Ints

MOST = 5
"""Features that are kept of a pair, those that added most to the sum of the trees."""


def evidence(owner: Model, x: Matrix) -> list[dict[str, float]]:
    """Return for each pair its MOST telling features and what each added to the log-odds, greatest first.

    The same credit as ``Model.explain`` gives (Saabas 2014); all trees are walked at once: 0.02 ms a pair in place of
    1.2 ms (2026-11-29).
    """
    if not len(x):
        return []
    credit = _credit(_forest(owner), x)
    order = np.argsort(-np.abs(credit), axis=1, kind="stable")[:, :MOST]
    kept = np.round(np.take_along_axis(credit, order, axis=1), 2)
    return [
        {NAMES[feature]: value for feature, value in zip(features, values, strict=True) if value}
        for features, values in zip(order.tolist(), kept.tolist(), strict=True)
    ]


@attrs.frozen(kw_only=True, eq=False)
class _Forest:
    """All trees side by side; shape (trees, splits), leaves (trees, leaves)."""

    feature: Ints
    threshold: npt.NDArray[np.float32]
    nan_left: Bools
    left: Ints
    right: Ints
    split_mean: Floats
    """Mean value of the leaves below each split."""
    leaf_value: Floats


@functools.lru_cache(maxsize=2)
def _forest(owner: Model) -> _Forest:
    trees = owner.trees
    splits = max(len(tree["feature"]) for tree in trees)
    leaves = splits + 1
    return _Forest(
        feature=np.array([_padded(tree["feature"], splits) for tree in trees], dtype=np.int64),
        threshold=np.array([_padded(tree["threshold"], splits) for tree in trees], dtype=np.float32),
        nan_left=np.array([_padded(tree["nan_left"], splits) for tree in trees], dtype=np.bool_),
        left=np.array([_padded(tree["left"], splits) for tree in trees], dtype=np.int64),
        right=np.array([_padded(tree["right"], splits) for tree in trees], dtype=np.int64),
        split_mean=np.array([_padded(_means(tree), splits) for tree in trees], dtype=np.float64),
        leaf_value=np.array([_padded(tree["value"], leaves) for tree in trees], dtype=np.float64),
    )


def _padded(values: list[Any], size: int) -> list[Any]:
    return [*values, *([0] * (size - len(values)))]


def _means(tree: dict[str, list[Any]]) -> list[float]:
    """Return the mean value below each split; children stand behind their parents."""
    means = [0.0] * len(tree["feature"])
    for at in range(len(means) - 1, -1, -1):
        below = [means[then] if then >= 0 else tree["value"][~then] for then in (tree["left"][at], tree["right"][at])]
        means[at] = sum(below) / 2
    return means


def _credit(forest: _Forest, x: Matrix) -> Floats:
    """Return what each feature added, shape (pairs, features)."""
    size, trees = len(x), len(forest.feature)
    tree = np.repeat(np.arange(trees), size)
    pair = np.tile(np.arange(size), trees)
    at = np.zeros(trees * size, dtype=np.int64)
    credit = np.zeros(size * len(NAMES))
    while len(at):
        feature = forest.feature[tree, at]
        value = x[pair, feature]
        goes_left = np.where(np.isnan(value), forest.nan_left[tree, at], value <= forest.threshold[tree, at])
        then = np.where(goes_left, forest.left[tree, at], forest.right[tree, at])
        ends = then < 0
        mean = np.where(ends, forest.leaf_value[tree, ~then * ends], forest.split_mean[tree, then * ~ends])
        added = mean - forest.split_mean[tree, at]
        credit += np.bincount(pair * len(NAMES) + feature, weights=added, minlength=len(credit))
        tree, pair, at = tree[~ends], pair[~ends], then[~ends]
    return credit.reshape(size, len(NAMES))
