import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.utils.test import get_crawler

from travelcrawl.items import TYPES, Listing, Mention, Note, Offer, Review
from travelcrawl.pipelines.authors import AuthorHash, author_hash
from travelcrawl.pipelines.base import Rejected, fields_of
from travelcrawl.pipelines.clean import CleanPipeline, clean, utc_now
from travelcrawl.pipelines.fields import TABLE

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"secret"


def cleaned(item: Any) -> tuple[Any, list[str]]:
    notes: list[str] = []
    return clean(item, NOW, KEY, notes.append), notes


def listing(**fields: Any) -> Listing:
    return Listing(platform="demo", ref="1", **fields)


def test_a_listing_as_amap_gives_it() -> None:
    raw = Listing(
        platform="amap",
        ref="B000A1",
        url="https://www.amap.com/place/B000A1",
        name="云岫古街（南门店）",
        category="风景名胜;风景名胜;国家级景点",
        category_code="110202",
        address="&nbsp;听澜大街１号",
        city="成都市",
        adcode="510107",
        source_lon="104.0479",
        source_lat="30.6445",
        datum="gcj02",
        phones=["028-55501234;028-55501235"],
        opening_hours="周一至周日 08:30-17:30（16:30停止入场）",
        source_rating="4.6",
        rating_scale=5,
        review_count="1.2万",
        summary="老街<br>夜景很美，<b>推荐</b>",
        tags=["古街", "古街", " 夜景 "],
        photos=["//img.example.com/1.jpg", "javascript:alert(1)"],
        website="www.example.com",
        status="营业中",
        seen_at="2026-11-22T10:00:00Z",
    )
    found, notes = cleaned(raw)
    assert notes == []
    assert (found.lon, found.lat) == pytest.approx((104.0454405, 30.6469637), abs=1e-6)
    assert attrs.evolve(found, lon=None, lat=None) == attrs.evolve(
        raw,
        name="云岫古街(南门店)",
        address="听澜大街1号",
        source_lon=104.0479,
        source_lat=30.6445,
        datum="GCJ-02",
        phones=["+862855501234", "+862855501235"],
        opening_hours="Mo-Su 08:30-17:30",
        source_rating=4.6,
        rating_scale=5.0,
        rating=4.6,
        review_count=12_000,
        summary="老街\n夜景很美，推荐",
        tags=["古街", "夜景"],
        photos=["https://img.example.com/1.jpg"],
        website="http://www.example.com",
        status="open",
        seen_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
    )
    assert clean(found, NOW + timedelta(days=9), KEY) is found


@pytest.mark.parametrize(
    ("fields", "expected", "note"),
    [
        (
            {"source_lon": 30.6, "source_lat": 104.0, "datum": "GCJ-02"},
            {"lon": None, "source_lat": 104.0},
            "position/swapped",
        ),
        ({"source_lon": 0, "source_lat": 0, "datum": "GCJ-02"}, {"lon": None}, "position/zero"),
        ({"source_lon": 104.0, "source_lat": 30.6}, {"lon": None, "source_lon": 104.0}, "position/no_datum"),
        ({"source_lon": 104.0, "source_lat": 30.6, "datum": "moon"}, {"lon": None, "datum": None}, "unknown/datum"),
        (
            {"source_lon": math.nan, "source_lat": 30.6, "datum": "GCJ-02"},
            {"source_lon": None, "lat": None},
            "position/half",
        ),
        ({"source_rating": 45, "rating_scale": 5}, {"rating": None, "source_rating": 45.0}, "rating/out_of_range"),
        ({"source_rating": 4.5}, {"rating": None}, "rating/no_scale"),
        ({"source_rating": "9/10"}, {"rating": 4.5, "rating_scale": 10.0}, None),
        ({"source_rating": 0, "rating_scale": 5}, {"rating": None}, None),
        ({"phones": "55501234"}, {"phones": None}, "dropped/phones"),
        ({"phones": 12301}, {"phones": ["12301"]}, None),
        ({"name": "麓苑\ue601"}, {"name": None}, "obfuscated/name"),
        ({"name": "无"}, {"name": "无"}, None),
        ({"address": "暂无"}, {"address": None}, None),
        ({"review_count": "赞"}, {"review_count": None}, "unread/review_count"),
        ({"opening_hours": "看天气"}, {"opening_hours": "看天气"}, None),
        ({"opening_hours": "暂无"}, {"opening_hours": None}, None),
        ({"name": "云" * 500}, {"name": "云" * 200}, "cut/name"),
        ({"summary": "云" * 10_000_000}, {"summary": "云" * 20_000}, "cut/summary"),
        ({"tags": [str(n) for n in range(500)]}, {"tags": [str(n) for n in range(100)]}, "cut/tags"),
        ({"tags": []}, {"tags": None}, None),
        ({"tags": "古街"}, {"tags": ["古街"]}, None),
        ({"status": "搬迁"}, {"status": None}, "unknown/status"),
        ({"status": ""}, {"status": None}, None),
        ({"adcode": 510107}, {"adcode": "510107"}, None),
        ({"adcode": "51"}, {"adcode": None}, None),
        ({"website": "http://["}, {"website": None}, None),
        ({"website": "见官网"}, {"website": None}, None),
        ({"website": "\x00"}, {"website": None}, None),
        ({"website": "https://例.example/云 岫"}, {"website": "https://xn--fsq.example/%E4%BA%91%20%E5%B2%AB"}, None),
        ({"url": "https://e.example/" + "x" * 3000}, {"url": None}, None),
        ({"url": 7}, {"url": None}, None),
        ({"seen_at": "2031-01-01"}, {"seen_at": NOW}, None),
        ({"lon": 1.5, "lat": 2.5}, {"lon": 1.5, "lat": 2.5}, None),
        ({"rating": 4.5}, {"rating": 4.5}, None),
    ],
)
def test_listing(fields: dict[str, Any], expected: dict[str, Any], note: str | None) -> None:
    found, notes = cleaned(listing(**fields))
    assert {name: getattr(found, name) for name in expected} == expected
    assert (note in notes) if note else notes == []


