import json
from collections.abc import Callable
from typing import Any

import pytest

from travelcrawl.access.verdicts import Judgement, Verdict
from travelcrawl.items import Note, SearchPage
from travelcrawl.pages import xiaohongshu

NOTE = "https://www.xiaohongshu.com/explore/66aa00000000000001000001"
CAPTCHA = "https://www.xiaohongshu.com/website-login/captcha?redirectPath=x&verifyUuid=u&verifyType=124&verifyBiz=461"


@pytest.mark.parametrize(
    ("body", "url", "status", "verdict"),
    [
        ("<title>安全验证</title>", CAPTCHA, 200, Verdict.CHALLENGED),
        ("<html>", CAPTCHA, 200, Verdict.CHALLENGED),
        ("", NOTE, 461, Verdict.CHALLENGED),
        ("", NOTE, 471, Verdict.CHALLENGED),
        ("", NOTE, 406, Verdict.FORBIDDEN),
        ("<title>安全限制</title>", "", 200, Verdict.FORBIDDEN),
        ({"code": 300015, "success": False, "msg": "浏览器异常"}, "", 200, Verdict.FORBIDDEN),
        ({"code": -1, "success": False}, "", 200, Verdict.SOFT_BLOCKED),
        ("<html>", "https://www.xiaohongshu.com/404?source=/404/sec_x&error_code=300031", 200, Verdict.GONE),
        ("<html>", "https://www.xiaohongshu.com/404/sec_x?error_code=300012", 200, Verdict.FORBIDDEN),
        ("<html>", "https://www.xiaohongshu.com/404?error_code=300013", 200, Verdict.RATE_LIMITED),
        ("<title>你访问的页面不见了</title>", "", 200, Verdict.GONE),
        ("<html>", "https://www.xiaohongshu.com/explore?target_note_id=1&undertake_note_error=x", 200, Verdict.GONE),
        ("<html>", "https://www.xiaohongshu.com/login?redirectPath=x", 200, Verdict.LOGIN_REQUIRED),
        ({"code": 300012}, "", 200, Verdict.FORBIDDEN),
        ({"code": 300011}, "", 200, Verdict.FORBIDDEN),
        ({"code": 300013}, "", 200, Verdict.RATE_LIMITED),
        ({"code": -510001, "success": False}, "", 200, Verdict.GONE),
        ({"code": -100}, "", 200, Verdict.LOGIN_REQUIRED),
        ({"code": -101}, "", 200, Verdict.LOGIN_REQUIRED),
        ({"code": 0, "data": {"comments": []}}, "", 200, Verdict.EMPTY),
        ({"code": 0, "data": {"items": []}}, "", 200, Verdict.EMPTY),
        ({"code": 0, "data": {"notes": []}}, "", 200, Verdict.EMPTY),
        ('"serverRequestInfo":{"state":"fail","errorCode":-510001}', NOTE, 200, Verdict.GONE),
        ("<html>home</html>", NOTE, 200, Verdict.SOFT_BLOCKED),
        ('window.__INITIAL_STATE__={"note":{"noteDetailMap":{}}}', NOTE, 200, Verdict.OK),
        ('window.__INITIAL_STATE__={"noteData":{}}', NOTE, 200, Verdict.OK),
    ],
)
def test_verdict(judged: Callable[..., Judgement], body: Any, url: str, status: int, verdict: Verdict) -> None:
    assert judged("xiaohongshu", body, url, status=status).verdict is verdict


@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        (CAPTCHA, Verdict.CHALLENGED),
        ("/404?source=x&error_code=300031", Verdict.GONE),
        ("/404?error_code=300013", Verdict.RATE_LIMITED),
        ("/login?redirectPath=x", Verdict.LOGIN_REQUIRED),
        ("/explore?undertake_note_error=x", Verdict.GONE),
    ],
)
def test_a_redirect_says_why(judged: Callable[..., Judgement], location: str, verdict: Verdict) -> None:
    assert judged("xiaohongshu", "", NOTE, status=302, location=location).verdict is verdict


