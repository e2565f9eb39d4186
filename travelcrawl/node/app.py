"""Scrapyd's application with ours around it: metrics, health, spiders that are started by the node itself, a drain at the end."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import Any
from uuid import uuid4

from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.project import get_project_settings
from scrapyd import app as scrapyds
from scrapyd.config import Config
from scrapyd.interfaces import IPoller, ISpiderScheduler
from scrapyd.webservice import spider_list
from twisted.application.service import IService, IServiceCollection, Service
from twisted.internet.defer import Deferred

from travelcrawl.errors import TravelcrawlError, UsageError
from travelcrawl.exports.mark import export_age
from travelcrawl.extensions.board import shared_board
from travelcrawl.extensions.checks import checks_of
from travelcrawl.extensions.host import HostWatch
from travelcrawl.extensions.serving import Pages, listen, stop_listening
from travelcrawl.frontier.crawls import crawls
from travelcrawl.node.config import check_address
from travelcrawl.node.launcher import Launcher, Stuck

logger = logging.getLogger(__name__)

PROJECT = "travelcrawl"
EVERY = 5.0
"""Seconds between two looks at queues and jobs."""
REST = 20
"""Times as long as a look took until the next: a Redis of a hundred crawls takes a connection for each."""


def application(config: Config) -> Any:
    """Return the node. Raises UsageError where it would listen to strangers."""
    check_address(config)
    app = scrapyds.application(config)
    node = Node(config, app, get_project_settings())
    node.setServiceParent(app)  # type: ignore[no-untyped-call]
    return app


class Node(Service):
    """What a node does beside running jobs.

    Settings, from the environment: ``TRAVELCRAWL_SPIDERS`` (spiders of which this node starts one job each, at once and
    whenever work for them waits and none runs), those of the metrics' server.
    """

    name = "node"

    def __init__(self, config: Config, app: Any, settings: BaseSettings) -> None:
        self.config = config
        self.app = app
        self.settings = settings
        self.spiders = [word for word in os.environ.get("TRAVELCRAWL_SPIDERS", "").replace(",", " ").split() if word]
        self.known = get_spider_loader(settings).list()
        if strange := sorted({*self.spiders} - {*self.known}):
            raise UsageError(f"TRAVELCRAWL_SPIDERS names {', '.join(strange)}; there are {', '.join(self.known)}")
        self.board = shared_board()
        self.host = HostWatch(self.board, settings)
        self.stuck = Stuck()
        self._trouble = ""
        self._port: Any = None
        self._task: asyncio.Future[None] | None = None

    @property
    def launcher(self) -> Launcher:
        """The launcher of the application."""
        services: Any = IServiceCollection(self.app)
        launcher: Launcher = services.getServiceNamed("launcher")
        return launcher

    def startService(self) -> None:  # noqa: N802 (Twisted's name)
        """Serve metrics, start the spiders and begin to look after them."""
        super().startService()  # type: ignore[no-untyped-call]
        pages = Pages(lambda: checks_of(self.settings), trouble=lambda: self._trouble)
        self._port = listen(pages, self.settings)
        self.host.start()
        # Scrapyd would run `scrapy list` at the first schedule.json, and answer nobody meanwhile: 2-17 s (2026-11-29).
        spider_list.cache[PROJECT][None] = [*self.known]
        for spider in self.spiders:
            self._schedule(spider)
        self._task = asyncio.ensure_future(self._run())

    def stopService(self) -> Deferred[None]:  # noqa: N802 (Twisted's name)
        """Drain, then stop serving: the last metrics can be scraped until all jobs have ended."""
        return deferred_from_coro(self._stop())

    async def _stop(self) -> None:
        if self._task:
            self._task.cancel()
        jobs = len(self.launcher.processes)
        logger.info("shutdown signal received: %d jobs have to end", jobs)
        if await self.launcher.drain(float(os.environ.get("TRAVELCRAWL_GRACE", "110"))):
            logger.info("all jobs have ended")
        self.host.stop()
        if self._port is not None:
            await stop_listening(self._port)
        super().stopService()  # type: ignore[no-untyped-call]

    async def _run(self) -> None:
        while True:
            begun = time.monotonic()
            try:
                self._show_jobs()
                await self._look_at_queues()
            except TravelcrawlError as error:
                logger.warning("%s", error)
            except Exception:
                # Without these looks nothing would be started, and nobody told that jobs are stuck.
                logger.exception("a look at queues and jobs failed")
            await asyncio.sleep(max(EVERY, REST * (time.monotonic() - begun)))

    def _pending(self) -> list[str]:
        """Return the spiders of the jobs that wait."""
        queues = self.app.getComponent(IPoller).queues.values()
        return [message["name"] for queue in queues for message in queue.list()]

    def _show_jobs(self) -> None:
        launcher, pending = self.launcher, len(self._pending())
        running = len(launcher.processes)
        for state, count in (("pending", pending), ("running", running), ("finished", launcher.ended)):
            self.board.show("crawler_node_jobs", count, state=state)
        self.board.show("crawler_node_slots", launcher.max_proc)
        if (age := export_age(self.settings)) is not None:
            self.board.show("crawler_export_age_seconds", age)
        is_stuck = self.stuck.look(pending, running, launcher.max_proc, time.monotonic())
        if is_stuck and not self._trouble:
            logger.error("%d jobs wait though places are free; the node should be started anew", pending)
        self._trouble = "stuck: jobs wait though places are free" if is_stuck else ""

    async def _look_at_queues(self) -> None:
        """Show what waits, also where no job runs, and start a spider for which something does."""
        waiting: dict[str, int] = {}
        async with crawls(self.settings, self.known) as found:
            depths = [(crawl.platform, await crawl.backend.depth()) for crawl in found]
        for platform in {platform for platform, _ in depths}:
            of_platform = [depth for name, depth in depths if name == platform]
            waiting[platform] = sum(depth.waiting + depth.seeds for depth in of_platform)
            for name, count in (
                ("tasks", waiting[platform]),
                ("processing", sum(depth.leased for depth in of_platform)),
                ("deadletter", sum(depth.dead for depth in of_platform)),
            ):
                self.board.show("crawler_queue_depth", count, name=name, platform=platform)
        busy = {*self._pending(), *(process.spider for process in self.launcher.processes.values())}
        for spider in self.spiders:
            if waiting.get(spider) and spider not in busy:
                self._schedule(spider)

    def _schedule(self, spider: str) -> None:
        """Put a job of a spider into the node's queue."""
        scheduler = self.app.getComponent(ISpiderScheduler)
        scheduler.schedule(PROJECT, spider, _job=uuid4().hex, settings={})
        logger.info("started by the node: %s", spider)


def service_of(app: Any) -> Any:
    """Return what starts and stops an application."""
    return IService(app)
