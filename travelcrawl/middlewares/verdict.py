"""Judge each answer and do what follows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response

from travelcrawl.access.followup import FOLLOW_UPS, retry_after, wait_before
from travelcrawl.access.leave import Wait
from travelcrawl.access.quota import Quota
from travelcrawl.access.verdicts import Judgement, Verdict, VerdictPolicy
from travelcrawl.errors import GaveUp, PutOff
from travelcrawl.frontier.scheduler import sample_of
from travelcrawl.middlewares.departures import departures_of
from travelcrawl.middlewares.robots import answer_of
from travelcrawl.middlewares.watch import judge, watch_of
from travelcrawl.pages.base import rules_of

logger = logging.getLogger(__name__)

LONG = 600.0
"""Seconds to midnight from which on a worker does not wait for the next day's budget."""
TOLD = 60.0
"""Seconds between two warnings that a platform blocks; each block is counted."""
FOLDER = ".travelcrawl"
"""Where a used-up quota is noted when JOBDIR names no other folder."""
ON_THE_WAY = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    # No DownloadFailedError (Scrapy 2.19.0): the proxy refuses the tunnel, with 407 where it wants credentials.
    TunnelError,
)
"""What Scrapy raises where no whole answer came."""
OF_ROBOTS = VerdictPolicy()
"""What platforms know of their pages says nothing of a robots.txt."""


