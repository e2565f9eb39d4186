"""Rivals: a pair counts for less where one of its sides fits another listing as well.

Each source lists a place once, so at most one of a listing's pairs with another source is right. With p the score of a pair
and odds o = p / (1 - p), the odds that it is the right one rather than none are o / (1 + sum of the odds of the side's other
pairs), and so on the other side. Sources do repeat themselves: a rival that is the same place as the listing it vies with, as
far as the matcher can tell, is no rival.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from travelcrawl.matching.normalise import Table
from travelcrawl.matching.text import Bools, Floats, Ints, distinct, expand

STRONGEST, WEAKEST = 8, 0.05
"""Rivals of a listing that are looked at, the best first, and the least odds of one that counts."""
_CEILING = 0.9995
Twins = Callable[[Ints, Ints], Floats]
"""Return how likely the listings of pairs of rows are one place."""


def among_rivals(table: Table, a: Ints, b: Ints, score: Floats, twins: Twins) -> Floats:
    """Return the scores of pairs after the other pairs of both sides were looked at; never greater than before."""
    if not len(a):
        return score
    kept = np.minimum(score, _CEILING)
    placed = ~np.isnan(table.lon[a] + table.lon[b])
    odds = np.where(placed, kept / (1 - kept), 0.0)
    sides = [
        (other, *_rivals(side * len(table.sources) + table.source[other], odds, odds >= WEAKEST))
        for side, other in ((a, b), (b, a))
    ]
    same = _twins(table, sides, twins)
    against = [
        np.bincount(pair, weights=odds[rival] * (1 - alike), minlength=len(a))
        for (_, pair, rival), alike in zip(sides, same, strict=True)
    ]
    left = odds / ((1 + against[0]) * (1 + against[1]))
    return np.where(placed, np.minimum(score, left / (1 + left)), score)


def _twins(table: Table, sides: list[tuple[Ints, Ints, Ints]], twins: Twins) -> list[Floats]:
    """Return for both sides how likely the listing of each pair and its rival's are one place; each two are asked for once."""
    size = len(table)
    keys = [
        np.minimum(other[pair], other[rival]) * size + np.maximum(other[pair], other[rival])
        for other, pair, rival in sides
    ]
    asked = distinct(np.concatenate(keys))
    one, two = asked // size, asked % size
    # In the order of their ids: then nothing can hang on the order of the listings.
    turned = np.array(
        [table.ids[x] > table.ids[y] for x, y in zip(one.tolist(), two.tolist(), strict=True)], dtype=bool
    )
    answer = twins(np.where(turned, two, one), np.where(turned, one, two)) if len(asked) else np.empty(0)
    return [answer[np.searchsorted(asked, key)] for key in keys]


def _rivals(key: Ints, odds: Floats, counts: Bools) -> tuple[Ints, Ints]:
    """Return each pair that counts with each of the strongest others under its key."""
    order = np.flatnonzero(counts)
    order = order[np.lexsort((order, -odds[order], key[order]))]
    begins = np.flatnonzero(np.diff(key[order], prepend=-1) != 0)
    sizes = np.diff(np.append(begins, len(order)))
    looked = np.repeat(np.minimum(sizes, STRONGEST), sizes)
    met, _ = expand(np.repeat(begins, sizes), looked)
    pair, rival = np.repeat(order, looked), order[met]
    others = pair != rival
    return pair[others], rival[others]
