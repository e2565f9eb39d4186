from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from travelcrawl.matching.context import among_rivals
from travelcrawl.matching.normalise import Table

Make = Callable[[list[dict[str, str]]], Table]
PIN = {"name": "x", "lon": "118.8", "lat": "31.9"}


def test_a_rival_of_the_same_source_counts_against(table: Make) -> None:
    made = table([{"source": source, **PIN} for source in "abbc"])
    a, b = np.array([0, 0, 0]), np.array([1, 2, 3])
    score = among_rivals(made, a, b, np.array([0.9, 0.5, 0.8]))
    assert score[0] == pytest.approx(9 / (9 + 1 + 0.5))
    assert score[1] == pytest.approx(1 / (1 + 1 + 4.5))
    assert score[2] == pytest.approx(0.8)


def test_without_positions_nothing_changes(table: Make) -> None:
    made = table([{"source": source, "name": "x"} for source in "abb"])
    score = np.array([0.9, 0.9])
    assert among_rivals(made, np.array([0, 0]), np.array([1, 2]), score).tolist() == score.tolist()


def test_certainty_stays_finite(table: Make) -> None:
    made = table([{"source": source, **PIN} for source in "abb"])
    assert among_rivals(made, np.array([0, 0]), np.array([1, 2]), np.array([1.0, 1.0])) == pytest.approx(
        [2 / 3, 2 / 3], abs=1e-3
    )


def test_no_pairs(table: Make) -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert len(among_rivals(table([PIN]), nothing, nothing, np.empty(0))) == 0
