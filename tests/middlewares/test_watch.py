from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from travelcrawl.access.verdicts import Verdict
from travelcrawl.middlewares.watch import Seen, WatchMiddleware, judge, watch_of

URL = "https://shop.example/"


def watched() -> tuple[WatchMiddleware, list[Seen]]:
    seen: list[Seen] = []
    watch = WatchMiddleware(clock=iter(range(10, 100)).__next__)
    watch.witnesses.append(seen.append)
    return watch, seen


@pytest.mark.parametrize(
    ("status", "outcome", "trouble"),
    [
        (200, "success", None),
        (302, "success", None),
        (404, "success", None),
        (400, "failed", "malformed"),
        (401, "blocked", "blocked"),
        (403, "blocked", "blocked"),
        (429, "blocked", "blocked"),
        (503, "failed", "site_down"),
    ],
)
def test_without_a_judge_the_status_decides(status: int, outcome: str, trouble: str | None) -> None:
    watch, seen = watched()
    request, response = Request(URL), Response(URL, status=status)
    watch.process_request(request)
    assert watch.process_response(request, response) is response
    (one,) = seen
    assert (one.outcome, one.trouble, one.seconds, one.engine) == (outcome, trouble, 1, "http")


@pytest.mark.parametrize(
    ("error", "meta", "trouble"),
    [
        (DownloadTimeoutError("30 s"), {}, "timeout"),
        (DownloadFailedError("reset"), {}, "site_down"),
        (DownloadFailedError("reset"), {"proxy": "http://127.0.0.1:1"}, "egress_fault"),
    ],
)
def test_failures_are_timed_too(error: Exception, meta: dict[str, str], trouble: str) -> None:
    watch, seen = watched()
    request = Request(URL, meta={**meta, "browser": True})
    watch.process_request(request)
    watch.process_exception(request, error)
    (one,) = seen
    assert (one.outcome, one.trouble, one.status, one.engine, one.seconds) == ("error", trouble, None, "browser", 1)


def test_a_judge_tells_once_what_it_means() -> None:
    watch, seen = watched()
    watch.is_judged = True
    request = Request(URL)
    watch.process_request(request)
    watch.process_response(request, Response(URL))
    watch.tell(request, Verdict.SOFT_BLOCKED, 200)
    watch.tell(request, Verdict.OK, 200)
    assert [one.outcome for one in seen] == ["blocked"]


def test_a_copy_is_a_request_of_its_own() -> None:
    watch, seen = watched()
    request = Request(URL)
    watch.process_request(request)
    watch.tell(request.replace(url=f"{URL}2"), Verdict.OK, 200)
    assert seen == []


def test_it_is_known_to_its_crawl_and_knows_its_judge() -> None:
    crawler, judged = get_crawler(), get_crawler()
    assert watch_of(crawler) is None
    judge(judged)
    assert [WatchMiddleware.from_crawler(one).is_judged for one in (crawler, judged)] == [False, True]
    assert watch_of(crawler) is not None
