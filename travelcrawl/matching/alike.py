"""How alike the values of pairs of rows are, a column at a time; NaN where one side says nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rapidfuzz import fuzz, process

from travelcrawl.matching.text import Bools, Floats, Ints

Scorer = Callable[..., float]
_PERCENT = (fuzz.ratio, fuzz.partial_ratio, fuzz.token_sort_ratio, fuzz.token_set_ratio)


def shares(ab: Floats, ba: Floats, total_a: Floats, total_b: Floats) -> tuple[Floats, Floats]:
    """Return the lesser and the greater share of a side's weight that the other has."""
    one, other = ab / np.maximum(total_a, 1e-9), ba / np.maximum(total_b, 1e-9)
    return np.minimum(one, other), np.maximum(one, other)


def take(values: list[str], a: Ints, b: Ints) -> tuple[list[str], list[str]]:
    """Return the values of both sides."""
    return [values[row] for row in a.tolist()], [values[row] for row in b.tolist()]


def compare(one: list[str], other: list[str], scorer: Scorer) -> Floats:
    """Return how alike two columns are, 0-1 (lengths, for a scorer that counts)."""
    if not one:
        return np.empty(0)
    scores = process.cpdist(one, other, scorer=scorer, dtype=np.float32)
    return np.asarray(scores, dtype=np.float64) / (100 if scorer in _PERCENT else 1)


def both(values: list[str], a: Ints, b: Ints, scorer: Scorer) -> Floats:
    """Return how alike the values of the pairs are in which both sides say something."""
    told = [values[one] != "" != values[other] for one, other in zip(a.tolist(), b.tolist(), strict=True)]
    return where_told(np.array(told, dtype=np.bool_), values, a, b, scorer)


def where_told(told: Bools, values: list[str], a: Ints, b: Ints, scorer: Scorer) -> Floats:
    """Return how alike the values of the told pairs are, NaN for the others."""
    rows = np.flatnonzero(told)
    alike = np.full(len(a), np.nan)
    alike[rows] = compare(*take(values, a[rows], b[rows]), scorer)
    return alike


def equal(codes: Ints, a: Ints, b: Ints) -> Floats:
    """Return 1 where both say the same, 0 where they say different things, NaN where one says nothing (code -1)."""
    return np.where((codes[a] < 0) | (codes[b] < 0), np.nan, codes[a] == codes[b])
