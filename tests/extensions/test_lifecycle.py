"""How a crawl that is told to stop ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scrapy import Spider
from scrapy.utils.test import get_crawler

from sandbox.client import running
from tests import programs
from tests.waiting import wait_until
from travelcrawl.extensions.lifecycle import Lifecycle
from travelcrawl.frontier.sqlite import SqliteBackend

ROOT = Path(__file__).parents[2]


async def depth(path: Path) -> tuple[int, int]:
    backend = SqliteBackend(path, "mafengwo")
    await backend.attach()
    found = await backend.depth()
    await backend.close()
    return found.waiting, found.leased


async def test_pages_in_browsers_that_would_outlast_the_grace_are_closed() -> None:
    closed = asyncio.Event()

    async def close() -> None:
        closed.set()

    crawler: Any = get_crawler(Spider)
    crawler.engine = SimpleNamespace(_slot=None)
    crawler.get_downloader_middleware = lambda _: SimpleNamespace(close=close)
    crawler.crawling = True
    one = Lifecycle(crawler, grace=0.2)
    one.spider_opened(Spider(name="demo"))
    await asyncio.sleep(0.3)
    assert not closed.is_set()
    crawler.crawling = False
    await asyncio.wait_for(closed.wait(), 5)
    await one.spider_closed(Spider(name="demo"), "shutdown")


def test_an_orderly_end(tmp_path: Path) -> None:
    with running(size=40) as web:
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TRAVELCRAWL_")},
            **web.env,
            "TRAVELCRAWL_STORE": str(tmp_path / "travel.gpkg"),
            "TRAVELCRAWL_SECRET_FILE": str(tmp_path / "secret"),
            "TRAVELCRAWL_METRICS_PORT": "0",
            "TRAVELCRAWL_RATE": "0.7",
            "JOBDIR": str(tmp_path / "frontier"),
        }
        program = programs.Program("-m", "scrapy", "crawl", "mafengwo", "-a", "city=成都", cwd=ROOT, env=env)

        def working() -> list[Path]:
            assert program.poll() is None, program.communicate()
            found = [*(tmp_path / "frontier").glob("*.sqlite")]
            return found if found and asyncio.run(depth(found[0]))[1] >= 3 else []

        found = wait_until(working, pause=0.1)
        program.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        _, said = program.communicate(60)
    assert time.monotonic() - begun < 40
    assert program.returncode == 1
    assert "Traceback" not in said
    order = [
        "service started: mafengwo",
        "shutdown signal received: ",
        "Closing spider (shutdown)",
        "service stopped: shutdown",
    ]
    assert [line for line in order if line in said] == order
    waiting, leased = asyncio.run(depth(found[0]))
    assert (waiting > 0, leased) == (True, 0)
    # All that was read is stored: what the crawl scraped is what the store took.
    assert re.search(r"'processed/store/success': (\d+)", said)
    assert "were not stored" not in said
