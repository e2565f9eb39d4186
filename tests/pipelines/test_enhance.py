import math
from typing import Any

import h3
import pytest
from scrapy.utils.test import get_crawler

from travelcrawl.items import Listing, Note, Review
from travelcrawl.pipelines.enhance import EnhancePipeline, cell_of, enhancements


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        (
            {"city": "成都", "address": "武侯区听澜大街1号"},
            {"province": "四川省", "city": "成都市", "district": "武侯区", "adcode": "510107"},
        ),
        (
            {"province": "四川省", "city": "成都市", "district": "武侯区", "adcode": "510107"},
            {},
        ),
        ({"city": "成都市", "adcode": "510107"}, {"province": "四川省"}),
        ({"city": "阳朔"}, {"province": "广西壮族自治区", "city": "桂林市", "district": "阳朔县", "adcode": "450321"}),
        ({"city": ["成都"]}, {}),
        ({"platform": "amap", "category_code": "110205"}, {"category_class": "temple"}),
        ({"name": "云岫博物馆"}, {"category_class": "museum"}),
        ({"name": "云岫博物馆", "category_class": "sight"}, {}),
        ({"lon": 104.05, "lat": 30.65}, {"h3": h3.latlng_to_cell(30.65, 104.05, 9)}),
    ],
)
def test_enhancements(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    found = enhancements(fields)
    assert found == expected
    assert enhancements({**fields, **found}) == {}


@pytest.mark.parametrize(("lon", "lat"), [(None, 30.0), (104.0, None), (math.nan, 30.0), (190.0, 30.0), ("104", "30")])
def test_no_cell(lon: Any, lat: Any) -> None:
    assert cell_of(lon, lat) is None


def test_pipeline() -> None:
    pipeline = EnhancePipeline.from_crawler(get_crawler())
    assert pipeline.process_item(Listing(platform="demo", ref="1", city="成都")).adcode == "510100"
    assert pipeline.process_item(Note(platform="demo", ref="1", city="成都")).city == "成都市"
    for city in ("乌有", None):
        note = Note(platform="demo", ref="1", city=city)
        assert pipeline.process_item(note) is note
    review = Review(platform="demo", ref="1")
    assert pipeline.process_item(review) is review
    assert pipeline.stats.get_stats() == {"processed/enhancer/success": 4}
