"""Run crawls in this process and say in a sentence what went wrong: what ``crawl`` and ``crawlall`` share."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from traceback import walk_tb

import attrs
from scrapy import Spider, signals
from scrapy.commands import BaseRunSpiderCommand
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.exceptions import UsageError as WrongUsage
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector
from twisted.python.failure import Failure

from travelcrawl.access.verdicts import Verdict
from travelcrawl.commands.checking import check_settings
from travelcrawl.errors import GaveUp, TravelcrawlError, UsageError
from travelcrawl.extensions.display import shared_display
from travelcrawl.extensions.logs import prepare

logger = logging.getLogger(__name__)

# Where Scrapy 2.19 logs what a component raises at start, at close, and in a signal handler.
SCRAPY_LOGGERS = ("scrapy.core.engine", "scrapy.core.scraper", "scrapy.utils.signal")


@attrs.frozen(kw_only=True)
class Job:
    """One crawl to run."""

    platform: str
    arguments: Mapping[str, str]
    label: str
    """What to call it when something is wrong."""


class Plain(logging.Filter):
    """Log an error of ours as its sentence, without traceback, and remember it by its spider.

    What is remembered spoils a crawl; a request given up (GaveUp) is counted elsewhere and does not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[tuple[object, TravelcrawlError]] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Let records pass, ours in plain words."""
        error = record.exc_info[1] if record.exc_info else None
        # Where a store cannot be opened Scrapy 2.19 sends spider_closed without spider_opened; its CoreStats then fails.
        if isinstance(error, AssertionError) and _module_of(error).startswith("scrapy.extensions."):
            return False
        if error is not None and any(isinstance(cause, TravelcrawlError) for cause in _before(error)):
            return False
        if isinstance(error, TravelcrawlError):
            if not isinstance(error, GaveUp):
                self.errors.append((getattr(record, "spider", None), error))
            record.msg, record.args, record.exc_info, record.exc_text = str(error), None, None, None
        return True

    def spider_error(self, failure: Failure, response: Response | None, spider: Spider) -> None:
        """Remember what ``start()`` raised, which Scrapy logs without saying whose it is."""
        if response is None and isinstance(failure.value, TravelcrawlError):
            self.errors.append((spider, failure.value))

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """Filter what Scrapy logs of its components."""
        loggers = [logging.getLogger(name) for name in SCRAPY_LOGGERS]
        for one in loggers:
            one.addFilter(self)
        try:
            yield
        finally:
            for one in loggers:
                one.removeFilter(self)


class Crawls:
    """Crawls of one process, some at once. One that fails stops no other."""

    def __init__(self, command: BaseRunSpiderCommand, jobs: Iterable[Job], *, parallel: int = 1) -> None:
        assert isinstance(command.crawler_process, AsyncCrawlerProcess)
        self.command = command
        self.process = command.crawler_process
        self.parallel = parallel
        self.ran = 0
        """Crawls that got as far as to fetch."""
        self.failed = 0
        """Crawls that did not begin, or did not end well."""
        self._waiting = deque(jobs)
        self._plain = Plain()

    def run(self) -> int:
        """Run them all and return the exit status.

        0: all ended well. 1: some did not begin, or ended badly. 2: none began.
        """
        try:
            display = shared_display(self.process.settings.get("TRAVELCRAWL_PROGRESS", "auto"))
        except UsageError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        with self._plain.everywhere(), display.held():
            for _ in range(self.parallel):
                self._begin_next()
            if self.process.crawlers:
                self.process.start()
        if not self.failed:
            return 0
        return 1 if self.ran else 2

    def _begin_next(self) -> None:
        """Begin the first of the waiting that can begin."""
        while self._waiting:
            job = self._waiting.popleft()
            known = sorted(self.process.spider_loader.list())
            if job.platform not in known:
                self._fail(job, f"there is no platform {job.platform!r}; known are {', '.join(known)}")
                continue
            crawler = self.command._create_crawler(job.platform)
            crawler.signals.connect(self._plain.spider_error, signals.spider_error)
            task = self.process.crawl(crawler, **job.arguments)
            task.add_done_callback(partial(self._ended, job, crawler))
            return

    def _ended(self, job: Job, crawler: Crawler, task: asyncio.Task[None]) -> None:
        """Take note of how a crawl ended, and begin the next.

        The callback runs before ``AsyncCrawlerProcess.join`` looks again, so the process goes on with the next one.
        """
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is not None:
            error = next((cause for cause in _before(error) if isinstance(cause, TravelcrawlError)), error)
        if isinstance(error, TravelcrawlError):
            self._fail(job, str(error), is_usage=isinstance(error, UsageError))
        elif error is not None:
            logger.error("%s failed", job.label, exc_info=error)
            self.ran += 1
            self._fail(job, f"{type(error).__name__}: {error}")
        else:
            self._check(job, crawler)
        self._begin_next()

    def _check(self, job: Job, crawler: Crawler) -> None:
        """Fail a crawl that was ended, but not well."""
        errors = [error for spider, error in self._plain.errors if spider is crawler.spider]
        self.ran += not any(isinstance(error, UsageError) for error in errors)
        if sentence := str(errors[-1]) if errors else bad_end(crawler.stats):
            self._fail(job, sentence, is_usage=bool(errors) and isinstance(errors[-1], UsageError))
        if crawler.stats.get_value("finish_reason") == "shutdown":
            self._waiting.clear()

    def _fail(self, job: Job, sentence: str, *, is_usage: bool = False) -> None:
        """Say on the command line, whatever the log is set to, what is wrong with a crawl."""
        self.failed += 1
        if self.process.settings.get("TRAVELCRAWL_LOGS") == "json":
            logger.error("failed to load config: %s" if is_usage else "crawl failed: %s", sentence)
        named = sentence.startswith(f"{job.platform} ")
        sys.stderr.write(f"{sentence}\n" if named else f"{job.label}: {sentence}\n")


def begin_as_set(command: BaseRunSpiderCommand) -> None:
    """Look whether the settings can be what they are, and make the logs as they say. Raises scrapy's UsageError."""
    assert command.settings
    try:
        check_settings(command.settings)
        prepare(command.settings)
    except UsageError as error:
        raise WrongUsage(str(error), print_help=False) from None


