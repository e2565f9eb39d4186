"""The system of tools/system.py: a crawl on a node feeds every panel that it can, and what it meets is heard as an alert."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from sandbox.client import running
from tests.loopback import LoopbackSite, serving
from tests.ops.test_dashboards import queries
from tests.waiting import wait_until
from tools.system import System, system

PATIENCE = 150.0
"""Seconds for a busy machine; 25-40 are usual, most of them for Scrapyd and two jobs to start and for rates to have two ends."""

JOBS = {"crawler", "redis", "postgres", "nginx", "node", "prometheus", "alertmanager"}
AGAIN = 30.0
"""Seconds after which it is crawled again: on a busy machine a crawl was refused and over between two looks at it (2026-11-29)."""


class Ears(BaseHTTPRequestHandler):
    """Keeps the alerts that it is told."""

    heard: list[dict[str, str]] = []

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.extend({**alert["labels"], "status": alert["status"]} for alert in told["alerts"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def crawling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system in which ctrip is crawled, and weibo, which wants a login for its search."""
    folder = tmp_path_factory.mktemp("system")
    with serving(LoopbackSite(Ears)) as ears, running(size=400) as web:
        crawls = {**web.env, "TRAVELCRAWL_RATE": "2", "TRAVELCRAWL_SPIDERS": "", "LOG_LEVEL": "INFO"}
        with system(folder, crawls, f"{ears.url}/alerts", nodes=1, is_hurried=True) as one:
            one.nodes[0].schedule("ctrip", city="310000")
            one.nodes[0].schedule("weibo", city="310000")
            yield one


def test_every_query_of_the_dashboards_answers(crawling: System) -> None:
    silent = set(queries())

    def all_answer() -> bool:
        silent.difference_update([one for one in silent if crawling.query(one[2])])
        return not silent

    wait_until(all_answer, PATIENCE, pause=1, trouble=lambda: silent)


def test_a_platform_that_blocks_us_is_heard_of(crawling: System) -> None:
    since = time.monotonic()

    def heard() -> list[dict[str, str]]:
        nonlocal since
        if time.monotonic() - since > AGAIN:
            crawling.nodes[0].schedule("weibo", city="310000")
            since = time.monotonic()
        return [one for one in Ears.heard if one["alertname"] == "CrawlerBlocked"]

    one, *_ = wait_until(heard, PATIENCE, pause=0.2, trouble=lambda: crawling.query("ALERTS"))
    assert (one["platform"], one["severity"], one["cluster"], one["status"]) == (
        "weibo",
        "critical",
        "travelcrawl",
        "firing",
    )


def test_jobs_are_scraped_under_the_names_that_rules_go_by(crawling: System) -> None:
    def jobs() -> set[str]:
        return {one["metric"]["job"] for one in crawling.query("max_over_time(up[5m]) == 1")}

    wait_until(lambda: jobs() == JOBS, PATIENCE, pause=0.2, trouble=jobs)
