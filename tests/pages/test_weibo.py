from collections.abc import Callable
from typing import Any

import pytest

from travelcrawl.access.verdicts import Judgement, Verdict
from travelcrawl.items import Note, SearchPage
from travelcrawl.pages import weibo
from travelcrawl.pages.weibo_parts import numbered

POST = {"id": "4383000000000001", "created_at": "06-14", "text": "看灯", "reposts_count": 0, "comments_count": 0}


@pytest.mark.parametrize(
    ("body", "status", "verdict"),
    [
        ({"ok": -100, "url": "https://passport.weibo.com/sso/signin?entry=wapsso"}, 200, Verdict.LOGIN_REQUIRED),
        ("", 432, Verdict.LOGIN_REQUIRED),
        ("<title>Sina Visitor System</title>", 200, Verdict.LOGIN_REQUIRED),
        ({"error": "Forbidden"}, 403, Verdict.FORBIDDEN),
        ({"error": "Forbidden"}, 200, Verdict.FORBIDDEN),
        ({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}, 200, Verdict.EMPTY),
        ({"ok": 0, "msg": "快来发表你的评论吧"}, 200, Verdict.EMPTY),
        ({"ok": 0, "msg": "微博不存在或暂无查看权限!"}, 200, Verdict.GONE),
        ({"ok": 0, "error_code": 20101, "message": "target weibo does not exist!"}, 200, Verdict.GONE),
        ({"ok": 0, "msg": "请求过于频繁,歇歇吧"}, 200, Verdict.RATE_LIMITED),
        ({"ok": 0, "msg": "?"}, 200, Verdict.SOFT_BLOCKED),
        ('<p class="h5-4con">微博不存在或暂无查看权限!</p>', 200, Verdict.GONE),
        ({"ok": 1, "data": {"hotquery": [], "real_hot": [], "users": []}}, 200, Verdict.EMPTY),
        ({"ok": 1, "data": {"cards": []}}, 200, Verdict.EMPTY),
        ({"ok": 1, "data": {"list": []}}, 200, Verdict.EMPTY),
        ({"ok": 1, "data": {"data": []}}, 200, Verdict.EMPTY),
        ({"ok": 1, "data": []}, 200, Verdict.EMPTY),
        ({"ok": 1, "data": POST}, 200, Verdict.OK),
        ({"ok": 1, **POST}, 200, Verdict.OK),
    ],
)
def test_verdict(judged: Callable[..., Judgement], body: Any, status: int, verdict: Verdict) -> None:
    assert judged("weibo", body, status=status).verdict is verdict


@pytest.mark.parametrize(
    "location",
    [
        "https://passport.weibo.com/visitor/visitor?entry=miniblog&a=enter&url=x",
        "https://visitor.passport.weibo.cn/visitor/visitor?entry=sinawap",
        "https://passport.weibo.cn/signin/welcome",
        "https://passport.weibo.com/sso/signin?entry=wapsso",
    ],
)
def test_the_visitor_system_is_a_login(judged: Callable[..., Judgement], location: str) -> None:
    assert judged("weibo", "", status=302, location=location).verdict is Verdict.LOGIN_REQUIRED
    assert judged("weibo", "<html></html>", location).verdict is Verdict.LOGIN_REQUIRED


def test_a_long_post_is_not_complete_until_its_rest_is_read(read: Callable[..., SearchPage]) -> None:
    post = {**POST, "isLongText": True, "text": '很长的开头...<a href="/status/1">全文</a>'}

    page = read(weibo.StatusPage, {"ok": 1, "data": post})

    (note,) = page.items
    assert isinstance(note, Note)
    assert (note.text, note.complete) == ("很长的开头", False)
    assert [(link.page, link.params) for link in page.links] == [("LongTextPage", {"ref": POST["id"]})]


