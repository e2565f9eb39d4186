"""Real answers, where they lie beside the checkout: shared/recordings holds other people's content and is not part of it."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Verdict
from travelcrawl.commands.extract import Reading, lines, read

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no ../shared/recordings beside the checkout")


def recorded(platform: str, name: str, *, with_url: bool = False) -> HttpResponse:
    path = RECORDINGS / platform / name
    about = json.loads(path.with_name(f"{path.stem}.meta.json").read_text())
    return HttpResponse(about["original_url"].split(" ")[0] if with_url else "", path.read_bytes())


def cleaned(reading: Reading) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(reading.items, {"SECRET_KEY": "of the tests"})]


def counted(reading: Reading) -> dict[str, int]:
    return dict(Counter(type(item).__name__.lower() for item in reading.items))


@pytest.mark.parametrize("with_url", [False, True], ids=["alone", "with its address"])
@pytest.mark.parametrize(
    ("platform", "name", "verdict", "counts"),
    [
        ("amap", "poi-list-pois-array-1.json", Verdict.OK, {"listing": 20}),
        ("amap", "error-cuqps-1.json", Verdict.RATE_LIMITED, {}),
        ("amap", "error-invalid-key-1.json", Verdict.FORBIDDEN, {}),
        ("amap", "error-plat-nomatch-1.json", Verdict.FORBIDDEN, {}),
        ("amap", "geocode-1.json", Verdict.EMPTY, {}),
        ("amap", "geocode-empty-1.json", Verdict.EMPTY, {}),
        ("ctrip", "poi-list-1.json", Verdict.OK, {"listing": 2}),
        ("ctrip", "reviews-item-1.json", Verdict.OK, {"review": 1}),
        ("ctrip", "home-1.html", Verdict.EMPTY, {}),
        ("mafengwo", "poi-list-1.html", Verdict.OK, {"listing": 111}),
        ("mafengwo", "poi-detail-2.html", Verdict.OK, {"listing": 1, "offer": 1}),
        ("mafengwo", "note-1.html", Verdict.OK, {"note": 1}),
        ("dianping", "poi-list-1.html", Verdict.OK, {"listing": 15}),
        ("dianping", "poi-detail-mobile-1.html", Verdict.OK, {"listing": 1, "offer": 1, "review": 3}),
        ("dianping", "error-404-1.html", Verdict.GONE, {}),
        ("xiaohongshu", "note-feed-1.json", Verdict.OK, {"note": 1}),
        ("xiaohongshu", "comments-1.json", Verdict.OK, {"review": 19}),
        ("douyin", "share-video-1.html", Verdict.OK, {"note": 1}),
        ("weibo", "status-show-1.json", Verdict.OK, {"note": 2}),
        ("weibo", "user-timeline-1.json", Verdict.OK, {"note": 11}),
        ("weibo", "comments-hotflow-1.json", Verdict.OK, {"review": 21}),
        ("weibo", "user-1.json", Verdict.OK, {}),
        ("weibo", "search-anonymous-empty-1.json", Verdict.EMPTY, {}),
        ("weibo", "error-403-no-referer-1.json", Verdict.FORBIDDEN, {}),
        ("bilibili", "video-page-initial-state-1.json", Verdict.OK, {"note": 1}),
        ("bilibili", "video-view-1.json", Verdict.OK, {"note": 1}),
        ("bilibili", "popular-1.json", Verdict.OK, {"note": 2}),
        ("bilibili", "reply-list-1.json", Verdict.OK, {"review": 5}),
        ("bilibili", "video-tags-1.json", Verdict.EMPTY, {}),
        ("bilibili", "error-101-nav-1.json", Verdict.LOGIN_REQUIRED, {}),
        ("bilibili", "error-352-1.json", Verdict.CHALLENGED, {}),
        ("bilibili", "error-352-voucher-1.json", Verdict.CHALLENGED, {}),
        ("bilibili", "error-403-1.json", Verdict.FORBIDDEN, {}),
        ("bilibili", "error-412-1.json", Verdict.FORBIDDEN, {}),
    ],
)
def test_verdict_and_items(platform: str, name: str, verdict: Verdict, counts: dict[str, int], with_url: bool) -> None:
    reading = read(platform, recorded(platform, name, with_url=with_url))

    assert (reading.judgement.verdict, counted(reading)) == (verdict, counts)


@pytest.mark.parametrize(
    "platform", ["amap", "ctrip", "mafengwo", "dianping", "xiaohongshu", "douyin", "weibo", "bilibili"]
)
def test_other_platforms_answers_give_nothing(platform: str) -> None:
    for path in foreign(platform):
        reading = read(platform, HttpResponse("", path.read_bytes()))

        assert (path.name, reading.items) == (path.name, [])
        assert reading.judgement.verdict is not Verdict.OK


def foreign(platform: str) -> Iterator[Path]:
    return (
        path
        for path in sorted(RECORDINGS.glob("*/*"))
        if path.parent.name != platform and path.suffix in (".json", ".html") and not path.name.endswith(".meta.json")
    )


def test_amap_places() -> None:
    first, *_, last = cleaned(read("amap", recorded("amap", "poi-list-pois-array-1.json")))

    assert (first["ref"], first["name"], first["aliases"]) == (
        "B000A816R6",
        "北京大学",
        ["PKU", "北京大学燕园校区", "北大"],
    )
    assert (first["datum"], first["source_lon"], first["adcode"]) == ("GCJ-02", 116.310905, "110108")
    assert (first["lon"], first["lat"]) == pytest.approx((116.30468, 39.99145), abs=2e-4)
    assert (first["rating"], last["parent"]) == (None, "B000A8VUTA")


@pytest.mark.parametrize("datum", ["WGS-84", "GCJ-02", "BD-09"])
def test_ctrip_sights_lie_at_one_point_whichever_datum_is_read(datum: str) -> None:
    stored = recorded("ctrip", "poi-list-1.json")
    answer = json.loads(bytes(stored.body))
    for sight in answer["Result"]["SightInfoList"]:
        for kept, keys in (("WGS-84", ["Lat", "Lng"]), ("GCJ-02", ["GDCoord"]), ("BD-09", ["BCoord"])):
            for key in keys if kept != datum else ():
                del sight[key]
    bund, road = cleaned(read("ctrip", attrs.evolve(stored, body=json.dumps(answer).encode())))

    assert [(one["ref"], one["name"], one["datum"]) for one in (bund, road)] == [
        ("736", "外滩", datum),
        ("3739", "南京路步行街", datum),
    ]
    # The platform's own conversions agree with the formulas within 0.3 m (platforms.md 4).
    assert (bund["lon"], bund["lat"]) == pytest.approx((121.49058, 31.240261), abs=5e-6)
    assert (road["lon"], road["lat"]) == pytest.approx((121.4749, 31.234718), abs=5e-6)


def test_a_ctrip_review() -> None:
    (review,) = cleaned(read("ctrip", recorded("ctrip", "reviews-item-1.json")))

    assert (review["ref"], review["about_ref"], review["rating"], len(review["photos"])) == (
        "207779349",
        "126481",
        5.0,
        6,
    )
    assert review["published_at"] == "2025-04-04T13:23:45+00:00"
    assert review["author"] not in (None, "23228959", "匿名用户")


def test_a_mafengwo_place_without_its_pagelets() -> None:
    place, ticket = cleaned(read("mafengwo", recorded("mafengwo", "poi-detail-2.html")))

    assert (place["ref"], place["name"], place["city"]) == ("5015", "成都大熊猫繁育研究基地", "成都")
    assert (place["review_count"], place["rating"], place["phones"]) == (6084, None, ["+862883510033"])
    assert (ticket["amount"], ticket["currency"]) == (55.0, "CNY")


def test_a_mafengwo_list() -> None:
    reading = read("mafengwo", recorded("mafengwo", "poi-list-1.html"))
    places = {place["ref"]: place for place in cleaned(reading)}

    assert (places["1242"]["name"], places["1242"]["review_count"]) == ("锦里", 12186)
    assert places["34838908"]["parent"] == "5015"
    assert "RestOfList" in {link.page for link in reading.links}


def test_a_mafengwo_note_and_the_places_it_links() -> None:
    (note,) = cleaned(read("mafengwo", recorded("mafengwo", "note-1.html")))

    assert sum(mention["times"] for mention in note["mentions"]) == 21
    assert {mention["ref"] for mention in note["mentions"]} == {"489", "488", "520", "56079504", "483", "484"}
    assert (len(note["photos"]), note["views"], note["days"], note["travel_date"]) == (22, 354, 3, "2014-04-12")
    assert (note["complete"], note["author"] == "68516114") == (False, False)


def test_a_dianping_list_whose_numbers_are_glyphs() -> None:
    first, second, *_ = cleaned(read("dianping", recorded("dianping", "poi-list-1.html")))

    assert (first["ref"], first["name"], first["category"], first["rating"]) == (
        "32675893",
        "从你的全世界路过(1912总统府店)",
        "创意菜",
        4.0,
    )
    assert (first["address"], first["review_count"]) == ("太平北路66号南京1912街区A10栋", None)
    assert (first["hidden"], second["hidden"]) == (
        ["review_count", "per_head"],
        ["review_count", "per_head", "category"],
    )


def test_a_dianping_page_for_phones() -> None:
    place, price, *reviews = cleaned(read("dianping", recorded("dianping", "poi-detail-mobile-1.html")))

    assert (place["name"], place["address"]) == ("集渔·泰式海鲜火锅(科华店)", "科华街5号附2号蓝色加勒比广场东行80米")
    assert (place["city"], place["review_count"], place["rating"], place["hidden"]) == ("成都", 6122, 5.0, None)
    assert (price["what"], price["amount"], price["currency"]) == ("per_head", 118.0, "CNY")
    assert {(review["text"], tuple(review["hidden"])) for review in reviews} == {(None, ("text",))}
    assert not {"巧儿妈妈", "一颗硬柿子", "元气粥君c"} & {review["author"] for review in reviews}


def test_a_douyin_video() -> None:
    (note,) = cleaned(read("douyin", recorded("douyin", "share-video-1.html")))

    assert (note["ref"], note["kind"], note["duration"]) == ("7535852404919586100", "video", 352.596)
    assert (note["views"], note["likes"], note["favourites"]) == (None, 7007, 2804)
    assert (note["tags"], note["photos"], note["published_at"][:10]) == (["恐怖游戏", "steam"], None, "2025-08-07")


def test_a_weibo_post_that_passes_on_another() -> None:
    passing, passed = cleaned(read("weibo", recorded("weibo", "status-show-1.json")))

    assert (passing["ref"], passing["text"], passing["published_at"]) == (
        "4383411844046171",
        "转发微博",
        "2019-06-15T03:44:46+00:00",
    )
    assert (passed["ref"], passed["complete"], len(passed["text"]) > 1000) == ("4383404751066167", True, True)


def test_a_weibo_timeline_and_where_it_goes_on() -> None:
    reading = read("weibo", recorded("weibo", "user-timeline-1.json", with_url=True))

    assert (cleaned(reading)[0]["ref"], len(cleaned(reading)[0]["photos"])) == ("4383183661430868", 3)
    assert [link.url.rpartition("&")[2] for link in reading.links if link.page == "TimelinePage"] == ["page=2"]


def test_a_weibo_users_page_leads_to_the_timeline_only() -> None:
    (link,) = read("weibo", recorded("weibo", "user-1.json")).links

    assert (link.page, link.url.endswith("value=1669879400&containerid=1076031669879400")) == ("TimelinePage", True)


def test_bilibili_videos_and_what_is_said_about_them() -> None:
    (state,) = cleaned(read("bilibili", recorded("bilibili", "video-page-initial-state-1.json")))
    (viewed,) = cleaned(read("bilibili", recorded("bilibili", "video-view-1.json")))
    first, *_ = cleaned(read("bilibili", recorded("bilibili", "reply-list-1.json")))

    assert (state["ref"], state["views"], state["tags"][:2]) == ("BV1ZF411g7EZ", 7080001, ["原神", "手机游戏"])
    assert (viewed["ref"], viewed["duration"], viewed["shares"]) == ("BV117411r7R1", 486.0, 9598)
    assert (first["about"], first["about_ref"], first["likes"]) == ("note", "BV1xx411c7mD", 1)


def test_a_xiaohongshu_note_and_what_is_said_about_it() -> None:
    (note,) = cleaned(read("xiaohongshu", recorded("xiaohongshu", "note-feed-1.json")))
    first, second, *_ = cleaned(read("xiaohongshu", recorded("xiaohongshu", "comments-1.json")))

    assert (note["ref"], note["tags"], note["comments"]) == (
        "66696f98000000000d00f289",
        ["客户资源", "精准客源", "电话销售", "销售"],
        160,
    )
    assert [one["about_ref"] for one in (first, second)] == [note["ref"]] * 2
    assert (first["likes"], first["replies"], first["published_at"][:10]) == (17, 8, "2024-07-17")