def test_review() -> None:
    raw = Review(
        platform="ctrip",
        ref="1",
        about_ref=736,  # type: ignore[arg-type]
        author="旅行者",
        source_rating=5,
        rating_scale=5.0,
        text="很好！<br/>还来",
        published_at="/Date(1743773025000+0800)/",
        likes="1.2万",
    )
    found, notes = cleaned(raw)
    assert notes == []
    assert found.author == author_hash("ctrip", "旅行者", KEY)
    assert isinstance(found.author, AuthorHash)
    assert (found.about_ref, found.rating, found.text, found.likes) == ("736", 5.0, "很好！\n还来", 12_000)
    assert found.published_at == datetime(2025, 4, 4, 13, 23, 45, tzinfo=UTC)
    assert clean(found, NOW, b"another key") is found


@pytest.mark.parametrize(
    ("raw", "expected", "note"),
    [
        ("3天前", datetime(2026, 10, 28, 16, tzinfo=UTC), None),
        ("1970-01-02", None, "implausible/published_at"),
        ("2027-01-01", None, "implausible/published_at"),
        ("很久以前", None, "unread/published_at"),
    ],
)
def test_relative_times_count_from_when_the_item_was_seen(
    raw: str, expected: datetime | None, note: str | None
) -> None:
    seen = datetime(2026, 11, 1, 2, tzinfo=UTC)
    found, notes = cleaned(Review(platform="demo", ref="1", published_at=raw, seen_at=seen))
    assert (found.published_at, notes) == (expected, [note] if note else [])


def test_note() -> None:
    raw = Note(
        platform="mafengwo",
        ref="1",
        title="云岫三日",
        published_at="2024-02-03 12:30",
        cost="人均 ¥1,500",
        days="3 天",
        travel_date="2014-04-12",
        duration="12:34",
        complete=True,
        mentions=[
            Mention(name="云岫<b>古街</b>", evidence="link", score=7.0, times=3),
            Mention(name=" ", evidence="text", score=0.5),
            {"name": "听澜"},  # type: ignore[list-item]
        ],
    )
    found, notes = cleaned(raw)
    assert notes == ["unread/mentions"]
    assert (found.cost, found.currency, found.days, found.duration) == (1500.0, "CNY", 3, 754.0)
    assert found.travel_date == date(2014, 4, 12)
    assert found.mentions == [Mention(name="云岫古街", evidence="link", score=1.0, times=3)]
    assert clean(found, NOW, KEY) is found


