import json
from typing import Any

import pytest
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Verdict
from travelcrawl.commands.extract import read as extracted
from travelcrawl.items import Listing, Offer, Review
from travelcrawl.pages.mafengwo import (
    CityList,
    DestinationPage,
    ListPage,
    LocationPagelet,
    NotePage,
    PoiPage,
    RestOfList,
    ReviewPagelet,
)

POI = "https://www.mafengwo.cn/poi/7.html"


def poi(inside: str = "", **env: Any) -> str:
    state = json.dumps({"poiid": 7, "mddname": "成都", **env})
    return f"<html><script>window.Env = {state};</script><body><div class='row-top'></div>{inside}</body></html>"


def review(inside: str) -> str:
    return f'<li class="rev-item comment-item clearfix">{inside}</li>'


def pagelet(inside: Any, **controller: Any) -> dict[str, Any]:
    return {"data": {"html": inside, "controller_data": controller}}


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<h1>望云楼</h1><h1>别的</h1>", {"name": "望云楼"}),
        ("", {"name": None, "review_count": None, "address": None, "phones": None, "source_rating": None}),
        ('<li data-scroll="commentlist"><span>（6084条）</span></li>', {"review_count": 6084}),
        ('<div class="mhd mhd-large"><em>11975</em></div>', {"review_count": 11975}),
        ('<div class="crumb"><div class="item cur">成都美食</div></div>', {"category": "美食", "city": "成都"}),
        ('<div class="mod-location"><div class="mhd">x<p class="sub">中街1号</p></div></div>', {"address": "中街1号"}),
        ('<div class="mod-detail"><dl><dt>开放时间</dt><dd>全天</dd></dl></div>', {"opening_hours": "全天"}),
    ],
)
def test_facts_of_a_place(read: Any, inside: str, expected: dict[str, Any]) -> None:
    (place,) = read(PoiPage, poi(inside), POI).items

    assert {name: getattr(place, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("成人票:55人民币/半票27人民币", "55"),
        ("成人票：40.5元", "40.5"),
        ("免费开放", "0"),
        ("旺季60元，淡季40元", None),
        ("免票:6周岁以下儿童", None),
        ("", None),
    ],
)
def test_a_ticket_only_where_its_text_is_plain(read: Any, said: str, amount: str | None) -> None:
    items = read(PoiPage, poi(f'<div class="mod-detail"><dl><dt>门票</dt><dd>{said}</dd></dl></div>')).items

    assert [item.amount for item in items if isinstance(item, Offer)] == ([amount] if amount else [])


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('<a class="useful" data-id="9"></a><span class="s-star s-star4"></span>', {"ref": "9", "source_rating": 4}),
        (
            '<textarea data-comment_id="8"></textarea><span class="s-star s-star0"></span>',
            {"ref": "8", "rating_scale": None},
        ),
        ('<a class="name" href="/u/5.html">x</a>', {"author": "5"}),
        ('<a class="name">x</a>', {"author": "x"}),
        (
            '<span class="time">2020-01-01</span><div class="info"><span class="time">2020-02-02</span></div>',
            {"published_at": "2020-02-02"},
        ),
    ],
)
def test_reviews(read: Any, inside: str, expected: dict[str, Any]) -> None:
    reviews = [item for item in read(PoiPage, poi(review(inside))).items if isinstance(item, Review)]

    assert [{name: getattr(one, name) for name in expected} for one in reviews] == [expected]


def test_a_review_without_a_number_keeps_its_ref_from_visit_to_visit(read: Any) -> None:
    both = pagelet(review('<p class="rev-txt">好</p>') + review('<p class="rev-txt">不好</p>'))
    first, second = (item.ref for item in read(ReviewPagelet, both, ref="7").items)

    assert first != second
    assert [item.ref for item in read(ReviewPagelet, both, ref="7").items] == [first, second]


