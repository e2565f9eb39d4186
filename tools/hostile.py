"""The hostile bench on a clock that jumps: ``python -m tools.hostile [--seed N …] [--mixture NAME …] [--rates unknown]``.

The crawl is the real one: Scrapy with our add-on, the spider of the bench, the web and the misbehaviour of the sandbox. Only the wire is
not there, and time does not pass where nothing happens: two minutes take as long as the processor works for them, and are the same however
busy the machine is. ``--mixture drawn`` makes a mixture up from the seed. Prints, beside what the bench does, what the requests went on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import selectors
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any

NOW = [1_000.0]
EPOCH = 1_795_000_000.0
"""What the wall clock says at the beginning."""
time.monotonic = lambda: NOW[0]
time.time = lambda: EPOCH + NOW[0]
# Clocks are taken from ``time`` as modules are imported: they have to be ours by then.

import attrs  # noqa: E402
from scrapy import Request as ScrapyRequest  # noqa: E402
from scrapy.core.downloader.handlers.base import BaseDownloadHandler  # noqa: E402
from scrapy.core.downloader.handlers.http11 import TunnelError  # noqa: E402
from scrapy.crawler import AsyncCrawlerProcess  # noqa: E402
from scrapy.exceptions import (  # noqa: E402
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response  # noqa: E402
from scrapy.responsetypes import responsetypes  # noqa: E402

import sandbox.hostile as hostile  # noqa: E402
import travelcrawl.middlewares.verdict as verdict  # noqa: E402
from bench.hostile import _judge  # noqa: E402
from bench.hostile_peers.job import Job  # noqa: E402
from bench.hostile_peers.ours import settings  # noqa: E402
from bench.hostile_peers.spider import Places  # noqa: E402
from sandbox.foreign_sites import NOWHERE, foreign_web  # noqa: E402
from sandbox.hostile_sites import Weather  # noqa: E402
from sandbox.http import Reply, Request  # noqa: E402
from sandbox.web import Web  # noqa: E402
from travelcrawl.access.egress import parse_egresses  # noqa: E402
from travelcrawl.access.shown import Shown  # noqa: E402
from travelcrawl.middlewares.handler import IDLE  # noqa: E402
from travelcrawl.middlewares.opinions import LAST_TRY  # noqa: E402

# A Retry-After that is a date is read by it.
verdict._utc_now = lambda: datetime.fromtimestamp(time.time(), UTC)
ROUND = 1e-5


class Jump(selectors.DefaultSelector):
    """Waits by setting the clock."""

    def select(self, timeout: float | None = None) -> Any:
        """Return at once."""
        found = super().select(0)
        # A round of the loop takes a little: a timer that is due within the clock's resolution would be asked for again without end.
        NOW[0] += ROUND if found or not timeout else max(timeout, ROUND)
        return found


class Loop(asyncio.SelectorEventLoop):
    """Whose time is ours."""

    def __init__(self) -> None:
        super().__init__(Jump())


class Memory(Job):
    """Keeps items in memory."""

    def keep(self, item: dict[str, Any]) -> None:
        """Keep."""
        ROWS.append(item)


ROWS: list[dict[str, Any]] = []


class World:
    """The web of a setting and what has happened to it."""

    def __init__(self, seed: int, mixture: str, size: int, hosts: tuple[str, ...] = ()) -> None:
        self.foreign = foreign_web(seed, size, hosts)
        sites = {site.host: site for site in self.foreign.sites}
        self.plan = drawn(seed, list(sites)) if mixture == "drawn" else hostile.plan(seed, mixture, list(sites))

        def lie(request: Request, salt: str) -> Reply:
            return sites[request.host].lie(request, salt)

        self.web = Web(
            NOWHERE, self.plan.behaviours(lie, lambda host: host, lambda: NOW[0]), dialects=self.foreign.sites
        )
        self.random = Random(seed)
        self.proxies = [
            f"http://{one.user}:{one.password}@127.0.0.1:19999" if one.user else f"http://127.0.0.1:{20000 + number}"
            for number, one in enumerate(self.plan.exits)
        ]
        self.exits = {
            egress.label: one
            for egress, one in zip(parse_egresses(",".join(self.proxies)), self.plan.exits, strict=True)
        }
        self.idle: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.spent: Counter[str] = Counter()
        """What requests went on."""
        self.answered: set[str] = set()
        self.log: list[tuple[Any, ...]] = []


WORLD: dict[int, World] = {}
"""The one of this process."""


class Wire(BaseDownloadHandler):
    """Answers in place of the network."""

    async def download_request(self, request: ScrapyRequest) -> Response:
        """Answer as the egress of a request does."""
        exit_ = WORLD[0].exits[request.meta["egress"]]
        began, url = NOW[0], request.url
        parts = Request(
            method=request.method,
            scheme=url.partition(":")[0],
            host=url.split("/")[2],
            target="/" + url.split("/", 3)[3],
            egress=exit_.name,
            body=request.body,
        )
        try:
            async with asyncio.timeout(request.meta["download_timeout"]):
                response = await self._fetch(request, parts, exit_)
        except TimeoutError:
            error: Exception | None = DownloadTimeoutError(f"{url} took longer than that")
        except Exception as one:
            error = one
        else:
            error = None
        self._enter(request, parts, error)
        what = type(error).__name__ if error else str(response.status)
        purpose = "opinion" if _is_opinion(request) else f"page{request.meta.get('tries', 0)}"
        line = (began - 1000, NOW[0] - 1000, parts.host, exit_.name, exit_.kind, what, self.what, parts.target, purpose)
        WORLD[0].log.append(line)
        if error:
            raise error
        request.meta["download_latency"] = NOW[0] - began
        return response

    def _enter(self, request: ScrapyRequest, parts: Request, error: Exception | None) -> None:
        mark = request.meta.pop("_mark", "")
        what = mark or ("dead" if error else "")
        is_opinion = _is_opinion(request)
        if parts.path == "/robots.txt":
            what = "robots"
        elif what and what != "decoy":
            what = f"{'opinion ' if is_opinion else ''}{what}"
        elif is_opinion:
            what = "opinion " + ("decoy" if mark else "ok")
        elif request.url in WORLD[0].answered:
            what = "again " + ("decoy" if mark else "ok")
        else:
            what = "page " + ("decoy" if mark else "ok")
            WORLD[0].answered.add(request.url)
        WORLD[0].spent[what] += 1
        self.what = what

    async def _fetch(self, request: ScrapyRequest, parts: Request, exit_: Any) -> Response:
        web, wait = WORLD[0].web, WORLD[0].random.uniform(0.004, 0.02)
        if exit_.kind == "dead":
            await asyncio.sleep(0.002)
            raise DownloadConnectionRefusedError("refused")
        key = (exit_.name, parts.host)
        pool = WORLD[0].idle[key]
        while pool and pool[0] < NOW[0] - IDLE:
            pool.pop(0)
        if pool:
            pool.pop()
        elif parts.scheme == "https":
            connect = Request(method="CONNECT", host=parts.host, target="", egress=exit_.name)
            await asyncio.sleep(wait)
            refusal = self._marked(request, lambda: web.refuses(connect))
            if refusal is not None:
                await self._misbehave(refusal)
                raise TunnelError(str(refusal.status))
        await asyncio.sleep(wait)
        reply = self._marked(request, lambda: web.answer(parts))
        await self._misbehave(reply)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.cut is not None:
            raise ResponseDataLossError("cut")
        pool.append(NOW[0])
        headers = Headers(dict(reply.headers))
        kind = responsetypes.from_args(headers=headers, url=request.url, body=reply.body)
        return kind(url=request.url, status=reply.status, headers=headers, body=reply.body, request=request)

    def _marked(self, request: ScrapyRequest, do: Any) -> Any:
        before = Counter(WORLD[0].web.books.faults)
        reply = do()
        marks = [*(Counter(WORLD[0].web.books.faults) - before)]
        if marks := [mark for mark in marks if mark != "slow"]:
            request.meta["_mark"] = marks[-1]
        return reply

    async def _misbehave(self, reply: Reply) -> None:
        if reply.hangs:
            await asyncio.sleep(1e6)
        if reply.resets:
            raise DownloadFailedError("reset")


def _is_opinion(request: ScrapyRequest) -> bool:
    return bool(request.meta.get("tries") == LAST_TRY)


def drawn(seed: int, sites: list[str]) -> Any:
    """Return a plan whose mixture, limits and weather are drawn."""
    rng = Random(f"drawn {seed}")
    kinds: Counter[str] = Counter()
    most = rng.randint(6, 12)
    pool = ["dead", "hanging", "locked", "slow", "flapping", "breaking", "banned", *hostile.LIARS, *hostile.LIARS]
    for _ in range(hostile.EGRESSES - most):
        kinds[rng.choice(pool)] += 1
    kinds["gateway"] = rng.randint(0, 3)
    shares: dict[str, Any] = {
        name: rng.choice((0.0, 0.005, 0.01, 0.02))
        for name in ("unavailable", "resets", "truncated", "script_only", "hollow", "challenged")
    }
    weather = Weather(**shares)
    mixture = hostile.Mixture(
        egresses=kinds, rate=rng.choice((0.4, 0.6, 1.0, 2.0)), weather=weather, ban_after=rng.choice((5, 10, 15))
    )
    hostile.MIXTURES["drawn"] = mixture  # type: ignore[index]
    made = hostile.plan(seed, "drawn", sites)
    limits = {
        site: attrs.evolve(
            limit,
            rate=mixture.rate * rng.choice((1.0, 1.0, 2.0)),
            burst=rng.choice((1, 2, 2, 4, 8)),
            window=rng.choice((0.0, 0.0, 5.0, 10.0, 20.0)),
            wait=rng.choice((1.0, 2.0, 5.0)),
            retry_after=rng.choice(("seconds", "date", "none")),
        )
        for site, limit in made.limits.items()
    }
    together = frozenset(site for site in sites if rng.random() < 0.5)
    return attrs.evolve(made, limits=limits, together=together)


def crawl(options: argparse.Namespace) -> dict[str, Any]:
    """Crawl once, in this process."""
    world = WORLD[0] = World(options.seed[0], options.mixture[0], options.size)
    rate = min(limit.rate for limit in world.plan.limits.values()) if options.rates == "known" else 0.0
    if options.blind:
        Shown.note = lambda *_: None  # type: ignore[method-assign]
    job = Memory(
        seeds=world.foreign.seeds, proxies=world.proxies, rate=rate, seconds=options.seconds, out="", ca_file=""
    )
    told = settings(job) | {
        "ASYNCIO_EVENT_LOOP": "tools.hostile.Loop",
        "DOWNLOAD_HANDLERS": {"http": "tools.hostile.Wire", "https": "tools.hostile.Wire"},
        "LOG_LEVEL": "WARNING" if options.verbose else "CRITICAL",
        "CONCURRENT_ITEMS": 4,
    }
    began, works = NOW[0], time.process_time()
    process = AsyncCrawlerProcess(told)
    crawler = process.create_crawler(Places)
    process.crawl(crawler, job=job)
    process.start()
    seconds = NOW[0] - began
    outcome = _judge(
        world.foreign, ROWS, world.web.books.report(), seconds, world.plan.ideal_seconds(world.foreign.pages)
    )
    stats = {
        key: value
        for key, value in crawler.stats.get_stats().items()
        if key.startswith(("agreement", "verdict", "given"))
    }
    if options.log:
        Path(f"{options.log}.{options.mixture[0]}.{options.seed[0]}").write_text(
            "\n".join(json.dumps(line) for line in world.log)
        )
    return {**vars(outcome), "spent": dict(world.spent), "stats": stats, "cpu": time.process_time() - works}


def main() -> int:
    """Crawl each setting in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--mixture", nargs="+", default=["even"])
    parser.add_argument("--size", type=int, default=1_500)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rates", choices=("known", "unknown"), default="known")
    parser.add_argument("--blind", action="store_true", help="links show nothing of the pages they lead to")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--one", action="store_true")
    parser.add_argument("--log", default="")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(crawl(options)))
        return 0
    settings_ = [(mixture, seed) for mixture in options.mixture for seed in options.seed]
    more = [
        f"--size={options.size}",
        f"--seconds={options.seconds}",
        f"--rates={options.rates}",
        f"--log={options.log}",
    ]
    more += ["--blind"] * options.blind + ["--verbose"] * options.verbose
    waiting = settings_[::-1]
    running: list[tuple[tuple[str, int], subprocess.Popen[str]]] = []
    results: dict[tuple[str, int], dict[str, Any]] = {}
    while waiting or running:
        while waiting and len(running) < options.jobs:
            mixture, seed = waiting.pop()
            command = [sys.executable, "-m", "tools.hostile", "--one", f"--seed={seed}", f"--mixture={mixture}", *more]
            running.append(((mixture, seed), subprocess.Popen(command, stdout=subprocess.PIPE, text=True)))
        key, process = running.pop(0)
        said, _ = process.communicate()
        if process.returncode:
            print(key, "failed")
            continue
        found = results[key] = json.loads(said.splitlines()[-1])
        print(
            f"{key[0]:>7}/{key[1]:<4} {found['right']:6.2f} % {found['decoys']:3} decoys {found['wrong']:3} wrong"
            f" {found['requests_per_page']:5.3f} req {found['violations_per_1000']:5.1f} viol {found['seconds']:6.1f} s"
            f" {found['of_ideal']:5.2f} x  cpu {found['cpu']:.0f}",
            flush=True,
        )
        if len(settings_) <= 3:
            print("   ", dict(sorted(found["spent"].items(), key=lambda one: -one[1])))
            print("   ", found["stats"])
    if results:
        total: Counter[str] = Counter()
        for found in results.values():
            total.update(found["spent"])
        n = len(results)
        print(
            f"mean of {n}:",
            " ".join(
                f"{name}={mean(r[name] for r in results.values()):.3f}"
                for name in (
                    "right",
                    "decoys",
                    "wrong",
                    "requests_per_place",
                    "requests_per_page",
                    "violations_per_1000",
                    "of_ideal",
                )
            ),
            "worst:",
            f"right={min(r['right'] for r in results.values())}",
            f"req={max(r['requests_per_page'] for r in results.values())}",
            f"viol={max(r['violations_per_1000'] for r in results.values())} ideal={max(r['of_ideal'] for r in results.values())}",
        )
        print("a page's requests:", {name: round(count / n / options.size, 4) for name, count in total.most_common()})
    return 0


if __name__ == "__main__":
    if "tools.hostile" not in sys.modules:
        sys.modules["tools.hostile"] = sys.modules["__main__"]
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
