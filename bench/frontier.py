"""The frontier with leases beside scrapy-redis 0.9.1: ``python -m bench.frontier [--pages N] [--urls N] [--json]``.

Pages come from memory in both, so that no server takes part of the machine; each page gives an item and its links. Beside the
rate: two workers against one, Redis's own time and memory, false positives, and a worker's memory over many requests.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import HtmlResponse
from scrapy.settings import Settings
from scrapy_redis.spiders import RedisSpider

from bench._figures import show
from tools.servers import RedisServer
from travelcrawl.frontier.backend import Waiting
from travelcrawl.frontier.factory import redis_backend

BODY = b"<html><body>" + b"<p>page of a travel site</p>" * 100 + b"</body></html>"
SPAWN = multiprocessing.get_context("forkserver")


class FromMemory:
    """A download handler that answers at once."""

    lazy = False

    def __init__(self, crawler: Any) -> None:
        self.seconds = crawler.settings.getfloat("BENCH_SECONDS")

    @classmethod
    def from_crawler(cls, crawler: Any) -> FromMemory:
        """Build."""
        return cls(crawler)

    async def download_request(self, request: scrapy.Request) -> HtmlResponse:
        """Answer after so many seconds; a turn of the loop is the least that a network would take."""
        await asyncio.sleep(self.seconds)
        return HtmlResponse(request.url, body=BODY, request=request, encoding="utf-8")

    async def close(self) -> None:
        """Nothing to close."""


class Pages:
    """Page n gives one item and leads to ``fan`` pages, up to the last."""

    last = 0
    fan = 4

    def parse(self, response: Any, **_: Any) -> Iterator[Any]:
        """Give item and links."""
        n = int(response.url.rpartition("/")[2])
        yield {"n": n}
        for m in range(self.fan * n - self.fan + 2, self.fan * n + 2):
            if m <= self.last:
                yield scrapy.Request(f"http://127.0.0.1/{m}", callback=self.parse)


class Ours(Pages, scrapy.Spider):
    """Begins at page 1."""

    name = "numbers"

    async def start(self) -> AsyncIterator[Any]:
        """Begin."""
        yield scrapy.Request("http://127.0.0.1/1", callback=self.parse)


class Flat(Pages, scrapy.Spider):
    """Begins with all pages, which lead nowhere."""

    name = "numbers"
    fan = 0

    async def start(self) -> AsyncIterator[Any]:
        """Begin."""
        for n in range(1, self.last + 1):
            yield scrapy.Request(f"http://127.0.0.1/{n}", callback=self.parse)


class Theirs(Pages, RedisSpider):  # type: ignore[misc]
    """Begun by its start key."""

    name = "numbers"
    redis_key = "numbers:start_urls"


COMMON: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {"http": "bench.frontier.FromMemory"},
    "ASYNCIO_EVENT_LOOP": "uvloop.Loop",
    "CONCURRENT_ITEMS": 1,
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_LEVEL": "ERROR",
}
KINDS: dict[str, tuple[type[scrapy.Spider], dict[str, Any]]] = {
    "scrapy": (Ours, {}),
    "ours": (
        Ours,
        {"SCHEDULER": "travelcrawl.frontier.scheduler.Scheduler", "TRAVELCRAWL_CRAWL_ID": "bench"},
    ),
    "flat": (
        Flat,
        {
            "SCHEDULER": "travelcrawl.frontier.scheduler.Scheduler",
            "TRAVELCRAWL_CRAWL_ID": "bench",
            "SPIDER_MIDDLEWARES": {"travelcrawl.frontier.start.StartMiddleware": 50},
        },
    ),
    "scrapy-redis": (
        Theirs,
        {
            "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
            "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
            "SCHEDULER_PERSIST": True,
            "MAX_IDLE_TIME_BEFORE_CLOSE": 1,
        },
    ),
}
KINDS["ours, 50 ms a page"] = (Ours, KINDS["ours"][1] | {"BENCH_SECONDS": 0.05, "CONCURRENT_REQUESTS": 16})
KINDS["scrapy-redis, Scrapy's defaults"] = (
    Theirs,
    KINDS["scrapy-redis"][1] | {"CONCURRENT_ITEMS": 100, "ASYNCIO_EVENT_LOOP": None},
)


def work(kind: str, url: str, last: int, results: Any) -> None:
    """Crawl; tell when the first and the last page came, how many, and the memory it took (MiB)."""
    spider, settings = KINDS[kind]
    times: list[float] = []
    counts = {"pages": 0}
    begun: list[float] = []
    used: list[float] = []

    def scraped(**_: Any) -> None:
        counts["pages"] += 1
        now = time.time()
        if not begun:
            begun.append(now)
            used.append(cpu())
        times[:] = [now]
        if counts["pages"] in MARKS:
            memory.append(rss())

    memory: list[float] = []
    process = AsyncCrawlerProcess(COMMON | settings | {"REDIS_URL": url})
    crawler = process.create_crawler(spider)
    crawler.signals.connect(scraped, scrapy.signals.item_scraped, weak=False)
    process.crawl(crawler, last=last)
    process.start()
    results.put((begun[0], times[0], counts["pages"], memory, rss(), cpu() - used[0]))


MARKS = (10_000, 20_000, 30_000, 100_000, 500_000, 1_000_000)
"""Pages after which memory is looked at."""


def cpu() -> float:
    """Return the seconds of processor time that this process has taken."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def rss() -> float:
    """Return the resident memory of this process, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def crawl(kind: str, pages: int, workers: int = 1) -> dict[str, Any]:
    """Crawl with so many workers over a new Redis and return pages/s between first and last page, and what Redis did."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        with closing(server.connect()) as client:
            if kind.startswith("scrapy-redis"):
                client.rpush("numbers:start_urls", "http://127.0.0.1/1")
            results = SPAWN.SimpleQueue()
            running = [SPAWN.Process(target=work, args=(kind, server.url, pages, results)) for _ in range(workers)]
            for process in running:
                process.start()
            found = [results.get() for _ in running]
            for process in running:
                process.join()
            stats, used = client.info("commandstats"), client.info("cpu")
            # What a script or a transaction calls is counted a second time under its own name.
            inner = "cmdstat_evalsha" in stats
            usec = sum(
                stat["usec"]
                for name, stat in stats.items()
                if (name.startswith(("cmdstat_eval", "cmdstat_script")) if inner else name != "cmdstat_exec")
            )
            server_cpu = used["used_cpu_user"] + used["used_cpu_sys"]
        server.stop()
    done = sum(one[2] for one in found)
    seconds = max(one[1] for one in found) - max(one[0] for one in found)
    alone = max(one[0] for one in found) - min(one[0] for one in found)
    return {
        "pages": done,
        "seconds": round(seconds, 2),
        "pages_s": done / (seconds + alone / workers),
        "cpu_ms_page": sum(one[5] for one in found) / done * 1000,
        "redis_us_page": usec / done,
        "redis_cpu_us_page": server_cpu / done * 1e6,
        "memory": [round(one, 1) for one in found[0][3]],
        "peak": round(found[0][4], 1),
    }


