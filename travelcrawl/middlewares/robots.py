"""Obey robots.txt, per host."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import attrs
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from travelcrawl.access.robots import DENY_ALL, Robots, parse_permitted, read_robots
from travelcrawl.access.verdicts import Answer

logger = logging.getLogger(__name__)


class DisallowedByRobots(IgnoreRequest):
    """Raised for a request that robots.txt does not allow, or whose robots.txt could not be had."""

    cause = "robots"


@attrs.define
class _Known:
    robots: asyncio.Future[Robots]
    until: float = float("inf")


class RobotsMiddleware:
    """Let through only what each host's robots.txt allows.

    One request asks for it, through the same egress as the page; all others of that host wait for the answer. Where it
    cannot be had (5xx, 429, a challenge, no connection) it is asked again after ``TRAVELCRAWL_ROBOTS_WAITS`` seconds and then
    everything is denied for ten minutes. Settings: ``ROBOTSTXT_USER_AGENT``, ``TRAVELCRAWL_PERMITTED_HOSTS``. Stats:
    ``robots/asked``, ``robots/denied``, ``robots/unreachable``.
    """

    FRESH = 24 * 3600.0
    """Seconds a robots.txt is believed (RFC 9309 2.4: no longer than a day)."""
    UNREACHABLE = 600.0
    """Seconds before a host whose robots.txt could not be had is asked again."""

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

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Read the settings and say which hosts are permitted, and why."""
        permitted = parse_permitted(crawler.settings["TRAVELCRAWL_PERMITTED_HOSTS"])
        for reason in dict.fromkeys(permitted.values()):
            hosts = ", ".join(host for host, why in permitted.items() if why == reason)
            logger.info("robots.txt is not asked (reason: %s) of %s", reason, hosts)
        waits = tuple(float(wait) for wait in crawler.settings.getlist("TRAVELCRAWL_ROBOTS_WAITS"))
        return cls(crawler, permitted, crawler.settings["ROBOTSTXT_USER_AGENT"], waits)

    async def process_request(self, request: Request) -> None:
        """Wait for the host's robots.txt. Raises DisallowedByRobots."""
        if request.meta.get("is_robots") or (urlsplit(request.url).hostname or "") in self.permitted:
            return
        robots = await self._robots(request)
        if not robots.allows(request.url, self.agent):
            self.stats.inc_value("robots/denied")
            host = urlsplit(request.url).netloc
            why = "could not be had" if robots is DENY_ALL else "disallows it"
            raise DisallowedByRobots(f"robots.txt of {host} {why}")

    async def _robots(self, request: Request) -> Robots:
        parts = urlsplit(request.url)
        root = f"{parts.scheme}://{parts.netloc}"
        known = self._hosts.get(root)
        if known is None or known.until < self.clock():
            known = self._hosts[root] = _Known(asyncio.get_running_loop().create_future())
            task = asyncio.create_task(self._ask(root, known, request.meta.get("egress")))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        return await asyncio.shield(known.robots)

    async def _ask(self, root: str, known: _Known, egress: str | None) -> None:
        """Fetch robots.txt, trying again while it cannot be had, and settle what is known of the host."""
        robots = None
        for wait in (0.0, *self.waits):
            await asyncio.sleep(wait)
            robots = await self._fetch(f"{root}/robots.txt", egress)
            if robots is not None:
                break
        if robots is None:
            self.stats.inc_value("robots/unreachable")
            logger.warning("robots.txt of %s cannot be had: nothing there is fetched for %d s", root, self.UNREACHABLE)
        known.until = self.clock() + (self.FRESH if robots else self.UNREACHABLE)
        known.robots.set_result(robots or DENY_ALL)

    async def _fetch(self, url: str, egress: str | None) -> Robots | None:
        meta = {"is_robots": True, **({"egress": egress} if egress else {})}
        self.stats.inc_value("robots/asked")
        try:
            response = await self.crawler.engine.download_async(
                Request(url, meta=meta, callback=NO_CALLBACK, priority=1000)
            )
        except Exception as error:
            logger.debug("%s: %s", url, error)
            return None
        return read_robots(answer_of(response))


def answer_of(response: Response) -> Answer:
    """Return a Scrapy response as the rules read it."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return Answer(url=response.url, status=response.status, headers=headers, body=response.body)
