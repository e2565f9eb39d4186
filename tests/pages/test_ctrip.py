import json
from datetime import UTC, datetime
from typing import Any

import pytest
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Verdict
from travelcrawl.commands.extract import read as extracted
from travelcrawl.items import Listing, Offer, Review
from travelcrawl.pages.ctrip import (
    AttractionList,
    DistrictSearch,
    HotelPage,
    LegacySightList,
    NotePage,
    ReviewList,
    SightPage,
)
from travelcrawl.pipelines.clean import clean

REVIEWS = "https://m.ctrip.com/restapi/soa2/13444/json/getCommentCollapseList"
# One point in the platform's three forms, computed by the standard formulas; not a recorded one.
POSITIONS: dict[str, Any] = {
    "WGS-84": {"Lng": 104.06, "Lat": 30.65},
    "GCJ-02": {"GDCoord": {"Lng": 104.062495493, "Lat": 30.647566112}},
    "BD-09": {"BCoord": {"Lng": 104.068971914, "Lat": 30.653689073}},
}


def district(**sight: Any) -> dict[str, Any]:
    return {
        "ResponseStatus": {"Ack": "Success"},
        "Result": {"TotalCount": 1, "SightInfoList": [{"SightId": 7, **sight}]},
    }


def card(**fields: Any) -> dict[str, Any]:
    return {"attractionList": [{"card": {"poiId": 9, "poiName": "望云楼", **fields}}]}


def reviews(*entries: Any, total: Any = 100) -> dict[str, Any]:
    return {"code": 200, "result": {"totalCount": total, "items": list(entries)}}


@pytest.mark.parametrize("datum", POSITIONS)
def test_any_of_the_three_datums_gives_the_same_point(read: Any, datum: str) -> None:
    (listing,) = read(LegacySightList, district(**POSITIONS[datum])).items
    cleaned = clean(listing, datetime.now(UTC), b"key")

    assert listing.datum == datum
    assert (cleaned.lon, cleaned.lat) == pytest.approx((104.06, 30.65), abs=1e-6)


@pytest.mark.parametrize(
    ("fields", "datum"),
    [
        (POSITIONS["WGS-84"] | POSITIONS["GCJ-02"] | POSITIONS["BD-09"], "WGS-84"),
        (POSITIONS["GCJ-02"] | POSITIONS["BD-09"], "GCJ-02"),
        (POSITIONS["BD-09"] | {"Lng": 0, "Lat": 0, "GDCoord": {"Lng": None, "Lat": None}}, "BD-09"),
        ({"Lng": "x", "Lat": [], "GDCoord": 5, "BCoord": {"Lng": 999, "Lat": 1}}, None),
    ],
)
def test_the_next_datum_stands_in(read: Any, fields: dict[str, Any], datum: str | None) -> None:
    (listing,) = read(LegacySightList, district(**fields)).items

    assert listing.datum == datum


@pytest.mark.parametrize(
    ("named", "datum"),
    [("WGS84", "WGS-84"), ("wgs-84", "WGS-84"), ("GCJ02", "GCJ-02"), ("BD09LL", "BD-09"), ("MARS", None), (None, None)],
)
def test_a_card_says_its_datum_or_it_is_unknown(read: Any, named: str | None, datum: str | None) -> None:
    answer = card(coordinate={"longitude": 104.06, "latitude": 30.65, "coordinateType": named})
    (listing,) = read(AttractionList, answer).items

    assert (listing.source_lon, listing.datum) == (104.06, datum)


@pytest.mark.parametrize(
    ("address", "ref"),
    [
        ("https://you.ctrip.com/sight/chengdu104/55.html?scene=online", "55"),
        ("//you.ctrip.com/sight/chengdu104/55.html", "55"),
        ("/webapp/you/gspoi/sight/104/55.html", "55"),
        ("https://you.ctrip.com/food/104/55.html", "9"),
        (None, "9"),
    ],
)
def test_ref_is_the_number_in_the_address(read: Any, address: str | None, ref: str) -> None:
    (listing,) = read(AttractionList, card(detailUrl=address)).items

    assert listing.ref == ref


@pytest.mark.parametrize(
    ("fields", "amount"),
    [({"price": 45}, 45), ({"price": 0}, None), ({"isFree": True}, 0), ({"price": "x"}, None), ({}, None)],
)
def test_ticket(read: Any, fields: dict[str, Any], amount: float | None) -> None:
    items = read(AttractionList, card(**fields)).items

    assert [item.amount for item in items if isinstance(item, Offer)] == ([] if amount is None else [amount])