async def seen(urls: int) -> dict[str, Any]:
    """Push so many fingerprints and return bytes of Redis memory each, and how many were taken for others."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        backend = redis_backend(Settings({"TRAVELCRAWL_REDIS_URL": server.url}), "numbers")
        await backend.open()
        random_bits = random.Random(1)
        with closing(server.connect()) as client:
            before = client.info("memory")["used_memory"]
            new = 0
            for _ in range(0, urls, 250):
                batch = [Waiting(payload="{}", fingerprint=random_bits.getrandbits(64)) for _ in range(250)]
                new += await backend.push(batch)
                await backend.ack([lease.id for lease in await backend.take(250)])
            keys = [f"numbers:dupefilter:{bucket:03x}" for bucket in range(4096)]
            sets = sum(client.memory_usage(key, samples=0) or 0 for key in keys)
            total = client.info("memory")["used_memory"] - before
        await backend.close()
        server.stop()
    return {"urls": urls, "bytes_url": sets / urls, "bytes_url_all": total / urls, "false_positives": urls - new}


def main() -> int:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=6_000)
    parser.add_argument("--urls", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=100_000, help="of the crawl whose memory is looked at")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    opts = parser.parse_args()
    SPAWN.set_forkserver_preload(["travelcrawl.frontier.scheduler", "scrapy.core.engine"])
    contenders: dict[str, Callable[[], dict[str, Any]]] = {
        "scrapy, in memory": lambda: crawl("scrapy", opts.pages),
        "scrapy-redis 0.9.1": lambda: crawl("scrapy-redis, Scrapy's defaults", opts.pages),
        "scrapy-redis 0.9.1, our engine settings": lambda: crawl("scrapy-redis", opts.pages),
        "ours": lambda: crawl("ours", opts.pages),
        "ours, two workers": lambda: crawl("ours", 2 * opts.pages, 2),
        "ours, 50 ms a page": lambda: crawl("ours, 50 ms a page", opts.pages // 2),
        "ours, 50 ms a page, two workers": lambda: crawl("ours, 50 ms a page", opts.pages, 2),
    }
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    for _ in range(opts.runs):
        for name, run in contenders.items():
            runs[name].append(run())
            print(f"{name}: {runs[name][-1]}", file=sys.stderr)
    rates = {name: statistics.median(run["pages_s"] for run in found) for name, found in runs.items()}
    long = crawl("flat", opts.requests)
    result = {
        "pages_s": {name: round(rate) for name, rate in rates.items()},
        "of_scrapy_redis": round(rates["ours"] / rates["scrapy-redis 0.9.1"], 2),
        "of_scrapy_redis_with_our_engine_settings": round(
            rates["ours"] / rates["scrapy-redis 0.9.1, our engine settings"], 2
        ),
        "of_scrapy_in_memory": round(rates["ours"] / rates["scrapy, in memory"], 2),
        "two_of_one": round(rates["ours, two workers"] / rates["ours"], 2),
        "two_of_one_50_ms": round(rates["ours, 50 ms a page, two workers"] / rates["ours, 50 ms a page"], 2),
        **{
            figure: {name: round(statistics.median(run[figure] for run in found), 2) for name, found in runs.items()}
            for figure in ("cpu_ms_page", "redis_us_page", "redis_cpu_us_page")
        },
        "seen": asyncio.run(seen(opts.urls)),
        "worker_mib": {"at": [mark for mark in MARKS if mark <= opts.requests], "is": long["memory"]},
    }
    show(result, as_json=opts.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
