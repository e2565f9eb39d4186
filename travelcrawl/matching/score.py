"""How likely two listings are one place: gradient-boosted trees kept as plain data, run by numpy.

The trees of ``model.json`` are made by tools/train_matcher.py. They are evaluated as in QuickScorer (Lucchese et al.,
SIGIR 2015): every split that sends a pair to the right strikes out the leaves on its left, and the first leaf left is it.
"""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import resources
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from travelcrawl.matching.features import NAMES, Matrix
from travelcrawl.matching.text import Floats

CHUNK = 8192
"""Pairs evaluated at a time: what stays in the cache of a core."""
_LEAVES = 16
_LEAST = 1e-6
_DIGEST = 8
"""Hexadecimal digits of a version: two of a thousand models bear the same once in 8,000 times."""


@attrs.frozen(kw_only=True, eq=False)
class Model:
    """Boosted trees and the curve that makes their sum a probability."""

    version: str
    """What names it: a digest of all it consists of, so that no other model can bear the name."""
    trees: tuple[dict[str, list[Any]], ...]
    """Each: ``feature``, ``threshold``, ``nan_left``, ``left``, ``right`` of its splits (a child ~n is leaf n), ``value`` of its leaves."""
    placed: Floats
    """Sums of the trees, ascending, and the log-odds at them, linear between: pairs with positions, shape (2, steps)."""
    unplaced: Floats
    """The same for pairs without."""
    settled: Floats
    """The same from the log-odds of pairs with positions after a look at their rivals."""

    def probability(self, x: Matrix) -> Floats:
        """Return the probability (0-1, 0.5 is even) that each pair is one place; x has shape (pairs, features)."""
        if not len(x):
            return np.empty(0)
        raw = np.concatenate([self._sum(x[at : at + CHUNK]) for at in range(0, len(x), CHUNK)])
        placed = x[:, NAMES.index("placed")] == 1
        odds = np.where(placed, np.interp(raw, *self.placed), np.interp(raw, *self.unplaced))
        return np.asarray(1 / (1 + np.exp(-odds)))

    def settle(self, score: Floats) -> Floats:
        """Return the probability that pairs with positions are one place, of their scores among rivals (``context``)."""
        kept = np.clip(score, _LEAST, 1 - _LEAST)
        return np.asarray(1 / (1 + np.exp(-np.interp(np.log(kept / (1 - kept)), *self.settled))))

    def _sum(self, x: Matrix) -> Floats:
        columns = np.ascontiguousarray(x.T)
        total = np.zeros(len(x))
        for splits, values in _quick(self):
            struck = np.zeros(len(x), dtype=np.uint16)
            for feature, threshold, nan_left, leaves in splits:
                column = columns[feature]
                right = column > threshold if nan_left else ~(column <= threshold)
                struck |= right * leaves
            total += values[_first_kept()[struck]]
        return total

    def explain(self, row: npt.NDArray[np.float32]) -> dict[str, float]:
        """Return what each feature added to the sum for one pair, greatest first.

        Along each path a split is credited with the change in the mean value of the leaves below (Saabas 2014).
        """
        credit = dict.fromkeys(NAMES, 0.0)
        for tree in self.trees:
            means = _means(tree)
            at = 0
            while at >= 0:
                value = float(row[tree["feature"][at]])
                left = bool(tree["nan_left"][at]) if np.isnan(value) else value <= tree["threshold"][at]
                then = tree["left" if left else "right"][at]
                credit[NAMES[tree["feature"][at]]] += means[then] - means[at]
                at = then
        return dict(
            sorted(((name, round(one, 4)) for name, one in credit.items() if one), key=lambda pair: -abs(pair[1]))
        )


@functools.lru_cache(maxsize=1)
def model() -> Model:
    """Return the model that is shipped, read once."""
    said = resources.files("travelcrawl.matching").joinpath("model.json").read_bytes()
    data = json.loads(said)
    if tuple(data["features"]) != NAMES:
        raise ValueError("model.json was trained on other features: run tools/train_matcher.py")
    return Model(
        version=hashlib.sha256(said).hexdigest()[:_DIGEST],
        trees=tuple(data["trees"]),
        placed=np.array(data["curves"]["placed"], dtype=np.float64),
        unplaced=np.array(data["curves"]["unplaced"], dtype=np.float64),
        settled=np.array(data["curves"]["settled"], dtype=np.float64),
    )


@functools.lru_cache(maxsize=2)
def _quick(owner: Model) -> list[tuple[list[tuple[int, np.float32, bool, np.uint16]], Floats]]:
    """Return each tree as its splits with the leaves to their left as bits, and its leaf values from left to right."""
    quick = []
    for tree in owner.trees:
        order: list[int] = []
        splits: list[tuple[int, np.float32, bool, np.uint16]] = []
        _spread(tree, 0, order, splits)
        quick.append((splits, np.array([tree["value"][leaf] for leaf in order] + [0.0] * (_LEAVES - len(order)))))
    return quick


def _spread(
    tree: dict[str, list[Any]], at: int, order: list[int], splits: list[tuple[int, np.float32, bool, np.uint16]]
) -> None:
    if at < 0:
        order.append(~at)
        return
    begin = len(order)
    _spread(tree, tree["left"][at], order, splits)
    leaves = np.uint16(sum(1 << leaf for leaf in range(begin, len(order))))
    splits.append((tree["feature"][at], np.float32(tree["threshold"][at]), bool(tree["nan_left"][at]), leaves))
    _spread(tree, tree["right"][at], order, splits)


@functools.lru_cache(maxsize=1)
def _first_kept() -> npt.NDArray[np.uint8]:
    """Return for each set of struck leaves the first that is not."""
    struck = np.arange(1 << _LEAVES)
    return np.asarray(np.argmin((struck[:, None] >> np.arange(_LEAVES)) & 1, axis=1), dtype=np.uint8)


def _means(tree: dict[str, list[Any]]) -> dict[int, float]:
    means = {~leaf: value for leaf, value in enumerate(tree["value"])}
    for at in range(len(tree["feature"]) - 1, -1, -1):
        means[at] = (means[tree["left"][at]] + means[tree["right"][at]]) / 2
    return means
