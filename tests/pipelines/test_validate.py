import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.utils.test import get_crawler

from travelcrawl.items import Listing, Note, Offer, Review
from travelcrawl.pipelines.base import Rejected, fields_of
from travelcrawl.pipelines.validate import RULES, WEIGHTS, ValidatePipeline, failures, quality_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOOD = {
    "listing": {"platform": "demo", "ref": "1", "name": "云岫古街"},
    "review": {"platform": "demo", "ref": "1", "text": "好"},
    "note": {"platform": "demo", "ref": "1", "title": "云岫三日"},
    "offer": {"platform": "demo", "ref": "1", "what": "ticket", "amount": 60.0, "currency": "CNY"},
}


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_good_passes(kind: str) -> None:
    assert failures(kind, GOOD[kind], NOW) == ()


@pytest.mark.parametrize(
    ("kind", "fields", "reasons"),
    [
        ("listing", {"platform": None}, ("no_platform",)),
        ("listing", {"platform": ["demo"]}, ("no_platform",)),
        ("listing", {"ref": " "}, ("no_ref",)),
        ("review", {"ref": 5}, ("no_ref",)),
        ("note", {"ref": "x" * 501}, ("ref_too_long",)),
        ("note", {"ref": "x" * 500}, ()),
        ("listing", {"name": None}, ("no_name",)),
        ("listing", {"name": None, "status": "gone"}, ()),
        ("listing", {"name": None, "hidden": ["name"]}, ()),
        ("listing", {"lon": 104.0}, ("half_position",)),
        ("listing", {"lon": 104.0, "lat": 30.6}, ()),
        ("listing", {"lon": 190.0, "lat": 30.6}, ("position_out_of_range",)),
        ("listing", {"lon": math.nan, "lat": 30.6}, ("position_out_of_range",)),
        ("listing", {"lon": "104", "lat": 30.6}, ("position_out_of_range",)),
        ("listing", {"rating": 5.0}, ()),
        ("listing", {"rating": 5.1}, ("rating_out_of_range",)),
        ("review", {"rating": -1}, ("rating_out_of_range",)),
        ("review", {"text": None}, ("empty",)),
        ("review", {"text": None, "source_rating": 5.0}, ()),
        ("review", {"text": None, "hidden": ["text"]}, ()),
        ("note", {"title": None}, ("empty",)),
        ("note", {"title": None, "photos": ["https://e.example/1"]}, ()),
        ("offer", {"amount": None}, ("no_amount",)),
        ("offer", {"amount": None, "hidden": ["amount"]}, ()),
        ("offer", {"amount": 0}, ()),
        ("offer", {"amount": -1.0}, ("amount_out_of_range",)),
        ("offer", {"amount": math.inf}, ("amount_out_of_range",)),
        ("offer", {"amount": math.nan}, ("amount_out_of_range",)),
        ("offer", {"amount": 1_000_001.0}, ("amount_out_of_range",)),
        ("offer", {"amount": 1_000_001.0, "currency": "JPY"}, ()),
        ("offer", {"amount": "¥60"}, ("amount_out_of_range",)),
        ("offer", {"what": None}, ("no_what",)),
        ("offer", {"stay_from": date(2026, 12, 24), "stay_to": date(2026, 12, 24)}, ("stay_reversed",)),
        ("offer", {"stay_from": date(2026, 12, 24), "stay_to": date(2026, 12, 25)}, ()),
        ("offer", {"stay_from": "2", "stay_to": "1"}, ()),
        ("review", {"published_at": NOW + timedelta(days=3)}, ("published_implausible",)),
        ("review", {"published_at": datetime(1970, 1, 1, tzinfo=UTC)}, ("published_implausible",)),
        ("review", {"published_at": NOW}, ()),
        ("review", {"published_at": "昨天"}, ()),
        ("offer", {"seen_at": NOW + timedelta(days=3)}, ("seen_implausible",)),
        ("listing", {"platform": "", "ref": None, "name": ""}, ("no_platform", "no_ref", "no_name")),
    ],
)
def test_failures(kind: str, fields: dict[str, Any], reasons: tuple[str, ...]) -> None:
    assert failures(kind, {**GOOD[kind], **fields}, NOW) == reasons