CUT_OFF = frozenset({Verdict.EGRESS_FAULT.value, Verdict.SITE_DOWN.value})
"""Causes that are nobody's answer."""


def bad_end(stats: StatsCollector) -> str:
    """Say what a crawl's stats hold against it; empty where it ended well."""
    reason = str(stats.get_value("finish_reason"))
    if reason != "finished":
        why = stats.get_value("store/stopped") or stats.get_value("ended_by") or reason.replace("_", " ")
        return f"ended before it was done: {why}"
    lost = stats.get_value("store/uncommitted")
    if lost is not None:
        return f"the store did not take the end of the run: {lost:,} records are not in it; the log says why"
    causes = {
        name.partition("/")[2]: count for name, count in stats.get_stats().items() if name.startswith("given_up/")
    }
    # What is left of a crawl that was killed may be just what the platform refuses; a way that is cut is said all the same.
    expected = stats.get_value("frontier/found") and not causes.keys() & CUT_OFF
    if causes and not expected and not stats.get_value("pages/read"):
        return "nothing was read: " + ", ".join(f"{count:,} × {cause}" for cause, count in sorted(causes.items()))
    return ""


def _before(error: BaseException) -> Iterator[BaseException]:
    """Yield what had been raised when an error was: an error that follows from one of ours needs no words of its own."""
    while (context := error.__context__) is not None:
        yield context
        error = context


def _module_of(error: BaseException) -> str:
    """Return the name of the module that raised."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")) if frames else ""