@pytest.mark.parametrize(
    ("fields", "expected", "note"),
    [
        ({"amount": "¥120起"}, (120.0, "CNY", None, True), None),
        ({"amount": "￥380/晚", "currency": "RMB", "unit": "stay"}, (380.0, "CNY", "stay", None), None),
        ({"amount": "暂无"}, (None, None, None, None), "unread/amount"),
        ({"amount": 85, "currency": "CNY", "unit": "person", "lowest": False}, (85.0, "CNY", "person", False), None),
        ({}, (None, None, None, None), None),
    ],
)
def test_offer(fields: dict[str, Any], expected: tuple[Any, ...], note: str | None) -> None:
    found, notes = cleaned(Offer(platform="demo", ref="1", what="room", stay_from="12-24", stay_to="12-26", **fields))
    assert (found.amount, found.currency, found.unit, found.lowest) == expected
    assert (found.stay_from, found.stay_to) == (date(2026, 12, 24), date(2026, 12, 26))
    assert notes == ([note] if note else [])


def test_cost_that_cannot_be_read_is_none() -> None:
    found, notes = cleaned(Note(platform="demo", ref="1", cost="看情况", currency="CNY"))
    assert (found.cost, found.currency, notes) == (None, "CNY", ["unread/cost"])


def test_the_item_given_is_not_touched() -> None:
    raw = listing(name="ＫＴＶ", tags=[" a "])
    before = attrs.asdict(raw)
    assert clean(raw, NOW, KEY) is not raw
    assert attrs.asdict(raw) == before


@pytest.mark.parametrize("item", [{"name": "ＫＴＶ"}, "ＫＴＶ", None])
def test_unknown_items_pass(item: Any) -> None:
    assert clean(item, NOW, KEY) is item


def test_a_dict_of_another_project_is_cleaned_as_far_as_it_goes() -> None:
    raw = {
        "type": "review",
        "platform": "demo",
        "ref": 1,
        "author": "旅行者",
        "text": "好<br>",
        "lon": 1.5,
        "mine": object(),
    }
    found = clean(raw, NOW, KEY)
    assert found == {**raw, "ref": "1", "author": author_hash("demo", "旅行者", KEY), "text": "好", "seen_at": NOW}


def test_rejected_items_pass() -> None:
    item = Rejected(kind="offer", platform=None, ref=None, reasons=(), item={}, seen_at=None)
    assert clean(item, NOW, KEY) is item


def test_pipeline_counts_what_was_refused() -> None:
    crawler = get_crawler(settings_dict={"SECRET_KEY": "secret"})
    pipeline = CleanPipeline.from_crawler(crawler)
    found = pipeline.process_item(Review(platform="demo", ref="1", author="旅行者", published_at="?"))
    assert found.author == author_hash("demo", "旅行者", KEY)
    assert utc_now() - found.seen_at < timedelta(minutes=1)
    assert pipeline.stats.get_stats() == {"processed/cleaner/success": 1, "clean/unread/published_at": 1}


def test_every_cleaner_is_for_a_field_of_its_type() -> None:
    for kind, cls in TYPES.items():
        assert set(TABLE[kind]) <= {field.name for field in attrs.fields(cls)}


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=40),
    st.datetimes(),
    st.dates(),
    st.binary(max_size=5),
    st.sampled_from(
        [
            10**400,
            "1.2万",
            "¥120起",
            "3天前",
            "06-14",
            "GCJ-02",
            "4.6/5",
            "周一至周日 09:00-17:00",
            "a&amp;lt;br&amp;gt;b",
            "010-55501234",
            "\ud800",
            "\ue601",
            "<b>" * 99,
            "x" * 5000,
            "//e.example/x y",
        ]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda some: st.one_of(st.lists(some, max_size=4), st.dictionaries(st.text(max_size=3), some, max_size=3)),
    max_leaves=6,
)


@st.composite
def hostile_items(draw: st.DrawFn) -> Any:
    cls = draw(st.sampled_from(list(TYPES.values())))
    names = [field.name for field in attrs.fields(cls)]
    required = [field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING]
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=10))
    return cls(**{name: draw(VALUES) for name in {*required, *chosen}})


def same(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)


@given(hostile_items(), st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_hostile_values_are_cleaned_once_and_for_all(item: Any, later: timedelta) -> None:
    once = clean(item, NOW, KEY)
    assert same(clean(once, NOW + abs(later), b"another key"), once)
    for name, value in fields_of(once).items():
        assert (
            not isinstance(value, str)
            or value == value.encode("utf-8", "ignore").decode()
            or name not in TABLE["listing"]
        )


def test_deep_nesting_is_survived() -> None:
    deep: Any = "x"
    for _ in range(10_000):
        deep = [deep]
    found, _ = cleaned(listing(name=deep, tags=deep, phones=deep, photos=deep, seen_at=deep))
    assert (found.name, found.tags, found.phones, found.photos, found.seen_at) == (None, None, None, None, NOW)
