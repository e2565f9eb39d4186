"""Crawl under chaos: python -m tools.chaos [--pages N] [--rounds N] [--peer] [--json].

Four workers crawl a numbered site. A random one is killed every two seconds, Redis is killed and started again twice (its
append-only file stays), the store is stalled and killed, and the network to Redis hangs once for longer than a lease. At the
end nothing may be missing, double, or held, and the only dead letters are those of pages that are gone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import redis

from tools.chaos.site import Relay, Site, is_gone
from tools.chaos.worker import Task
from tools.chaos.worker import main as work
from tools.servers import RedisServer, free_port

WORKERS = 4
QUEUE = "numbers:requests:chaos"
LIFE = {"TRAVELCRAWL_LEASE": 3, "TRAVELCRAWL_CRAWL_ID": "chaos"}
SPAWN = multiprocessing.get_context("forkserver")
STILL = 60.0
"""Seconds without a new row after which a crawl is taken for hung (a lease is 3 s)."""


class Round:
    """One crawl and what is done to it."""

    def __init__(self, kind: str, pages: int, folder: Path, seed: int) -> None:
        self.kind, self.pages, self.folder = kind, pages, folder
        self.random = random.Random(seed)
        self.asked: Counter[int] = Counter()
        self.redis = RedisServer(folder)
        self.items = folder / "items.sqlite"
        self.store_port = free_port()
        self.workers: list[Any] = []
        self.counts: Counter[str] = Counter()
        self.gone = {number for number in range(1, pages + 1) if is_gone(number, pages)}

    async def run(self) -> dict[str, Any]:
        """Crawl to the end and say what came of it."""
        loop = asyncio.get_running_loop()
        self.redis.start()
        self.relay = Relay(self.redis.port)
        relay = await asyncio.start_server(self.relay.serve, "127.0.0.1", 0)
        site = await loop.create_server(lambda: Site(self.asked, self.pages, 0.01), "127.0.0.1", 0)
        self.redis_url = f"redis://127.0.0.1:{relay.sockets[0].getsockname()[1]}/0"
        self.site_url = f"http://127.0.0.1:{site.sockets[0].getsockname()[1]}"
        self.store = await self._start_store()
        if self.kind == "scrapy-redis":
            with closing(self.redis.connect()) as client:
                client.rpush("numbers:start_urls", f"{self.site_url}/1")
        began = time.monotonic()
        self.workers = [self._start_worker() for _ in range(WORKERS)]
        troubles = asyncio.gather(self._kill_workers(), self._trouble())
        hung = await self._supervise()
        troubles.cancel()
        await asyncio.gather(troubles, return_exceptions=True)
        seconds = time.monotonic() - began
        result = {"kind": self.kind, "pages": self.pages, "seconds": round(seconds, 1), "hung": hung, **self._outcome()}
        for server in (site, relay):
            server.close()
        # The crawl may have ended while the store was being killed anyway.
        with suppress(ProcessLookupError):
            self.store.kill()
        await self.store.wait()
        self.redis.stop()
        return result

    def _outcome(self) -> dict[str, Any]:
        """Look at what is left."""
        with closing(sqlite3.connect(self.items)) as db:
            rows = Counter(n for (n,) in db.execute("SELECT n FROM items"))
        with closing(self.redis.connect()) as client:
            letters = {json.loads(text)["url"] for text in client.hvals(f"{QUEUE}:letters")}
            leases = client.hlen(f"{QUEUE}:entries") + len(client.keys(f"{QUEUE}:held:*"))
        buried = {int(url.rpartition("/")[2]) for url in letters}
        wanted = set(range(1, self.pages + 1)) - self.gone
        again = sum(self.asked.values()) - len(self.asked)
        return {
            "missing": len(wanted - set(rows)),
            "double": sum(rows.values()) - len(rows),
            "leases": leases,
            "false_letters": len(buried - self.gone),
            "letters_missing": len(self.gone - buried) if self.kind == "ours" else None,
            "fetched_again": again,
            **self.counts,
        }

    # Processes

    def _start_worker(self) -> Any:
        log = str(self.folder / "workers.log")
        task = Task(self.kind, self.site_url, self.redis_url, self.store_port, self.pages, LIFE, log)
        process = SPAWN.Process(target=work, args=(task,))
        process.start()
        return process

    async def _start_store(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tools.chaos.store", str(self.store_port), str(self.items)
        )

    async def _supervise(self) -> bool:
        """Start again what was killed or failed, until all have ended by themselves or nothing moves; say whether it hung."""
        rows, since = 0, time.monotonic()
        while any(worker.is_alive() for worker in self.workers):
            await asyncio.sleep(0.1)
            for place, worker in enumerate(self.workers):
                if worker.exitcode not in (None, 0):
                    self.workers[place] = self._start_worker()
            if self._rows() > rows:
                rows, since = self._rows(), time.monotonic()
            if time.monotonic() - since > STILL:
                for worker in self.workers:
                    worker.kill()
                    worker.join()
                return True
        return False

    def _rows(self) -> int:
        try:
            with closing(sqlite3.connect(self.items)) as db:
                return int(db.execute("SELECT count(*) FROM items").fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    def _is_nearly_done(self) -> bool:
        return self._rows() >= self.pages - len(self.gone)

    # Trouble

    async def _kill_workers(self) -> None:
        while True:
            await asyncio.sleep(2)
            alive = [worker for worker in self.workers if worker.is_alive() and self._is_at_work(worker.pid)]
            if alive and not self._is_nearly_done():
                self.random.choice(alive).kill()
                self.counts["workers_killed"] += 1

    def _is_at_work(self, pid: int) -> bool:
        """Say whether a worker has begun: the frontier cannot count the deaths of those it has never heard of."""
        if self.kind != "ours" or self.redis.process is None:
            return True
        with closing(self.redis.connect()) as client:
            try:
                return any(f"-{pid}-".encode() in name for name in client.zrange(f"{QUEUE}:workers", 0, -1))
            except redis.exceptions.RedisError:
                return True

    async def _trouble(self) -> None:
        # Redis first: while the store is down or the network hangs, what is leased is fetched on, and of a short crawl nothing may be
        # left after it: its second restart, after the store's, was missing in 2 of 13 crawls of 400 pages (2026-11-30).
        for share, trouble in (
            (0.15, self._restart_redis),
            (0.3, self._restart_redis),
            (0.45, self._stall_store),
            (0.6, self._restart_store),
            (0.8, self._hang_network),
        ):
            await self._reached(share)
            await trouble()

    async def _reached(self, share: float) -> None:
        rows = 0
        while rows < share * self.pages:
            await asyncio.sleep(0.05)
            rows = self._rows()

    async def _restart_redis(self) -> None:
        self.redis.stop()
        # Counted before it is back: a short crawl may end, and this with it, in the moment in which it is (2026-11-29).
        self.counts["redis_restarts"] += 1
        await asyncio.sleep(1)
        await asyncio.to_thread(self.redis.start)

    async def _stall_store(self) -> None:
        os.kill(self.store.pid, signal.SIGSTOP)
        await asyncio.sleep(3)
        os.kill(self.store.pid, signal.SIGCONT)
        self.counts["store_stalls"] += 1

    async def _restart_store(self) -> None:
        self.store.kill()
        await self.store.wait()
        await asyncio.sleep(1)
        self.store = await self._start_store()
        self.counts["store_restarts"] += 1

    async def _hang_network(self) -> None:
        self.relay.open.clear()
        await asyncio.sleep(4)
        self.relay.open.set()
        self.counts["network_pauses"] += 1


def is_whole(result: dict[str, Any]) -> bool:
    """Say whether a crawl lost, doubled and left nothing."""
    wrong = ("missing", "double", "leases", "false_letters", "letters_missing", "hung")
    return not any(result[name] for name in wrong)


def main() -> int:
    """Run the rounds; exit status 1 where one of ours was not whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peer", action="store_true", help="scrapy-redis 0.9.1 beside it")
    opts = parser.parse_args()
    SPAWN.set_forkserver_preload(["tools.chaos.worker", "travelcrawl.frontier.scheduler", "scrapy.core.engine"])
    failed = 0
    for number in range(opts.rounds):
        for kind in ("ours", "scrapy-redis") if opts.peer and not number else ("ours",):
            with tempfile.TemporaryDirectory() as folder:
                result = asyncio.run(Round(kind, opts.pages, Path(folder), opts.seed + number).run())
                if kind == "ours" and not is_whole(result):
                    failed += 1
                    sys.stderr.write((Path(folder) / "workers.log").read_text(errors="replace")[-20_000:])
            print(json.dumps(result), flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
