"""A cheap look at names that drops most candidates before the dear features."""

from __future__ import annotations

import numpy as np
from rapidfuzz import fuzz, process

from travelcrawl.matching.block import RADIUS, distance
from travelcrawl.matching.normalise import Table
from travelcrawl.matching.text import Bools, Floats, Ints

NEAR = 150.0
"""Metres within which less is asked of the names."""
PASS_NEAR, PASS, PASS_FAR = 0.30, 0.42, 0.70
"""Likeness of names (0-1) that passes within NEAR, within the radius, beyond it or without positions."""


def gate(table: Table, a: Ints, b: Ints) -> Bools:
    """Say which pairs may be one place: the same phone, or names alike enough for how far apart they are."""
    likeness = np.maximum(contained(table, a, b), ratio(table.core, a, b))
    likeness = np.maximum(likeness, ratio(table.sound, a, b) - 0.15)
    metres = distance(table, a, b)
    asked = np.full(len(a), PASS_FAR)
    asked[metres <= RADIUS] = PASS
    asked[metres <= NEAR] = PASS_NEAR
    kept, _ = table.phone_terms.shared(a, b)
    return np.asarray((likeness >= asked) | (kept > 0))


def contained(table: Table, a: Ints, b: Ints) -> Floats:
    """Return the share of the lesser name's terms, by weight, that the other has."""
    kept, _ = table.name_terms.shared(a, b)
    totals = table.name_terms.totals
    return np.asarray(kept / np.maximum(np.minimum(totals[a], totals[b]), 1e-9))


def ratio(values: list[str], a: Ints, b: Ints) -> Floats:
    """Return the normalised indel similarity (0-1) of the values of each pair."""
    left, right = [values[row] for row in a.tolist()], [values[row] for row in b.tolist()]
    return np.asarray(process.cpdist(left, right, scorer=fuzz.ratio), dtype=np.float64) / 100
