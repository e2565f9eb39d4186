from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from travelcrawl.matching.gate import gate
from travelcrawl.matching.normalise import Table


@pytest.mark.parametrize(
    ("one", "other", "north", "passed"),
    [
        ("青禾牛肉面", "青禾牛肉面馆", 0.0, True),
        ("青禾牛肉面", "白鹭洗衣", 0.0, False),
        ("青禾面", "青禾火锅城", 0.0005, True),
        ("青禾面", "青禾火锅城", 0.003, False),
        ("青禾牛肉面", "青禾牛肉面", 0.1, True),
        ("西贝面村", "xibei miancun", 0.0, True),
    ],
)
def test_gate(table: Callable[[list[dict[str, str]]], Table], one: str, other: str, north: float, passed: bool) -> None:
    made = table(
        [
            {"source": "a", "name": one, "lon": "118.8", "lat": "31.9"},
            {"source": "b", "name": other, "lon": "118.8", "lat": f"{31.9 + north}"},
        ]
    )
    assert gate(made, np.array([0]), np.array([1])).tolist() == [passed]


def test_the_same_phone_passes(table: Callable[[list[dict[str, str]]], Table]) -> None:
    made = table([{"name": "青禾", "phone": "13800001111"}, {"name": "elm", "phone": "13800001111"}])
    assert gate(made, np.array([0]), np.array([1])).tolist() == [True]