@pytest.mark.parametrize(
    ("more", "params", "following"),
    [
        ({"hasMore": True}, {"district": 104, "index": 2}, 3),
        ({"hasMore": False, "totalCount": 999}, {"district": 104, "index": 2}, None),
        ({"totalCount": 41}, {"district": 104, "index": 2}, 3),
        ({"totalCount": 40}, {"district": 104, "index": 2}, None),
        ({"hasMore": True}, {"district": 104, "index": 300}, None),
        ({"hasMore": True}, {}, None),
    ],
)
def test_next_sights(read: Any, more: Any, params: Any, following: int | None) -> None:
    links = read(AttractionList, {**card(), **more}, **params).links
    pages = [link.params["index"] for link in links if link.page == "AttractionList"]

    assert pages == ([following] if following else [])


@pytest.mark.parametrize(
    ("score", "rating"),
    [(5.0, 5), ("4.5", 4.5), ({"source": "4.0", "parsedValue": 4}, 4), (0, None), (None, None), ({}, None), ([], None)],
)
def test_scores(read: Any, score: Any, rating: float | None) -> None:
    (review,) = read(ReviewList, reviews({"commentId": 1, "content": "好", "score": score})).items

    assert (review.source_rating, review.rating_scale) == (rating, 5.0 if rating else None)


@pytest.mark.parametrize(
    ("entry", "params", "about"),
    [
        ({"resourceId": 55, "resourceType": 11}, {}, "55"),
        ({"resourceId": 55, "resourceType": 11}, {"ref": "9"}, "9"),
        ({"resourceId": 55, "resourceType": 2}, {}, None),
        ({}, {}, None),
    ],
)
def test_what_a_review_is_about(read: Any, entry: Any, params: Any, about: str | None) -> None:
    (review,) = read(ReviewList, reviews({"commentId": 1, "content": "好", **entry}), **params).items

    assert review.about_ref == about


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ({"0": {"commentId": 1, "content": "好"}, "1": {"commentId": 2, "content": "好"}}, 2),
        ({"commentId": 1, "content": "好"}, 1),
        ([{"commentId": 1, "content": "好"}, {"commentId": 2}, None], 1),
        (reviews({"commentId": 1, "content": "好", "isDeleted": True}), 0),
        (reviews(), 0),
        ({"code": 200, "result": None}, 0),
        ("<html>", 0),
    ],
)
def test_reviews_in_whatever_holds_them(read: Any, answer: Any, count: int) -> None:
    assert len(read(ReviewList, answer).items) == count


@pytest.mark.parametrize(
    ("page", "total", "following"), [(3, 31, 4), (3, 30, None), (300, 99999, None), (3, None, 4), (None, 99, None)]
)
def test_next_reviews(read: Any, page: int | None, total: int | None, following: int | None) -> None:
    params = {"poi": "9", "ref": "55", "page": page} if page else {}
    links = read(ReviewList, reviews({"commentId": 1, "content": "好"}, total=total), **params).links

    assert [link.params["page"] for link in links] == ([following] if following else [])


@pytest.mark.parametrize(
    ("answer", "url", "verdict"),
    [
        ({"code": 500, "msg": "x"}, REVIEWS, Verdict.SOFT_BLOCKED),
        ({"code": 200, "msg": "x"}, REVIEWS, Verdict.SOFT_BLOCKED),
        (reviews(), REVIEWS, Verdict.OK),
        ({"0": {"commentId": 1}}, REVIEWS, Verdict.OK),
        ({"ResponseStatus": {"Ack": "Failure"}, "Result": None}, "", Verdict.SOFT_BLOCKED),
        (district(), "", Verdict.OK),
        ("<html>login</html>", "https://passport.ctrip.com/user/login?x", Verdict.LOGIN_REQUIRED),
        ('{"htlSpiderActionErrorCode": 203}', "", Verdict.SOFT_BLOCKED),
    ],
)
def test_verdict(judged: Any, answer: Any, url: str, verdict: Verdict) -> None:
    assert judged("ctrip", answer, url).verdict is verdict


def test_a_redirect_to_the_login_is_one(judged: Any) -> None:
    answer = judged("ctrip", b"", status=302, location="https://passport.ctrip.com/user/login?backurl=x")

    assert answer.verdict is Verdict.LOGIN_REQUIRED


