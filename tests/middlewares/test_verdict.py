from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from tests.middlewares.gates import ToldGate
from travelcrawl.access.gate import Gate, Wait, Why
from travelcrawl.access.identities import Identity
from travelcrawl.access.quota import Quota
from travelcrawl.access.verdicts import Rule, Verdict, VerdictPolicy
from travelcrawl.errors import GaveUp
from travelcrawl.middlewares import verdict as module
from travelcrawl.middlewares.departures import Departures, register
from travelcrawl.middlewares.verdict import VerdictMiddleware

RULES = (
    Rule(verdict=Verdict.FORBIDDEN, marker="10001", why="the key is refused", ends_run=True),
    Rule(verdict=Verdict.EMPTY, marker="nothing", why="no places"),
)


class Engine:
    def __init__(self) -> None:
        self.closed: list[str] = []

    async def close_spider_async(self, *, reason: str) -> None:
        self.closed.append(reason)


@pytest.fixture
def middleware(monkeypatch: pytest.MonkeyPatch) -> VerdictMiddleware:
    monkeypatch.setattr(module.time, "time", lambda: 1000.0)
    crawler = get_crawler()
    crawler.spider = Spider(name="demo")
    crawler.engine = Engine()  # type: ignore[assignment]
    crawler.gate = ToldGate()  # type: ignore[attr-defined]
    register(crawler, Departures(crawler, crawler.gate, site="demo", size=8))  # type: ignore[attr-defined]
    return VerdictMiddleware(crawler, VerdictPolicy(RULES), lambda: datetime(2026, 11, 22, tzinfo=UTC))


def answered(middleware: Any, status: int, body: bytes = b"", **meta: Any) -> Any:
    request = Request("https://a.example/1", meta=meta)
    return middleware.process_response(request, Response(request.url, status=status, body=body, request=request))


@pytest.mark.parametrize(
    ("status", "body", "verdict"), [(200, b"x", "ok"), (200, b"nothing", "empty"), (404, b"", "gone")]
)
def test_answers_reach_the_spider(middleware: Any, status: int, body: bytes, verdict: str) -> None:
    response = answered(middleware, status, body)
    assert response.meta["verdict"] == verdict
    assert middleware.stats.get_value(f"verdict/{verdict}/demo") == 1


def test_a_plain_redirect_and_robots_are_left_alone(middleware: Any) -> None:
    assert "verdict" not in (answered(middleware, 302)).meta
    assert "verdict" not in (answered(middleware, 503, is_robots=True)).meta
    assert middleware.process_exception(Request("https://a/", meta={"is_robots": True}), DownloadTimeoutError()) is None


def test_a_site_that_fails_is_asked_again_later_and_given_up_in_the_end(middleware: Any) -> None:
    again = answered(middleware, 503)
    assert isinstance(again, Request)
    assert again.dont_filter
    assert again.meta["tries"] == 1
    with pytest.raises(GaveUp, match="after 6 tries") as caught:
        answered(middleware, 503, "坏了".encode(), tries=5)
    assert (caught.value.cause, caught.value.sample) == ("site_down", "坏了")
    assert again.meta["not_before"] == 1000.5


def test_retry_after_goes_before_our_own_wait(middleware: Any) -> None:
    request = Request("https://a.example/1")
    response = Response(request.url, status=429, headers={"Retry-After": "7"}, request=request)
    assert middleware.process_response(request, response).meta["not_before"] == 1007.0


def test_what_need_not_wait_does_not(middleware: Any) -> None:
    request = Request("https://a.example/1", meta={"not_before": 5.0})
    again = middleware.process_response(request, Response(request.url, status=429, headers={"Retry-After": "0"}))
    assert "not_before" not in again.meta


def test_a_challenge_is_tried_elsewhere_a_slow_site_is_not(middleware: Any) -> None:
    challenged = answered(middleware, 200, "<title>验证码</title>".encode(), egress="b:2", avoid=["a:1"])
    assert challenged.meta["avoid"] == ["a:1", "b:2"]
    assert "avoid" not in answered(middleware, 429, egress="a:1").meta


async def test_a_refused_key_ends_the_run_once(middleware: Any) -> None:
    for _ in range(2):
        with pytest.raises(GaveUp, match="key is refused"):
            answered(middleware, 200, b'{"infocode":"10001"}')
    await middleware._closing
    assert middleware.crawler.engine.closed == ["forbidden"]
    assert middleware.stats.get_value("ended_by") == "the key is refused"


@pytest.mark.parametrize(("meta", "cause"), [({}, "site_down"), ({"proxy": "http://a:1"}, "egress_fault")])
def test_a_fault_on_the_way_is_booked_on_who_is_nearest(middleware: Any, meta: dict[str, str], cause: str) -> None:
    request = Request("https://a.example/1", meta=meta)
    assert isinstance(middleware.process_exception(request, DownloadConnectionRefusedError("no")), Request)
    with pytest.raises(GaveUp) as caught:
        middleware.process_exception(request.replace(meta={**meta, "tries": 5}), DownloadTimeoutError("late"))
    assert caught.value.cause == cause


@pytest.mark.parametrize("error", [DownloadCancelledError("too large"), UnsupportedURLSchemeError("gopher")])
def test_what_no_second_try_mends_is_given_up_at_once(middleware: Any, error: Exception) -> None:
    with pytest.raises(GaveUp) as caught:
        middleware.process_exception(Request("https://a.example/1"), error)
    assert caught.value.cause == "malformed"


def test_others_exceptions_pass(middleware: Any) -> None:
    assert middleware.process_exception(Request("https://a.example/1"), IgnoreRequest()) is None


def test_the_platforms_own_rules_come_from_its_page_module() -> None:
    crawler = get_crawler()
    crawler.spider = Spider(name="amap")
    assert len(VerdictMiddleware.from_crawler(crawler).policy.rules) >= len(VerdictPolicy().rules)


@pytest.mark.parametrize(("seconds", "closed"), [(7200.0, ["rate_limited"]), (60.0, [])], ids=["hours", "a-minute"])
async def test_a_budget_of_the_day_that_is_used_up_ends_the_run(
    middleware: Any, tmp_path: Path, seconds: float, closed: list[str]
) -> None:
    departures, gate = middleware.departures, Gate([], identify=lambda *_: Identity(headers={}))
    departures.gate = gate
    gate.ask = lambda *_: Wait(seconds=seconds, why=Why.QUOTA)  # type: ignore[method-assign]
    gate.site("demo").today = 5
    noon = datetime(2026, 11, 22, 4, tzinfo=UTC)
    middleware.quota = Quota(platform="demo", folder=tmp_path, clock=lambda: noon)
    queue = [Request("https://a.example/1"), Request("https://a.example/2")]
    assert departures.next(lambda: queue.pop() if queue else None) is None
    assert departures.next(lambda: queue.pop() if queue else None) is None
    if closed:
        await middleware._closing
        assert "(5 requests); the quota is used up until 2026-11-23 00:00" in middleware.stats.get_value("ended_by")
    assert middleware.crawler.engine.closed == closed
    assert (middleware.quota.spent_until is not None) == bool(closed)
    assert len(departures.close()) + len(queue) == 2
