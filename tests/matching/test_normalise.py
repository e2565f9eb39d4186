from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from travelcrawl.matching.features import features
from travelcrawl.matching.normalise import VERSION, Table, normalise
from travelcrawl.matching.words import words

Make = Callable[[list[dict[str, str]]], Table]


@pytest.mark.parametrize(
    ("name", "core", "branch", "part"),
    [
        ("青禾牛肉面", "青禾牛肉面", "", None),
        ("青禾牛肉面（星湖店）", "青禾牛肉面", "星湖", None),
        ("青禾牛肉面(星湖分店", "青禾牛肉面", "星湖", None),
        ("青禾牛肉面（东门店）", "青禾牛肉面", "东门", None),
        ("青禾牛肉面（早点，豆腐脑）", "青禾牛肉面", "", None),
        ("青禾牛肉面 星湖店", "青禾牛肉面", "星湖", None),
        ("星河酒店-停车场", "星河酒店", "停车场", "parking"),
        ("肯德基(星湖店)-洗手间", "kfc", "星湖", "toilet"),
        ("东门饺子馆", "东门饺子馆", "", None),
        ("星河酒店大堂吧", "星河酒店大堂吧", "", "hall"),
        ("（星湖店）", "星湖店", "", None),
        ("Elm Inn - Dover", "elminn", "dover", None),
        ("Elm Inn (Dover)", "elminn", "dover", None),
        ("| x", "x", "", None),
        ("🍜", "", "", None),
    ],
)
def test_name(table: Make, name: str, core: str, branch: str, part: str | None) -> None:
    made = table([{"name": name}])
    assert (made.core, made.branch) == ([core], [branch])
    assert (words().parts[made.part[0]] if made.part[0] >= 0 else None) == part


def test_known_chain_gives_the_branch(table: Make) -> None:
    made = table(
        [{"name": "青禾便利（一店）"}, {"name": "青禾便利（二店）"}, {"name": "青禾便利白鹭路店"}, {"name": "云栖书店"}]
    )
    assert made.core == ["青禾便利", "青禾便利", "青禾便利", "云栖书店"]
    assert made.branch[2] == "白鹭路"
    assert made.frequency.tolist() == [3, 3, 3, 1]


@pytest.mark.parametrize(
    ("lon", "lat", "datum", "expected"),
    [
        ("-79.4", "43.7", "WGS-84", (-79.4, 43.7)),
        ("-79.4", "43.7", "", (-79.4, 43.7)),
        ("31.9", "118.8", "", (118.8, 31.9)),
        ("0", "0", "", None),
        ("", "31.9", "", None),
        ("far", "31.9", "", None),
        ("500", "31.9", "", None),
        ("inf", "31.9", "", None),
    ],
)
def test_position(table: Make, lon: str, lat: str, datum: str, expected: tuple[float, float] | None) -> None:
    made = table([{"name": "x", "lon": lon, "lat": lat, "datum": datum}])
    if expected is None:
        assert np.isnan(made.lon[0])
        assert made.precision[0] == -1
    else:
        assert (made.lon[0], made.lat[0]) == pytest.approx(expected)


@pytest.mark.parametrize(("datum", "least", "most"), [("GCJ-02", 300, 700), ("gcj02", 300, 700), ("BD-09", 800, 1600)])
def test_position_of_another_datum(table: Make, datum: str, least: float, most: float) -> None:
    made = table([{"name": "x", "lon": "118.8", "lat": "31.9", "datum": datum}])
    moved = np.hypot((made.lon[0] - 118.8) * 94_500, (made.lat[0] - 31.9) * 110_900)
    assert least < moved < most


def test_odd_input_is_said(table: Make) -> None:
    made = table([{"name": "长" * 10_000, "lon": "0", "lat": "0"}])
    assert len(made.core[0]) == 120
    assert len(made.notes) == 2


@pytest.mark.parametrize(
    ("website", "site", "path"),
    [
        ("https://www.elm-inn.example/dover/1", "elm-inn.example", "dover/1"),
        ("shop.elm.co.uk", "elm.co.uk", "shop"),
        ("https://facebook.com/elminn/about", "facebook.com/elminn", "elminn/about"),
        ("http://[bad", "", ""),
        ("", "", ""),
    ],
)
def test_site(table: Make, website: str, site: str, path: str) -> None:
    made = table([{"name": "x", "website": website}])
    assert (made.site, made.path) == ([site], [path])


@pytest.mark.parametrize(
    ("row", "phones"),
    [
        ({"name": "青禾", "phone": "025-52100000"}, {"+862552100000"}),
        ({"name": "スナック青禾", "phone": "070-0000-0448", "address": "栄4 JP"}, {"+817000000448"}),
        ({"name": "スナック", "phone": "4165550123"}, {"+14165550123"}),
    ],
)
def test_phones_by_region(table: Make, row: dict[str, str], phones: set[str]) -> None:
    assert table([row]).phones == [phones]


def test_no_listings() -> None:
    assert len(normalise({"name": []})) == 0


def test_missing_columns_are_empty() -> None:
    made: Any = normalise({"name": ["青禾"], "source": ["a"], "id": ["1"]})
    assert made.address == [""]


LISTINGS = (
    {
        "name": "星巴克咖啡（星湖店）",
        "address": "杭州市西湖區文三路123號2樓",
        "category": "美食 咖啡",
        "phone": "0571-88888888;4008001234",
    },
    {
        "name": "青禾酒店-停车场",
        "address": "文三路125号",
        "category": "交通设施服务;停车场",
        "lon": "120.1",
        "lat": "30.2",
        "datum": "GCJ-02",
    },
    {"name": "The Elm Inn & Suites - Dover", "address": "1212 Fifth Avenue, Ste 3, M6G 1G5", "phone": "(416) 555-0123"},
    {"name": "ELM INN", "address": "5th Ave, 1212", "category": "hotel", "website": "https://www.elm.com/dover/12"},
    {"name": "Luckin 瑞幸", "address": "延安路258号in77C区3层", "lon": "120.16", "lat": "30.25"},
    {"name": "金山神社バス停", "address": "西区佐知川 331-0064 JP", "phone": "048-555-0100"},
)
PINNED = {1: "86a54a48d404050a"}
"""What each version of the normal form makes of LISTINGS and their pairs, as a digest."""


def test_what_comes_out_differently_has_another_version(table: Make) -> None:
    made = table([{"source": "ab"[at % 2], "id": str(at)} | said for at, said in enumerate(LISTINGS)])
    a, b = np.triu_indices(len(LISTINGS), 1)
    columns = (made.name, made.core, made.branch, made.sound, made.heard, made.address, made.road, made.postcode)
    said = [*columns, *map(sorted, made.phones), made.site, made.path, made.kind.tolist(), made.part.tolist()]
    compared = np.round(features(made, a, b), 3).tolist()
    digest = hashlib.sha256(repr((said, compared)).encode()).hexdigest()[:16]
    assert digest == PINNED[VERSION], f"bump normalise.VERSION, then pin {digest}"
