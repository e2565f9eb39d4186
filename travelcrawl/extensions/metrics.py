"""Metrics of a crawl for Prometheus: served by ``scrapy crawl`` itself, or by its Scrapyd node."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Sized
from typing import Any

import psutil
from itemadapter import ItemAdapter
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from travelcrawl.access.relief import Action
from travelcrawl.errors import BackendDown
from travelcrawl.exports.mark import export_age
from travelcrawl.extensions.board import Teller, is_shared, shared_board
from travelcrawl.extensions.buckets import Buckets
from travelcrawl.extensions.figures import KNOWN, NAMED, OTHER, REQUEST_SECONDS, SCORES, STATS
from travelcrawl.extensions.relief import LoadRelief
from travelcrawl.extensions.serving import join
from travelcrawl.frontier.scheduler import scheduler_of
from travelcrawl.geo.table import rows
from travelcrawl.middlewares.watch import Seen, WatchMiddleware, watch_of
from travelcrawl.pipelines.base import Step, kind_of
from travelcrawl.pipelines.match import MatchPipeline
from travelcrawl.pipelines.validate import RULES, ValidatePipeline
from travelcrawl.stores.durable import store_of

logger = logging.getLogger(__name__)

TICK = 0.25
"""Seconds between two looks at how late the event loop is."""


class MetricsAddon:
    """Metrics for any Scrapy project: ``ADDONS = {"travelcrawl.extensions.metrics.MetricsAddon": 400}``."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Switch the extension on, and the middleware that takes the time of requests."""
        settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", WatchMiddleware, 611)
        settings.setdefault_in_component_priority_dict("EXTENSIONS", Metrics, 510)


