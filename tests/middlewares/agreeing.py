"""A crawl whose answers depend on the egress, run as a process of its own: python agreeing.py JSON. It ends with what came of it.

The JSON: ``lies`` (egress → kind of lie), ``egresses`` (how many), ``pages``, ``lists`` (how many; of several each names the prices
of its pages, which give the spider none of their own), ``settings``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy import signals
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Request, Response, TextResponse

sys.path.insert(0, str(Path(__file__).parents[2]))

JOB = json.loads(sys.argv[1])
SITE = "http://shop.example"
SERVED: Counter[str] = Counter()


class Web(BaseDownloadHandler):
    """Answers from memory: a list of pages, and pages that name their price, with a token that nobody gets twice."""

    lazy = False

    async def download_request(self, request: Request) -> Response:
        await asyncio.sleep(0.002)
        egress = request.meta["egress"].partition(":")[0]
        path = request.url.removeprefix(SITE)
        SERVED[egress] += 1
        SERVED[path] += 1
        lie = JOB["lies"].get(egress)
        if path.startswith("/list"):
            shown = range(int(path.partition("/list/")[2] or 0), JOB["pages"], JOB["lists"])
            links = [f"/page/{n}" for n in shown if lie != "rows" or n % 4]
            prices = [n + (1000 if lie == "list prices" else 0) for n in shown]
            data: dict[str, Any] = {"links": links, "prices": prices}
        elif lie == "breaks" or (lie == "half" and SERVED[egress] % 5 == 0):
            data = {}
        else:
            price = int(path.rpartition("/")[2]) + (1000 if lie == "price" else 0)
            data = {"ref": path, "price": price}
        denies = lie == "gone" or (lie == "denies" and SERVED[egress] % 4 == 0)
        status = 404 if denies and path != "/list" else 200
        body = json.dumps({**data, "token": sum(SERVED.values())}).encode()
        return TextResponse(request.url, status=status, body=body, request=request)

    async def close(self) -> None: ...


class Shop(scrapy.Spider):
    """Counts in itself what it reads."""

    name = "shop"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.read: list[str] = []
        self.stored: dict[str, list[int]] = {}
        self.taken_back = 0

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> Any:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.keep, signals.item_scraped)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        for number in range(JOB["lists"]):
            yield scrapy.Request(f"{SITE}/list/{number}" if JOB["lists"] > 1 else f"{SITE}/list")

    def parse(self, response: Any) -> Any:
        data = response.json()
        for link, price in zip(data["links"], data["prices"], strict=False):
            yield response.follow(
                link, self.parse_page, cb_kwargs={"row": {"price": price}} if JOB["lists"] > 1 else {}
            )

    async def parse_page(self, response: Any, row: dict[str, Any] | None = None) -> AsyncIterator[Any]:
        self.read.append(response.url)
        self.crawler.stats.inc_value("read")
        if response.status == 200:
            data = response.json()
            yield {"ref": data["ref"], "price": (row or data)["price"], "token": data["token"]}

    def take_back(self, items: list[Any]) -> None:
        self.taken_back += len(items)

    def keep(self, item: Any) -> None:
        self.stored.setdefault(item["ref"], []).append(item["price"])


def main() -> None:
    process = AsyncCrawlerProcess(
        {
            "ADDONS": {"travelcrawl.middlewares.addon.AccessAddon": 200},
            "DOWNLOAD_HANDLERS": {"http": Web},
            "TRAVELCRAWL_PROXIES": " ".join(f"http://e{n}:1" for n in range(JOB["egresses"])),
            "TRAVELCRAWL_RATE": 500,
            "HTTPERROR_ALLOW_ALL": True,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "LOG_LEVEL": "ERROR",
            **JOB["settings"],
        }
    )
    crawler = process.create_crawler(Shop)
    process.crawl(crawler)
    process.start()
    assert crawler.stats
    stats = crawler.stats.get_stats()
    told = {"stored": crawler.spider.stored, "read": len(crawler.spider.read), "taken_back": crawler.spider.taken_back}
    agreement = {key.removeprefix("agreement/"): value for key, value in stats.items() if key.startswith("agreement/")}
    more = {"counted": stats.get("read"), "served": SERVED, "reason": stats["finish_reason"]}
    sys.stdout.write(json.dumps({**told, **more, "agreement": agreement}))


if __name__ == "__main__":
    main()