@pytest.mark.parametrize(
    ("page", "pages", "following"), [(1, 5, 2), (5, 9, None), (4, 5, 5), (1, 1, None), (2, None, 3), (None, 5, None)]
)
def test_five_pages_of_reviews(read: Any, page: int | None, pages: int | None, following: int | None) -> None:
    count = f'<div class="m-pagination"><span class="count">共<span>{pages}</span>页</span></div>' if pages else ""
    params = {"ref": "7", "page": page} if page else {}
    links = read(ReviewPagelet, pagelet(review("x") + count), **params).links

    assert [link.params["page"] for link in links] == ([following] if following else [])


def test_no_next_page_after_an_empty_one(read: Any) -> None:
    assert read(ReviewPagelet, pagelet('<div class="rev-list">暂无内容</div>'), ref="7", page=2).links == []


@pytest.mark.parametrize(
    ("url", "params", "controller", "about"),
    [
        ("", {"ref": "1"}, {"poi_id": "3"}, "1"),
        ("https://pagelet.mafengwo.cn/poi/pagelet/poiCommentListApi?params=%7B%22poi_id%22%3A%222%22%7D", {}, {}, "2"),
        ("", {}, {"poi_id": 3}, "3"),
        ("https://x/?params=[", {}, {}, None),
    ],
)
def test_what_a_pagelet_is_about(read: Any, url: str, params: Any, controller: Any, about: str | None) -> None:
    (one,) = read(ReviewPagelet, pagelet(review("x"), **controller), url, **params).items

    assert one.about_ref == about


@pytest.mark.parametrize(
    ("place", "position"),
    [
        ({"id": 7, "lat": "30.65", "lng": 104.06}, (104.06, 30.65, "GCJ-02")),
        ({"id": 7, "lat": "", "lng": None}, (None, None, None)),
        ({"id": 7}, (None, None, None)),
    ],
)
def test_location(read: Any, place: dict[str, Any], position: tuple[Any, ...]) -> None:
    (one,) = read(LocationPagelet, pagelet("", poi=place)).items

    assert (one.source_lon, one.source_lat, one.datum) == position


@pytest.mark.parametrize(
    "answer", [pagelet(None), {"data": []}, "x", '{"data":{"html":"\\ud800<li data-id=\'1\'"}}', "cb({", b""]
)
@pytest.mark.parametrize("page", [LocationPagelet, ReviewPagelet, RestOfList])
def test_broken_pagelets_give_nothing(read: Any, page: Any, answer: Any) -> None:
    assert read(page, answer).items == []


def test_a_position_abroad_is_taken_as_it_is(read: Any) -> None:
    from datetime import UTC, datetime

    from travelcrawl.pipelines.clean import clean

    near = '<div class="mod-location"><li data-id="1" data-name="塔" data-lat="35.6586" data-lng="139.7454"></li></div>'
    (_, tower) = read(PoiPage, poi(near)).items
    cleaned = clean(tower, datetime.now(UTC), b"key")

    assert (cleaned.lon, cleaned.lat) == (139.7454, 35.6586)


def test_links_without_a_name_or_number_are_no_places(read: Any) -> None:
    page = '<div class="row-top5"><div class="item"><h3>x</h3></div><a href="/poi/add.php?iId=1">推荐</a><a href="/poi/5.html"><img></a>'
    page += '<a href="/poi/6.html">六</a></div>'

    assert [(item.ref, item.name) for item in read(ListPage, page).items] == [("6", "六")]


def test_a_search_names_the_kind_before_the_place(read: Any) -> None:
    page = '<div class="att-list"><a href="https://www.mafengwo.cn/poi/6.html">景点 - 望云楼</a></div>'

    assert [item.name for item in read(ListPage, page).items] == ["望云楼"]


@pytest.mark.parametrize(
    ("params", "url", "following"),
    [
        ({"mdd": "1", "page": 1}, "", 2),
        ({"mdd": "1", "page": 2}, "", None),
        ({}, "", None),
    ],
)
def test_the_rest_of_a_list(read: Any, params: Any, url: str, following: int | None) -> None:
    answer = {
        "data": {
            "list": '<li><a href="/poi/6.html" title="六"></a></li>',
            "page": '<a data-page="1"></a><a data-page="2"></a>',
        }
    }
    links = [link for link in read(RestOfList, answer, url, **params).links if link.page == "RestOfList"]

    assert [link.params["page"] for link in links] == ([following] if following else [])


