"""The dialects of the five platforms whose content is shared, not listed, and of Dianping's glyphs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import chompjs
import pytest
from parsel import Selector

from sandbox import World
from sandbox.compare import metres
from sandbox.http import Reply
from sandbox.notes import bv_of
from sandbox.platforms.bilibili import Bilibili, threads
from sandbox.platforms.dianping import Dianping
from sandbox.platforms.douyin import Douyin
from sandbox.platforms.weibo import Weibo, bid_of
from sandbox.platforms.xiaohongshu import Xiaohongshu, count_of
from travelcrawl.geo.datum import convert

Ask = Callable[..., Reply]
PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) Mobile"}


def data(reply: Reply) -> Any:
    return json.loads(reply.body)


# Dianping


def test_dianping_lists_in_pages_with_codes_in_plain_and_names_in_glyphs(ask: Ask, world: World) -> None:
    found: list[str] = []
    address: str | None = "https://www.dianping.com/chengdu/ch10"
    while address:
        page = Selector(ask(Dianping, address).body.decode())
        rows = page.css("#shop-all-list li")
        assert len(rows) <= 15
        assert all(row.css(".tag-addr .tag svgmtsi") for row in rows)
        assert all(row.css(".tag-addr a::attr(href)").re(r"/g\d+") for row in rows)
        found += rows.css(".tit a::attr(data-shopid)").getall()
        address = page.css(".page a.next::attr(href)").get()
    food = [
        one.ref
        for one in world.shelves["dianping"].listings
        if one.adcode[:4] == "5101" and one.place.sort == "restaurant"
    ]
    assert sorted(found) == sorted(food)


def test_dianping_shop_config_is_plain_and_no_json(ask: Ask, world: World) -> None:
    shop = next(
        one for one in world.shelves["dianping"].listings if one.price is None and one.place.sort == "restaurant"
    )
    page = ask(Dianping, f"https://www.dianping.com/shop/{shop.ref}").body.decode()
    literal = page.partition("window.shop_config=")[2].partition("</script>")[0]
    with pytest.raises(ValueError, match="property name"):
        json.loads(literal)
    config = chompjs.parse_js_object(literal)
    point = convert(float(config["shopGlng"]), float(config["shopGlat"]), "GCJ-02", "WGS-84")
    off = metres((shop.lon, shop.lat), point)
    assert off is not None
    assert off < 0.2
    assert (config["shopName"], config["address"]) == (shop.name, shop.address)
    assert Selector(page).css("#avgPriceTitle svgmtsi")
    assert "PAGE_DATA" in ask(Dianping, f"https://m.dianping.com/shop/{shop.ref}").body.decode()


@pytest.mark.parametrize(
    ("address", "status", "sign"),
    [
        ("https://www.dianping.com/shop/nothing", 404, "页面无法访问"),
        ("https://www.dianping.com/atlantis/ch10", 404, "页面无法访问"),
        ("https://www.dianping.com/chengdu/ch30", 200, "没有找到符合条件的商户"),
        ("https://www.dianping.com/search/keyword/8/0_%E6%97%A0", 200, "没有找到符合条件的商户"),
        ("https://www.dianping.com/search/keyword/9999/0_x", 404, "页面无法访问"),
        ("https://account.dianping.com/pclogin", 200, "登录"),
        ("https://verify.meituan.com/v2/web/general_page", 200, "验证中心"),
    ],
)
def test_dianping_says_what_is_not_there(ask: Ask, address: str, status: int, sign: str) -> None:
    reply = ask(Dianping, address)
    assert (reply.status, sign in reply.body.decode()) == (status, True)


def test_dianping_shows_one_page_of_reviews_and_then_a_login(ask: Ask, world: World) -> None:
    shelf = world.shelves["dianping"]
    hidden = next(one for one in shelf.reviews if one.text is None)
    address = f"https://www.dianping.com/shop/{hidden.about_ref}/review_all"
    page = Selector(ask(Dianping, address).body.decode())
    shown = page.css(".reviews-items > ul > li .actions [data-id]::attr(data-id)").getall()
    assert shown == [one.ref for one in shelf.reviews if one.about_ref == hidden.about_ref]
    assert page.xpath(f'//li[.//*[@data-id="{hidden.ref}"]]//svgmtsi')
    for beyond in (
        f"{address}/p2",
        "https://www.dianping.com/ajax/json/shopDynamic/allReview",
        "https://m.dianping.com/x",
    ):
        assert "account.dianping.com/pclogin" in ask(Dianping, beyond).headers["Location"]


def test_dianping_filters_by_category_and_region(ask: Ask, world: World) -> None:
    page = Selector(ask(Dianping, "https://www.dianping.com/chengdu/ch10").body.decode())
    kind = page.css("#classfy a::attr(data-cat-id)").get()
    region = page.css("#region-nav a::attr(data-cat-id)").get()
    chosen = Selector(ask(Dianping, f"https://www.dianping.com/chengdu/ch10/g{kind}r{region}p1").body.decode())
    rows = chosen.css("#shop-all-list .tag-addr")
    assert {row.css("a::attr(href)").re_first(r"/g(\d+)") for row in rows} <= {kind}
    assert {row.css("a::attr(href)").re_first(r"/r(\d+)") for row in rows} <= {region}


# Xiaohongshu


def test_xiaohongshu_state_is_no_json_and_needs_the_token(ask: Ask, world: World) -> None:
    note = next(one for one in world.shelves["xiaohongshu"].notes if not one.gone and one.tagged)
    address = f"https://www.xiaohongshu.com/explore/{note.ref}"
    page = ask(Xiaohongshu, f"{address}?xsec_token={note.ids['token']}&xsec_source=app_share").body.decode()
    literal = page.partition("window.__INITIAL_STATE__=")[2].partition("</script>")[0]
    assert ":undefined" in literal
    state = json.loads(
        literal.replace(':undefined, "in"', "").replace(':undefined, \\"in\\"', "").replace(":undefined", ":null")
    )
    shown = state["note"]["noteDetailMap"][note.ref]["note"]
    assert shown["time"] == int(note.published_at.timestamp() * 1000)
    assert any(tag["type"] == "location" and tag["name"] == note.tagged.name for tag in shown["tagList"])  # type: ignore[union-attr]
    for wanting in (address, f"{address}?xsec_token=AB0", f"{address[:-1]}g"):
        reply = ask(Xiaohongshu, wanting)
        assert reply.status == 404 or "/404?" in reply.headers["Location"]


def test_xiaohongshu_short_links_lead_to_notes_with_their_token(ask: Ask, world: World) -> None:
    lines = list(Xiaohongshu(world).shared())
    links = [found[0] for line in lines if (found := re.search(r"http://xhslink\.com/\w+", line))]
    assert links
    reply = ask(Xiaohongshu, links[0])
    assert reply.status == 302
    assert "xsec_token=" in reply.headers["Location"]
    assert "/404?" in ask(Xiaohongshu, "http://xhslink.com/none").headers["Location"]
    assert "页面不见了" in ask(Xiaohongshu, "https://www.xiaohongshu.com/404?source=/x").body.decode()
    assert ask(Xiaohongshu, "https://edith.xiaohongshu.com/api/sns/web/v1/feed", method="POST").status == 406
    assert "/login?" in ask(Xiaohongshu, "https://www.xiaohongshu.com/user/profile/5").headers["Location"]
    assert "安全验证" in ask(Xiaohongshu, "https://www.xiaohongshu.com/login?redirectPath=x").body.decode()
    assert ask(Xiaohongshu, "https://www.xiaohongshu.com/robots.txt").body == b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("count", "said"), [(None, "0"), (0, "0"), (9999, "9999"), (12_000, "1.2万"), (100_000, "10万")]
)
def test_xiaohongshu_counts(count: int | None, said: str) -> None:
    assert count_of(count) == said


# Douyin


def test_douyin_share_page_is_for_phones(ask: Ask, world: World) -> None:
    note = next(one for one in world.shelves["douyin"].notes if not one.gone and one.kind == "video")
    address = f"https://www.iesdouyin.com/share/video/{note.ref}/"
    page = ask(Douyin, address, headers=PHONE).body.decode()
    state = json.loads(page.partition("window._ROUTER_DATA = ")[2].partition("</script>")[0])
    item = state["loaderData"]["video_(id)/page"]["videoInfoRes"]["item_list"][0]
    assert (item["aweme_id"], item["video"]["duration"]) == (note.ref, int((note.duration or 0) * 1000))
    desktop = ask(Douyin, address).headers["Location"]
    coded = Selector(ask(Douyin, desktop).body.decode()).css("#RENDER_DATA::text").get("")
    assert json.loads(unquote(coded))["app"]["aweme"]["detail"]["awemeId"] == note.ref


def test_douyin_says_what_was_removed_and_what_wants_a_login(ask: Ask, world: World) -> None:
    page = ask(Douyin, "https://www.iesdouyin.com/share/note/1/", headers=PHONE).body.decode()
    state = json.loads(page.partition("window._ROUTER_DATA = ")[2].partition("</script>")[0])
    result = state["loaderData"]["video_(id)/page"]["videoInfoRes"]
    assert result["item_list"] == []
    assert result["filter_list"][0]["aweme_id"] == "1"
    assert data(ask(Douyin, "https://www.douyin.com/aweme/v1/web/comment/list/"))["status_code"] == 8
    assert ask(Douyin, "https://www.douyin.com/video/1").status == 404
    links = [found[0] for line in Douyin(world).shared() if (found := re.search(r"https://v\.douyin\.com/\w+/", line))]
    assert urlsplit(ask(Douyin, links[0]).headers["Location"]).hostname == "www.iesdouyin.com"
    assert ask(Douyin, "https://v.douyin.com/none/").headers["Location"] == "https://www.douyin.com/"


# Weibo


def test_weibo_post_by_number_bid_and_page_is_the_same(ask: Ask, world: World) -> None:
    note = next(one for one in world.shelves["weibo"].notes if not one.gone)
    by_number = data(ask(Weibo, f"https://m.weibo.cn/statuses/show?id={note.ref}"))["data"]
    by_bid = data(ask(Weibo, f"https://m.weibo.cn/statuses/show?id={bid_of(note.ref)}"))["data"]
    page = ask(Weibo, f"https://m.weibo.cn/detail/{note.ref}").body.decode()
    rendered = json.loads(page.partition("$render_data = ")[2].partition("[0] || {}")[0])[0]["status"]
    assert by_number == by_bid == rendered
    assert by_number["created_at"].endswith("+0800 " + str(note.published_at.year))


def test_weibo_long_posts_have_the_rest_elsewhere(ask: Ask, world: World) -> None:
    shelf = world.shelves["weibo"]
    posts = {
        one.ref: data(ask(Weibo, f"https://m.weibo.cn/statuses/show?id={one.ref}"))
        for one in shelf.notes
        if not one.gone
    }
    long = [ref for ref, answer in posts.items() if answer["data"]["isLongText"]]
    assert 0 < len(long) < len(posts)
    assert "全文</a>" in posts[long[0]]["data"]["text"]
    whole = data(ask(Weibo, f"https://m.weibo.cn/statuses/extend?id={long[0]}"))["data"]["longTextContent"]
    assert len(whole) > len(posts[long[0]]["data"]["text"])
    gone = {"ok": 0, "msg": "微博不存在或暂无查看权限!"}
    assert data(ask(Weibo, "https://m.weibo.cn/statuses/extend?id=1")) == gone
    assert data(ask(Weibo, "https://m.weibo.cn/statuses/show?id=1")) == gone
    assert "微博不存在" in ask(Weibo, "https://m.weibo.cn/detail/1").body.decode()


def test_weibo_comments_go_on_from_a_mark(ask: Ask, world: World) -> None:
    shelf = world.shelves["weibo"]
    note = max(shelf.notes, key=lambda one: one.comments or 0)
    found, mark = [], 0
    for _ in range(9):
        answer = data(ask(Weibo, f"https://m.weibo.cn/comments/hotflow?id={note.ref}&mid={note.ref}&max_id={mark}"))[
            "data"
        ]
        found += [one["id"] for one in answer["data"]]
        mark = answer["max_id"]
        if not mark:
            break
    assert found == [one.ref for one in shelf.reviews if one.about_ref == note.ref]
    assert data(ask(Weibo, "https://m.weibo.cn/comments/hotflow?id=1"))["ok"] == 0


@pytest.mark.parametrize(
    ("address", "headers", "status", "sign"),
    [
        ("https://weibo.com/ajax/side/hotSearch", {"referer": "https://weibo.com/"}, 200, '"realtime"'),
        ("https://weibo.com/ajax/side/hotSearch", {}, 403, "Forbidden"),
        ("https://weibo.com/ajax/side/search?q=x", {}, 200, '"real_hot":[]'),
        ("https://m.weibo.cn/api/container/getIndex?containerid=100103type%3D1", {}, 200, '"ok":-100'),
        ("https://m.weibo.cn/api/container/getIndex?containerid=1076035", {}, 200, '"cards":[]'),
        ("https://s.weibo.com/weibo?q=x", {}, 302, ""),
        ("https://m.weibo.cn/", {}, 302, ""),
        ("https://passport.weibo.com/visitor/visitor", {}, 200, "Sina Visitor System"),
    ],
)
def test_weibo_for_visitors(ask: Ask, address: str, headers: dict[str, str], status: int, sign: str) -> None:
    reply = ask(Weibo, address, headers=headers)
    assert (reply.status, sign in reply.body.decode()) == (status, True)


@pytest.mark.parametrize(("mid", "bid"), [("61", "Z"), ("62", "10"), ("9999999", "FXsj"), ("10000001", "10001")])
def test_weibo_bids_are_base_62_of_seven_digits_each(mid: str, bid: str) -> None:
    assert bid_of(mid) == bid


# Bilibili


def test_bilibili_page_holds_the_state_before_code(ask: Ask, world: World) -> None:
    note = world.shelves["bilibili"].notes[0]
    page = ask(Bilibili, f"https://www.bilibili.com/video/{note.ref}").body.decode()
    state, _, code = page.partition("window.__INITIAL_STATE__=")[2].partition(";(function")
    assert json.loads(state)["videoData"]["title"] == note.title
    assert code
    assert (
        data(ask(Bilibili, f"https://api.bilibili.com/x/web-interface/view?aid={note.ids['aid']}"))["data"]["bvid"]
        == note.ref
    )
    assert ask(Bilibili, f"https://b23.tv/{note.ref}").headers["Location"].endswith(note.ref)
    assert '"trueCode":-404' in ask(Bilibili, "https://www.bilibili.com/video/BV1xx411c7mD").body.decode()


def test_bilibili_replies_come_in_pages_and_threads(ask: Ask, world: World) -> None:
    shelf = world.shelves["bilibili"]
    note = max(shelf.notes, key=lambda one: one.comments or 0)
    oid, found = note.ids["aid"], set()
    for number in range(1, 9):
        answer = data(ask(Bilibili, f"https://api.bilibili.com/x/v2/reply?type=1&oid={oid}&ps=5&pn={number}"))["data"]
        for head in answer["replies"]:
            found |= {head["rpid_str"], *(one["rpid_str"] for one in head["replies"])}
            thread = data(
                ask(
                    Bilibili,
                    f"https://api.bilibili.com/x/v2/reply/reply?type=1&oid={oid}&root={head['rpid']}&ps=20&pn=1",
                )
            )
            assert len(thread["data"]["replies"]) == head["rcount"]
            found |= {one["rpid_str"] for one in thread["data"]["replies"]}
    assert found == {one.ref for one in shelf.reviews if one.about_ref == note.ref}
    assert answer["page"]["acount"] == note.comments


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("web-interface/nav", -101),
        ("web-interface/wbi/search/type?keyword=x", -352),
        ("space/wbi/arc/search?mid=1", -403),
        ("web-interface/view?bvid=BV1xx411c7mD", -404),
        ("tag/archive/tags?aid=1", -404),
        ("v2/reply?type=1&oid=1", -404),
        ("v2/reply/reply?type=1&oid=1&root=1", -404),
        ("web-interface/popular?ps=99", -400),
    ],
)
def test_bilibili_refuses_by_code(ask: Ask, path: str, code: int) -> None:
    assert data(ask(Bilibili, f"https://api.bilibili.com/x/{path}"))["code"] == code


def test_bilibili_popular_ends(ask: Ask, world: World) -> None:
    assert data(ask(Bilibili, "https://api.bilibili.com/x/web-interface/popular?ps=50&pn=9"))["data"] == {
        "list": [],
        "no_more": True,
    }
    assert data(
        ask(Bilibili, "https://api.bilibili.com/x/tag/archive/tags?bvid=" + world.shelves["bilibili"].notes[0].ref)
    )["data"]


def test_bv_ids_are_those_of_the_site() -> None:
    assert bv_of(2) == "BV1xx411c7mD"


def test_threads_lose_nothing(world: World) -> None:
    reviews = world.shelves["bilibili"].reviews[:23]
    split = [one for head, rest in threads(reviews) for one in (head, *rest)]
    assert sorted(one.ref for one in split) == sorted(one.ref for one in reviews)