def test_the_sight_is_the_outermost_of_the_state(read: Any) -> None:
    state = '{"a": {"list": [{"poiId": 2, "poiName": "别处", "coordinate": {}}], "poiId": 1, "poiName": "望云楼"}, "openInfo": ""}'
    page = read(
        SightPage, f"<html><script>window.__INITIAL_STATE__ = {state};</script></html>", "https://x/sight/a1/77.html"
    )

    assert [(item.ref, item.name) for item in page.items] == [("77", "望云楼")]


@pytest.mark.parametrize(
    "body",
    [
        "<html><script>var poiid = '';</script></html>",
        '{"attractionList": [{"card": {"poiId": 1, "poiName": "x"}}]}',
        "<html><script>window.IBU_HOTEL = {initData: {}}</script></html>",
        "<html><title>携程旅行网</title></html>",
        "",
    ],
)
@pytest.mark.parametrize("page", [SightPage, HotelPage, NotePage])
def test_other_pages_give_nothing(read: Any, page: Any, body: str) -> None:
    assert read(page, body).items == []


def test_questions_and_answers_are_no_notes(read: Any) -> None:
    script = '<script type="application/ld+json">{"@context":"https://ziyuan.baidu.com/contexts/cambrian.jsonld","title":"问"}'
    page = f"<html>{script}</script></html>"

    assert read(NotePage, page, "https://m.ctrip.com/html5/you/asks/1.html").items == []
    assert [note.ref for note in read(NotePage, page, "https://you.ctrip.com/travels/chengdu104/3.html").items] == ["3"]


def test_a_search_finds_the_district_that_was_looked_for(read: Any) -> None:
    found = [
        {"type": "district", "id": 5, "word": "成都县"},
        {"type": "district", "id": 104, "word": "成都"},
        {"type": "hotel"},
    ]

    assert read(DistrictSearch, {"data": found}).links == []
    assert [link.params["district"] for link in read(DistrictSearch, {"data": found}, city="成都").links] == [104]
    assert read(DistrictSearch, {"data": found}, city="重庆").links == []


def test_items_name_what_they_are_for(read: Any) -> None:
    items = read(AttractionList, card(detailUrl="/sight/a1/55.html", price=5)).items

    assert [(type(item), item.ref) for item in items] == [(Listing, "55"), (Offer, "55")]
    assert all(not isinstance(item, Review) for item in items)


def test_what_has_no_number_is_no_sight(read: Any) -> None:
    assert read(LegacySightList, district(SightId=None)).items == []
    assert read(AttractionList, card(poiId=None)).items == []
    assert read(DistrictSearch, {"data": [{"type": "sight", "word": "望云楼"}]}).items == []


def test_a_sight_keeps_the_number_it_was_followed_by(read: Any) -> None:
    page = "<html><h1>望云楼</h1><p class='commentScoreNum'>4.5</p><script>var poiid = '9';</script></html>"

    assert [item.ref for item in read(SightPage, page, "https://you.ctrip.com/sight/a1/77.html", ref="5").items] == [
        "5"
    ]
    assert [item.ref for item in read(SightPage, page).items] == ["9"]


def test_a_card_may_be_kept_as_text(read: Any) -> None:
    answer = {"attractionList": [{"cardStr": '{"poiId": 9, "poiName": "云溪古镇"}'}, {"cardStr": "{"}, {}]}

    assert [(one.ref, one.name) for one in read(AttractionList, answer).items] == [("9", "云溪古镇")]


def test_the_other_list_of_sights_has_other_words(read: Any) -> None:
    entry = {
        "id": 5001, "poiId": 9, "name": "云溪古镇", "eName": "Yunxi", "openTime": "全天", "commentScore": 4.6, "commentCount": 8,
        "coordInfo": {"gDLat": 26.58, "gDLon": 106.71}, "price": 0, "districtName": "云溪",
    }  # fmt: skip
    (sight,) = read(AttractionList, {"result": {"sightRecreationList": [entry]}}).items

    assert (sight.ref, sight.name, sight.name_en, sight.opening_hours) == ("5001", "云溪古镇", "Yunxi", "全天")
    assert (sight.source_lon, sight.source_lat, sight.datum) == (106.71, 26.58, "GCJ-02")


