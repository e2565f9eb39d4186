from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from sandbox.hardlistings import Profile, Writer
from sandbox.hardpairs import City, labelled
from travelcrawl.matching.matcher import decide, match, match_pairs, score_new
from travelcrawl.matching.normalise import FIELDS

Columns = Callable[[list[dict[str, str]]], dict[str, list[str]]]
PIN = {"lon": "118.8000", "lat": "31.9000", "datum": "WGS-84"}
NEXT_DOOR = {"lon": "118.8001", "lat": "31.9001", "datum": "WGS-84"}


@pytest.mark.parametrize(
    ("score", "decision"), [(1.0, "same"), (0.96, "same"), (0.95, "review"), (0.5, "review"), (0.49, "different")]
)
def test_decide(score: float, decision: str) -> None:
    assert decide(score) == decision


def test_the_same_place_on_three_platforms(columns: Columns) -> None:
    rows = [
        {"source": "a", "id": "1", "name": "青禾牛肉面", "address": "云栖路3号", "category": "美食", **PIN},
        {
            "source": "b",
            "id": "2",
            "name": "青禾牛肉面（云栖路店）",
            "address": "江宁区云栖路3号",
            "category": "美食 面馆",
            **NEXT_DOOR,
        },
        {"source": "c", "id": "3", "name": "青禾牛肉麵", "address": "云栖路3号", "category": "餐饮服务", **PIN},
        {"source": "a", "id": "4", "name": "白鹭洗衣", "address": "云栖路5号", "category": "生活服务", **PIN},
    ]
    found = match(columns(rows))
    assert [(link.a, link.b) for link in found.links] == [
        (("a", "1"), ("b", "2")),
        (("a", "1"), ("c", "3")),
        (("b", "2"), ("c", "3")),
    ]
    assert all(0.5 <= link.score <= 1 for link in found.links)


def test_one_source_lists_a_place_once(columns: Columns) -> None:
    rows = [{"source": "a", "id": str(number), "name": "青禾牛肉面", **PIN} for number in range(3)]
    assert match(columns(rows)).links == ()
    linked = match(columns([*rows, {"source": "b", "id": "9", "name": "青禾牛肉面", **PIN}])).links
    assert len(linked) <= 1


def test_a_car_park_is_a_part(columns: Columns) -> None:
    rows = [
        {"source": "a", "id": "1", "name": "星河大酒店", "address": "云栖路3号", **PIN},
        {"source": "b", "id": "2", "name": "星河大酒店-停车场", "address": "云栖路3号", **PIN},
    ]
    found = match(columns(rows))
    assert found.links == ()
    assert found.parts == ((("a", "1"), ("b", "2")),)


def test_people_win(columns: Columns) -> None:
    rows = [
        {"source": "a", "id": "1", "name": "青禾牛肉面", "address": "云栖路3号", **PIN},
        {"source": "b", "id": "2", "name": "青禾牛肉面", "address": "云栖路3号", **PIN},
        {"source": "b", "id": "3", "name": "白鹭洗衣", **PIN},
    ]
    one, other, third = ("a", "1"), ("b", "2"), ("b", "3")
    assert match(columns(rows), cannot=[(other, one)]).links == ()
    (link,) = match(columns(rows), must=[(third, one)]).links
    assert (link.a, link.b, link.score, link.decision) == (one, third, 1.0, "same")


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"source": "a", "name": ""}, {"source": "b", "name": ""}],
        [{"source": "a", "name": "", **PIN}, {"source": "b", "name": "", **PIN}],
        [{"source": "a", "name": "🍜🍜", **PIN}, {"source": "b", "name": "🍜🍜", **PIN}],
        [
            {"source": "a", "name": "青禾", "lon": "0", "lat": "0"},
            {"source": "b", "name": "白鹭", "lon": "0", "lat": "0"},
        ],
        [{"source": "a", "name": "长" * 10_000, **PIN}, {"source": "b", "name": "短" * 10_000, **PIN}],
    ],
)
def test_nothing_is_merged_by_accident(columns: Columns, rows: list[dict[str, str]]) -> None:
    assert match(columns(rows)).links == ()


def test_swapped_coordinates_still_match(columns: Columns) -> None:
    rows = [
        {"source": "a", "id": "1", "name": "青禾牛肉面", "address": "云栖路3号", **PIN},
        {"source": "b", "id": "2", "name": "青禾牛肉面", "address": "云栖路3号", "lon": PIN["lat"], "lat": PIN["lon"]},
    ]
    assert len(match(columns(rows)).links) == 1


def world(seed: int) -> list[dict[str, str]]:
    city = City(seed, han=True, size=600)
    profiles = (
        Profile(name="a", branches=0.2, phones=0.5, categories=0),
        Profile(name="b", branches=0.7, phones=0.5, categories=2),
    )
    return [one for profile in profiles for one in Writer(city, profile).listings()]


def test_an_invented_city() -> None:
    listings = world(901)
    truth = labelled(listings)
    found = match({field: [one[field] for one in listings] for field in FIELDS})
    links = {(link.a, link.b) for link in found.links}
    assert len(links & truth) / len(links) > 0.9
    assert len(links & truth) / len(truth) > 0.85


def test_order_of_arrival_does_not_matter() -> None:
    listings = world(902)
    expected = {
        (link.a, link.b): round(link.score, 9) for link in match({f: [x[f] for x in listings] for f in FIELDS}).links
    }
    random.Random(1).shuffle(listings)
    shuffled = match({field: [one[field] for one in listings] for field in FIELDS})
    assert {(link.a, link.b): round(link.score, 9) for link in shuffled.links} == expected


def test_pairs() -> None:
    rows = [
        {"a_name": "Elm Inn", "a_address": "3 Elm St", "b_name": "Elm Inn", "b_address": "3 Elm Street"},
        {"a_name": "Elm Inn", "a_address": "3 Elm St", "b_name": "Oak Dental", "b_address": "99 Oak Street"},
    ]
    scores, notes = match_pairs(rows)
    assert scores[0] > 0.8
    assert scores[1] < 0.1
    assert notes == ()


def test_pairs_of_nothing() -> None:
    assert len(match_pairs([])[0]) == 0


def test_a_new_listing_against_candidates(columns: Columns) -> None:
    candidates = columns([{"name": "青禾牛肉面", "address": "云栖路3号", **PIN}, {"name": "白鹭洗衣", **PIN}])
    scores = score_new({"name": "青禾牛肉面（云栖路店）", "address": "云栖路3号", **NEXT_DOOR}, candidates)
    assert scores[0] > 0.8
    assert scores[1] < 0.1
    assert np.all((scores >= 0) & (scores <= 1))