class VerdictMiddleware:
    """Say what an answer means and act on it: book it, then pass it on, send the request again, or give it up with its cause.

    A request that is sent again goes back to the scheduler, with ``not_before`` (seconds since the epoch) and ``avoid`` (labels of
    egresses) in its meta: nothing waits here.

    The spider sees answers only (``meta["verdict"]``: ok, empty, gone). What is given up raises GaveUp, which its errback
    counts. An answer whose rule ends the run (a refused key) closes the spider, and what it was asked raises PutOff: it stays in
    the frontier. Where it is a daily quota that is used up, or the ``daily`` of a platform's budget, the next run does not begin before
    the platform counts anew.
    Meta: ``verdict``, ``why``, ``tries``, ``not_before``, ``avoid``. Stats: ``verdict/<verdict>/<platform>``.
    """

    def __init__(
        self,
        crawler: Crawler,
        policy: VerdictPolicy,
        now: Callable[[], datetime] | None = None,
        quota: Quota | None = None,
    ) -> None:
        assert crawler.spider
        self.crawler = crawler
        self.platform = crawler.spider.name
        self.stats = crawler.stats
        self.policy = policy
        self.now = now or _utc_now
        self.quota = quota
        self._told_of_blocks = -TOLD
        self.departures = departures_of(crawler)
        judge(crawler)
        if self.departures:
            self.departures.spent = self._spent

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> VerdictMiddleware:
        """Build with the platform's rules before the generic ones. Raises QuotaSpent."""
        spider = crawler.spider
        assert spider
        quota = Quota(
            platform=spider.name,
            folder=Path(crawler.settings["JOBDIR"] or FOLDER),
            secrets=getattr(spider, "secrets", {}),
            clock=_utc_now,
        )
        quota.check()
        return cls(crawler, VerdictPolicy(rules_of(spider.name)), quota=quota)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Judge an answer."""
        answer = answer_of(response)
        is_robots = request.meta.get("is_robots")
        judgement = (OF_ROBOTS if is_robots else self.policy).judge(answer)
        asked = retry_after(said, self.now()) if (said := answer.headers.get("retry-after")) else None
        if "cached" not in response.flags:
            self._book(request, judgement.verdict, asked)
        self._tell(request, judgement.verdict, response.status)
        if is_robots or (judgement.verdict is Verdict.OK and 300 <= response.status < 400):
            return response
        request.meta["verdict"], request.meta["why"] = judgement.verdict.value, judgement.why
        self._count(judgement.verdict)
        if judgement.ends_run:
            self._end(judgement)
        if judgement.verdict.is_answer:
            return response
        return self._follow_up(request, judgement, asked, sample_of(response))

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Judge a request that no answer came for."""
        if isinstance(exception, ON_THE_WAY):
            verdict = Verdict.EGRESS_FAULT if request.meta.get("proxy") else Verdict.SITE_DOWN
        elif isinstance(exception, DownloadCancelledError | UnsupportedURLSchemeError):
            verdict = Verdict.MALFORMED
        else:
            return None
        self._book(request, verdict)
        self._tell(request, verdict, error=exception)
        if request.meta.get("is_robots"):
            return None
        self._count(verdict)
        if verdict is Verdict.MALFORMED:
            raise GaveUp(str(exception), cause=verdict)
        return self._follow_up(request, Judgement(verdict, f"{type(exception).__name__}: {exception}"))

    def _follow_up(
        self, request: Request, judgement: Judgement, asked: float | None = None, sample: str | None = None
    ) -> Request:
        if judgement.ends_run:
            raise PutOff(judgement.why, cause=judgement.verdict)
        tries = request.meta.get("tries", 0) + 1
        wait = wait_before(judgement.verdict, tries, asked)
        if wait is None:
            raise GaveUp(f"{judgement.why}, after {tries} tries", cause=judgement.verdict, sample=sample)
        logger.debug("%s: %s; again in %.1f s", request.url, judgement.why, wait)
        return again(request, tries, wait, elsewhere=FOLLOW_UPS[judgement.verdict].elsewhere)

    def _book(self, request: Request, verdict: Verdict, asked: float | None = None) -> None:
        if self.departures:
            self.departures.done(request, verdict, asked)

    def _tell(
        self, request: Request, verdict: Verdict, status: int | None = None, error: Exception | None = None
    ) -> None:
        # Built after this one, as it stands nearer to the wire.
        if watch := watch_of(self.crawler):
            watch.tell(request, verdict, status, error)

    def _end(self, judgement: Judgement) -> None:
        if self.stats.get_value("ended_by") is None:
            why = judgement.why
            if judgement.resets and self.quota:
                why = f"{why}; {self.quota.note_spent(judgement.resets)}"
            self.stats.set_value("ended_by", why)
            logger.error("%s ends here: %s", self.platform, why)
            self._closing = asyncio.ensure_future(
                self.crawler.engine.close_spider_async(reason=judgement.verdict.value)
            )

    def _spent(self, wait: Wait) -> None:
        """End the run where the budget of the day is used up for long: what waits stays in the frontier."""
        if self.departures and wait.seconds > LONG:
            zone = self.departures.gate.site(self.platform).budget.zone
            why = f"the budget of the day is used up ({self.departures.gate.site(self.platform).today} requests)"
            self._end(Judgement(Verdict.RATE_LIMITED, why, ends_run=True, resets=zone))

    def _count(self, verdict: Verdict) -> None:
        self.stats.inc_value(f"verdict/{verdict}/{self.platform}")
        if verdict.is_block and (now := time.monotonic()) >= self._told_of_blocks + TOLD:
            self._told_of_blocks = now
            logger.warning("crawler blocked detected: %s %s", self.platform, verdict, extra={"verdict": verdict.value})


def again(request: Request, tries: int, wait: float = 0.0, *, elsewhere: bool = False) -> Request:
    """Return a request to be sent once more, after ``wait`` seconds, from another egress than those it has been ``elsewhere`` from."""
    more = request.replace(dont_filter=True)
    more.meta["tries"] = tries
    more.meta.pop("not_before", None)
    if wait:
        more.meta["not_before"] = time.time() + wait
    if elsewhere and (label := request.meta.get("egress")):
        more.meta["avoid"] = avoiding(request, label)
    return more


def avoiding(request: Request, egress: str | None) -> list[str]:
    """Return the labels of egresses that a request is not to leave from, with one more."""
    return sorted({*request.meta.get("avoid", ()), *([egress] if egress else [])})


def _utc_now() -> datetime:
    return datetime.now(UTC)