@pytest.mark.parametrize(
    ("extra", "mention"),
    [
        ({"page_info": {"type": "place", "page_title": "云锦湖公园"}}, ("云锦湖公园", None)),
        ({"page_info": {"type": "place", "page_id": "100101B2094757D06F", "page_title": "湖"}}, ("湖", "B2094757D06F")),
        ({"tag_struct": [{"tag_name": "成都·湖", "oid": "1022:100101B2"}]}, ("成都·湖", "B2")),
        ({"page_info": {"type": "video", "page_title": "不是地方"}}, None),
        ({"page_info": {"type": "place"}}, None),
        ({"page_info": [], "tag_struct": {"a": 1}}, None),
    ],
)
def test_places_come_from_tags(
    read: Callable[..., SearchPage], extra: dict[str, Any], mention: tuple[str, str | None] | None
) -> None:
    (note,) = read(weibo.StatusPage, {"data": {**POST, **extra}}).items

    assert isinstance(note, Note)
    found = [(one.name, one.ref, one.evidence, one.score) for one in note.mentions or []]
    assert found == ([(*mention, "tag", 0.9)] if mention else [])


@pytest.mark.parametrize(
    ("address", "answer", "following"),
    [
        ("hotflow?id=1", {"data": {"data": [POST], "max_id": 7, "max_id_type": 1}}, "max_id=7&max_id_type=1"),
        ("hotflow?id=1", {"data": {"data": [POST], "max_id": 0}}, None),
        ("hotflow?id=1", {"data": {"data": [], "max_id": 7}}, None),
        ("show?id=1&page=2", {"data": {"data": [POST], "max": 3}}, "page=3"),
        ("show?id=1&page=3", {"data": {"data": [POST], "max": 3}}, None),
    ],
)
def test_next_page_of_comments(
    read: Callable[..., SearchPage], address: str, answer: dict[str, Any], following: str | None
) -> None:
    page = read(weibo.CommentsPage, {"ok": 1, **answer}, f"https://m.weibo.cn/comments/{address}")

    assert [link.url.endswith(following or "?") for link in page.links] == ([True] if following else [])


def test_a_list_ends_at_our_own_bound(read: Callable[..., SearchPage]) -> None:
    cards = {"ok": 1, "data": {"cardlistInfo": {"page": 3}, "cards": [{"card_type": 9, "mblog": POST}]}}

    assert len(read(weibo.TimelinePage, cards, "https://m.weibo.cn/x?page=2", depth=99).links) == 1
    assert read(weibo.TimelinePage, cards, "https://m.weibo.cn/x?page=2", depth=100).links == []


def test_hot_words_without_the_runs_word_lead_nowhere(read: Callable[..., SearchPage]) -> None:
    answer = {"ok": 1, "data": {"realtime": [{"word": "云锦湖"}, {"word": None}, "x"]}}

    assert read(weibo.HotSearchPage, answer).links == []
    assert len(read(weibo.HotSearchPage, answer, "", keyword="云锦").links) == 1


@pytest.mark.parametrize(
    "page", ["StatusPage", "LongTextPage", "TimelinePage", "CommentsPage", "UserPage", "HotSearchPage"]
)
@pytest.mark.parametrize(
    "body", [{"ok": 1, "data": {}}, {"ok": 1, "data": "x"}, {"ok": 0}, [1], "<html>", '{"data":NaN}']
)
def test_what_is_not_there_gives_nothing(read: Callable[..., SearchPage], page: str, body: Any) -> None:
    assert read(getattr(weibo, page), body) == SearchPage(total=0 if page == "HotSearchPage" else None)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("HyZVegYAP", "4383411844046171"),
        ("4383411844046171", "4383411844046171"),
        ("a", "a"),
        ("a-b_c-d_e", "a-b_c-d_e"),
    ],
)
def test_the_short_name_of_a_post_is_its_number(name: str, number: str) -> None:
    assert numbered(name) == number


@pytest.mark.parametrize("gone", [{"deleted": "1"}, {"user": None}])
def test_a_post_that_has_gone_is_none(read: Callable[..., SearchPage], gone: dict[str, Any]) -> None:
    passed = {**POST, "id": "9", "user": {"id": 1}, **gone, "text": "抱歉，此微博已被作者删除。"}
    found = read(weibo.StatusPage, {"ok": 1, "data": {**POST, "retweeted_status": passed}})

    assert [note.ref for note in found.items] == [POST["id"]]
