import csv
from importlib.resources import files

import pytest

from travelcrawl.pipelines.categories import LONGEST_PATTERN, class_of, classes


@pytest.mark.parametrize(
    ("platform", "code", "category", "name", "expected"),
    [
        ("amap", "110202", "风景名胜;风景名胜;国家级景点", "云岫", "sight"),
        ("amap", "110205", None, None, "temple"),
        ("amap", "110101", None, None, "park"),
        ("amap", "100201", None, None, "hostel"),
        ("amap", "100105", None, None, "hotel"),
        ("amap", "050117", None, None, "restaurant"),
        ("amap", "050501", None, None, "cafe"),
        ("amap", "060101|060400", None, None, "mall"),
        ("amap", "150500", None, None, "metro_station"),
        ("amap", "991400", "通行设施;临街院门;临街院门", "云岫大学(东门)", "entrance"),
        ("amap", "190000", "地名地址信息;普通地名", "云岫", None),
        ("dianping", "132", None, None, "cafe"),
        ("dianping", "35", None, None, "sight"),
        ("dianping", "999999", "美食;本帮江浙菜", None, "restaurant"),
        ("dianping", None, "美食;面包甜点", "云岫咖啡", "bakery"),
        ("dianping", None, "美食 不知道", None, "restaurant"),
        ("ctrip", None, "酒店", None, "hotel"),
        ("ctrip", None, "历史建筑", None, "historic_site"),
        ("ctrip", None, None, "云岫植物园", "garden"),
        ("mafengwo", "jd", None, None, "sight"),
        ("mafengwo", None, "博物馆", None, "museum"),
        ("demo", "110205", None, None, None),
        ("demo", None, None, "Yunxiu Hotel", "hotel"),
        ("demo", None, None, "听澜火锅（南门店）", None),
        ("demo", None, None, "听澜火锅(南门店)", "restaurant"),
        ("demo", None, None, "云岫", None),
        ("demo", None, None, None, None),
        ("demo", "", "", "", None),
    ],
)
def test_class(platform: str, code: str | None, category: str | None, name: str | None, expected: str | None) -> None:
    assert class_of(platform, code, category, name) == expected


def test_table_is_whole_and_unambiguous() -> None:
    with files("travelcrawl.pipelines").joinpath("categories.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["platform"], row["by"], row["pattern"].lower()) for row in rows]
    assert len(set(keys)) == len(keys)
    assert {row["by"] for row in rows} == {"code", "word", "name"}
    assert all(row["pattern"] and row["class"].replace("_", "").isalpha() for row in rows)
    assert all(len(row["pattern"]) <= LONGEST_PATTERN for row in rows)
    assert {"sight", "museum", "park", "temple", "theme_park", "beach", "hotel", "hostel", "restaurant"} <= classes()
