"""A cheap look at names that drops most candidates before the dear features."""

from __future__ import annotations

import numpy as np
from rapidfuzz import fuzz, process

from travelcrawl.matching.block import distance
from travelcrawl.matching.normalise import Table
from travelcrawl.matching.text import Bools, Floats, Ints

NEAR, RADIUS = 150.0, 500.0
"""Metres within which less is asked of the names."""
PASS_NEAR, PASS, PASS_FAR = 0.42, 0.58, 0.72
"""Likeness of names (0-1) that passes within NEAR, within RADIUS, beyond it or without positions."""
_FAR = 1e9
MOST = 100
"""Candidates of a listing, the likest, that are scored: of 2,000 listings of one name on one point each passed with 1,000,
which took 11 s (2026-11-29)."""


def gate(table: Table, a: Ints, b: Ints) -> Bools:
    """Say which pairs may be one place: both named, with the same phone, or alike enough for how far apart they are."""
    metres = distance(table, a, b)
    asked = np.full(len(a), PASS_FAR)
    asked[metres <= RADIUS] = PASS
    asked[metres <= NEAR] = PASS_NEAR
    passed = ratio(table.core, a, b) >= asked
    for look in (contained, _sounds, _called):
        rest = np.flatnonzero(~passed)
        passed[rest] = look(table, a[rest], b[rest]) >= asked[rest]
    return np.asarray(passed & ~(table.nameless[a] | table.nameless[b]))


def likest(table: Table, a: Ints, b: Ints) -> tuple[Bools, list[str]]:
    """Say which pairs are among the MOST likest of one of their sides, and for how many listings none can be told so.

    Likest is what has a phone in common, then what has more of name and address, then what is nearer. Of pairs that are alike
    in all that, all are kept or none: then nothing hangs on the order of the listings.
    """
    kept = np.ones(len(a), dtype=np.bool_)
    crowded = np.bincount(np.concatenate([a, b]), minlength=len(table)) > MOST
    rows = np.flatnonzero(crowded[a] & crowded[b])
    if not len(rows):
        return kept, []
    a, b = a[rows], b[rows]
    where, _ = table.where_terms.shared(a, b)
    alike = np.round(_called(table, a, b) * 10 + ratio(table.core, a, b) + where, 5)
    keys = np.stack([-alike, np.nan_to_num(distance(table, a, b), nan=_FAR)])
    first = _within(a, keys) | _within(b, keys)
    kept[rows] = first
    lost = np.setdiff1d(np.append(a, b), np.append(a[first], b[first]))
    note = f"{len(lost)} listings fit more than {MOST} others alike: they were compared with none of those"
    return kept, [note] if len(lost) else []


def _within(side: Ints, keys: Floats) -> Bools:
    """Say which pairs are among the MOST first of their side by keys, counting what is equal as one."""
    order = np.lexsort((*keys[::-1], side))
    begins = np.flatnonzero(np.diff(side[order], prepend=-1) != 0)
    sizes = np.diff(np.append(begins, len(order)))
    changes = np.any(np.diff(keys[:, order], append=np.nan) != 0, axis=0)
    changes[begins[1:] - 1] = True
    last = np.flatnonzero(changes)
    place = last[np.searchsorted(last, np.arange(len(order)))] - np.repeat(begins, sizes)
    kept = np.empty(len(order), dtype=np.bool_)
    kept[order] = place < MOST
    return kept


def _sounds(table: Table, a: Ints, b: Ints) -> Floats:
    """Return how alike the names sound, a little less than how alike names must look: pinyin has few syllables."""
    mixed = np.flatnonzero((table.han_share[a] > 0) | (table.han_share[b] > 0))
    alike = np.zeros(len(a))
    alike[mixed] = ratio(table.sound, a[mixed], b[mixed]) - 0.15
    return alike


def _called(table: Table, a: Ints, b: Ints) -> Floats:
    """Return 1 where both have a telephone number in common."""
    kept, _ = table.phone_terms.shared(a, b)
    return np.where(kept > 0, 1.0, 0.0)


def contained(table: Table, a: Ints, b: Ints) -> Floats:
    """Return the share of the lesser name's terms, by weight, that the other has."""
    kept, _ = table.name_terms.shared(a, b)
    totals = table.name_terms.totals
    return np.asarray(kept / np.maximum(np.minimum(totals[a], totals[b]), 1e-9))


def ratio(values: list[str], a: Ints, b: Ints) -> Floats:
    """Return the normalised indel similarity (0-1) of the values of each pair."""
    left, right = [values[row] for row in a.tolist()], [values[row] for row in b.tolist()]
    return np.asarray(process.cpdist(left, right, scorer=fuzz.ratio), dtype=np.float64) / 100
