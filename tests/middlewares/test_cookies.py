"""A jar for each session, and none where there is nothing to keep."""

from __future__ import annotations

import socket

import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from travelcrawl.middlewares.cookies import CookiesMiddleware


@pytest.fixture
def middleware(monkeypatch: pytest.MonkeyPatch) -> CookiesMiddleware:
    def refuse(*_: object) -> None:
        raise AssertionError("a list of public suffixes was asked for outside")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return CookiesMiddleware.from_crawler(get_crawler())


def answered(middleware: CookiesMiddleware, jar: str, *cookies: str, url: str = "https://a.example/") -> None:
    request = Request(url, meta={"cookiejar": jar})
    headers = {"Set-Cookie": list(cookies)} if cookies else None
    middleware.process_response(request, Response(url, headers=headers, request=request))


def sent(middleware: CookiesMiddleware, jar: str, url: str = "https://a.example/") -> bytes | None:
    request = Request(url, meta={"cookiejar": jar}, headers={"Cookie": "stale=1"})
    middleware.process_request(request)
    return request.headers.get("Cookie")


def test_jars_are_kept_apart(middleware: CookiesMiddleware) -> None:
    answered(middleware, "one", "a=1")
    answered(middleware, "two", "a=2")
    assert [sent(middleware, jar) for jar in ("one", "two", "three")] == [b"a=1", b"a=2", None]


def test_a_site_that_sets_none_has_no_jar(middleware: CookiesMiddleware) -> None:
    answered(middleware, "one")
    assert sent(middleware, "one") is None
    assert not middleware.jars


def test_no_cookie_for_a_public_suffix(middleware: CookiesMiddleware) -> None:
    answered(middleware, "one", "a=1; Domain=com.cn", url="https://shop.com.cn/")
    assert sent(middleware, "one", "https://other.com.cn/") is None


def test_jars_of_long_ago_are_forgotten(middleware: CookiesMiddleware, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(middleware.jars), "MOST", 2)
    answered(middleware, "one", "a=1")
    answered(middleware, "two", "a=2")
    assert sent(middleware, "one") == b"a=1"
    answered(middleware, "three", "a=3")
    assert [sent(middleware, jar) for jar in ("one", "two", "three")] == [b"a=1", None, b"a=3"]


def test_off_where_the_project_says_so() -> None:
    with pytest.raises(NotConfigured):
        CookiesMiddleware.from_crawler(get_crawler(settings_dict={"COOKIES_ENABLED": False}))
