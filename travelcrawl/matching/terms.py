"""Which terms each row of a column holds, so that all pairs of rows can be compared at once."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from travelcrawl.matching.text import Bools, Floats, Ints, distinct, expand

WIDE, CHUNK = 16, 8192
"""Terms of a row up to which two rows are laid side by side, and pairs that are at a time: what stays in the cache of a core."""


@attrs.frozen(kw_only=True, eq=False)
class Terms:
    """Which terms each row holds, as sorted arrays; every pair of rows can be compared at once."""

    starts: Ints
    counts: Ints
    """Row r holds ``terms[starts[r] : starts[r] + counts[r]]``."""
    terms: Ints
    vocabulary: npt.NDArray[np.uint64]
    """The hash of each term number."""
    frequency: Ints
    """Rows that hold each term."""
    weight: Floats
    """Inverse document frequency of each term, ≥ 0."""
    totals: Floats
    """Sum of weights of each row."""
    keys: Ints
    """row × len(vocabulary) + term, ascending."""

    @classmethod
    def build(
        cls,
        rows: Ints,
        hashes: npt.NDArray[np.uint64],
        size: int,
        *,
        common: npt.NDArray[np.uint64] | None = None,
    ) -> Terms:
        """Index the terms of ``size`` rows; terms hashed in ``common`` weigh at most a quarter."""
        vocabulary, numbers = np.unique(hashes, return_inverse=True)
        width = max(len(vocabulary), 1)
        keys = distinct(rows.astype(np.int64) * width + numbers)
        rows, terms = keys // width, keys % width
        frequency = np.bincount(terms, minlength=len(vocabulary))
        weight = np.log((size + 50.0) / (frequency + 0.5)) / np.log(size + 50.0)
        if common is not None:
            weight = np.where(np.isin(vocabulary, common), np.minimum(weight, 0.25), weight)
        weight = np.maximum(weight, 0.05)
        counts = np.bincount(rows, minlength=size)
        return cls(
            starts=np.cumsum(counts) - counts,
            counts=counts,
            terms=terms,
            vocabulary=vocabulary,
            frequency=frequency,
            weight=weight,
            totals=np.bincount(rows, weights=weight[terms], minlength=size).astype(np.float64),
            keys=keys,
        )

    def holds(self, rows: Ints, terms: Ints) -> Bools:
        """Say for each (row, term) whether the row holds it."""
        if not len(self.keys):
            return np.zeros(len(rows), dtype=np.bool_)
        wanted = np.where(terms < 0, -1, rows * max(len(self.vocabulary), 1) + terms)
        found = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.asarray(self.keys[found] == wanted)

    def numbered(self, hashes: npt.NDArray[np.uint64]) -> Ints:
        """Return the number of each term, -1 where no row holds it (``holds`` is False for it)."""
        if not len(self.vocabulary):
            return np.full(len(hashes), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.vocabulary, hashes), len(self.vocabulary) - 1)
        return np.where(self.vocabulary[found] == hashes, found, -1)

    def shared(self, a: Ints, b: Ints) -> tuple[Floats, Floats]:
        """Return for each pair of rows the weight of a's terms that b holds, and the greatest weight among those it does not."""
        kept, missing = np.zeros(len(a)), np.zeros(len(a))
        few = (self.counts[a] <= WIDE) & (self.counts[b] <= WIDE)
        for rows, compare in ((np.flatnonzero(few), self._side_by_side), (np.flatnonzero(~few), self._one_by_one)):
            for chunk in np.split(rows, range(CHUNK, len(rows), CHUNK)):
                if len(chunk):
                    kept[chunk], missing[chunk] = compare(a[chunk], b[chunk])
        return kept, missing

    def _side_by_side(self, a: Ints, b: Ints) -> tuple[Floats, Floats]:
        """Compare every term of one row with every term of the other: three times as fast as looking them up."""
        one, weight = self._laid_out(a, -1)
        other, _ = self._laid_out(b, -2)
        held = np.zeros(one.shape, dtype=np.bool_)
        for column in range(other.shape[1]):
            held |= one == other[:, column : column + 1]
        kept = np.where(held, weight, 0.0)
        return kept.sum(axis=1), (weight - kept).max(axis=1, initial=0.0)

    def _laid_out(self, rows: Ints, nothing: int) -> tuple[npt.NDArray[np.int32], Floats]:
        counts = self.counts[rows]
        place = np.arange(max(int(counts.max()), 1))
        said = place < counts[:, None]
        at = np.where(said, self.starts[rows][:, None] + place, 0)
        if not len(self.terms):
            return np.full(said.shape, nothing, dtype=np.int32), np.zeros(said.shape)
        terms = self.terms[at]
        return np.where(said, terms, nothing).astype(np.int32), np.where(said, self.weight[terms], 0.0)

    def _one_by_one(self, a: Ints, b: Ints) -> tuple[Floats, Floats]:
        counts = self.counts[a]
        flat, _ = expand(self.starts[a], counts)
        pair = np.repeat(np.arange(len(a)), counts)
        terms = self.terms[flat]
        held = self.holds(np.repeat(b, counts), terms)
        weight = self.weight[terms]
        kept = np.bincount(pair, weights=np.where(held, weight, 0.0), minlength=len(a))
        missing = np.zeros(len(a))
        some = counts > 0
        if len(terms):
            missing[some] = np.maximum.reduceat(np.where(held, 0.0, weight), (np.cumsum(counts) - counts)[some])
        return kept.astype(np.float64), missing
