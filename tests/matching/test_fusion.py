import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from travelcrawl.matching.fusion import RULES, fuse, rules
from travelcrawl.stores.layers import layers

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def said(platform: str, day: int = 0, **fields: Any) -> dict[str, Any]:
    return {"platform": platform, "ref": "1", "last_changed": NOON + timedelta(days=day), **fields}


def test_every_rule_is_known_and_every_field_a_column() -> None:
    columns = set(layers()["places"].names) | {"position"}
    assert {rule.name for rule in rules()} <= RULES.keys()
    assert [rule.field for rule in rules() if rule.field not in columns] == []
    assert fuse([]).keys() <= set(layers()["places"].names)


@pytest.mark.parametrize(
    ("field", "rows", "value", "sources"),
    [
        ("address", [said("ctrip", address="b"), said("amap", address="a")], "a", ["amap/1"]),
        ("address", [said("ctrip", address="b"), said("amap", address=None)], "b", ["ctrip/1"]),
        ("address", [said("zzz", address="z"), said("mafengwo", address="m")], "m", ["mafengwo/1"]),
        (
            "name",
            [said("amap", name="x"), said("ctrip", name="y"), said("mafengwo", name="y")],
            "y",
            ["ctrip/1", "mafengwo/1"],
        ),
        ("name", [said("ctrip", name="y"), said("amap", name="x")], "x", ["amap/1"]),
        ("adcode", [said("amap", adcode="510100"), said("ctrip", adcode="510104")], "510104", ["ctrip/1"]),
        ("phones", [said("ctrip", phones=["2", "1"]), said("amap", phones=["1"])], ["1", "2"], ["amap/1", "ctrip/1"]),
        ("opening_hours", [said("amap", opening_hours="a"), said("ctrip", 1, opening_hours="c")], "c", ["ctrip/1"]),
        ("opening_hours", [said("ctrip", opening_hours="c"), said("amap", opening_hours="a")], "a", ["amap/1"]),
        ("rating", [said("amap", rating=4.0, review_count=3), said("ctrip", rating=5.0)], 4.25, ["amap/1", "ctrip/1"]),
        ("review_count", [said("amap", review_count=3), said("ctrip", review_count=4)], 7, ["amap/1", "ctrip/1"]),
        ("website", [said("amap"), said("ctrip", website="")], None, None),
    ],
)
def test_rules(field: str, rows: list[dict[str, Any]], value: Any, sources: list[str] | None) -> None:
    found = fuse(rows)
    assert found[field] == value
    assert found["sources"].get(field) == sources


def test_the_position_in_the_middle_is_taken() -> None:
    rows = [
        said("amap", lon=104.01, lat=30.6),
        said("ctrip", lon=104.0, lat=30.6),
        said("dianping", lon=103.999, lat=30.6),
    ]
    found = fuse([*rows, said("mafengwo", lon=None, lat=None)])
    assert (found["lon"], found["lat"], found["sources"]["position"]) == (104.0, 30.6, ["ctrip/1"])
    assert fuse(rows[:2])["sources"]["position"] == ["amap/1"]
    assert fuse([])["lon"] is None


def offer(platform: str, amount: float | None, day: int) -> dict[str, Any]:
    return {
        "platform": platform,
        "ref": "1",
        "what": "room",
        "amount": amount,
        "currency": "CNY",
        "seen_at": NOON + timedelta(days=day),
    }


def test_the_newest_price_is_taken_and_of_one_time_the_lowest() -> None:
    offers = [offer("amap", 100.0, 0), offer("ctrip", 300.0, 2), offer("amap", 280.0, 2), offer("ctrip", None, 3)]
    found = fuse([], offers)
    assert (found["price"], found["currency"], found["price_for"]) == (280.0, "CNY", "room")
    assert found["sources"]["price"] == ["amap/1"]
    assert fuse([])["price"] is None


def test_nothing_hangs_on_the_order() -> None:
    chance = random.Random(1)
    values: dict[str, list[Any]] = {
        "name": ["a", "b", None],
        "adcode": ["510100", "510104"],
        "rating": [4.0, 5.0, None],
        "review_count": [1, 2, None],
        "phones": [["1"], ["2", "1"], None],
        "lon": [104.0, 104.1],
        "opening_hours": ["x", "y"],
    }
    for _ in range(100):
        rows = [
            said(
                platform, chance.randrange(2), lat=30.0, **{name: chance.choice(some) for name, some in values.items()}
            )
            for platform in ("amap", "ctrip", "dianping", "zzz")
        ]
        offers = [offer(platform, chance.choice([1.0, 2.0]), chance.randrange(2)) for platform in ("amap", "ctrip")]
        expected = fuse(rows, offers)
        assert fuse(chance.sample(rows, 4), offers[::-1]) == expected
