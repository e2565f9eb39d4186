from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from travelcrawl.matching.features import FEATURES, NAMES, features
from travelcrawl.matching.normalise import Table

Make = Callable[[list[dict[str, str]]], Table]
NAN = float("nan")


def compared(table: Make, one: dict[str, str], other: dict[str, str]) -> dict[str, float]:
    made = table([{"source": "a", "name": "青禾牛肉面"} | one, {"source": "b", "name": "青禾牛肉面"} | other])
    forth, back = (features(made, np.array([x]), np.array([y])) for x, y in ((0, 1), (1, 0)))
    np.testing.assert_allclose(forth, back, rtol=1e-5)
    return dict(zip(NAMES, forth[0].tolist(), strict=True))


@pytest.mark.parametrize(
    ("one", "other", "feature", "value"),
    [
        ({}, {}, "same_core", 1),
        ({}, {}, "core_ratio", 1),
        ({}, {}, "core_jaro_winkler", 1),
        ({}, {}, "name_missing_most", 0),
        ({}, {}, "metres", NAN),
        ({}, {}, "placed", 0),
        ({}, {"name": "青禾牛肉汤"}, "core_prefix", 0.8),
        ({}, {"name": "老青禾牛肉面"}, "name_contained_most", 1),
        ({"name": "西贝莜面村"}, {"name": "Xibei Youmiancun"}, "sound_ratio", 1),
        ({}, {"name": "青禾"}, "sound_ratio", NAN),
        ({"name": "Qinghe青禾"}, {"name": "青禾面馆 qinghe"}, "script_ratio", 1),
        ({"name": "Qinghe青禾"}, {"name": "青禾"}, "script_ratio", 1),
        ({"name": "Qinghe青禾"}, {"name": "Bailu白鹭"}, "script_ratio", pytest.approx(0.1818, abs=1e-3)),
        ({}, {"name": "青禾"}, "script_ratio", NAN),
        ({"name": "7天酒店"}, {"name": "8天酒店"}, "script_ratio", NAN),
        ({"name": "青禾（星湖店）"}, {"name": "青禾（白鹭店）"}, "branch_ratio", 0),
        ({"name": "青禾（星湖店）"}, {}, "branch_ratio", NAN),
        ({"name": "青禾（星湖店）"}, {"address": "青禾路3号星湖广场"}, "branch_elsewhere", 1),
        ({"name": "第3小学"}, {"name": "第5小学"}, "name_numbers", 0),
        ({"name": "Building L"}, {"name": "Building K"}, "name_numbers", 0),
        ({"name": "第3小学"}, {"name": "小学"}, "name_numbers_one_sided", 1),
        ({"name": "星河酒店"}, {"name": "星河酒店停车场"}, "part_differs", 1),
        ({"category": "美食 火锅"}, {"category": "Dining > Restaurant"}, "kind", 1),
        ({"category": "美食 火锅"}, {"category": "快餐"}, "kind", 0.5),
        ({"category": "美食 火锅"}, {"category": "酒店"}, "kind", 0),
        ({"category": "美食"}, {"category": "美食"}, "category_ratio", 1),
        ({"category": "美食"}, {}, "category_ratio", NAN),
        ({"address": "云栖路3号"}, {"address": "云栖路5号"}, "house_number", 0),
        ({"address": "云栖路3号"}, {"address": "云栖路5号"}, "house_number_apart", np.log(3)),
        ({"address": "云栖路3号"}, {"address": "云栖路3号201室"}, "address_numbers", 1),
        ({"address": "云栖路3号"}, {"address": "云栖路"}, "address_numbers", NAN),
        ({"address": "云栖路3号5幢201室"}, {"address": "星湖街9号5幢201室"}, "address_numbers_shared", 2),
        ({"address": "云栖路3号"}, {"address": "云栖路"}, "address_numbers_shared", NAN),
        ({"address": "云栖路3号"}, {"address": "云栖路"}, "road_ratio", 1),
        ({"address": "云栖路3号2楼"}, {"address": "云栖路3号负一层"}, "floor", 0),
        ({"address": "3 Elm St M6G 1G5"}, {"address": "Elm Street, 3 M6G 1G5"}, "postcode", 1),
        ({"phone": "13800001111"}, {"phone": "+8613800001111"}, "phone", 1),
        ({"phone": "13800001111"}, {"phone": "13900001111"}, "phone", 0),
        ({"phone": "13800001111"}, {}, "phone", NAN),
        ({"phone": "13800001111"}, {"phone": "13800001111"}, "phone_shared_by", np.log(2)),
        ({"website": "elm.example/a"}, {"website": "elm.example/b"}, "site", 1),
        ({"website": "elm.example/a"}, {"website": "oak.example"}, "site", 0),
        ({"website": "elm.example/a"}, {"website": "oak.example"}, "path_ratio", NAN),
        ({"name": "Abbey Pharmacy"}, {"name": "Abbey"}, "kind_one_sided", 1),
    ],
)
def test_feature(table: Make, one: dict[str, str], other: dict[str, str], feature: str, value: float) -> None:
    assert compared(table, one, other)[feature] == pytest.approx(value, abs=1e-4, nan_ok=True)


