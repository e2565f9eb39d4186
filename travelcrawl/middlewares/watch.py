"""Tell what became of each request, and how long it took, to whoever wants to know: metrics, traces."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakKeyDictionary, WeakSet

import attrs
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from travelcrawl.access.verdicts import Verdict

BLOCKED = {401: Verdict.LOGIN_REQUIRED, 403: Verdict.FORBIDDEN, 429: Verdict.RATE_LIMITED}
"""What a status means where nobody judges answers."""
SERVER_FAULT = 500


@attrs.frozen
class Seen:
    """A request that has come to an end."""

    request: Request
    seconds: float
    """From when it went towards the wire."""
    verdict: Verdict
    status: int | None
    """None: no answer came."""
    error: Exception | None = None

    @property
    def engine(self) -> str:
        """What fetched it."""
        return "browser" if self.request.meta.get("browser") else "http"

    @property
    def outcome(self) -> str:
        """``success``, ``blocked``, ``error`` (no answer came) or ``failed``."""
        if self.verdict.is_answer:
            return "success"
        if self.verdict.is_block:
            return "blocked"
        return "error" if self.status is None else "failed"

    @property
    def trouble(self) -> str | None:
        """What went wrong, in one of few words; None where nothing did."""
        if self.verdict.is_answer:
            return None
        if self.verdict.is_block:
            return "blocked"
        return "timeout" if isinstance(self.error, DownloadTimeoutError) else self.verdict.value


class WatchMiddleware:
    """Take the time of every request, time-outs too, and tell the witnesses.

    Between VerdictMiddleware and the wire. Where that one is on it says what an answer means (``tell``); in a project without
    it the status does.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.witnesses: list[Callable[[Seen], None]] = []
        self.is_judged = False
        """True: somebody else calls ``tell``."""
        self._begun: WeakKeyDictionary[Request, float] = WeakKeyDictionary()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WatchMiddleware:
        """Build and be known to the crawl's other components."""
        watch = _watches[crawler] = cls()
        watch.is_judged = crawler in _judged
        return watch

    def process_request(self, request: Request) -> None:
        """Start the clock."""
        self._begun[request] = self.clock()

    def process_response(self, request: Request, response: Response) -> Response:
        """Tell what the status means."""
        if not self.is_judged:
            self.tell(request, _verdict(response.status), response.status)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Tell that none came."""
        if not self.is_judged:
            fault = Verdict.EGRESS_FAULT if request.meta.get("proxy") else Verdict.SITE_DOWN
            self.tell(request, fault, error=exception)

    def tell(
        self, request: Request, verdict: Verdict, status: int | None = None, error: Exception | None = None
    ) -> None:
        """Tell the witnesses of a request, once."""
        begun = self._begun.pop(request, None)
        if begun is not None and self.witnesses:
            seen = Seen(request, self.clock() - begun, verdict, status, error)
            for witness in self.witnesses:
                witness(seen)


_watches: WeakKeyDictionary[Crawler, WatchMiddleware] = WeakKeyDictionary()
_judged: WeakSet[Crawler] = WeakSet()


def judge(crawler: Crawler) -> None:
    """Announce that somebody else says what the answers of a crawl mean; before its watch is built."""
    _judged.add(crawler)


def watch_of(crawler: Crawler) -> WatchMiddleware | None:
    """Return the watch of a crawl, None where there is none."""
    return _watches.get(crawler)


def _verdict(status: int) -> Verdict:
    if status in (404, 410):
        return Verdict.GONE
    if status >= SERVER_FAULT:
        return Verdict.SITE_DOWN
    return BLOCKED.get(status, Verdict.OK if status < 400 else Verdict.MALFORMED)
