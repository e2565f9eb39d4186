"""What the words of all names together tell: how they are spelt, whether they name an area, which are the stem of a name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from travelcrawl.matching.terms import Terms
from travelcrawl.matching.text import Floats, Ints, cut
from travelcrawl.matching.words import one_form

LOCAL = 3
"""Bearers of a word from which it can be told whether they lie close together."""


def spellings(folded: Sequence[str], terms: Terms) -> list[str]:
    """Return the word of each term of names, empty where it is no word of letters."""
    said = [word for word in set(" ".join(folded).split()) if word[0] < "\u2e80" and word.isalpha()]
    rows, hashes, _ = cut(said)
    single = np.bincount(rows, minlength=len(said))[rows] == 1
    spelling = [""] * len(terms.vocabulary)
    for row, number in zip(rows[single].tolist(), terms.numbered(one_form(hashes[single])).tolist(), strict=True):
        # The least of the words that are one term (centre, center), so that nothing hangs on the order of a set.
        if number >= 0 and (not spelling[number] or said[row] < spelling[number]):
            spelling[number] = said[row]
    return spelling


def spread(terms: Terms, lon: Floats, lat: Floats) -> Floats:
    """Return how far the bearers of each term lie from their middle, against all listings; 1 where it cannot be told."""
    placed = ~np.isnan(lon)
    if not placed.any():
        return np.ones(len(terms.vocabulary))
    rows = np.repeat(np.arange(len(lon)), terms.counts)
    rows, numbers = rows[placed[rows]], terms.terms[placed[rows]]
    bearers = np.bincount(numbers, minlength=len(terms.vocabulary))
    variance = np.zeros(len(terms.vocabulary))
    for axis in (lon, lat):
        whole = float(np.var(axis[placed]))
        sums = np.bincount(numbers, weights=axis[rows], minlength=len(variance))
        middle = sums / np.maximum(bearers, 1)
        apart = np.bincount(numbers, weights=(axis[rows] - middle[numbers]) ** 2, minlength=len(variance))
        variance += apart / np.maximum(bearers - 1, 1) / max(whole, 1e-12) / 2
    # Rounded, so that nothing hangs on the order in which the positions were added up.
    return np.where(bearers >= LOCAL, np.round(np.clip(2 * np.sqrt(variance), 0.3, 1.0), 4), 1.0)


def stems(terms: Terms, core_code: Ints, common: npt.NDArray[np.uint64]) -> Ints:
    """Return a number for each row, the same where the terms of the core that say something are the same."""
    telling = ~np.isin(terms.vocabulary, common)[terms.terms]
    hashes = np.where(telling, terms.vocabulary[terms.terms], np.uint64(0))
    sums = np.zeros(len(terms.counts), dtype=np.uint64)
    some = terms.counts > 0
    if len(hashes):
        sums[some] = np.add.reduceat(hashes, terms.starts[some])
    sums = np.where(sums == 0, core_code.astype(np.uint64), sums)
    return np.unique(sums, return_inverse=True)[1] if len(sums) else core_code
