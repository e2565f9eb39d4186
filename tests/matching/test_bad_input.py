"""What no source should say and some do: it costs bounded time, is said in the result, and merges nothing by accident."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest

from travelcrawl.matching.matcher import match, match_pairs

Columns = Callable[[list[dict[str, str]]], dict[str, list[str]]]
PIN = {"lon": "118.8000", "lat": "31.9000", "datum": "WGS-84"}


def crowd(size: int, names: Callable[[int], str], pin: dict[str, str]) -> list[dict[str, str]]:
    return [{"source": "ab"[row % 2], "id": str(row), "name": names(row), **pin} for row in range(size)]


@pytest.mark.parametrize(
    ("names", "links"),
    [
        (lambda row: "", 0),
        (lambda row: "🍜🍜", 0),
        (lambda row: "…" * (row % 7), 0),
        (lambda row: "长" * 10_000, 0),
        (lambda row: f"{'长' * 9_000}{row}", 0),
    ],
)
@pytest.mark.parametrize("pin", [PIN, {}, {"lon": "0", "lat": "0"}])
def test_what_has_no_name_is_never_merged(
    columns: Columns, names: Callable[[int], str], links: int, pin: dict[str, str]
) -> None:
    assert len(match(columns(crowd(40, names, pin))).links) == links


def test_names_of_ten_thousand_characters_are_said(columns: Columns) -> None:
    found = match(columns(crowd(4, lambda row: "长" * 10_000, PIN)))
    assert any("longer than" in note for note in found.notes)


def test_impossible_positions_are_said(columns: Columns) -> None:
    rows = crowd(4, lambda row: f"青禾{'甲乙丙丁'[row]}记", {"lon": "0", "lat": "0"})
    rows[3] |= {"lon": "1000", "lat": "nan"}
    found = match(columns(rows))
    assert found.links == ()
    assert any("0,0" in note for note in found.notes)


@pytest.mark.no_cover
def test_thousands_on_one_point_are_bounded(columns: Columns) -> None:
    """50,000 listings of one name are 625 million pairs; they are capped, said, and none is taken for another."""
    begun = process_time()
    same = match(columns(crowd(50_000, lambda row: "青禾牛肉面", PIN)))
    differ = match(columns(crowd(50_000, lambda row: f"青禾{row}号", PIN)))
    assert process_time() - begun < 60
    assert same.notes
    assert differ.notes
    assert same.candidates + differ.candidates < 2_000_000
    assert not [link for link in differ.links if link.decision == "same"]


def test_pairs_of_nonsense_are_scored_low() -> None:
    rows = [
        {"a_name": "", "b_name": ""},
        {"a_name": "🍜", "b_name": "🍜"},
        {"a_name": "长" * 10_000, "b_name": "长" * 10_000},
        {"a_name": "青禾", "a_lon": "x", "a_lat": "1e999", "b_name": "白鹭", "b_lon": "-0", "b_lat": "nan"},
    ]
    scores, notes = match_pairs(rows)
    assert (scores < 0.5).all()
    assert notes
