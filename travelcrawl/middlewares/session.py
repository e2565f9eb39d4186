"""Send each request through the session it was given leave with: egress, identity, cookies, time-out."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from functools import lru_cache

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers

from travelcrawl.access.gate import Session
from travelcrawl.middlewares.departures import OF_PAGE, Departures, Passage, departures_of
from travelcrawl.middlewares.gatehouse import open_gate

logger = logging.getLogger(__name__)

SECRET = ("Proxy-Authorization", "Cookie")
"""Headers that Scrapy's middlewares made for the session before."""


class SessionMiddleware:
    """Put proxy, identity and cookie jar of the grant on the request, so that nothing leaves but as the gate decided.

    Headers that a request already has stay. Meta: ``egress`` (label), ``worn`` (what to take off again), ``proxy``, ``cookiejar``,
    ``download_timeout``; the last two stay where a spider sets them. A request that no scheduler handed out (a media pipeline's)
    waits here for leave.
    """

    def __init__(self, departures: Departures) -> None:
        self.departures = departures

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SessionMiddleware:
        """Build on the crawl's gate, of the settings. Raises UsageError."""
        return cls(departures_of(crawler) or open_gate(crawler))

    def process_request(self, request: Request) -> Awaitable[None] | None:
        """Dress the request."""
        passage = self.departures.passage(request)
        if passage is None and isinstance(session := request.meta.get(OF_PAGE), Session):
            passage = self.departures.beside(request, session)
        if passage is None:
            return self._wait(request)
        self._dress(request, passage)
        return None

    async def _wait(self, request: Request) -> None:
        self._dress(request, await self.departures.wait_for(request))

    def _dress(self, request: Request, passage: Passage) -> None:
        undress(request)
        session, meta, headers = passage.grant.session, request.meta, request.headers
        worn = [name for name in session.identity.headers if not headers or name not in headers]
        # Past Scrapy's own update, which would put names and values in normal form again: 2 % of a page (2026-11-22).
        ready = _ready(tuple((name, session.identity.headers[name]) for name in worn))
        dict.update(headers, {name: [*values] for name, values in dict.items(ready)})
        own = {"cookiejar": session.id, "download_timeout": passage.grant.timeout}
        put = [key for key in own if key not in meta]
        meta.update((key, own[key]) for key in put)
        if self.departures.sets_proxy:
            # HttpProxyMiddleware takes the credentials out of meta["proxy"]: it is set anew each time (pains.md E7).
            meta["proxy"] = session.proxy
            put += ["proxy", "_auth_proxy"]
        meta["egress"] = session.egress
        meta["worn"] = {"hop": meta.get("redirect_times", 0), "headers": worn, "meta": put}
        self.departures.sent(passage)


@lru_cache(maxsize=1024)
def _ready(headers: tuple[tuple[str, str], ...]) -> Headers:
    return Headers(headers)


def undress(request: Request) -> None:
    """Take off what a session put on a request, before it waits in a queue or leaves again: no credentials are kept."""
    meta = request.meta
    worn = meta.pop("worn", None)
    meta.pop("download_latency", None)
    if not isinstance(worn, dict):
        return
    for name in (*_names(worn.get("headers")), *SECRET):
        request.headers.pop(name, None)
    for name in _names(worn.get("meta")):
        meta.pop(name, None)
    meta["worn"] = {"hop": worn.get("hop")}


def _names(value: object) -> list[str]:
    """Return the names in a list that came out of a queue."""
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