def test_a_list_of_hotels(read: Any) -> None:
    hotels = [
        {
            "base": {"hotelId": number, "hotelName": f"云溪客栈{number}", "star": 3},
            "position": {"cityName": "云溪", "address": "古镇路1号"},
            "comment": {"content": "1203条点评"},
            "score": {"number": "4.6"},
        }
        for number in (11, 12, 11)
    ]
    state = {"initData": {"firstPageList": {"hotelList": {"list": hotels}}}}
    page = f"<html><script>window.IBU_HOTEL = {json.dumps(state)};\n__webpack_public_path__ = 1</script></html>"

    listings = read(HotelPage, page, "https://hotels.ctrip.com/hotels/listPage?city=2").items

    assert [(one.ref, one.review_count, one.source_rating) for one in listings] == [
        ("hotel-11", 1203, 4.6),
        ("hotel-12", 1203, 4.6),
    ]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"code": 500, "msg": "系统异常", "result": None}, Verdict.SOFT_BLOCKED),
        ({"code": 200, "msg": None, "result": {"totalCount": 0, "items": None}}, Verdict.EMPTY),
        ({"code": 200, "msg": None, "result": {"totalCount": 0, "items": []}}, Verdict.EMPTY),
        ({"ResponseStatus": {"Ack": "Failure"}, "attractionList": None}, Verdict.SOFT_BLOCKED),
        ({"ResponseStatus": {"Ack": "Success"}, "attractionList": [], "totalCount": 0}, Verdict.EMPTY),
    ],
)
def test_answers_without_address(answer: Any, verdict: Verdict) -> None:
    reading = extracted("ctrip", HttpResponse("", json.dumps(answer).encode()))

    assert (reading.items, reading.judgement.verdict) == ([], verdict)


def test_the_older_page_of_a_sight(read: Any) -> None:
    page = """<html><head><link rel="canonical" href="https://you.ctrip.com/sight/yunxi1234/5001.html"></head><body>
    <h1><a href="/sight/yunxi1234/5001.html">云溪古镇</a></h1>
    <ul class="detailtop_r_info"><li><span class="score"><b>4.7</b>分<i>/5分</i></span></li></ul>
    <p class="s_sight_addr">地址：云溪县古镇路1号</p>
    <ul class="s_sight_infor"><li><span class="s_sight_classic">等&nbsp;&nbsp;级：</span><span class="s_sight_con">AAAA</span></li>
    <li><span class="s_sight_classic">电&nbsp;&nbsp;话：</span><span class="s_sight_con">0851-86110001</span></li></ul>
    <dl class="s_sight_in_list"><dt>开放时间：</dt><dd>08:00-18:00</dd></dl>
    <script>var poiid = "900001";</script></body></html>"""
    (sight,) = read(SightPage, page).items

    assert (sight.ref, sight.name, sight.address, sight.level) == ("5001", "云溪古镇", "云溪县古镇路1号", "AAAA")
    assert (sight.source_rating, sight.phones, sight.opening_hours) == (4.7, ["0851-86110001"], "08:00-18:00")


@pytest.mark.parametrize(
    ("head", "author", "day"),
    [
        ('<div class="ctd_head_left"><h2>云溪三日</h2><p>发表于 2015-05-06</p></div>', None, "2015-05-06"),
        (
            '<div class="ctd_head_con cf"><h1 class="title1">云溪三日</h1><a id="authorDisplayName" href="/members/ab1/">阿云</a>'
            '<div class="time">2018.12.15</div></div>',
            "ab1",
            "2018-12-15",
        ),
        ('<div class="ctd_head_left"><h2>云溪三日</h2><p class="time">更新时间：2018.11.06</p></div>', None, None),
    ],
)
def test_a_travel_note_for_desktops(read: Any, head: str, author: str | None, day: str | None) -> None:
    page = f"""<html><head><link rel="canonical" href="https://you.ctrip.com/travels/yunxi1234/3000001.html"></head><body>{head}
    <div class="ctd_content"><div class="ctd_content_controls cf"><span>天数：3 天</span><span>人均：2000 元</span></div>
    <p>第一天到<a href="/sight/yunxi1234/5001.html">云溪古镇</a>。</p><p><img data-original="//dimg.example/a.jpg"></p>
    <p>第二天下雨。</p></div></body></html>"""
    (note,) = read(NotePage, page).items

    assert (note.ref, note.title, note.text, note.complete) == (
        "3000001",
        "云溪三日",
        "第一天到云溪古镇。\n第二天下雨。",
        True,
    )
    assert (note.author, note.published_at, note.days, note.cost, note.currency) == (author, day, "3", "2000", "CNY")
    assert ([one.ref for one in note.mentions], note.photos) == (["5001"], ["https://dimg.example/a.jpg"])
