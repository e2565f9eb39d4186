"""A thousand pages in browsers: ``python -m bench.browser [--pages N] [--hanging N] [--alone] [--json]``.

Pages build themselves by a program and are asked for by 24 sessions, through a proxy; some hang. Measured are the memory of all
processes under the crawl (PSS) in ten windows of equally many pages, what a hanging page costs, and whether a page or a process is left
at the end; beside it scrapy-playwright as its README says, which keeps one browser.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import psutil
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

from bench._figures import show
from travelcrawl.middlewares.browser import BrowserMiddleware

SESSIONS = 24
WINDOWS = 10
TIMEOUT = 8.0
"""Seconds a page may take here."""
PAGE = """<!doctype html><title>page</title><div id="app"></div><script>
const kept = Array.from({length: 200000}, (_, i) => ({i}));
document.getElementById('app').innerHTML = kept.slice(0, 2000).map(one => '<p class="row">' + one.i + '</p>').join('');
</script>"""
OURS: dict[str, Any] = {
    "DOWNLOADER_MIDDLEWARES": {"bench.browser.Timed": 950},
    "TRAVELCRAWL_BROWSER": "auto",
    "TRAVELCRAWL_CHROMIUM": "",
    "TRAVELCRAWL_CA_FILE": "",
    "BROWSER_MAX_CONCURRENCY": 2,
    "BROWSER_PAGE_TIMEOUT": TIMEOUT,
    "BROWSER_TASK_TIMEOUT": 720,
    "BROWSER_MAX_FETCH_COUNT": 120,
    "BROWSER_BLOCK": "image,font,media",
    "MAX_TASKS": 50,
}
HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
PEER: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {"http": HANDLER, "https": HANDLER},
    "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]},
    "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 2,
    "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 1000 * TIMEOUT,
}
COMMON = {
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "CONCURRENT_REQUESTS": 2,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "LOG_LEVEL": "ERROR",
}


class Timed(BrowserMiddleware):
    """Ours, and how long a hanging page took and how many others were done meanwhile."""

    async def _fetch(self, request: scrapy.Request) -> scrapy.http.Response:
        spider = self.crawler.spider
        begun, done = time.monotonic(), spider.done
        try:
            return await super()._fetch(request)
        finally:
            if "/hang" in request.url:
                spider.hung.append((time.monotonic() - begun, spider.done - done))


class Pages(scrapy.Spider):
    """Ask for pages, some of which hang, and look at the memory meanwhile."""

    name = "pages"

    def __init__(self, who: str, pages: int, hanging: int, proxy: str, found: dict[str, Any]) -> None:
        super().__init__()
        self.who, self.pages, self.hanging, self.proxy, self.found = who, pages, hanging, proxy, found
        self.done = 0
        self.hung: list[tuple[float, int]] = []
        self.memory: list[tuple[int, int]] = []

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Yield the requests, hanging ones spread among them."""
        self.watch = asyncio.create_task(self._watch())
        every = self.pages // self.hanging if self.hanging else 0
        for number in range(self.pages):
            hangs = every and number % every == every // 2
            path = "hang" if hangs else "page"
            session = number % SESSIONS
            yield scrapy.Request(f"http://app.example/{path}?{number}", meta=self._meta(session), errback=self.failed)

    def _meta(self, session: int) -> dict[str, Any]:
        if self.who == "ours":
            return {"browser": {"until": "load"}, "proxy": self.proxy, "cookiejar": session}
        context = {"proxy": {"server": self.proxy}}
        return {"playwright": True, "playwright_context": f"{session}", "playwright_context_kwargs": context}

    def parse(self, response: scrapy.http.Response) -> None:
        """Count a page that has been built."""
        self.found["rows"] += len(response.css("p.row")) == 2000
        self._count()

    def failed(self, failure: Any) -> None:
        """Note a page that failed and should not have."""
        if "/hang" not in failure.request.url:
            self.found["errors"].append(repr(failure.value))
        self._count()

    def _count(self) -> None:
        self.done += 1
        self.found["seconds"] = time.monotonic() - self.began

    async def _watch(self) -> None:
        self.began = time.monotonic()
        while True:
            self.memory.append((self.done, await asyncio.to_thread(memory)))
            await asyncio.sleep(2)

    def closed(self, reason: str) -> None:
        """Sum up."""
        self.watch.cancel()
        size = max(1, self.pages // WINDOWS)
        windows = [[used for done, used in self.memory if done // size == number] for number in range(WINDOWS)]
        self.found["memory_mib"] = [round(statistics.median(found) / 2**20) for found in windows if found]
        self.found["peak_mib"] = round(max(used for _, used in self.memory) / 2**20)
        self.found["reason"] = reason
        self.found["hung"] = self.hung
        stats = self.crawler.stats.get_stats()
        self.found["stats"] = {name: value for name, value in stats.items() if name.startswith("browser/")}


def memory() -> int:
    """Return the PSS of all processes under this one, in bytes."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def run(who: str, pages: int, hanging: int, proxy: str) -> dict[str, Any]:
    """Crawl in this process and return what was found."""
    found: dict[str, Any] = {"rows": 0, "errors": [], "seconds": 0.0}
    process = AsyncCrawlerProcess({**COMMON, **(OURS if who == "ours" else PEER)})
    process.crawl(Pages, who=who, pages=pages, hanging=hanging, proxy=proxy, found=found)
    process.start()
    found["processes_left"] = len(psutil.Process().children(recursive=True))
    return found


def crawl(who: str, pages: int, hanging: int, proxy: str) -> dict[str, Any]:
    """Crawl in a process of its own."""
    command = [sys.executable, "-m", "bench.browser", "--run", who, "--proxy", proxy]
    command += ["--pages", str(pages), "--hanging", str(hanging)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    print(f"{who}: {found}", file=sys.stderr)
    return found


async def serve() -> None:
    """Answer as a proxy for every host, until standard input ends."""
    hanging = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) and b"/hang" not in head.partition(b"\r\n")[0]:
                body = PAGE.encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body))
                writer.write(body)
                await writer.drain()
            await hanging.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    hanging.set()


def flatness(windows: list[int]) -> float:
    """Return by how much the windows after the first differ: the largest over the smallest, less 1."""
    return round(max(windows[1:]) / min(windows[1:]) - 1, 3)


def main() -> int:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--hanging", type=int, default=4)
    parser.add_argument("--alone", action="store_true", help="without scrapy-playwright beside it")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", choices=["ours", "peer", "serve"], help=argparse.SUPPRESS)
    parser.add_argument("--proxy", default="", help=argparse.SUPPRESS)
    opts = parser.parse_args()
    if opts.run == "serve":
        asyncio.run(serve())
        return 0
    if opts.run:
        print(json.dumps(run(opts.run, opts.pages, opts.hanging, opts.proxy)))
        return 0
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.browser", "--run", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    assert server.stdin
    proxy = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    try:
        ours = crawl("ours", opts.pages, opts.hanging, proxy)
        peer = None if opts.alone else crawl("peer", opts.pages, 0, proxy)
    finally:
        server.stdin.close()
        server.wait()
    both = {"ours": ours, **({"scrapy-playwright": peer} if peer else {})}
    result = {
        "pages": opts.pages,
        "built": {name: one["rows"] for name, one in both.items()},
        "failed": {name: len(one["errors"]) for name, one in both.items()},
        "pages_s": {name: round(opts.pages / one["seconds"], 1) for name, one in both.items()},
        "memory_mib": {name: one["memory_mib"] for name, one in both.items()},
        "memory_differs_by": {name: flatness(one["memory_mib"]) for name, one in both.items()},
        "peak_mib": {name: one["peak_mib"] for name, one in both.items()},
        "browsers": ours["stats"]["browser/launched"],
        "pages_left_open": ours["stats"]["browser/open"],
        "processes_left": ours["processes_left"],
        "hanging": {
            "pages": opts.hanging,
            "timeout": TIMEOUT,
            "seconds": [round(seconds, 1) for seconds, _ in ours["hung"]],
            "others_done_meanwhile": [others for _, others in ours["hung"]],
        },
    }
    show(result, as_json=opts.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