def test_reasons_are_told_apart() -> None:
    assert len({rule.reason for rule in RULES}) == len(RULES)


FULL = {
    "name": "云岫古街", "lon": 104.0, "category": "景点", "address": "听澜大街1号", "city": "成都市", "url": "u",
    "rating": 4.5, "review_count": 3, "phones": ["1"], "summary": "老街",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "fields", "score"),
    [
        ("listing", {}, 0.0),
        ("listing", FULL, 1.0),
        ("listing", {"name": "云岫古街"}, round(5 / 18, 3)),
        ("listing", {**FULL, "summary": None, "photos": ["p"]}, 1.0),
        ("listing", {**FULL, "address": None}, round(16 / 18, 3)),
        ("listing", {**FULL, "address": None, "hidden": ["address"]}, 1.0),
        ("listing", {**FULL, "lon": None, "source_lon": 0.0, "datum": "GCJ-02"}, round(15 / 18 - 0.2, 3)),
        ("listing", {**FULL, "lon": None, "source_lon": 104.0, "datum": None}, round(15 / 18, 3)),
        ("listing", {**FULL, "rating": None, "source_rating": 45.0}, round(17 / 18 - 0.2, 3)),
        ("listing", {**FULL, "rating": None, "source_rating": 0.0}, round(17 / 18, 3)),
        ("listing", {"source_lon": 0.0, "datum": "GCJ-02"}, 0.0),
        ("review", {"hidden": ["text", "rating", "about_ref", "published_at", "author"]}, 0.0),
        ("offer", {"amount": 60.0, "what": "ticket", "seen_at": NOW}, round(7 / 10 - 0.2, 3)),
        ("offer", {"amount": 0.0, "what": "ticket", "seen_at": NOW}, 0.7),
    ],
)
def test_quality(kind: str, fields: dict[str, Any], score: float) -> None:
    assert quality_of(kind, fields) == score


def test_weights_name_fields_that_exist() -> None:
    for kind, cls in (("listing", Listing), ("review", Review), ("note", Note), ("offer", Offer)):
        required = {"platform": "demo", "ref": "1"} | ({"what": "ticket"} if kind == "offer" else {})
        fields = fields_of(cls(**required))
        assert {name for names, _ in WEIGHTS[kind] for name in names} <= set(fields)


def test_pipeline_scores_or_rejects() -> None:
    pipeline = ValidatePipeline.from_crawler(get_crawler())
    pipeline.clock = lambda: NOW
    good = pipeline.process_item(Listing(platform="demo", ref="1", name="云岫古街"))
    assert good.quality == round(5 / 18, 3)
    bad = pipeline.process_item({"type": "listing", "platform": "demo", "ref": "1", "rating": 9})
    assert isinstance(bad, Rejected)
    assert bad.reasons == ("no_name", "rating_out_of_range")
    assert pipeline.process_item("text") == "text"
    assert pipeline.stats.get_stats() == {
        "processed/validator/success": 1,
        "processed/validator/failed": 1,
        "quarantine/no_name": 1,
        "quarantine/rating_out_of_range": 1,
    }


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.datetimes(),
    st.dates(),
    st.lists(st.text()),
    st.just(10**400),
)


@given(st.sampled_from(sorted(WEIGHTS)), st.data())
def test_nothing_raises(kind: str, data: st.DataObject) -> None:
    names = [
        *GOOD[kind],
        "lon",
        "lat",
        "rating",
        "published_at",
        "seen_at",
        "stay_from",
        "stay_to",
        "amount",
        "currency",
    ]
    fields = {name: data.draw(ANYTHING) for name in names}
    failures(kind, fields, NOW)
    assert 0 <= quality_of(kind, fields) <= 1
