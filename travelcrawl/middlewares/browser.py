"""Fetch pages that need a browser in one, through the egress and in the identity of their session."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import load_object

from travelcrawl.access.browser import Limits, executable, is_installed, launch, needs_js, proxy_of
from travelcrawl.errors import GaveUp, UsageError
from travelcrawl.middlewares.departures import OF_PAGE, departures_of
from travelcrawl.middlewares.home import Home
from travelcrawl.middlewares.robots import RobotsMiddleware, answer_of

if TYPE_CHECKING:
    from travelcrawl.middlewares.chromium import Chromium, Wearer

logger = logging.getLogger(__name__)

SETTINGS = (
    "TRAVELCRAWL_BROWSER",
    "TRAVELCRAWL_CHROMIUM",
    "TRAVELCRAWL_CA_FILE",
    "BROWSER_MAX_CONCURRENCY",
    "BROWSER_PAGE_TIMEOUT",
    "BROWSER_TASK_TIMEOUT",
    "BROWSER_MAX_FETCH_COUNT",
    "BROWSER_BLOCK",
    "MAX_TASKS",
)
KEPT = 500
"""Sessions whose cookies outlive their browser."""
IN_VAIN = 3
"""Pages of a host that a browser did not fill, after which none is tried."""
WEIGHED = 5.0
"""Seconds between two looks at the memory of the browsers."""


class BrowserAddon:
    """Pages in a browser for any Scrapy project: ``ADDONS = {"travelcrawl.middlewares.browser.BrowserAddon": 300}``."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Switch the middleware on, with the defaults of travelcrawl/settings.py where the project says nothing."""
        settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", BrowserMiddleware, 950)
        for name in SETTINGS:
            settings.set(name, load_object(f"travelcrawl.settings.{name}"), priority="addon")


