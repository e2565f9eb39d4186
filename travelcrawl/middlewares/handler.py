"""Send each request over the wire as often as the gate gave leave: once."""

from __future__ import annotations

from weakref import WeakSet

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler

IDLE = 4
"""Seconds that a connection is kept unused: sites close theirs after 5 and more, and a request on a closed one is lost."""


SHORT = 1
"""The same where there are too many of them."""


class OnceHandler(HTTP11DownloadHandler):
    """Scrapy's handler, but a request whose kept connection is reset is not sent again unasked.

    Twisted's pool does that, past every budget: on the hostile sandbox a reset on a re-used connection was followed within 0.1 s by
    the same request, which the site refused with a 429 (2026-11-22).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.retryAutomatically = False
        self._pool.cachedConnectionTimeout = IDLE
        _handlers.add(self)

    def keep_idle(self, seconds: int) -> None:
        """Keep unused connections for so long from now on; close those that are unused now."""
        self._pool.cachedConnectionTimeout = seconds
        self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]


_handlers: WeakSet[OnceHandler] = WeakSet()


def keep_idle(*, is_short: bool) -> None:
    """Have all handlers of the process close their unused connections, and keep new ones hardly, or as always."""
    for handler in _handlers:
        handler.keep_idle(SHORT if is_short else IDLE)
