from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from travelcrawl.matching.normalise import Table
from travelcrawl.matching.spelling import spelt

Make = Callable[[list[dict[str, str]]], Table]


@pytest.mark.parametrize(
    ("one", "other", "kept", "same"),
    [
        ("Helmut Pets", "Helmutt Pets", 0.9, True),
        ("Tambury Central", "Tambury Ctrl", 0.8, True),
        ("Tambury International", "Tambury Intnl", 0.8, True),
        ("Tambury Community Club", "Tambury CC", 0.8, False),
        ("Tambury Fox", "Tambury Owl", 0.0, False),
        ("青禾牛肉面", "青禾羊肉面", 0.0, False),
    ],
)
def test_a_word_in_another_spelling(table: Make, one: str, other: str, kept: float, same: bool) -> None:
    made = table([{"source": "a", "name": one}, {"source": "b", "name": other}])
    forth, back = spelt(made, np.array([0]), np.array([1]))
    terms = made.name_terms
    exact = terms.shared(np.array([1]), np.array([0]))[0][0]
    lost = terms.totals[1] - exact
    assert (back.kept[0] - exact) / lost >= kept - 1e-9
    assert (forth.missing[0] < 0.3 * terms.shared(np.array([0]), np.array([1]))[1][0]) == same


def test_a_word_that_tells_where_is_not_missed(table: Make) -> None:
    rows = [
        {"source": "a", "name": "Fox", "address": "3 Harrow Road"},
        {"source": "b", "name": "Fox Harrow"},
        {"source": "b", "name": "Fox Marlow"},
    ]
    made = table(rows)
    _, back = spelt(made, np.array([0, 0]), np.array([1, 2]))
    assert back.untold[0] == 0 < back.missing[0]
    assert back.untold[1] > 0


def test_no_pairs(table: Make) -> None:
    nothing = np.empty(0, dtype=np.int64)
    forth, back = spelt(table([{"name": "x"}]), nothing, nothing)
    assert len(forth.kept) == len(back.untold) == 0
