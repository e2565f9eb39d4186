from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from travelcrawl.report.contents import contents_of
from travelcrawl.stores.reader import Reader

Make = Callable[..., Reader]


def listing(platform: str = "amap", ref: str = "1", **fields: Any) -> dict[str, Any]:
    return {"platform": platform, "ref": ref, "name": f"place {ref}", "lon": 104.0, "lat": 30.6, **fields}


def test_summary_has_the_form_of_the_contract(reader_of: Make, run_row: Callable[..., dict[str, Any]]) -> None:
    stats = {"downloader/request_count": 9, "verdict/forbidden/amap": 2, "given_up/forbidden": 1}
    reader = reader_of(
        listings=[listing(), listing(ref="2", lon=None), listing("ctrip")],
        reviews=[{"platform": "ctrip"}] * 3,
        notes=[{"platform": "mafengwo"}],
        offers=[{"platform": "ctrip"}] * 2,
        runs=[run_row("amap", **stats), run_row("dianping", seconds=None)],
    )
    nothing = dict.fromkeys(("listings", "reviews", "notes", "offers", "requests", "blocked", "dead_letters"), 0)
    assert contents_of(reader).summary() == {
        "platforms": {
            "amap": nothing | {"listings": 2, "requests": 9, "blocked": 2, "dead_letters": 1},
            "ctrip": nothing | {"listings": 1, "reviews": 3, "offers": 2},
            "dianping": nothing,
            "mafengwo": nothing | {"notes": 1},
        },
        "places": 2,
        "seconds": 60.0,
    }


def test_an_empty_store_has_an_empty_summary(reader_of: Make) -> None:
    assert contents_of(reader_of()).summary() == {"platforms": {}, "places": 0, "seconds": 0}


@pytest.mark.parametrize(
    "position",
    [{"lon": None}, {"lat": None}, {"lat": 91.0}, {"lon": -181.0}, {"lon": float("nan")}, {"lat": float("inf")}],
)
def test_what_has_no_position_is_counted_not_drawn(reader_of: Make, position: dict[str, float | None]) -> None:
    contents = contents_of(reader_of(listings=[listing(**position)]))
    assert (contents.points, contents.unplaced, contents.places) == ([], 1, 0)


def test_places_stand_in_for_their_listings(reader_of: Make) -> None:
    contents = contents_of(
        reader_of(
            listings=[
                listing("amap", "a", rating=4.0),
                listing("ctrip", "c", rating=5.0),
                listing("ctrip", "d"),
                listing("amap", "e"),
            ],
            places=[
                {"place": "p", "name": "both", "lon": 104.1, "lat": 30.7},
                {"place": "q", "name": "one", "lon": 104.2, "lat": 30.8},
                {"place": "r", "name": "nowhere", "lon": None, "lat": None},
                {"place": "s", "name": "gone into p", "lon": 104.1, "lat": 30.7, "merged_into": "p"},
            ],
            links=[
                {"platform": "amap", "ref": "a", "place": "p"},
                {"platform": "ctrip", "ref": "c", "place": "p"},
                {"platform": "ctrip", "ref": "d", "place": "q"},
            ],
        )
    )
    assert [(point.name, sorted(point.platforms), point.rating) for point in contents.points] == [
        ("both", ["amap", "ctrip"], 4.5),
        ("one", ["ctrip"], None),
    ]
    assert (contents.places, contents.unplaced) == (3, 1)


def test_a_district_is_named_at_the_north_of_its_listings(reader_of: Make) -> None:
    few = [listing(ref=f"f{number}", district="青羊区") for number in range(4)]
    many = [listing(ref=str(n), district="锦江区", lon=104 + n / 100, lat=30 + n / 100) for n in range(40)]
    assert contents_of(reader_of(listings=few + many)).districts == {"锦江区": (104.195, 30.38)}


def test_cities_are_where_nearly_all_their_listings_are(reader_of: Make) -> None:
    far = [listing(ref="far", city="成都市", lon=80.0, lat=20.0)]
    near = [listing(ref=str(n), city="成都市", lon=104 + n / 1000, lat=30 + n / 1000) for n in range(60)]
    others = [listing(ref="s", city="上海市", lon=121.5, lat=31.2), listing(ref="x", city="西安市", lon=None)]
    cities = contents_of(reader_of(listings=far + near + others)).cities
    assert [(area.name, area.count, area.bounds) for area in cities] == [
        ("成都市", 61, (30.0, 104.0, 30.058, 104.058)),
        ("上海市", 1, (31.2, 121.5, 31.2, 121.5)),
    ]


def test_quarantine_is_counted_by_reason(reader_of: Make) -> None:
    rows = [
        {"platform": "amap", "reasons": ["no name", "no position"]},
        {"platform": "amap", "reasons": ["no name"]},
        {"platform": None, "reasons": None},
    ]
    assert contents_of(reader_of(quarantine=rows)).quarantine == {
        ("amap", "no name"): 2,
        ("amap", "no position"): 1,
        ("unknown", "no reason given"): 1,
    }


def test_runs_are_told_newest_first(reader_of: Make, run_row: Callable[..., dict[str, Any]]) -> None:
    contents = contents_of(reader_of(runs=[run_row("amap"), run_row("ctrip", start=9), run_row("weibo", start=3)]))
    assert [run.platform for run in contents.runs] == ["ctrip", "weibo", "amap"]