def test_a_city_is_found_in_the_list_or_not(read: Any) -> None:
    page = (
        '<a href="/travel-scenic-spot/mafengwo/11.html">成都</a><a href="/travel-scenic-spot/mafengwo/12.html">重庆</a>'
    )

    assert next(link.url[-7:] for link in read(CityList, page, city="重庆").links) == "12.html"
    assert read(CityList, page, city="北京").links == []
    assert read(CityList, page).links == []
    assert read(DestinationPage, page).links == []


@pytest.mark.parametrize(("env", "complete"), [({"has_more": True}, False), ({"has_more": False}, True), ({}, None)])
def test_whether_a_note_is_whole(read: Any, env: dict[str, Any], complete: bool | None) -> None:
    page = f'<script>window.Env = {json.dumps({"iid": 5, **env})}</script><div class="_j_content_box"></div>'
    (note,) = read(NotePage, page).items

    assert (note.complete, note.text, note.mentions, note.photos) == (complete, None, None, None)


@pytest.mark.parametrize("page", [PoiPage, ListPage, NotePage, DestinationPage, CityList])
@pytest.mark.parametrize("body", ["", "<html>", '{"data": 1}', "window.Env = {", b"\x00\xff<a href=/poi/", "\x00"])
def test_other_pages_give_nothing(read: Any, page: Any, body: Any) -> None:
    assert read(page, body).items == []


@pytest.mark.parametrize(
    ("status", "body", "url", "verdict"),
    [
        (521, "<script>document.cookie='__jsl_clearance_s=1';location.reload()</script>", POI, Verdict.CHALLENGED),
        (200, "<script>document.cookie='__jsl_clearance_s=1'</script>", POI, Verdict.CHALLENGED),
        (202, "<script src=probe.js></script>", POI, Verdict.CHALLENGED),
        (403, "", POI, Verdict.FORBIDDEN),
        (404, "", POI, Verdict.GONE),
        (200, "<html><title>x</title></html>", POI, Verdict.SOFT_BLOCKED),
        (200, "<html><title>望云楼 - 马蜂窝</title></html>", POI, Verdict.OK),
        (200, '{"data":{}}', "https://www.mafengwo.cn/ajax/router.php", Verdict.OK),
        (200, '{"data":{}}', "https://pagelet.mafengwo.cn/poi/pagelet/poiLocationApi", Verdict.OK),
    ],
)
def test_verdict(judged: Any, status: int, body: str, url: str, verdict: Verdict) -> None:
    assert judged("mafengwo", body, url, status).verdict is verdict


def test_neighbours_are_listings_in_part(read: Any) -> None:
    near = (
        '<li data-id="1" data-lat="30.6" data-lng="104.1"><a>甲</a></li><li data-id="" data-lat="1" data-lng="1"></li>'
    )
    items = read(LocationPagelet, pagelet(near, poi={"id": 7, "lat": 30.5, "lng": 104.0})).items

    assert [(type(one), one.ref, one.name, one.source_lon) for one in items] == [
        (Listing, "7", None, 104.0),
        (Listing, "1", "甲", 104.1),
    ]


CANONICAL = '<link rel="canonical" href="http://www.mafengwo.cn/poi/77.html">'
PAGELET = '<div data-api=":poi:pagelet:poiLocationApi" data-params="{&quot;poi_id&quot;:&quot;77&quot;}"></div>'


