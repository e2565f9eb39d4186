"""Obey robots.txt, per host."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import attrs
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from travelcrawl.access.gate import Session
from travelcrawl.access.robots import DENY_ALL, Robots, parse_permitted, read_robots
from travelcrawl.access.verdicts import Answer
from travelcrawl.environment import number_of
from travelcrawl.errors import UsageError
from travelcrawl.middlewares.departures import OF_PAGE, Departures, departures_of

logger = logging.getLogger(__name__)

SOON = 1.0
"""Seconds after which another egress is asked as well: all pages of a host wait, and one that hangs takes five (2026-11-29)."""
WAITS = (2.0, 10.0, 30.0)
"""Seconds before each further try for a robots.txt, where TRAVELCRAWL_ROBOTS_WAITS names no others."""


class DisallowedByRobots(IgnoreRequest):
    """Raised for a request that robots.txt does not allow, or whose robots.txt could not be had."""

    cause = "robots"


@attrs.define
class _Known:
    robots: asyncio.Future[Robots]
    until: float = float("inf")


class RobotsMiddleware:
    """Let through only what each host's robots.txt allows.

    One request asks for it, through the same session as the page; all others of that host wait for the answer, before the downloader
    where the crawl has departures. Its Crawl-delay goes to the gate. Where it cannot be had (5xx, 429, a challenge, no connection) it is
    asked for through other egresses, again after ``TRAVELCRAWL_ROBOTS_WAITS`` seconds, and then everything is denied for ten minutes.
    Settings: ``ROBOTSTXT_USER_AGENT``, ``TRAVELCRAWL_PERMITTED_HOSTS``. Stats:
    ``robots/asked``, ``robots/denied``, ``robots/unreachable``.
    """

    FRESH = 24 * 3600.0
    """Seconds a robots.txt is believed (RFC 9309 2.4: no longer than a day)."""
    UNREACHABLE = 600.0
    """Seconds before a host whose robots.txt could not be had is asked again."""
    EGRESSES = 4
    """Egresses that are tried one after the other."""

    def __init__(
        self,
        crawler: Crawler,
        permitted: Mapping[str, str],
        agent: str,
        waits: tuple[float, ...],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.crawler = crawler
        self.stats = crawler.stats
        self.permitted = permitted
        self.agent = agent
        self.waits = waits
        self.clock = clock
        self._hosts: dict[str, _Known] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._fetching: set[asyncio.Task[Robots | None]] = set()
        self.departures: Departures | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Read the settings and say which hosts are permitted, and why."""
        settings = crawler.settings
        permitted = parse_permitted(settings["TRAVELCRAWL_PERMITTED_HOSTS"] or "")
        for reason in dict.fromkeys(permitted.values()):
            hosts = ", ".join(host for host, why in permitted.items() if why == reason)
            logger.info("robots.txt is not asked (reason: %s) of %s", reason, hosts)
        said = settings.getlist("TRAVELCRAWL_ROBOTS_WAITS", [*WAITS])
        waits = tuple(wait for wait in map(number_of, said) if wait is not None and wait >= 0)
        if len(waits) < len(said):
            raise UsageError(
                f"TRAVELCRAWL_ROBOTS_WAITS is {','.join(map(str, said))!r}; it can be seconds, such as 2,10,30"
            )
        agent = settings["ROBOTSTXT_USER_AGENT"] or settings["USER_AGENT"]
        middleware = cls(crawler, permitted, agent, waits)
        crawler.signals.connect(middleware.spider_opened, signals.spider_opened)
        return middleware

    def spider_opened(self) -> None:
        """Join the crawl's departures."""
        self.departures = departures_of(self.crawler)
        if self.departures:
            self.departures.robots = self

    def knows(self, root: str) -> bool:
        """Say whether the rules of ``https://host`` are known, or need not be."""
        return self._known(root) is not None or (urlsplit(root).hostname or "") in self.permitted

    def _known(self, root: str) -> Robots | None:
        known = self._hosts.get(root)
        return known.robots.result() if known and known.robots.done() and known.until >= self.clock() else None

    def process_request(self, request: Request) -> Awaitable[None] | None:
        """Wait for the host's robots.txt. Raises DisallowedByRobots."""
        parts = urlparse_cached(request)
        if (parts.hostname or "") in self.permitted or request.meta.get("is_robots"):
            return None
        root = f"{parts.scheme}://{parts.netloc}"
        if (robots := self._known(root)) is None:
            return self._wait(request, root)
        self._obey(robots, request)
        return None

    async def check(self, request: Request) -> None:
        """Do the same for what the downloader does not see: what a page in a browser loads."""
        if waiting := self.process_request(request):
            await waiting

    async def _wait(self, request: Request, root: str) -> None:
        self._obey(await self._robots(request, root), request)

    def _obey(self, robots: Robots, request: Request) -> None:
        if not robots.allows(request.url, self.agent):
            self.stats.inc_value("robots/denied")
            why = "could not be had" if robots is DENY_ALL else "disallows it"
            raise DisallowedByRobots(f"robots.txt of {urlparse_cached(request).netloc} {why}")

    async def _robots(self, request: Request, root: str) -> Robots:
        known = self._hosts.get(root)
        if known is None or known.until < self.clock():
            known = self._hosts[root] = _Known(asyncio.get_running_loop().create_future())
            began = self.clock()
            task = asyncio.create_task(self._ask(root, known, self._session(request)))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            await asyncio.shield(known.robots)
            if self.departures and (passage := self.departures.passage(request)):
                await asyncio.sleep(began + self.departures.gate.apart(passage.grant.session) - self.clock())
        return await asyncio.shield(known.robots)

    def _session(self, request: Request) -> Session | None:
        passage = self.departures.passage(request) if self.departures else None
        return passage.grant.session if passage else request.meta.get(OF_PAGE)

    async def _ask(self, root: str, known: _Known, session: Session | None) -> None:
        """Fetch robots.txt, trying again while it cannot be had, and settle what is known of the host."""
        robots = None
        for wait in (0.0, *self.waits):
            await asyncio.sleep(wait)
            robots = await self._seek(f"{root}/robots.txt", session)
            if robots is not None:
                break
        if robots is None:
            self.stats.inc_value("robots/unreachable")
            logger.warning("robots.txt of %s cannot be had: nothing there is fetched for %d s", root, self.UNREACHABLE)
        known.until = self.clock() + (self.FRESH if robots else self.UNREACHABLE)
        known.robots.set_result(robots or DENY_ALL)
        if self.departures:
            site = self.departures.site or urlsplit(root).hostname or ""
            if robots and (delay := robots.crawl_delay(self.agent)):
                self.departures.gate.crawl_delay(site, delay)
            self.departures.changed(site)

    async def _seek(self, url: str, session: Session | None) -> Robots | None:
        """Ask once, and through further egresses where the first has no answer, or none soon: silence may be an egress's."""
        several = self.departures is not None and len(self.departures.gate.egresses) > 1
        asked: list[Request] = []
        waiting: set[asyncio.Task[Robots | None]] = set()
        while (may_ask := self._may_ask(asked)) or waiting:
            if may_ask:
                avoid = sorted(request.meta["egress"] for request in asked)
                meta = {"is_robots": True, **({OF_PAGE: session, "avoid": avoid} if session else {})}
                asked.append(Request(url, meta=meta, callback=NO_CALLBACK, priority=1000))
                task = asyncio.create_task(self._fetch(asked[-1]))
                waiting.add(task)
                self._fetching.add(task)
                task.add_done_callback(self._fetching.discard)
            timeout = SOON if several else None
            done, waiting = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if robots := next((found for task in done if (found := task.result())), None):
                return robots
        return None

    def _may_ask(self, asked: list[Request]) -> bool:
        """Say whether there may be another egress to ask than those that were."""
        labels = [request.meta.get("egress") for request in asked]
        return len(asked) < self.EGRESSES and None not in labels and len({*labels}) == len(labels)

    async def _fetch(self, request: Request) -> Robots | None:
        self.stats.inc_value("robots/asked")
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:
            logger.debug("%s: %s", request.url, error)
            return None
        return read_robots(answer_of(response))


def answer_of(response: Response) -> Answer:
    """Return a Scrapy response as the rules read it."""
    # dict's own items: those of Headers put each name in normal form again, 1 % of a page (2026-11-22).
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in dict.items(response.headers)
    }
    return Answer(url=response.url, status=response.status, headers=headers, body=response.body)
