"""What the machine, the database and Redis are at, for the metrics: asked beside the loop, by one process of a node."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from scrapy.settings import BaseSettings

from travelcrawl.errors import TravelcrawlError
from travelcrawl.extensions import checks
from travelcrawl.extensions.board import Board, Teller
from travelcrawl.frontier.server import redis_url

logger = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two looks at the machine."""
SERVERS_EVERY = 3
"""Looks at the machine for one at the servers."""
TABLES = tuple(Path("/proc/net") / name for name in ("tcp", "tcp6", "udp", "udp6"))
WINDOWS = ("1m", "5m", "15m")


class HostWatch:
    """Show the host's figures, and the connections that database and Redis have."""

    def __init__(self, board: Board, settings: BaseSettings) -> None:
        self.board = board
        self.teller = Teller(board)
        self.settings = settings
        self._task: asyncio.Future[None] | None = None
        network = psutil.net_io_counters()
        self._network = network.bytes_sent, network.bytes_recv
        # The first answer of psutil is no measurement.
        psutil.cpu_percent()

    def start(self) -> None:
        """Begin to look."""
        self._show_system()
        self._task = asyncio.ensure_future(self._run())

    def stop(self) -> None:
        """Stop."""
        if self._task:
            self._task.cancel()

    async def _run(self) -> None:
        count = 0
        while True:
            self.show(await asyncio.to_thread(connections))
            if count % SERVERS_EVERY == 0:
                await self._show_servers()
            count += 1
            await asyncio.sleep(EVERY)

    def show(self, sockets: int) -> None:
        """Show the machine as it is now."""
        show = self.board.show
        show("crawler_host_cpu_percent", psutil.cpu_percent())
        show("crawler_host_memory_percent", psutil.virtual_memory().percent)
        disk = psutil.disk_usage(os.getcwd())  # noqa: PTH109 (psutil wants text)
        show("crawler_host_disk_usage_percent", disk.percent)
        show("crawler_host_disk_free_bytes", disk.free)
        show("crawler_host_active_connections", sockets)
        for window, load in zip(WINDOWS, psutil.getloadavg(), strict=True):
            show("crawler_host_load_average", load, window=window)
        network = psutil.net_io_counters()
        for direction, now, first in zip(
            ("sent", "received"), (network.bytes_sent, network.bytes_recv), self._network, strict=True
        ):
            self.teller.total(direction, "crawler_host_network_bytes_total", now - first, direction=direction)

    async def _show_servers(self) -> None:
        if url := self.settings.get("TRAVELCRAWL_DATABASE_URL"):
            with suppress(TravelcrawlError, TimeoutError):
                async with asyncio.timeout(checks.PATIENCE):
                    for state, count in (await checks.database(url)).items():
                        self.board.show("crawler_db_connections", count, state=state)
        if redis_url(self.settings):
            with suppress(TravelcrawlError, TimeoutError):
                async with asyncio.timeout(checks.PATIENCE):
                    told = await checks.redis(self.settings)
                    self.board.show("crawler_redis_connections", told["clients"])

    def _show_system(self) -> None:
        self.board.show(
            "crawler_system_info",
            1,
            version=our_version(),
            environment=str(self.settings.get("APP_ENV") or "local"),
            python_version=platform.python_version(),
        )


def our_version() -> str:
    """Return the version that is installed; ``unknown`` of a folder or an egg."""
    try:
        return version("travelcrawl")
    except PackageNotFoundError:
        return "unknown"


def connections() -> int:
    """Return how many sockets of TCP and UDP there are.

    Linux's tables are counted, not read: psutil looks through the open files of every process for whose they are.
    """
    tables = [table for table in TABLES if table.exists()]
    if not tables:
        return len(psutil.net_connections(kind="inet"))
    return sum(table.read_bytes().count(b"\n") - 1 for table in tables)
