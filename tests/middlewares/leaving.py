"""A crawl over a gate that keeps books, run as a process of its own: python leaving.py SITE [SETTING=VALUE …]. It ends with its books."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from math import inf
from pathlib import Path
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import IgnoreRequest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.middlewares.gates import ToldGate
from travelcrawl.access.followup import FOLLOW_UPS
from travelcrawl.access.gate import Wait, Why
from travelcrawl.access.verdicts import Verdict
from travelcrawl.middlewares.departures import Departures, register

LAST_TRY = FOLLOW_UPS[Verdict.SITE_DOWN].tries - 1
PORT = sys.argv[1].rpartition(":")[2]
HERE, THERE = f"http://127.0.0.1:{PORT}", f"http://localhost:{PORT}"


class Early:
    """Another project's, before ours: refuses, breaks, answers and replaces."""

    def process_request(self, request: scrapy.Request) -> Any:
        word = request.url.rpartition("/")[2]
        if word == "refused":
            raise IgnoreRequest
        if word == "broken":
            raise ValueError("a bug")
        if word == "kept":
            return scrapy.http.TextResponse(request.url, body=b"kept", request=request)
        if word == "replaced":
            return request.replace(url=f"{HERE}/other", dont_filter=True)
        return None


class Late:
    """Another project's, next to the wire: breaks on an answer."""

    def process_response(self, request: scrapy.Request, response: Any) -> Any:
        if request.url.endswith("/after"):
            raise ValueError("a bug")
        return response


class Ways(scrapy.Spider):
    """Sends a request down every way there is."""

    name = "ways"
    gate: ToldGate

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> Any:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.gate = ToldGate()
        spider.gate.timeout = 60.0
        register(crawler, Departures(crawler, spider.gate, site=None, size=crawler.settings.getint("SIZE", 64)))
        crawler.signals.connect(spider.say, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        words = "ok redirect gone bomb busy refused broken kept replaced after cut"
        for word in words.split():
            yield scrapy.Request(f"{HERE}/{word}", errback=self.failed)
        yield scrapy.Request(f"{HERE}/slow", errback=self.failed, meta={"tries": LAST_TRY, "download_timeout": 0.5})
        yield scrapy.Request(f"{THERE}/open", callback=self.media, errback=self.failed)
        yield scrapy.Request(f"{THERE}/secret", errback=self.failed)

    def parse(self, response: Any) -> Any:
        yield {"url": response.url.rpartition("/")[2]}

    async def media(self, response: Any) -> Any:
        answer = await self.crawler.engine.download_async(scrapy.Request(f"{HERE}/media"))
        yield {"url": answer.url.rpartition("/")[2]}

    def failed(self, failure: Any) -> None:
        self.crawler.stats.inc_value(f"failed/{type(failure.value).__name__}")

    def say(self) -> None:
        gate = self.gate
        gate.check()
        books = {
            "grants": len(gate.lefts),
            "verdicts": Counter(gate.verdicts),
            "delays": gate.delays,
            "failed": {k: v for k, v in self.crawler.stats.get_stats().items() if k.startswith("failed/")},
        }
        sys.stdout.write(json.dumps(books))


class Patient(Ways):
    """Twenty pages of a host that has to wait come first; then some of another, after which the first may go on."""

    name = "patient"

    async def start(self) -> AsyncIterator[Any]:
        self.gate.waits["localhost"] = Wait(seconds=inf, why=Why.EGRESS)
        for number in range(20):
            yield scrapy.Request(f"{THERE}/{number}", priority=1)
        for number in range(10):
            yield scrapy.Request(f"{HERE}/{number}")

    def parse(self, response: Any) -> Any:
        yield {"url": response.url.rpartition("/")[2]}
        if self.settings.getbool("OPENS", True) and len(self.gate.dones) == 10:
            self.gate.waits.clear()


class Resumed(Ways):
    """Begins with nothing: goes on with what a run before has left."""

    name = "patient"

    async def start(self) -> AsyncIterator[Any]:
        for _ in ():
            yield


SETTINGS: dict[str, Any] = {
    "SCHEDULER": "travelcrawl.middlewares.waiting.WaitingScheduler",
    "TRAVELCRAWL_SCHEDULER": "scrapy.core.scheduler.Scheduler",
    "DOWNLOADER_MIDDLEWARES": {
        Early: 50,
        "travelcrawl.middlewares.robots.RobotsMiddleware": 100,
        "travelcrawl.middlewares.session.SessionMiddleware": 110,
        "travelcrawl.middlewares.verdict.VerdictMiddleware": 610,
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 620,
        Late: 990,
    },
    "TRAVELCRAWL_PERMITTED_HOSTS": "127.0.0.1=test",
    "TRAVELCRAWL_ROBOTS_WAITS": "0",
    "ROBOTSTXT_USER_AGENT": "travelcrawl",
    "RETRY_ENABLED": False,
    "DOWNLOAD_MAXSIZE": 100_000,
    "CLOSESPIDER_TIMEOUT": 60,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_LEVEL": "INFO",
}

if __name__ == "__main__":
    words = dict(word.split("=", 1) for word in sys.argv[2:])
    spider = {"ways": Ways, "patient": Patient, "resumed": Resumed}[words.pop("SPIDER", "ways")]
    process = AsyncCrawlerProcess(SETTINGS | words)
    process.crawl(spider)
    process.start()