@pytest.mark.parametrize("where", [CANONICAL, PAGELET])
def test_a_place_kept_without_its_scripts(where: str) -> None:
    page = f"""<html><head>{where}</head><body><div class="crumb"><div class="item"><div class="drop"><span class="hd">云溪</span>
    </div></div></div><h1>望云楼</h1><div class="mod mod-detail"><div class="summary">临水。</div><dl><dt>开放时间</dt><dd>
    <div>08:00-18:00</div><div><a title="展开全部">展开全部&gt;</a></div></dd></dl></div>马蜂窝</body></html>"""
    reading = extracted("mafengwo", HttpResponse("", page.encode()))

    assert [(one.ref, one.name, one.city, one.opening_hours) for one in reading.items] == [  # type: ignore[union-attr]
        ("77", "望云楼", "云溪", "08:00-18:00")
    ]


def test_a_place_within_that_is_near_too_comes_once(read: Any) -> None:
    page = poi(
        '<div class="mod-innerScenic"><a href="/poi/8.html" title="东门"></a></div><div class="mod-location">'
        '<li data-id="8" data-name="东门" data-type="3" data-lat="30.5" data-lng="104.5"></li>'
        '<li data-id="8" data-name="东门" data-type="6" data-lat="30.5" data-lng="104.5"></li></div>'
    )
    others = [one for one in read(PoiPage, page).items if one.ref == "8"]

    assert [(one.parent, one.source_lon, one.datum) for one in others] == [("7", 104.5, "GCJ-02")]


@pytest.mark.parametrize(
    "body",
    [
        '<div class="_j_content_box"><p class="_j_note_content">水</p></div>',
        '<div class="vc_article"><p class="_j_note_content">水</p></div>',
        '<div class="post_title"><h1>云溪</h1></div><div id="pnl_contentinfo"><p class="_j_note_content">水</p></div>',
    ],
)
def test_notes_of_several_layouts_kept_without_scripts(body: str) -> None:
    page = (
        f'<html><head><link rel="canonical" href="https://www.mafengwo.cn/i/55.html"></head><body>{body}</body></html>'
    )
    reading = extracted("mafengwo", HttpResponse("", page.encode()))

    assert [(one.ref, one.text) for one in reading.items] == [("55", "水")]  # type: ignore[union-attr]


@pytest.mark.parametrize("url", ["", "http://www.mafengwo.cn/jd/10035/gonglve.html"])
def test_a_row_cut_out_of_a_list(url: str) -> None:
    row = """<div class="info"><div class="middle"><h3><span class="num">1</span><a href="/poi/77.html" title="望云楼">望云楼
    <a href="/poi/77.html"><span class="rev-total"><em>85</em> 条点评</span></a></a></h3><div class="links">
    <a href="/poi/78.html">东门</a></div></div></div>"""
    reading = extracted("mafengwo", HttpResponse(url, row.encode()))

    assert [(one.ref, one.name, one.review_count, one.parent) for one in reading.items] == [  # type: ignore[union-attr]
        ("77", "望云楼", 85, None),
        ("78", "东门", None, "77"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "<script>document.cookie=('_')+('_')+('j')+('s')+';max-age=3600;path=/';location.href=location.pathname</script>",
        '<html><head><script src="/C2WF946J0/probe.js?v=vc1jasc"></script></head></html>',
    ],
)
def test_checks_by_script(judged: Any, body: str) -> None:
    assert judged("mafengwo", body).verdict is Verdict.CHALLENGED


def test_the_pagelet_of_recommended_notes_leads_to_them(read: Any) -> None:
    inside = '<div class="tn-list"><div class="tn-item"><a href="/i/55.html">云溪</a></div></div>'

    assert [link.url for link in read(DestinationPage, pagelet(inside)).links] == ["https://www.mafengwo.cn/i/55.html"]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "row",
    [
        '<h3><a href="/poi/1.html"><span class="rev-total">',
        '<li class="rev-item comment-item" data-id="1" data-lat="1" data-lng="1"><a class="name">',
    ],
)
def test_rows_within_rows_are_read_once(row: str) -> None:
    page = f'<link rel="canonical" href="/poi/1.html"><div class="mod-detail">{row * 3000}'

    assert len(extracted("mafengwo", HttpResponse("", page.encode())).items) <= 3
