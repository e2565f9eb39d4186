"""Grants from leave to return, down every way a request can go, in real crawls; what waits delays nobody."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests import programs
from tests.loopback import LoopbackHandler, LoopbackSite, Page, serving

SCRIPT = Path(__file__).with_name("leaving.py")
OURS = "SCHEDULER=travelcrawl.frontier.scheduler.Scheduler"


class Site(LoopbackSite):
    def __init__(self) -> None:
        super().__init__(Handler)
        self.asked: list[str] = []
        self.ended = Event()


class Handler(LoopbackHandler):
    server: Site

    def page(self) -> Page:
        host, word = (self.headers["Host"] or "").partition(":")[0], self.path.strip("/")
        first = f"{host} {word}" not in self.server.asked
        self.server.asked.append(f"{host} {word}")
        status, headers, body = 200, {}, b"ok"
        if word == "robots.txt":
            body = b"User-agent: *\nDisallow: /secret\nCrawl-delay: 2\n"
        elif word == "redirect":
            status, headers = 302, {"Location": "/ok2"}
        elif word == "gone":
            status = 404
        elif word == "bomb":
            headers, body = {"Content-Encoding": "gzip"}, gzip.compress(b" " * 1_000_000)
        elif word == "busy" and first:
            status, headers = 429, {"Retry-After": "0"}
        elif word == "slow":
            self.server.ended.wait(30)
        elif word == "cut" and first:
            headers, self.close_connection = {"Content-Length": "999"}, True
        return status, body, headers


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as site:
        yield site
        site.ended.set()


def crawl(site: Site, folder: Path, *words: str) -> dict[str, Any]:
    done = programs.run(str(SCRIPT), site.url, f"JOBDIR={folder}/job", *words, cwd=folder)
    assert done.stdout, done.stderr
    return {"log": done.stderr, **json.loads(done.stdout)}


@pytest.mark.parametrize("scheduler", ["any", "ours"])
def test_each_grant_is_given_back_once_and_each_exchange_booked_once(
    site: Site, tmp_path: Path, scheduler: str
) -> None:
    books = crawl(site, tmp_path, *([OURS] if scheduler == "ours" else []))
    # ok, redirect and its hop, busy's second try, cut's second try, other, robots.txt, open, media
    assert books["verdicts"] == {
        "ok": 9,
        "gone": 1,
        "malformed": 2,
        "rate_limited": 1,
        "site_down": 2,
    }, books["log"]
    # Beside them without an exchange: refused, broken, kept, replaced, secret.
    assert books["grants"] == 15 + 5
    assert books["failed"] == {
        "failed/HttpError": 1,
        "failed/IgnoreRequest": 2,
        "failed/ValueError": 2,
        "failed/GaveUp": 1,
        "failed/DisallowedByRobots": 1,
    }
    assert books["delays"] == {"localhost": 2.0}
    assert Counter(site.asked)["localhost robots.txt"] == 1
    assert "localhost secret" not in site.asked


@pytest.mark.parametrize("scheduler", ["any", "ours"])
def test_what_waits_holds_no_place_and_delays_no_other_host(site: Site, tmp_path: Path, scheduler: str) -> None:
    words = ["SPIDER=patient", "CONCURRENT_REQUESTS=2", "TRAVELCRAWL_PERMITTED_HOSTS=127.0.0.1=test;localhost=test"]
    books = crawl(site, tmp_path, *words, *([OURS] if scheduler == "ours" else []))
    assert {asked.partition(" ")[0] for asked in site.asked[:10]} == {"127.0.0.1"}
    assert Counter(site.asked) == Counter(
        [f"127.0.0.1 {number}" for number in range(10)] + [f"localhost {number}" for number in range(20)]
    )
    assert books["grants"] == 30


@pytest.mark.parametrize("scheduler", ["any", "ours"])
def test_what_waits_at_the_end_is_there_again(site: Site, tmp_path: Path, scheduler: str) -> None:
    words = ["SPIDER=patient", "TRAVELCRAWL_PERMITTED_HOSTS=127.0.0.1=test;localhost=test"]
    words += [OURS] if scheduler == "ours" else []
    first = crawl(site, tmp_path, *words, "OPENS=0", "CLOSESPIDER_ITEMCOUNT=10")
    assert "closespider_itemcount" in first["log"]
    assert not any("localhost" in asked for asked in site.asked)
    again = crawl(site, tmp_path, *words, "SPIDER=resumed")
    assert Counter(asked for asked in site.asked if "localhost" in asked) == Counter(
        f"localhost {number}" for number in range(20)
    ), again["log"]
