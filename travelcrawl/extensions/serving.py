"""/metrics, /live, /health and /ready over HTTP, in the crawl's own loop: one server for all crawls of a process."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.defer import deferred_from_coro, maybe_deferred_to_future
from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from travelcrawl.errors import UsageError
from travelcrawl.extensions.board import shared_board
from travelcrawl.extensions.checks import Check, checks_of, look
from travelcrawl.extensions.host import HostWatch

logger = logging.getLogger(__name__)

PORT = 9410
TRIED = 50
"""Ports after the last of the candidates that are tried where all are taken."""
HOST = "127.0.0.1"

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


class Pages(Resource):
    """Answer the four paths."""

    isLeaf = True  # noqa: N815 (Twisted's name)

    def __init__(
        self, checks: Callable[[], Mapping[str, Check]], *, path: str = "metrics", trouble: Callable[[], str] = str
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.checks = checks
        self.path = path.strip("/")
        self.trouble = trouble
        """Why the process should be started anew; empty: it should not."""

    def render_GET(self, request: Request) -> bytes | int:  # noqa: N802 (Twisted's name)
        """Answer, at once or when the checks are done."""
        path = request.path.decode("latin-1").strip("/")
        if path != "ready":
            return self._send(request, self._answer(path))
        asked = deferred_from_coro(self._ready())
        gone = request.notifyFinish()
        gone.addErrback(lambda _: asked.cancel())
        asked.addCallback(lambda answer: self._finish(request, answer))
        asked.addErrback(lambda _: None)
        return NOT_DONE_YET

    def _answer(self, path: str) -> Answer:
        if path == self.path:
            return 200, CONTENT_TYPE_LATEST, shared_board().text()
        if path == "live":
            trouble = self.trouble()
            return _json(503 if trouble else 200, {"status": trouble or "alive", "timestamp": _now()})
        if path == "health":
            return _json(200, {"status": "healthy", "timestamp": _now()})
        return _json(404, {"error": f"there are /{self.path}, /live, /health and /ready"})

    async def _ready(self) -> Answer:
        found = await look(self.checks())
        is_ready = all(one["status"] == "ok" for one in found.values())
        return _json(200 if is_ready else 503, {"status": "ready" if is_ready else "not_ready", "checks": found})

    def _send(self, request: Any, answer: Answer) -> bytes:
        status, kind, body = answer
        request.setResponseCode(status)
        request.setHeader("Content-Type", kind)
        request.setHeader("Content-Length", str(len(body)))
        return body

    def _finish(self, request: Any, answer: Answer) -> None:
        request.write(self._send(request, answer))
        request.finish()


class Quiet(Site):
    """A site that logs no requests: probes and scrapes would be most of the log."""

    noisy = False

    def log(self, request: Any) -> None:
        """Say nothing."""


def listen(pages: Resource, settings: BaseSettings) -> Any:
    """Serve on the first port that is free, and say which; None, and why, where there is none. Raises UsageError."""
    from twisted.internet import reactor  # noqa: PLC0415 (importing it chooses one)

    loop: Any = reactor
    host = settings.get("PROMETHEUS_HOST") or HOST
    site = Quiet(pages, timeout=30)  # type: ignore[no-untyped-call]
    candidates = ports_of(settings)
    error: CannotListenError | None = None
    for port in (*candidates, *range(candidates[-1] + 1, min(candidates[-1] + TRIED, 65_536))):
        try:
            listening = loop.listenTCP(port, site, interface=host)
        except CannotListenError as failed:
            error = error or failed
            continue
        if port != candidates[0]:
            logger.info("port %d is taken", candidates[0])
        logger.info("metrics on http://%s:%d/%s", host, listening.getHost().port, settings.get("PROMETHEUS_PATH"))
        return listening
    logger.warning("no metrics are served: %s", error and error.socketError)
    return None


async def stop_listening(port: Any) -> None:
    """Close a port and wait until it is."""
    await maybe_deferred_to_future(maybeDeferred(port.stopListening))


def ports_of(settings: BaseSettings) -> list[int]:
    """Return TRAVELCRAWL_METRICS_PORT, or PROMETHEUS_PORT: a number, or several. Raises UsageError."""
    said = settings.get("TRAVELCRAWL_METRICS_PORT") or settings.get("PROMETHEUS_PORT") or PORT
    words: Iterable[Any] = said if isinstance(said, list | tuple) else str(said).strip("[] ").replace(",", " ").split()
    try:
        ports = [int(word) for word in words]
    except ValueError:
        ports = [-1]
    if not ports or not all(0 <= port < 65_536 for port in ports):
        raise UsageError(f"TRAVELCRAWL_METRICS_PORT is {said!r}; it can be a port, or several with commas")
    return ports


class Server:
    """The server of this process, there while a crawl is."""

    def __init__(self) -> None:
        self.crawlers: list[Crawler] = []
        self.port: Any = None
        self.host: HostWatch | None = None

    def open(self, crawler: Crawler) -> None:
        """Serve for a crawl."""
        if not self.crawlers:
            pages = Pages(self.checks, path=crawler.settings.get("PROMETHEUS_PATH") or "metrics")
            self.port = listen(pages, crawler.settings)
            self.host = HostWatch(shared_board(), crawler.settings)
            self.host.start()
        self.crawlers.append(crawler)

    def checks(self) -> Mapping[str, Check]:
        """Return what the crawls need; they share their settings."""
        return checks_of(self.crawlers[-1].settings)

    async def close(self, crawler: Crawler) -> None:
        """Stop with the last crawl."""
        if crawler in self.crawlers:
            self.crawlers.remove(crawler)
        if self.crawlers:
            return
        if self.host:
            self.host.stop()
        if self.port is not None:
            port, self.port = self.port, None
            await stop_listening(port)


_server = Server()


def join(crawler: Crawler) -> None:
    """Have this process serve from the crawl's begin to its end."""
    ports_of(crawler.settings)

    def begin() -> None:
        _server.open(crawler)

    async def end() -> None:
        await _server.close(crawler)

    # The last to go: what others count at the end can still be scraped.
    crawler.signals.connect(begin, signals.spider_opened, weak=False)
    crawler.signals.connect(end, signals.engine_stopped, weak=False)


def _json(status: int, body: Mapping[str, Any]) -> Answer:
    return status, "application/json", json.dumps(body).encode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
