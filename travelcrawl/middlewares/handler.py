"""Send each request over the wire as often as the gate gave leave: once."""

from __future__ import annotations

from functools import lru_cache
from typing import cast
from weakref import WeakSet

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.web.client import BrowserLikePolicyForHTTPS
from twisted.web.iweb import IPolicyForHTTPS

IDLE = 4
"""Seconds that a connection is kept unused: sites close theirs after 5 and more, and a request on a closed one is lost."""


SHORT = 1
"""The same where there are too many of them."""

HOSTS = 64
"""Hosts whose TLS contexts are kept."""


class OnceHandler(HTTP11DownloadHandler):
    """Scrapy's handler, but a request whose kept connection is reset is not sent again unasked.

    Twisted's pool does that, past every budget: on the hostile sandbox a reset on a re-used connection was followed within 0.1 s by
    the same request, which the site refused with a 429 (2026-11-22).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.retryAutomatically = False
        self._pool.cachedConnectionTimeout = IDLE
        self._contextFactory = cast("IPolicyForHTTPS", KeptContexts(self._contextFactory))
        _handlers.add(self)

    def keep_idle(self, seconds: int) -> None:
        """Keep unused connections for so long from now on; close those that are unused now."""
        self._pool.cachedConnectionTimeout = seconds
        self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]


class KeptContexts(BrowserLikePolicyForHTTPS):
    """One TLS context for each host, where Scrapy 2.19 makes one for each connection.

    Each reads all authorities of the system anew: 5 ms of the processor (2026-11-29).
    """

    def __init__(self, policy: IPolicyForHTTPS) -> None:
        self._kept = lru_cache(HOSTS)(policy.creatorForNetloc)

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:  # noqa: N802 (Twisted's name)
        """Return what makes the host's connections."""
        return self._kept(hostname, port)


_handlers: WeakSet[OnceHandler] = WeakSet()


def keep_idle(*, is_short: bool) -> None:
    """Have all handlers of the process close their unused connections, and keep new ones hardly, or as always."""
    for handler in _handlers:
        handler.keep_idle(SHORT if is_short else IDLE)
