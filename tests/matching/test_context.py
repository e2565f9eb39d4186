from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from travelcrawl.matching import context
from travelcrawl.matching.context import among_rivals
from travelcrawl.matching.normalise import Table
from travelcrawl.matching.text import Floats, Ints

Make = Callable[[list[dict[str, str]]], Table]
PIN = {"name": "x", "lon": "118.8", "lat": "31.9"}


def strangers(one: Ints, other: Ints) -> Floats:
    """No two listings are one place."""
    assert (one != other).all()
    return np.zeros(len(one))


def test_a_rival_of_the_same_source_counts_against(table: Make) -> None:
    made = table([{"source": source, **PIN} for source in "abbc"])
    a, b = np.array([0, 0, 0]), np.array([1, 2, 3])
    score = among_rivals(made, a, b, np.array([0.9, 0.5, 0.8]), strangers)
    assert score[0] == pytest.approx(9 / (9 + 1 + 1))
    assert score[1] == pytest.approx(1 / (1 + 1 + 9))
    assert score[2] == pytest.approx(0.8)


def test_rivals_of_both_sides_count(table: Make) -> None:
    made = table([{"source": source, **PIN} for source in "abab"])
    score = among_rivals(made, np.array([0, 0, 2]), np.array([1, 3, 1]), np.array([0.9, 0.5, 0.5]), strangers)
    left = 9 / (2 * 2)
    assert score[0] == pytest.approx(left / (1 + left))


def test_a_listing_given_twice_is_no_rival_of_itself(table: Make) -> None:
    made = table([{"source": source, **PIN} for source in "abb"])
    score = np.array([0.9, 0.8])
    alike = among_rivals(made, np.array([0, 0]), np.array([1, 2]), score, lambda one, other: np.ones(len(one)))
    assert alike == pytest.approx(score)


def test_only_the_strongest_rivals_are_looked_at(table: Make) -> None:
    made = table([{"source": source, **PIN} for source in "a" + "b" * 500])
    asked: list[int] = []

    def twins(one: Ints, other: Ints) -> Floats:
        asked.append(len(one))
        return np.zeros(len(one))

    a, b = np.zeros(500, dtype=np.int64), np.arange(1, 501)
    score = among_rivals(made, a, b, np.full(500, 0.6), twins)
    assert (score < 0.6).all()
    assert sum(asked) <= 500 * context.STRONGEST


def test_without_positions_nothing_changes(table: Make) -> None:
    made = table([{"source": source, "name": "x"} for source in "abb"])
    score = np.array([0.9, 0.9])
    assert among_rivals(made, np.array([0, 0]), np.array([1, 2]), score, strangers).tolist() == score.tolist()


def test_certainty_stays_finite(table: Make) -> None:
    made = table([{"source": source, **PIN} for source in "abb"])
    certain = among_rivals(made, np.array([0, 0]), np.array([1, 2]), np.array([1.0, 1.0]), strangers)
    assert certain == pytest.approx([0.5] * 2, abs=1e-3)


def test_no_pairs(table: Make) -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert len(among_rivals(table([PIN]), nothing, nothing, np.empty(0), strangers)) == 0
