from typing import Any

import pytest

from travelcrawl.pages import social


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (3, 3), (3.0, 3), (-1, None), (True, None), (float("nan"), None), (float("inf"), None), (None, None), ([], None),
        ("1.2万", "1.2万"), ("100万+", "100万+"), ("12万次播放", "12万"), ("查看全部6122条点评", "6122"), ("(3) 赞", "3"),
        ("1,234", "1,234"), ("--", None), ("-5", None), ("赞", None), ("", None),
    ],
)  # fmt: skip
def test_count(value: Any, found: Any) -> None:
    assert social.count(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [(1700000000, 1700000000), (1.5, 1.5), (0, None), (-1, None), (True, None), (float("nan"), None), ("3天前", "3天前"),
     ("", None), (None, None), ({}, None)],
)  # fmt: skip
def test_moment(value: Any, found: Any) -> None:
    assert social.moment(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [("4:2", 242), ("1:00:01", 3601), ("12", 12), (777, 777), (1.5, 1.5), (0, None), ("0", None), (-3, None),
     (True, None), (None, None), (float("inf"), None), ("a:b", None), ("1:2:3:4", None), ("１:２", None), ("9" * 20, None)],
)  # fmt: skip
def test_seconds(value: Any, found: Any) -> None:
    assert social.seconds(value) == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("//i.example/a.jpg", "https://i.example/a.jpg"),
        ("http://i.example/a.jpg", "http://i.example/a.jpg"),
        ("https://p3-sign.example/a?x-expires=1763388000&x-signature=b", None),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,AA", None),
        ("https://i.example/" + "a" * 3000, None),
        ("", None),
        (7, None),
    ],
)
def test_picture(address: Any, found: str | None) -> None:
    assert social.picture(address) == found


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("和 @小路 一起", [], "和 @ 一起"),
        ("回复 @小 路 :好", ["小 路"], "回复 @ :好"),
        ("@阿甲@阿乙,走", [], "@@,走"),
        ("写信到 me@mail.example", [], "写信到 me@mail.example"),
        ("没有人", [None, ""], "没有人"),
        ("", [], None),
    ],
)
def test_people_are_unnamed(text: str, names: list[Any], found: str | None) -> None:
    assert social.unnamed(text, names) == found


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("<b>云锦湖</b>一日游 &amp; 夜景", "云锦湖一日游 & 夜景"),
        ("一<br/>二<p>三</p>四", "一\n二三\n四"),
        ('好看<span class="url-icon"><img alt=[偷笑] src="//h5"></span>', "好看[偷笑]"),
        ("回复<a href='/n/小路'>@小路</a>:同意", "回复@:同意"),
        ("看<script>alert('不')</script>这", "看这"),
        ("3 < 5", "3 < 5"),
        ("<!-- 没有 -->", None),
        ("<b>\ud800</b>", "?"),
        (None, None),
    ],
)
def test_plain(markup: Any, found: str | None) -> None:
    assert social.plain(markup) == found


def test_hashtags() -> None:
    assert social.hashtags("#云锦湖#和#看灯# # # 价格#") == ["云锦湖", "看灯"]


@pytest.mark.parametrize(
    ("value", "found"),
    [("BV1xx", "BV1xx"), (42, "42"), (0, None), ("0", None), ("a b", None), ("../x", None), ("汉", None), (True, None)],
)
def test_identifier(value: Any, found: str | None) -> None:
    assert social.identifier(value) == found


def test_first_takes_whatever_word_the_source_has() -> None:
    assert social.first({"a": "", "b": "undefined", "c": 0}, "a", "b", "c") == 0
    assert social.first(["no dict"], "a") is None


def test_lists_without_end_are_read_as_far_as_sites_go() -> None:
    assert len(social.rows([{}] * 5000)) == social.MOST_ROWS