def test_a_note_is_known_by_what_it_is_kept_under(read: Callable[..., SearchPage]) -> None:
    body = 'window.__INITIAL_STATE__={"note":{"noteDetailMap":{"66aa":{"note":{"title":"湖","desc":undefined}}}}}'

    (note,) = read(xiaohongshu.NotePage, body).items

    assert isinstance(note, Note)
    assert (note.ref, note.title, note.text, note.complete) == ("66aa", "湖", None, None)


@pytest.mark.parametrize(
    ("kind", "mentions", "tags"),
    [("topic", None, ["湖"]), ("location", ["湖"], None), ("poi_tag", ["湖"], None), (None, None, ["湖"])],
)
def test_tags_are_topics_or_places(
    read: Callable[..., SearchPage], kind: str | None, mentions: list[str] | None, tags: list[str] | None
) -> None:
    card = {"note_id": "1a", "user": {"user_id": "u1"}, "tag_list": [{"id": "t1", "name": "湖", "type": kind}, {}]}

    (note,) = read(xiaohongshu.FeedPage, {"data": {"items": [{"id": "1a", "note_card": card}]}}).items

    assert isinstance(note, Note)
    assert ([one.name for one in note.mentions] if note.mentions else None, note.tags) == (mentions, tags)


@pytest.mark.parametrize("page", ["NotePage", "FeedPage", "CommentsPage"])
@pytest.mark.parametrize(
    "body",
    [
        {"data": {}}, {"data": {"items": ["x", {"id": 1}], "comments": [1, {"id": None}]}}, [], "<html>",
        'window.__INITIAL_STATE__={"note":{"noteDetailMap":[1,{"note":"x"}]}}',
        'window.__INITIAL_STATE__={"note":{"noteDetailMap":{"":{"note":{}},"a b":{"note":{"title":"x"}}}}}',
    ],
)  # fmt: skip
def test_what_is_not_there_gives_nothing(read: Callable[..., SearchPage], page: str, body: Any) -> None:
    assert read(getattr(xiaohongshu, page), body) == SearchPage()


CARD = {"displayTitle": "湖", "user": {"userId": "u1"}, "cover": {"urlDefault": "https://sns.example/a.jpg"}}


@pytest.mark.parametrize(
    "state",
    [
        {"user": {"notes": [[{"id": "1a", "noteCard": CARD}], []]}},
        {"feed": {"feeds": [{"id": "1a", "noteCard": CARD}, {"id": "1b", "modelType": "live"}]}},
        {"search": {"feeds": [{"id": "1a", "noteCard": CARD}]}},
    ],
)
def test_pages_that_list_cards(read: Callable[..., SearchPage], state: Any) -> None:
    (note,) = read(xiaohongshu.NotePage, f"<script>window.__INITIAL_STATE__={json.dumps(state)}</script>").items

    assert (note.ref, note.title, note.author) == ("1a", "湖", "u1")  # type: ignore[union-attr]
    assert note.photos == ["https://sns.example/a.jpg"]


def test_the_list_behind_an_opened_note_is_left(read: Callable[..., SearchPage]) -> None:
    state = {
        "note": {"noteDetailMap": {"1b": {"note": {"noteId": "1b", "title": "山"}}}},
        "feed": {"feeds": [{"id": "1a", "noteCard": CARD}]},
    }
    found = read(xiaohongshu.NotePage, f"<script>window.__INITIAL_STATE__={json.dumps(state)}</script>")

    assert [note.ref for note in found.items] == ["1b"]


def test_the_day_in_the_corner_of_a_card(read: Callable[..., SearchPage]) -> None:
    card = {
        "user": {"user_id": "u1"},
        "corner_tag_info": [{"type": "x"}, {"type": "publish_time", "text": "2024-06-12"}],
    }
    (note,) = read(xiaohongshu.FeedPage, {"data": {"items": [{"id": "1a", "note_card": card}]}}).items

    assert note.published_at == "2024-06-12"  # type: ignore[union-attr]
