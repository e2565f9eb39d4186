"""What a session puts on a request, and takes off again."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy import Request
from scrapy.utils.test import get_crawler

from tests.middlewares.gates import ToldGate
from travelcrawl.access.gate import Why
from travelcrawl.frontier.engine import downloading
from travelcrawl.middlewares.departures import Departures, register
from travelcrawl.middlewares.session import SessionMiddleware, undress


class Engine:
    _slot = None

    def __init__(self) -> None:
        self.downloader = self
        self.active: set[Request] = set()


def build(*egresses: str, sets_proxy: bool = True) -> SessionMiddleware:
    crawler = get_crawler()
    crawler.engine = Engine()  # type: ignore[assignment]
    register(crawler, Departures(crawler, ToldGate(*egresses), site="demo", size=8, sets_proxy=sets_proxy))
    return SessionMiddleware.from_crawler(crawler)


def sent(middleware: SessionMiddleware, request: Request) -> Request:
    departures = middleware.departures
    assert departures.next(lambda: request) is request
    downloading(departures.crawler).add(request)  # type: ignore[attr-defined]
    assert middleware.process_request(request) is None
    return request


def test_proxy_identity_jar_and_time_out_are_the_sessions() -> None:
    request = sent(build("http://u:p@gw:1"), Request("https://a.example/"))
    assert {key: request.meta[key] for key in ("proxy", "egress", "cookiejar", "download_timeout")} == {
        "proxy": "http://u:p@gw:1",
        "egress": "gw:1",
        "cookiejar": "demo gw:1",
        "download_timeout": 20.0,
    }
    assert request.headers["User-Agent"] == b"Browser/1"


def test_what_the_spider_says_stays() -> None:
    own: dict[str, Any] = {"cookiejar": 3, "download_timeout": 99.0}
    headers = {"User-Agent": "mine", "Referer": "https://a.example/list"}
    request = sent(build(), Request("https://a.example/", headers=headers, meta=dict(own)))
    assert request.headers["User-Agent"] == b"mine"
    undress(request)
    assert {key: request.meta[key] for key in own} == own
    assert request.headers.to_unicode_dict() == headers


def test_all_that_was_put_on_comes_off() -> None:
    request = sent(build("http://u:p@gw:1"), Request("https://a.example/"))
    # What Scrapy's middlewares do with it further on.
    request.headers["Proxy-Authorization"] = "Basic dTpw"
    request.headers["Cookie"] = "a=b"
    request.meta.update(proxy="http://gw:1", _auth_proxy="http://gw:1", download_latency=0.1)
    undress(request)
    assert dict(request.headers) == {}
    assert request.meta == {"egress": "gw:1", "worn": {"hop": 0}}


def test_a_second_leave_wears_the_second_session() -> None:
    middleware = build("http://a:1", "http://b:2")
    first = sent(middleware, Request("https://a.example/"))
    again = sent(middleware, first.replace(meta={**first.meta, "avoid": ["a:1"]}))
    assert (again.meta["egress"], again.meta["proxy"]) == ("b:2", "http://b:2")
    assert again.meta["cookiejar"] == "demo b:2"


@pytest.mark.parametrize(
    ("redirects", "egress"), [({"redirect_times": 1}, "b:2"), ({}, None)], ids=["hop", "the spider's own copy"]
)
def test_the_next_hop_stays_with_its_egress_and_a_copy_does_not(redirects: dict[str, int], egress: str | None) -> None:
    middleware = build("http://a:1", "http://b:2")
    first = sent(middleware, Request("https://a.example/", meta={"avoid": ["a:1"]}))
    assert first.meta["egress"] == "b:2"
    next_ = first.replace(url="https://b.example/", meta={**first.meta, "avoid": [], **redirects})
    undress(next_)
    sent(middleware, next_)
    assert middleware.departures.gate.asked[-1].egress == egress  # type: ignore[attr-defined]


def test_a_hop_whose_egress_is_out_of_use_leaves_from_another() -> None:
    middleware = build("http://a:1")
    meta = {"egress": "gone:9", "worn": {"hop": 0}, "redirect_times": 1}
    assert sent(middleware, Request("https://a.example/", meta=meta)).meta["egress"] == "a:1"


def test_without_a_list_the_projects_proxies_are_its_own() -> None:
    request = sent(build(sets_proxy=False), Request("https://a.example/", meta={"proxy": "http://its:1"}))
    assert request.meta["proxy"] == "http://its:1"


@pytest.mark.parametrize(
    "meta",
    [
        {"worn": 3},
        {"worn": {"hop": [], "headers": [1, None], "meta": "proxy"}},
        {"avoid": "a:1"},
        {"avoid": [{}, 3]},
        {"not_before": "soon"},
        {"not_before": float("inf")},
        {"not_before": float("nan")},
        {"not_before": 1e300},
        {"egress": 7, "redirect_times": 1, "worn": {}},
    ],
    ids=str,
)
def test_what_a_queue_says_is_not_believed(meta: dict[str, Any]) -> None:
    sent(build(), Request("https://a.example/", meta=meta))


async def test_what_waits_for_a_page_in_a_browser_holds_no_place_and_delays_nobody() -> None:
    departures = build().departures
    departures.browser_pages = 1
    pages = [Request(f"https://a.example/{n}", meta={"browser": True}) for n in range(3)]
    plain = Request("https://a.example/plain")
    queue = [*pages, plain]

    def leaving() -> Request | None:
        found = departures.next(lambda: queue.pop(0) if queue else None)
        if found:
            downloading(departures.crawler).add(found)  # type: ignore[attr-defined]
        return found

    assert [leaving(), leaving(), leaving()] == [pages[0], plain, None]
    assert departures.waiting == 2
    assert departures.room.waits == {Why.BROWSER: 2}
    downloading(departures.crawler).remove(pages[0])  # type: ignore[attr-defined]
    assert [leaving(), leaving()] == [pages[1], None]
    assert departures.close() == [pages[2]]