class BrowserMiddleware:
    """Answer requests with ``meta["browser"]`` from a browser; the last before the wire, so that all others see them.

    ``True``, or what to wait for: ``{"wait_for": "a CSS selector"}``, ``{"until": "load"}`` (else: until the network is idle). The
    rest of the request decides as without a browser: ``proxy`` and ``cookiejar`` make the context, which keeps its own
    cookies; the session's identity is worn, as Chromium can wear it, else the request's User-Agent. Without Chromium such a request
    is given up (``needs_browser``). Nothing is started before the first. Where the access layer is on, a request waits for a page
    before the downloader, where it holds no place; one that goes past it (a second opinion) waits here.
    Settings: ``TRAVELCRAWL_BROWSER``, ``TRAVELCRAWL_CHROMIUM``, ``BROWSER_MAX_CONCURRENCY``, ``BROWSER_PAGE_TIMEOUT``,
    ``BROWSER_TASK_TIMEOUT``, ``BROWSER_MAX_FETCH_COUNT`` (kept by TravelSpider), ``BROWSER_BLOCK``, ``MAX_TASKS``,
    ``TRAVELCRAWL_CA_FILE``. Stats: ``browser/pages``, ``/open``, ``/launched``, ``/closed``, ``/timeouts``, ``/redirects``,
    ``/disallowed`` (by robots.txt, of what pages load), ``/memory`` and ``/memory_max`` (bytes, all processes under this one).
    """

    def __init__(self, crawler: Crawler, limits: Limits, path: str | None) -> None:
        self.crawler = crawler
        self.stats = crawler.stats
        self.limits = limits
        self.path = path
        self._places = asyncio.Semaphore(limits.concurrency)
        self._browsers: dict[bool, Chromium] = {}
        self._retired: list[Chromium] = []
        self._ending: set[asyncio.Task[None]] = set()
        self._cookies: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        self._filled: set[str] = set()
        self._in_vain: Counter[str] = Counter()
        self._home = Home(crawler.settings["TRAVELCRAWL_CA_FILE"])
        self._weighed = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BrowserMiddleware:
        """Read the settings. Raises UsageError."""
        settings = crawler.settings
        if settings["TRAVELCRAWL_BROWSER"] not in {"auto", "off"}:
            raise UsageError(f"TRAVELCRAWL_BROWSER={settings['TRAVELCRAWL_BROWSER']!r} must be auto or off")
        middleware = cls(crawler, Limits.of(settings), executable(settings["TRAVELCRAWL_CHROMIUM"]))
        if departures := departures_of(crawler):
            departures.browser_pages = middleware.limits.concurrency
        crawler.signals.connect(middleware.close, signals.spider_closed)
        return middleware

    @property
    def is_available(self) -> bool:
        """True where a page can be had in a browser."""
        return self.crawler.settings["TRAVELCRAWL_BROWSER"] == "auto" and is_installed()

    async def process_request(self, request: Request) -> Response | None:
        """Fetch a page that wants a browser. Raises GaveUp, and what HTTP handlers raise."""
        if not request.meta.get("browser"):
            return None
        if not self.is_available:
            raise GaveUp(
                "the page needs a browser: pip install 'travelcrawl[browser]', and chromium", cause="needs_browser"
            )
        try:
            async with asyncio.timeout(self.limits.task_timeout), self._places:
                return await self._fetch(request)
        except TimeoutError:
            self.stats.inc_value("browser/timeouts")
            raise DownloadTimeoutError(f"the browser took longer than {self.limits.task_timeout:g} s") from None

    async def _fetch(self, request: Request) -> Response:
        wearer = self._wearer(request)
        browser = await self._take(direct=wearer.proxy is None)
        self.stats.inc_value("browser/pages")
        self.stats.inc_value("browser/open")
        begun = time.monotonic()
        try:
            response, cookies = await browser.fetch(request, wearer)
        except DownloadTimeoutError:
            self.stats.inc_value("browser/timeouts")
            raise
        finally:
            browser.open -= 1
            self.stats.inc_value("browser/open", -1)
            self._retire_used_up()
            await self._weigh()
        if 300 <= response.status < 400:
            self.stats.inc_value("browser/redirects")
        else:
            self._keep(wearer.name, cookies)
            self._learn(response)
        request.meta["download_latency"] = time.monotonic() - begun
        return response

    # Which pages are worth it

    def _learn(self, response: Response) -> None:
        """Note whether a browser filled a page of a host."""
        host = urlparse_cached(response).netloc
        if not needs_js(answer_of(response)):
            self._filled.add(host)
        else:
            self._in_vain[host] += 1

    def would_fill(self, response: Response) -> bool:
        """Say whether an answer in which nothing was read is a page that a browser would fill.

        A shell may be what one egress gets: of a host whose pages no browser has filled yet, another is asked first. Of one
        where browsers got shells only, no further page is opened.
        """
        host = urlparse_cached(response).netloc
        is_known = host in self._filled
        return (
            self.is_available
            and not response.meta.get("browser")
            and (is_known or (response.meta.get("tries", 0) > 0 and self._in_vain[host] < IN_VAIN))
            and needs_js(answer_of(response))
        )

    # Browsers come and go

    async def _take(self, *, direct: bool) -> Chromium:
        """Return a browser with room for a page. Those whose pages leave directly are others than those that must not."""
        trust = await self._home.trusted()
        self._retire_used_up()
        browser = self._browsers.get(direct)
        if browser is None:
            from travelcrawl.middlewares.chromium import Chromium  # noqa: PLC0415 - only where a browser is used

            launched = self.stats.get_value("browser/launched", 0)
            how = launch(
                self.path,
                self._home.folder / f"profile-{launched}",
                direct=direct,
                trust=trust,
                sandbox=self.crawler.settings.getbool("BROWSER_SANDBOX", True),
            )
            browser = self._browsers[direct] = Chromium(self.crawler, how, self.limits, self._admits)
            self.stats.inc_value("browser/launched")
        browser.taken += 1
        browser.open += 1
        return browser

    def _retire_used_up(self) -> None:
        """Take no more pages to a browser that had its share or is sick; it ends when its last page has."""
        for direct, browser in list(self._browsers.items()):
            if browser.is_sick or browser.taken >= self.limits.pages:
                del self._browsers[direct]
                self._retired.append(browser)
        for browser in [browser for browser in self._retired if not browser.open]:
            self._retired.remove(browser)
            task = asyncio.create_task(self._end(browser))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def renew(self) -> None:
        """Have fresh browsers for the next pages: memory that they do not give back goes with the old ones."""
        for browser in self._browsers.values():
            browser.taken = max(browser.taken, self.limits.pages)
        self._retire_used_up()

    async def _end(self, browser: Chromium) -> None:
        await browser.end()
        self.stats.inc_value("browser/closed")

    async def close(self) -> None:
        """End all browsers."""
        for browser in (*self._browsers.values(), *self._retired):
            await self._end(browser)
        self._browsers.clear()
        self._retired.clear()
        await asyncio.gather(*self._ending)
        await self._home.close()

    # Whom it seems to be, what it may load, what it costs

    def _wearer(self, request: Request) -> Wearer:
        """Return who opens a page: a context for each cookie jar, proxy and user agent."""
        from travelcrawl.middlewares.chromium import Wearer  # noqa: PLC0415 - only where a browser is used

        departures = departures_of(self.crawler)
        passage = departures.passage(request) if departures else None
        proxy = proxy_of(request.meta.get("proxy"), request.headers.get("Proxy-Authorization"))
        agent = (request.headers.get("User-Agent") or b"").decode("latin-1")
        who = (request.meta.get("cookiejar"), agent, proxy and (proxy.server, proxy.username, proxy.password))
        name = hashlib.sha256(repr(who).encode()).hexdigest()[:16]
        return Wearer(
            name=name,
            proxy=proxy,
            session=passage.grant.session if passage else None,
            user_agent=agent or str(self.crawler.settings["USER_AGENT"]),
            cookies=self._cookies.get(name, []),
        )

    def _keep(self, name: str, cookies: list[dict[str, Any]]) -> None:
        """Keep a session's cookies for the browsers that come after this one."""
        self._cookies[name] = cookies
        self._cookies.move_to_end(name)
        if len(self._cookies) > KEPT:
            self._cookies.popitem(last=False)

    async def _admits(self, wearer: Wearer, url: str) -> bool:
        """Say whether a page may load an address: what robots.txt forbids us it may not either."""
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        if robots is None or not url.startswith(("http://", "https://")):
            return True
        try:
            await robots.check(Request(url, meta={OF_PAGE: wearer.session} if wearer.session else None))
        except IgnoreRequest:
            self.stats.inc_value("browser/disallowed")
            return False
        return True

    async def _weigh(self) -> None:
        """Note the memory of all processes under this one, now and then."""
        now = time.monotonic()
        if now - self._weighed >= WEIGHED:
            from travelcrawl.middlewares.processes import memory_of_children  # noqa: PLC0415

            self._weighed = now
            memory = await asyncio.to_thread(memory_of_children)
            self.stats.set_value("browser/memory", memory)
            self.stats.max_value("browser/memory_max", memory)


def shows_more_in_browser(crawler: Crawler, response: Response) -> bool:
    """Say whether an answer in which nothing was read is a page that a browser would fill, and there is one."""
    try:
        middleware = crawler.get_downloader_middleware(BrowserMiddleware)
    except RuntimeError:
        # The page was read without a crawl.
        return False
    return middleware is not None and middleware.would_fill(response)
