"""Rivals: a pair counts for less where one of its sides fits another listing as well.

Each source lists a place once, so at most one of a listing's pairs with another source is right. With p the score of a pair
and odds o = p / (1 - p), the chance that it is the right one, or none is, is o / (1 + sum of the odds of all pairs of that
side). Sources do repeat themselves, so rivals count by ``STRENGTH`` only.
"""

from __future__ import annotations

import numpy as np

from travelcrawl.matching.normalise import Table
from travelcrawl.matching.text import Floats, Ints

STRENGTH = 0.5
"""How much a rival's odds count: 1 where no source ever repeated itself, 0 without context."""
_CEILING = 0.9995


def among_rivals(table: Table, a: Ints, b: Ints, score: Floats) -> Floats:
    """Return the scores of pairs after the other pairs of both sides were looked at; never greater than before."""
    kept = np.minimum(score, _CEILING)
    placed = ~np.isnan(table.lon[a] + table.lon[b])
    odds = np.where(placed, kept / (1 - kept), 0.0)
    against = np.maximum(_others(table, a, b, odds), _others(table, b, a, odds))
    return np.where(placed, np.minimum(score, odds / (1 + odds + STRENGTH * against)), score)


def _others(table: Table, side: Ints, other: Ints, odds: Floats) -> Floats:
    """Return for each pair the odds of the other pairs of one side with the same source."""
    key = side * len(table.sources) + table.source[other]
    _, group = np.unique(key, return_inverse=True)
    return np.bincount(group, weights=odds)[group] - odds if len(odds) else odds
