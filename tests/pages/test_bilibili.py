import json
from collections.abc import Callable
from typing import Any

import pytest

from travelcrawl.access.verdicts import Judgement, Verdict
from travelcrawl.items import SearchPage
from travelcrawl.pages import bilibili
from travelcrawl.pages.bilibili_parts import bvid

API = "https://api.bilibili.com/x"


@pytest.mark.parametrize(
    ("body", "status", "verdict"),
    [
        ({"code": -352, "message": "-352"}, 200, Verdict.CHALLENGED),
        ({"code": "-352", "data": {"v_voucher": "voucher_x"}}, 200, Verdict.CHALLENGED),
        ({"code": 0, "data": {"v_voucher": "voucher_x"}}, 200, Verdict.CHALLENGED),
        ({"code": -412, "message": "request was banned"}, 412, Verdict.FORBIDDEN),
        ("<html><title>出错啦! - bilibili.com</title></html>", 412, Verdict.FORBIDDEN),
        ("<html><title>出错啦! - bilibili.com</title></html>", 404, Verdict.GONE),
        ("<p>由于触发哔哩哔哩安全风控策略，该次访问请求被拒绝。</p>", 200, Verdict.FORBIDDEN),
        ({"code": -403, "message": "访问权限不足"}, 200, Verdict.FORBIDDEN),
        ({"code": -101, "data": {"isLogin": False}}, 200, Verdict.LOGIN_REQUIRED),
        ({"code": -404}, 200, Verdict.GONE),
        ({"code": 62002, "message": "稿件不可见"}, 200, Verdict.GONE),
        ({"code": -509}, 200, Verdict.RATE_LIMITED),
        ({"code": -799}, 200, Verdict.RATE_LIMITED),
        ({"code": -400}, 200, Verdict.MALFORMED),
        ({"code": -500}, 200, Verdict.SITE_DOWN),
        ({"code": 12002, "message": "评论区已关闭"}, 200, Verdict.EMPTY),
        ({"code": 0, "data": {"replies": None, "hots": None}}, 200, Verdict.EMPTY),
        ({"code": 0, "data": {"replies": [], "hots": [{"rpid": 1}]}}, 200, Verdict.OK),
        ({"code": 0, "data": {"list": [], "no_more": True}}, 200, Verdict.EMPTY),
        ('<script>window.__INITIAL_STATE__={"error":{"trueCode":-404}}</script>', 200, Verdict.GONE),
        ('<script>window.__INITIAL_STATE__={"error":{"trueCode": -403}}</script>', 200, Verdict.LOGIN_REQUIRED),
        ({"code": 0, "data": {"bvid": "x"}}, 200, Verdict.OK),
    ],
)
def test_verdict(judged: Callable[..., Judgement], body: Any, status: int, verdict: Verdict) -> None:
    assert judged("bilibili", body, status=status).verdict is verdict


@pytest.mark.parametrize(
    ("given", "aid", "found"),
    [
        # Pairs that public answers give (bilibili-API-collect).
        (None, 2, "BV1xx411c7mD"),
        (None, "av170001", "BV17x411w7KC"),
        (None, 85440373, "BV117411r7R1"),
        ("", "1356452135", "BV1tz421i7zb"),
        ("BV1ZF411g7EZ", 298290791, "BV1ZF411g7EZ"),
        ("not one", None, None),
        (None, 0, None),
        (None, "abc", None),
        (None, True, None),
    ],
)
def test_bvid(given: Any, aid: Any, found: str | None) -> None:
    assert bvid(given, aid) == found


def test_a_description_of_a_dash_says_nothing(read: Callable[..., SearchPage]) -> None:
    video = {"aid": 2, "title": "x", "owner": {"mid": 1}, "desc": "-", "stat": {"reply": 0}, "tag": ""}

    page = read(bilibili.VideoPage, {"data": video})

    assert [note.text for note in page.items] == [None]
    assert [link.page for link in page.links] == ["TagsPage"], "no replies, none asked for"


@pytest.mark.parametrize(
    ("url", "data", "following"),
    [
        ("popular?ps=20&pn=1", {"list": [{"aid": 2}], "no_more": False}, "popular?ps=20&pn=2"),
        ("popular?ps=20&pn=1", {"list": [{"aid": 2}], "no_more": True}, None),
        ("popular?ps=20&pn=100", {"list": [{"aid": 2}]}, None),
        ("popular?ps=20&pn=2", {"list": []}, None),
        ("popular", {"list": [{"aid": 2}]}, None),
        ("search/type?page=50", {"result": [{"aid": 2}], "numPages": 50}, None),
    ],
)
def test_next_page_of_videos(
    read: Callable[..., SearchPage], url: str, data: dict[str, Any], following: str | None
) -> None:
    page = read(bilibili.VideosPage, {"code": 0, "data": data}, f"{API}/web-interface/{url}")

    found = [link.url for link in page.links if link.page == "VideosPage"]
    assert found == ([f"{API}/web-interface/{following}"] if following else [])


