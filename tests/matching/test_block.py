from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from travelcrawl.matching.block import block, distance
from travelcrawl.matching.normalise import Table

Make = Callable[[list[dict[str, str]]], Table]
NEAR = {"lon": "118.8000", "lat": "31.9000"}
NEXT_DOOR = {"lon": "118.8002", "lat": "31.9001"}
TWO_KILOMETRES_OFF = {"lon": "118.8", "lat": "31.92"}
FAR = {"lon": "118.85", "lat": "31.95"}
OTHER_CITY = {"lon": "104.06", "lat": "30.66"}


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"name": "青禾牛肉面", **NEAR}, {"name": "青禾面馆", **NEXT_DOOR}, True),
        ({"name": "青禾牛肉面", **NEAR}, {"name": "白鹭洗衣", **NEXT_DOOR}, False),
        ({"name": "青禾牛肉面", **NEAR}, {"name": "青禾牛肉面", **FAR}, True),
        ({"name": "青禾牛肉面", **NEAR}, {"name": "青禾牛肉面馆", **FAR}, False),
        ({"name": "青禾牛肉面", **NEAR}, {"name": "青禾牛肉面馆", **TWO_KILOMETRES_OFF}, True),
        ({"name": "青禾牛肉面", **NEAR}, {"name": "青禾牛肉面", **OTHER_CITY}, False),
        ({"name": "青禾牛肉面", **NEAR}, {"name": "青禾牛肉面"}, True),
        ({"name": "西贝莜面村", **NEAR}, {"name": "Xibei Youmian", **NEXT_DOOR}, True),
        ({"name": "青禾", "phone": "025-52100000", **NEAR}, {"name": "Elm", "phone": "52100000", **FAR}, True),
        (
            {"name": "青禾", "website": "elm.example", **NEAR},
            {"name": "Elm", "website": "www.elm.example", **FAR},
            True,
        ),
        ({"name": "青禾牛肉面", "source": "b", **NEAR}, {"name": "青禾牛肉面", **NEAR}, False),
        ({"name": "", **NEAR}, {"name": "🍜", **NEAR}, True),
    ],
)
def test_pairs(table: Make, one: dict[str, str], other: dict[str, str], found: bool) -> None:
    made = (
        table([{"source": "a", **one}, {"source": "b", **other}])
        if "source" not in one
        else table([one, {"source": "b", **other}])
    )
    a, b, notes = block(made)
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == ([(0, 1)] if found else [])
    assert notes == []


def test_nothing() -> None:
    from travelcrawl.matching.normalise import normalise

    a, _, _ = block(normalise({"name": []}))
    assert len(a) == 0


def test_crowded_point_is_capped_and_said(table: Make) -> None:
    names = [f"{chr(0x4E00 + number)}{chr(0x5E00 + number)}店" for number in range(2100)]
    rows = [{"source": source, "name": name, **NEAR} for source in "ab" for name in names]
    a, b, notes = block(table(rows))
    assert len(notes) == 1
    assert "crowded" in notes[0]
    assert {(one, one + 2100) for one in range(2100)} <= set(zip(a.tolist(), b.tolist(), strict=True))
    assert len(a) < 20_000


def test_a_name_that_everything_bears_is_said(table: Make) -> None:
    rows = [
        {"source": "ab"[number % 2], "name": "青禾", "lon": f"{118 + number / 10_000}", "lat": "31"}
        for number in range(502)
    ]
    a, _, notes = block(table(rows))
    assert len(notes) == 1
    assert "1 names" in notes[0]
    assert len(a) < 502 * 60


def test_distance(table: Make) -> None:
    made = table([NEAR | {"name": "x"}, {"name": "y", "lon": "118.8", "lat": "31.901"}, {"name": "z"}])
    metres = distance(made, np.array([0, 0]), np.array([1, 2]))
    assert metres[0] == pytest.approx(111.2, abs=0.1)
    assert np.isnan(metres[1])


def test_distance_over_the_date_line(table: Make) -> None:
    made = table([{"name": "x", "lon": "179.9999", "lat": "0.1"}, {"name": "y", "lon": "-179.9999", "lat": "0.1"}])
    assert distance(made, np.array([0]), np.array([1]))[0] == pytest.approx(22.2, abs=0.1)


def test_coarse_pins_are_sought_farther(table: Make) -> None:
    rows = []
    for number in range(30):
        name = f"{chr(0x4E00 + number)}{chr(0x5E00 + number)}{chr(0x6E00 + number)}面馆"
        lat = 31.0 + number / 10
        rows += [
            {"source": "a", "name": name, "lon": "118.8", "lat": f"{lat}"},
            {"source": "b", "name": name, "lon": "118.8", "lat": f"{lat + 0.006}"},
        ]
    from travelcrawl.matching.block import _radius

    assert _radius(table(rows)) == pytest.approx(1000, rel=0.01)
    assert _radius(table(rows[:4])) == 250
