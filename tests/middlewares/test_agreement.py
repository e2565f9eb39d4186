"""Whole crawls through egresses that lie, each a process of its own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.utils.test import get_crawler

from tests import programs
from travelcrawl.access.agreement import Ledger
from travelcrawl.access.opinions import Fate, Page, Policy
from travelcrawl.middlewares.agreement import LED_BY, AgreementMiddleware
from travelcrawl.middlewares.opinions import Subject

SCRIPT = Path(__file__).with_name("agreeing.py")


PAGES = 30


def crawl(
    lies: dict[str, str] | None = None,
    *,
    egresses: int = 6,
    pages: int = PAGES,
    lists: int = 1,
    **settings: Any,
) -> dict[str, Any]:
    job = {"lies": lies or {}, "egresses": egresses, "pages": pages, "lists": lists, "settings": settings}
    done = programs.run(str(SCRIPT), json.dumps(job))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def stored(told: dict[str, Any]) -> dict[str, set[int]]:
    """Return the prices that were ever stored of each page."""
    return {ref: set(prices) for ref, prices in told["stored"].items()}


def truth(pages: int = PAGES) -> dict[str, set[int]]:
    return {f"/page/{n}": {n} for n in range(pages)}


def test_where_all_tell_the_truth_nothing_is_refused_and_callbacks_leave_no_trace() -> None:
    told = crawl()
    assert stored(told) == truth()
    assert told["agreement"]["opinions"] > 0
    assert told["agreement"]["released"] == PAGES + 1
    assert {"refused", "liars", "disputed"}.isdisjoint(told["agreement"])
    assert told["read"] == told["counted"] == PAGES
    assert sum(count for path, count in told["served"].items() if path.startswith("/page/")) > PAGES


@pytest.mark.parametrize("lie", ["price", "rows", "gone"])
def test_who_lies_is_found_and_nothing_of_it_is_stored(lie: str) -> None:
    told = crawl({"e0": lie})
    assert stored(told) == truth()
    assert told["agreement"]["liars"] == 1
    assert told["taken_back"] == told["agreement"].get("refused_items", 0)
    assert told["reason"] == "finished"


def test_what_a_liars_list_gives_along_is_stored_of_no_page() -> None:
    told = crawl({"e0": "list prices"}, pages=96, lists=12)
    assert stored(told) == truth(96)
    assert told["agreement"]["liars"] >= 1


@pytest.mark.parametrize("allows_all", [True, False], ids=["to-the-spider", "kept-from-it"])
def test_who_denies_some_pages_hides_none(*, allows_all: bool) -> None:
    told = crawl({"e0": "denies", "e1": "denies"}, HTTPERROR_ALLOW_ALL=allows_all)
    assert stored(told) == truth()


def test_pages_that_come_half_are_asked_for_again_and_convict_nobody() -> None:
    told = crawl({"e0": "half"})
    assert stored(told) == truth()
    assert "liars" not in told["agreement"]


@pytest.mark.parametrize(
    ("egresses", "settings"), [(2, {}), (6, {"TRAVELCRAWL_AUDIT": 0})], ids=["two-egresses", "switched-off"]
)
def test_off_means_no_request_more(egresses: int, settings: dict[str, Any]) -> None:
    told = crawl(egresses=egresses, **settings)
    assert stored(told) == truth()
    assert told["agreement"] == {}
    assert sum(count for path, count in told["served"].items() if path.startswith("/")) == PAGES + 1


def test_a_crawl_that_is_stopped_ends_and_stores_nothing_unvouched() -> None:
    told = crawl({"e0": "price"}, pages=200, CLOSESPIDER_PAGECOUNT=20)
    assert told["reason"] == "closespider_pagecount"
    assert told["agreement"]["refused"] > 0
    assert all(prices == {int(ref.rpartition("/")[2])} for ref, prices in stored(told).items())


def test_what_is_held_is_bounded_by_bytes_and_goes_on() -> None:
    told = crawl(pages=90, SCRAPER_SLOT_MAX_ACTIVE_SIZE=30_000)
    assert stored(told) == truth(90)


async def test_a_list_that_leads_to_nothing_is_compared() -> None:
    crawler, ledger = get_crawler(), Ledger(policy=Policy(), random=Random(1), clock=lambda: 0.0)
    departures: Any = SimpleNamespace(first=[], gate=SimpleNamespace(clock=lambda: 0.0, egresses={}))
    middleware = AgreementMiddleware(crawler, departures, ledger)

    def held(url: str, **more: Any) -> Page:
        subject = Subject(request=Request(url, **more), response=None, site="a", kind="")
        key = middleware.opinions.key(subject.request)
        page = Page(egress="a", key=key, kind="", serial=1, subject=subject, is_hollow="gone" in url)
        middleware._held[page] = asyncio.get_running_loop().create_future()
        return page

    lists = [held(f"http://a.example/list/{number}") for number in range(3)]
    gone = held("http://a.example/gone", meta={LED_BY: middleware.opinions.name(lists[1].subject.request)})
    ledger._standing("a").answers, gone.fate = len(lists), Fate.RELEASED
    middleware._settle(gone)
    assert [page in ledger._open for page in lists] == [False, True, False]
