import json
from collections.abc import Callable
from typing import Any

import pytest

from travelcrawl.access.verdicts import Judgement, Verdict
from travelcrawl.items import Note, SearchPage
from travelcrawl.pages import douyin

SHARE = "https://www.iesdouyin.com/share/video/7500000000000000001/"
REMOVED = '"videoInfoRes":{"filter_list":[{"filter_reason":"status_self_see"}],"item_list":[]}'


@pytest.mark.parametrize(
    ("body", "status", "verdict"),
    [
        ("<title>验证码中间页</title>", 200, Verdict.CHALLENGED),
        ("", 200, Verdict.SOFT_BLOCKED),
        ("blocked", 200, Verdict.FORBIDDEN),
        ({"status_code": 8, "status_msg": "用户未登录"}, 200, Verdict.LOGIN_REQUIRED),
        ({"status_code": 2483}, 200, Verdict.LOGIN_REQUIRED),
        ({"status_code": 0, "search_nil_info": {"search_nil_type": "verify_check"}}, 200, Verdict.CHALLENGED),
        ({"status_code": 0, "aweme_detail": None, "filter_detail": {"filter_reason": "x"}}, 200, Verdict.GONE),
        ({"status_code": 0, "aweme_list": []}, 200, Verdict.EMPTY),
        ({"status_code": 0, "comments": None}, 200, Verdict.EMPTY),
        (f"window._ROUTER_DATA = {{{REMOVED}}}", 200, Verdict.GONE),
        ('window._ROUTER_DATA = {"loaderData":{"env":{"ssr":true}}}', 200, Verdict.SOFT_BLOCKED),
        ('window._ROUTER_DATA = {"item_list":[{"aweme_id":"1"}],"filter_list":[]}', 200, Verdict.OK),
        ("<script>document.cookie='__ac_nonce=1'</script>", 200, Verdict.CHALLENGED),
        ({"status_code": 0, "aweme_list": [{"aweme_id": "1"}]}, 200, Verdict.OK),
        ("", 404, Verdict.GONE),
    ],
)
def test_verdict(judged: Callable[..., Judgement], body: Any, status: int, verdict: Verdict) -> None:
    assert judged("douyin", body, SHARE, status=status).verdict is verdict


@pytest.mark.parametrize(("plays", "views"), [(0, None), (None, None), ("0", None), (12, 12), ("1.2万", "1.2万")])
def test_no_plays_means_not_told(read: Callable[..., SearchPage], plays: Any, views: Any) -> None:
    (note,) = read(douyin.PostsPage, {"aweme_list": [{"aweme_id": "75", "statistics": {"play_count": plays}}]}).items

    assert isinstance(note, Note)
    assert note.views == views


@pytest.mark.parametrize(
    ("images", "kind", "url"),
    [
        (None, "video", "https://www.douyin.com/video/75"),
        ([], "video", "https://www.douyin.com/video/75"),
        ([{"url_list": ["https://p.example/1.jpg"]}], "note", "https://www.douyin.com/note/75"),
    ],
)
def test_pictures_make_a_note(read: Callable[..., SearchPage], images: Any, kind: str, url: str) -> None:
    item = {"aweme_id": "75", "images": images, "video": {"duration": 15000}}

    (note,) = read(douyin.PostsPage, {"aweme_detail": item}).items

    assert isinstance(note, Note)
    assert (note.kind, note.url, note.duration) == (kind, url, 15 if kind == "video" else None)


@pytest.mark.parametrize("page", ["SharePage", "PostsPage", "CommentsPage"])
@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"aweme_list": [1, {"aweme_id": None}], "comments": [{"cid": []}]}, "<html>", "",
        'window._ROUTER_DATA = {"loaderData":[]}', 'window._ROUTER_DATA = {"loaderData":{"a/page":{"r":{"item_list":{}}}}}',
        '<script id="RENDER_DATA">%7B%22a%22</script>', '<script id="RENDER_DATA">%5B1%5D</script>',
        '<script id="_ROUTER_DATA">{"loaderData":{"x/page":null}}</script>',
    ],
)  # fmt: skip
def test_what_is_not_there_gives_nothing(read: Callable[..., SearchPage], page: str, body: Any) -> None:
    assert read(getattr(douyin, page), body).items == []


VIDEO = {
    "awemeId": "7500000000000000001",
    "desc": "看灯",
    "createTime": 1_750_000_000,
    "authorInfo": {"secUid": "MS4w"},
}


def test_a_page_that_comes_in_pieces(read: Callable[..., SearchPage]) -> None:
    pieces = [
        "0:[]",
        "7:" + json.dumps(["$", "$L15", None, {"awemeId": "7", "aweme": {"statusCode": 0, "detail": VIDEO}}]),
    ]
    page = "".join(f"<script>self.__pace_f.push({json.dumps([1, piece])})</script>" for piece in [*pieces, pieces[1]])

    (note,) = read(douyin.SharePage, f"<html>{page}</html>").items

    assert (note.ref, note.text, note.author) == ("7500000000000000001", "看灯", "MS4w")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 0, "aweme_details": [VIDEO]},
        {"status_code": 0, "data": [{"type": 1, "aweme_mix_info": {"mix_items": [VIDEO]}}, {"type": 996}]},
    ],
)
def test_videos_in_other_answers(read: Callable[..., SearchPage], answer: Any) -> None:
    assert [note.ref for note in read(douyin.PostsPage, answer).items] == ["7500000000000000001"]