def test_a_child_word_on_one_side(table: Make) -> None:
    assert compared(table, {"name": "Elm Park"}, {"name": "Elm Park Rink"})["children"] > 0
    assert compared(table, {"name": "Elm Rink"}, {"name": "Elm Rink"})["children"] == 0


def test_metres_behind_the_nearest_namesake(table: Make) -> None:
    pins = ("31.9", "31.9001", "31.91")
    made = table(
        [
            {"source": source, "name": "青禾", "lon": "118.8", "lat": lat}
            for source, lat in zip("abb", pins, strict=True)
        ]
    )
    behind = features(made, np.array([0, 0]), np.array([1, 2]))[:, NAMES.index("metres_behind")]
    assert behind[0] == 0
    assert behind[1] == pytest.approx(np.log1p(1111.9) - np.log1p(11.12), abs=0.01)


def test_an_address_that_fits_less_than_that_of_a_namesake(table: Make) -> None:
    said = {"a": ["云栖路3号"], "b": ["云栖路3号2楼", "星湖街9号", ""]}
    made = table(
        [
            {"source": source, "name": "青禾", "address": address}
            for source, addresses in said.items()
            for address in addresses
        ]
    )
    behind = features(made, np.array([0, 0, 0]), np.array([1, 2, 3]))[:, NAMES.index("address_behind")]
    assert behind[0] == 0
    assert behind[1] > 0.5
    assert np.isnan(behind[2])


def test_the_next_namesake(table: Make) -> None:
    pins = ("31.9", "31.9001", "31.91")
    made = table(
        [
            {"source": source, "name": "青禾", "lon": "118.8", "lat": lat}
            for source, lat in zip("abb", pins, strict=True)
        ]
    )
    margin = features(made, np.array([0, 0]), np.array([1, 2]))[:, NAMES.index("next_namesake")]
    assert margin[0] == pytest.approx(np.log1p(1111.9) - np.log1p(11.12), abs=0.01)
    assert margin[1] == pytest.approx(np.log1p(11.12) - np.log1p(1111.9), abs=0.01)
    alone = table([{"source": source, "name": "青禾", "lon": "118.8", "lat": "31.9"} for source in "ab"])
    assert features(alone, np.array([0]), np.array([1]))[0, NAMES.index("next_namesake")] == 10


def test_no_pairs(table: Make) -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert features(table([{"name": "x"}]), nothing, nothing).shape == (0, len(FEATURES))


def test_directions() -> None:
    assert set(FEATURES.values()) <= {-1, 0, 1}
    assert FEATURES["metres"] == -1
    assert FEATURES["phone"] == 1
