"""What the access layer costs on a friendly site: ``python -m bench.access [--pages N] [--runs N] [--json]``.

One spider, one server on loopback in a process of its own, once as Scrapy has it and once with the add-on: budgets, egress health,
sessions, identities, cookies, verdicts and robots.txt. Both with the engine settings of this project, which are faster than Scrapy's.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httptools
import scrapy
import uvloop
from scrapy.crawler import AsyncCrawlerProcess

from bench._figures import show

BODY = b"<html><head><title>a place</title></head><body>" + b"<p>page of a travel site</p>" * 160 + b"</body></html>"
SPAWN = multiprocessing.get_context("forkserver")


class Friendly(asyncio.Protocol):
    """Answers every request with the same page, 4.5 kB."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport: Any = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Read."""
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """Tell a robots.txt from a page."""
        self.body = b"User-agent: *\nDisallow: /private\n" if url == b"/robots.txt" else BODY

    def on_message_complete(self) -> None:
        """Answer."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(self.body)}\r\n\r\n"
        self.transport.write(head.encode() + self.body)


async def _serve(ports: Any) -> None:
    server = await asyncio.get_running_loop().create_server(Friendly, "127.0.0.1", 0, backlog=1024)
    ports.put(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def serve(ports: Any) -> None:
    """Serve until killed; tell the port."""
    uvloop.run(_serve(ports))


class Places(scrapy.Spider):
    """Fetches numbered pages; each gives an item of address and title."""

    name = "places"
    root = ""
    last = 0

    async def start(self) -> AsyncIterator[Any]:
        """Begin."""
        for number in range(self.last):
            yield scrapy.Request(f"{self.root}/{number}")

    def parse(self, response: Any) -> Iterator[Any]:
        """Give an item."""
        yield {"url": response.url, "title": response.css("title::text").get()}


COMMON: dict[str, Any] = {
    "ASYNCIO_EVENT_LOOP": "uvloop.Loop",
    "CONCURRENT_ITEMS": 1,
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "ROBOTSTXT_OBEY": True,
    "LOG_LEVEL": "ERROR",
}
KINDS: dict[str, dict[str, Any]] = {
    "scrapy": {},
    "with access": {"ADDONS": {"travelcrawl.middlewares.addon.AccessAddon": 200}},
}


def work(kind: str, root: str, pages: int, results: Any) -> None:
    """Crawl; tell the seconds between the first and the last page, how many came, and the processor time they took."""
    at: list[tuple[float, float]] = []
    process = AsyncCrawlerProcess(COMMON | KINDS[kind])
    crawler = process.create_crawler(Places)
    crawler.signals.connect(lambda: at.append((time.perf_counter(), _cpu())), scrapy.signals.item_scraped, weak=False)
    process.crawl(crawler, root=root, last=pages)
    process.start()
    results.put((at[-1][0] - at[0][0], len(at), at[-1][1] - at[0][1]))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def crawl(kind: str, pages: int) -> dict[str, float]:
    """Crawl a server of its own and return pages per second and the processor's milliseconds for a page."""
    answers = SPAWN.SimpleQueue()
    server = SPAWN.Process(target=serve, args=(answers,), daemon=True)
    server.start()
    root = f"http://127.0.0.1:{answers.get()}"
    worker = SPAWN.Process(target=work, args=(kind, root, pages, answers))
    worker.start()
    seconds, count, cpu = answers.get()
    worker.join()
    server.kill()
    server.join()
    if count != pages:
        raise RuntimeError(f"{kind}: {count} of {pages} pages")
    return {"pages_s": (count - 1) / seconds, "cpu_ms_page": cpu / (count - 1) * 1000}


def main() -> int:
    """Measure both in turn and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=4_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    opts = parser.parse_args()
    SPAWN.set_forkserver_preload(["travelcrawl.middlewares.addon", "scrapy.core.engine"])
    runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for _ in range(opts.runs):
        for kind, found in runs.items():
            found.append(crawl(kind, opts.pages))
            print(f"{kind}: {found[-1]}", file=sys.stderr)
    result: dict[str, Any] = {
        figure: {kind: round(statistics.median(run[figure] for run in found), 3) for kind, found in runs.items()}
        for figure in ("pages_s", "cpu_ms_page")
    }
    # The ratio of each pair, which ran one after the other, so that what else the machine did weighs on both.
    pairs = zip(runs["scrapy"], runs["with access"], strict=True)
    costs = [(ours["cpu_ms_page"] / bare["cpu_ms_page"], bare["pages_s"] / ours["pages_s"]) for bare, ours in pairs]
    result["cost_percent"] = round(100 * (statistics.median(rate for _, rate in costs) - 1), 1)
    result["cost_percent_cpu"] = round(100 * (statistics.median(cpu for cpu, _ in costs) - 1), 1)
    show(result, as_json=opts.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