class Metrics:
    """Copy what the crawl has counted onto the process's board, every few seconds and at the end.

    Hot counters stay plain numbers until then. Under a Scrapyd node (``PROMETHEUS_MULTIPROC_DIR``) the node serves them, else an
    HTTP server of this process does, which all its crawls share (serving.py). Settings: ``PROMETHEUS_ENABLED``,
    ``PROMETHEUS_UPDATE_INTERVAL``, and those of the server.
    """

    def __init__(self, crawler: Crawler) -> None:
        assert crawler.stats
        self.crawler = crawler
        self.stats = crawler.stats
        self.interval = crawler.settings.getfloat("PROMETHEUS_UPDATE_INTERVAL", 2.0)
        self.teller = Teller(shared_board())
        self.board = self.teller.board
        self.platform = ""
        self.lag = 0.0
        self.seconds: dict[str, Buckets] = {}
        self.requests: Counter[tuple[str, str]] = Counter()
        self.errors: Counter[tuple[str, str]] = Counter()
        self.found: Counter[str] = Counter()
        self.quality = Buckets(SCORES)
        self._refs: set[int] = set()
        self._cities: dict[str, str] = {}
        self._stats: dict[str, list[tuple[str, dict[str, str]]]] = {}
        self._steps: list[Step] = []
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Metrics:
        """Build where it is not switched off."""
        if not crawler.settings.getbool("PROMETHEUS_ENABLED", True):
            raise NotConfigured
        metrics = cls(crawler)
        crawler.signals.connect(metrics.spider_opened, signals.spider_opened)
        crawler.signals.connect(metrics.item_scraped, signals.item_scraped)
        # After all that others count as the spider closes.
        crawler.signals.connect(metrics.engine_stopped, signals.engine_stopped)
        if not is_shared():
            join(crawler)
        return metrics

    # What happens

    def spider_opened(self, spider: Spider) -> None:
        """Begin."""
        self.platform = spider.name
        if (city := getattr(getattr(spider, "query", None), "city", None)) is not None:
            self._cities[city.adcode] = city.name
        if watch := watch_of(self.crawler):
            watch.witnesses.append(self.seen)
        for path, order in self.crawler.settings.getdict("ITEM_PIPELINES").items():
            pipeline = load_object(path)
            if order is not None and issubclass(pipeline, Step):
                step = self.crawler.get_item_pipeline(pipeline)
                self._steps += [step] if step is not None else []
        self._begin_at_zero()
        self.update()
        self._tasks = [asyncio.ensure_future(self._run()), asyncio.ensure_future(self._listen())]

    def _begin_at_zero(self) -> None:
        """Make known what alerts go by: Prometheus takes a series that begins at 7 for one that has not risen."""
        for status in ("success", "failed", "error", "blocked"):
            self.board.count("crawler_requests_total", 0, platform=self.platform, engine="http", status=status)
        for status in ("success", "failed"):
            self.board.count("crawler_tasks_processed_total", 0, platform=self.platform, status=status)
        self.board.count("crawler_leases_reaped_total", 0, platform=self.platform)
        self.board.count("crawler_poi_discovered_total", 0, platform=self.platform, city=OTHER)
        for cause in sorted(KNOWN["cause"]):
            self.board.count("crawler_task_dlq_total", 0, platform=self.platform, cause=cause)
            self.board.count("crawler_given_up_total", 0, platform=self.platform, cause=cause)
        if any(step.name == ValidatePipeline.name for step in self._steps):
            for rule in RULES:
                self.board.count("crawler_quarantine_total", 0, platform=self.platform, reason=rule.reason)
        if self.crawler.get_item_pipeline(MatchPipeline):
            for decision in ("same", "review"):
                self.board.count("crawler_match_decisions_total", 0, decision=decision)
        if self.crawler.get_extension(LoadRelief):
            for action in Action:
                self.board.count("crawler_reliefs_total", 0, action=action)
                self.board.show("crawler_relief", 0, action=action)

    def seen(self, seen: Seen) -> None:
        """Count a request."""
        engine = seen.engine
        self.requests[engine, seen.outcome] += 1
        buckets = self.seconds.get(engine)
        if buckets is None:
            buckets = self.seconds[engine] = Buckets(REQUEST_SECONDS)
        buckets.add(seen.seconds)
        if trouble := seen.trouble:
            self.errors[trouble, f"engine.{engine}"] += 1

    def item_scraped(self, item: Any, response: Response | None) -> None:
        """Count an item that has come through the pipelines."""
        kind = kind_of(item)
        if kind is None:
            return
        fields = ItemAdapter(item)
        if isinstance(quality := fields.get("quality"), float):
            self.quality.add(quality)
        if kind == "listing" and (ref := hash(fields.get("ref"))) not in self._refs:
            self._refs.add(ref)
            self.found[self._city(fields.get("city"), response)] += 1

    def _city(self, city: Any, response: Response | None) -> str:
        """Return a city of the run, or ``other``: what pages say is not for labels."""
        group = response.meta.get("group") if response is not None and response.request is not None else None
        if isinstance(group, str) and group not in self._cities and (row := rows().get(group)) and row.is_city:
            self._cities[group] = row.name
        return city if city in self._cities.values() else OTHER

    def engine_stopped(self) -> None:
        """Tell the last of it."""
        for task in self._tasks:
            task.cancel()
        if self.platform:
            self.update()

    # What is told

    async def _run(self) -> None:
        while True:
            await self._ask_frontier()
            self.update()
            await asyncio.sleep(self.interval)

    async def _listen(self) -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(TICK)
            self.lag = max(self.lag, time.monotonic() - begun - TICK)

    async def _ask_frontier(self) -> None:
        """Show how much waits; of a scheduler that is not ours, what it says itself."""
        scheduler = scheduler_of(self.crawler)
        if scheduler is None:
            theirs = self.crawler.engine.scheduler
            if isinstance(theirs, Sized):
                self._depth("tasks", len(theirs))
            return
        try:
            depth = await scheduler.exchange.backend.depth()
        except BackendDown:
            return
        self._depth("tasks", depth.waiting + depth.seeds)
        self._depth("processing", depth.leased)
        self._depth("deadletter", depth.dead)

    def _depth(self, name: str, value: float) -> None:
        self.board.show("crawler_queue_depth", value, name=name, platform=self.platform)

    def update(self) -> None:
        """Bring the board up to date."""
        for name, value in self.stats.get_stats().items():
            for metric, labels in self._metrics_of(name):
                self._tell(name, metric, value, labels)
        self._tell_counts()
        self._tell_frontier()
        browsers = self.stats.get_value("browser/launched", 0) - self.stats.get_value("browser/closed", 0)
        self.board.show("crawler_active_engines", 1, engine_type="http")
        self.board.show("crawler_active_engines", browsers, engine_type="browser")
        self.board.show("crawler_browser_active", self.stats.get_value("browser/open", 0))
        self.board.show("crawler_browser_memory_bytes", self.stats.get_value("browser/memory", 0))
        if (age := export_age(self.crawler.settings)) is not None:
            self.board.show("crawler_export_age_seconds", age)
        self.board.show("crawler_event_loop_lag_seconds", self.lag)
        self.board.show("crawler_memory_bytes", psutil.Process(os.getpid()).memory_info().rss)
        self.lag = 0.0

    def _metrics_of(self, stat: str) -> list[tuple[str, dict[str, str]]]:
        """Return the metrics that a stat becomes, with their labels; most become none."""
        found = self._stats.get(stat)
        if found is None:
            both = ((one.metric, one.labels(stat)) for one in STATS)
            found = [(metric, {"platform": self.platform, **labels}) for metric, labels in both if labels is not None]
            self._stats[stat] = found
        return found

    def _tell(self, stat: str, metric: str, value: Any, labels: dict[str, str]) -> None:
        if not isinstance(value, int | float):
            return
        if NAMED[metric].kind == "counter":
            self.teller.total((stat, metric), metric, value, **labels)
        else:
            self.board.show(metric, value, **labels)

    def _tell_counts(self) -> None:
        told, platform = self.teller, self.platform
        for (engine, status), count in self.requests.items():
            labels = {"platform": platform, "engine": engine, "status": status}
            told.total(("requests", engine, status), "crawler_requests_total", count, **labels)
        for engine, buckets in self.seconds.items():
            told.histogram("crawler_request_duration_seconds", buckets, platform=platform, engine=engine)
        for (trouble, component), count in self.errors.items():
            labels = {"error_type": trouble, "platform": platform, "component": component}
            told.total(("errors", trouble, component), "crawler_errors_total", count, **labels)
        for city, count in self.found.items():
            told.total(("found", city), "crawler_poi_discovered_total", count, platform=platform, city=city)
        told.histogram("crawler_data_quality_score", self.quality, platform=platform)
        for step in self._steps:
            told.histogram("crawler_data_processing_duration_seconds", step.seconds, processor_type=step.name)

    def _tell_frontier(self) -> None:
        scheduler, store = scheduler_of(self.crawler), store_of(self.crawler)
        if store is not None:
            self._depth("results", store.accepted - store.committed)
            for statement, buckets in getattr(store, "seconds", {}).items():
                self.teller.histogram("crawler_db_query_duration_seconds", buckets, statement=statement)
        if scheduler is not None:
            watermark = scheduler.buffers.watermark
            seconds = watermark.seconds
            self.teller.histogram("crawler_task_processing_duration_seconds", seconds, platform=self.platform)
            self.board.show("crawler_lease_oldest_seconds", watermark.oldest, platform=self.platform)
