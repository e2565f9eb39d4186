"""Words written in two ways: misspelt (Helmutt's), shortened (Ctr, Cplx) or as initials (CC)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler, LCSseq

from travelcrawl.matching.normalise import Table
from travelcrawl.matching.text import Floats, Ints, expand

ALIKE = 0.85
"""Jaro-Winkler similarity from which two words may be one, misspelt."""
SHORTENED = 0.85
"""What a shortened word is worth of the whole one."""
_LONGEST = 12
"""Words of a name that are looked at."""
_INITIALS = range(2, 5)


@attrs.frozen(kw_only=True, eq=False)
class Spelt:
    """What of the words of one row another has, in whatever spelling, for pairs of rows."""

    kept: Floats
    """Weight of those it has."""
    missing: Floats
    """Greatest weight it lacks."""
    untold: Floats
    """The same, not counting words that tell where it is: those in either address, and those whose bearers all lie near."""


@attrs.frozen(kw_only=True, eq=False)
class _Unmatched:
    """Terms of one side that the other lacks, by pair."""

    pair: Ints
    term: Ints
    row: Ints
    other: Ints


def spelt(table: Table, a: Ints, b: Ints) -> tuple[Spelt, Spelt]:
    """Return what of a's name b has, and what of b's a has."""
    one, other = _unmatched(table, a, b), _unmatched(table, b, a)
    return (
        _spelt(table, one, _credit(table, one, other, len(a)), a),
        _spelt(table, other, _credit(table, other, one, len(a)), b),
    )


def _unmatched(table: Table, a: Ints, b: Ints) -> _Unmatched:
    terms = table.name_terms
    counts = terms.counts[a]
    flat, _ = expand(terms.starts[a], counts)
    pair, term = np.repeat(np.arange(len(a)), counts), terms.terms[flat]
    lacking = ~terms.holds(b[pair], term)
    pair, term = pair[lacking], term[lacking]
    return _Unmatched(pair=pair, term=term, row=a[pair], other=b[pair])


def _credit(table: Table, one: _Unmatched, other: _Unmatched, size: int) -> Floats:
    """Return what of each unmatched term of one side the other has in another spelling, 0-1."""
    credit = np.zeros(len(one.pair))
    mine, theirs = np.flatnonzero(table.letters[one.term]), np.flatnonzero(table.letters[other.term])
    counts = np.bincount(other.pair[theirs], minlength=size)
    starts = np.cumsum(counts) - counts
    facing = np.minimum(counts[one.pair[mine]], _LONGEST)
    met, _ = expand(starts[one.pair[mine]], facing)
    left, right = np.repeat(one.term[mine], facing), other.term[theirs[met]]
    if len(left):
        width = len(table.spelling)
        keys, place = np.unique(left * width + right, return_inverse=True)
        alike = _alike(*([table.spelling[term] for term in side.tolist()] for side in (keys // width, keys % width)))
        some = facing > 0
        credit[mine[some]] = np.maximum.reduceat(alike[place], (np.cumsum(facing) - facing)[some])
    for at in mine.tolist():
        word = table.spelling[one.term[at]]
        if len(word) in _INITIALS and not credit[at] and word in _initials(table.spaced[one.other[at]]):
            credit[at] = SHORTENED
    return credit


def _alike(one: Sequence[str], other: Sequence[str]) -> Floats:
    """Return 0-1 for pairs of words: near in spelling, or one the other shortened, from the same first letter on."""
    ratio = _scores(one, other, JaroWinkler.normalized_similarity)
    common = _scores(one, other, LCSseq.similarity)
    shorter = np.array([min(len(x), len(y)) for x, y in zip(one, other, strict=True)])
    begins = np.array([x[0] == y[0] for x, y in zip(one, other, strict=True)])
    shortened = np.where(begins & (shorter > 1) & (common == shorter), SHORTENED, 0.0)
    return np.maximum(np.where((ratio >= ALIKE) & (shorter > 2), ratio, 0.0), shortened)


def _scores(one: Sequence[str], other: Sequence[str], scorer: Callable[..., float]) -> Floats:
    return np.asarray(process.cpdist(one, other, scorer=scorer, dtype=np.float32), dtype=np.float64)


def _initials(spaced: str) -> str:
    return "".join(word[0] for word in spaced.split())


def _spelt(table: Table, lacking: _Unmatched, credit: Floats, a: Ints) -> Spelt:
    terms = table.name_terms
    weight = terms.weight[lacking.term]
    size = len(a)
    lost = weight * (1 - credit)
    where = table.where_terms.numbered(terms.vocabulary)[lacking.term]
    told = table.where_terms.holds(lacking.other, where) | table.address_terms.holds(
        lacking.row, table.address_terms.numbered(terms.vocabulary)[lacking.term]
    )
    near = np.where(told, 0.0, lost * table.spread[lacking.term])
    kept = terms.totals[a] - np.bincount(lacking.pair, weights=lost, minlength=size)
    return Spelt(kept=kept, missing=_most(lacking.pair, lost, size), untold=_most(lacking.pair, near, size))


def _most(pair: Ints, value: Floats, size: int) -> Floats:
    """Return the greatest value of each pair, 0 where it has none; pairs ascend."""
    most = np.zeros(size)
    counts = np.bincount(pair, minlength=size)
    some = counts > 0
    if len(pair):
        most[some] = np.maximum.reduceat(value, (np.cumsum(counts) - counts)[some])
    return most