@pytest.mark.parametrize(
    ("data", "following"),
    [
        ({"page": {"num": 1, "size": 20, "count": 41}, "replies": [{}]}, "pn=2"),
        ({"page": {"num": 3, "size": 20, "count": 41}, "replies": [{}]}, None),
        ({"page": {"num": 2, "size": 20, "count": 41}, "replies": []}, None),
        ({"page": {"num": 100, "size": 20, "count": 60971}, "replies": [{}]}, None),
        ({"cursor": {"next": 3, "is_end": False}, "replies": [{}]}, "next=3"),
        ({"cursor": {"next": 3, "is_end": True}, "replies": [{}]}, None),
    ],
)
def test_next_page_of_replies(read: Callable[..., SearchPage], data: dict[str, Any], following: str | None) -> None:
    page = read(bilibili.RepliesPage, {"code": 0, "data": data}, f"{API}/v2/reply?type=1&oid=2", ref="BV1xx411c7mD")

    assert [link.url.rpartition("&")[2] for link in page.links] == ([following] if following else [])
    assert all(link.params == {"ref": "BV1xx411c7mD"} for link in page.links)


def test_tags_belong_to_the_video_the_request_names(read: Callable[..., SearchPage]) -> None:
    tags = {"code": 0, "data": [{"tag_id": 1, "tag_name": "旅行"}]}

    assert [item.ref for item in read(bilibili.TagsPage, tags, "", ref="BV1xx411c7mD").items] == ["BV1xx411c7mD"]
    assert [item.ref for item in read(bilibili.TagsPage, tags, f"{API}/tag/archive/tags?aid=2").items] == [
        "BV1xx411c7mD"
    ]
    assert read(bilibili.TagsPage, tags).items == []


@pytest.mark.parametrize("page", ["ArticlePage", "DynamicPage", "VideosPage", "RepliesPage", "VideoPage", "TagsPage"])
@pytest.mark.parametrize("body", [{"code": 0, "data": {}}, {"code": 0, "data": []}, {"code": -1}, [], "html"])
def test_what_is_not_there_gives_nothing(read: Callable[..., SearchPage], page: str, body: Any) -> None:
    assert read(getattr(bilibili, page), body).items == []


ARTICLE = {"id": 123, "title": "云溪", "author": {"mid": 11}, "publish_time": 1_700_000_000, "stats": {"view": 1}}


@pytest.mark.parametrize(
    ("more", "words", "complete"),
    [
        ({"content": "<p>水边。</p><p>夜里。</p>", "summary": "水边"}, "水边。\n夜里。", True),
        ({"content": '{"ops":[{"insert":"水边"},{"insert":{"native-image":{}}},{"insert":"\\n"}]}'}, "水边", True),
        ({"summary": "水边…"}, "水边…", False),
        ({}, None, None),
    ],
)
def test_the_words_of_an_article(
    read: Callable[..., SearchPage], more: dict[str, Any], words: str | None, complete: bool | None
) -> None:
    (note,) = read(bilibili.ArticlePage, {"code": 0, "data": {**ARTICLE, **more}}).items

    assert (note.ref, note.text, note.complete) == ("cv123", words, complete)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("page", "answer"),
    [
        ("ArticlePage", {"code": 0, "data": {"articles": [ARTICLE, ARTICLE]}}),
        ("VideosPage", {"code": 0, "data": {"result": [{"type": "article", "id": 123, "title": "云溪", "mid": 11}]}}),
        ("VideosPage", {"code": 0, "data": {"result": [{"data": [{"type": "article", "id": 123, "title": "云溪"}]}]}}),
    ],
)
def test_lists_of_articles(read: Callable[..., SearchPage], page: str, answer: Any) -> None:
    found = read(getattr(bilibili, page), answer)

    assert [(note.ref, note.kind) for note in found.items] == [("cv123", "article")]  # type: ignore[union-attr]
    assert found.links == []


MODULES = [
    {"module_type": "MODULE_TYPE_TITLE", "module_title": {"text": "云溪的雨"}},
    {"module_type": "MODULE_TYPE_AUTHOR", "module_author": {"mid": 11, "pub_ts": 1_700_000_000}},
    {
        "module_type": "MODULE_TYPE_CONTENT",
        "module_content": {
            "paragraphs": [
                {"para_type": 1, "text": {"nodes": [{"word": {"words": "下了三天，"}}, {"rich": {"text": "#云溪#"}}]}},
                {"para_type": 2, "pic": {"pics": [{"url": "https://i0.example/a.jpg"}]}},
                {"para_type": 1, "text": {"nodes": [{"word": {"words": "停了。"}}]}},
            ]
        },
    },
    {"module_type": "MODULE_TYPE_STAT", "module_stat": {"like": {"count": 3}}},
]


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 0, "data": {"item": {"id_str": "967", "modules": MODULES}}},
        '<script>window.__INITIAL_STATE__={"detail":'
        + json.dumps({"id_str": "967", "modules": MODULES})
        + "};</script>",
    ],
)
def test_a_post_in_paragraphs(read: Callable[..., SearchPage], answer: Any) -> None:
    (note,) = read(bilibili.DynamicPage, answer).items

    assert (note.ref, note.title, note.text) == ("967", "云溪的雨", "下了三天，#云溪#\n停了。")  # type: ignore[union-attr]
    assert (note.author, note.likes, note.photos) == ("11", 3, ["https://i0.example/a.jpg"])  # type: ignore[union-attr]
