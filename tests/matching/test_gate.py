from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from travelcrawl.matching.gate import MOST, gate, likest
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


def crowd(size: int, own: Callable[[int], dict[str, str]]) -> list[dict[str, str]]:
    return [{"source": "ab"[row % 2], "name": "青禾牛肉面"} | own(row // 2) for row in range(size)]


def crossed(size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    sides = np.meshgrid(np.arange(0, size, 2), np.arange(1, size, 2))
    return sides[0].ravel(), sides[1].ravel()


@pytest.mark.parametrize(
    ("own", "most", "said"),
    [
        (lambda place: {}, 0, 1),
        (lambda place: {"lon": "118.8", "lat": "31.9"}, 0, 1),
        (lambda place: {"phone": f"138000{place:05d}"}, 1, 0),
        (lambda place: {"address": f"云栖路{place}号"}, 1, 0),
        (lambda place: {"lon": "118.8", "lat": f"{31 + place / 1e4}"}, MOST, 0),
    ],
    ids=["nothing", "one point", "phones", "addresses", "pins"],
)
def test_of_a_crowd_the_likest_are_kept(
    table: Callable[[list[dict[str, str]]], Table], own: Callable[[int], dict[str, str]], most: int, said: int
) -> None:
    size = 2 * (MOST + 50)
    a, b = crossed(size)
    kept, notes = likest(table(crowd(size, own)), a, b)
    assert len(notes) == said
    assert kept[a // 2 == b // 2].all() == (most > 0)
    assert np.bincount(a[kept], minlength=1).max() <= 2 * most


def test_what_has_few_rivals_keeps_all(table: Callable[[list[dict[str, str]]], Table]) -> None:
    a, b = crossed(2 * MOST)
    kept, notes = likest(table(crowd(2 * MOST, lambda place: {})), a, b)
    assert kept.all()
    assert not notes
