"""Judge each answer and do what follows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request
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

from travelcrawl.access.followup import retry_after, wait_before
from travelcrawl.access.quota import Quota
from travelcrawl.access.verdicts import Judgement, Verdict, VerdictPolicy
from travelcrawl.errors import GaveUp, PutOff
from travelcrawl.middlewares.robots import answer_of
from travelcrawl.pages.base import rules_of

logger = logging.getLogger(__name__)

FOLDER = ".travelcrawl"
"""Where a used-up quota is noted when JOBDIR names no other folder."""
ON_THE_WAY = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
"""What Scrapy raises where no whole answer came."""


class VerdictMiddleware:
    """Say what an answer means and act on it: pass it on, send the request again, or give it up with its cause.

    The spider sees answers only (``meta["verdict"]``: ok, empty, gone). What is given up raises GaveUp, which its errback
    counts. An answer whose rule ends the run (a refused key) closes the spider, and what it was asked raises PutOff: it stays in
    the frontier. Where it is a daily quota that is used up, the next run does not begin before the platform counts anew.
    Meta: ``verdict``, ``why``, ``tries``. Stats: ``verdict/<verdict>/<platform>``.
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

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Judge an answer."""
        if request.meta.get("is_robots"):
            return response
        answer = answer_of(response)
        judgement = self.policy.judge(answer)
        if judgement.verdict is Verdict.OK and 300 <= response.status < 400:
            return response
        request.meta["verdict"], request.meta["why"] = judgement.verdict.value, judgement.why
        self._count(judgement.verdict)
        if judgement.ends_run:
            self._end(judgement)
        if judgement.verdict.is_answer:
            return response
        return await self._follow_up(request, judgement, retry_after(answer.headers.get("retry-after"), self.now()))

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Judge a request that no answer came for."""
        if request.meta.get("is_robots"):
            return None
        if isinstance(exception, ON_THE_WAY):
            verdict = Verdict.EGRESS_FAULT if request.meta.get("proxy") else Verdict.SITE_DOWN
            self._count(verdict)
            return await self._follow_up(request, Judgement(verdict, f"{type(exception).__name__}: {exception}"))
        if isinstance(exception, DownloadCancelledError | UnsupportedURLSchemeError):
            self._count(Verdict.MALFORMED)
            raise GaveUp(str(exception), cause=Verdict.MALFORMED)
        return None

    async def _follow_up(self, request: Request, judgement: Judgement, asked: float | None = None) -> Request:
        if judgement.ends_run:
            raise PutOff(judgement.why, cause=judgement.verdict)
        tries = request.meta.get("tries", 0) + 1
        wait = wait_before(judgement.verdict, tries, asked)
        if wait is None:
            raise GaveUp(f"{judgement.why}, after {tries} tries", cause=judgement.verdict)
        logger.debug("%s: %s; again in %.1f s", request.url, judgement.why, wait)
        await asyncio.sleep(wait)
        again = request.replace(dont_filter=True)
        again.meta["tries"] = tries
        if judgement.verdict in (Verdict.EGRESS_FAULT, Verdict.CHALLENGED, Verdict.SOFT_BLOCKED):
            again.meta.pop("egress", None)
        return again

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

    def _count(self, verdict: Verdict) -> None:
        self.stats.inc_value(f"verdict/{verdict}/{self.platform}")


def _utc_now() -> datetime:
    return datetime.now(UTC)
