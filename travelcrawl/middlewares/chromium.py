"""One Chromium, from launch to close: scrapy-playwright's handler, with what it lacks. Imported only where a browser is used."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

import attrs
import psutil
from playwright.async_api import Browser, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PlaywrightRequest
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
from scrapy.http import Headers, Response, TextResponse
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod
from scrapy_playwright.provider import PlaywrightBrowserProvider

from travelcrawl.access.browser import Launch, Limits, Proxy
from travelcrawl.access.gate import Session
from travelcrawl.access.identities import in_chromium
from travelcrawl.errors import GaveUp
from travelcrawl.middlewares.processes import tree

logger = logging.getLogger(__name__)
# It logs every failed page as a warning with its traceback; what fails is judged, counted and said by us.
logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)

LAUNCH = 60.0
"""Seconds a launch may take: 0.6 s alone, ten times that on a busy machine (2026-11-22)."""
CLOSE = 10.0
"""Seconds that closing a page or a browser may take before it is taken for hung."""
SETTLE = 5.0
"""Seconds after a page has loaded in which its network may fall idle, where nothing else is waited for."""


class _Provider(PlaywrightBrowserProvider):  # type: ignore[misc] # it has no types
    """Launch with a profile of ours: it alone holds the preferences that no flag sets."""

    async def launch_browser(self) -> Browser:
        context = await self.browser_type.launch_persistent_context(**self.config.launch_options)
        browser: Browser = context.browser
        return browser


@attrs.frozen(kw_only=True)
class Wearer:
    """Who opens a page: what a context is made of."""

    name: str
    """Of the context; holds no credentials."""
    proxy: Proxy | None
    session: Session | None
    """None, where no gate gave leave: the request's own user agent is worn."""
    user_agent: str
    cookies: list[dict[str, Any]]
    """What the session has kept from browsers before this one."""


Admits = Callable[[Wearer, str], Awaitable[bool]]
"""Says whether the page of somebody may load an address."""


class Chromium(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc] # it has no types
    """A browser with a driver of its own, which is closed as a whole; ``fetch`` opens a page, reads it and closes it.

    Beside scrapy-playwright: the page is closed whatever happens, a cancelled one too; a redirect is handed back, not followed, so that
    it is judged and leaves as a request of its own; a browser that hangs is killed.
    """

    def __init__(self, crawler: Crawler, how: Launch, limits: Limits, admits: Admits) -> None:
        super().__init__(crawler)
        self.limits = limits
        self.admits = admits
        self.taken = 0
        """Pages it was given."""
        self.open = 0
        """Pages it has now."""
        self.profile = how.profile
        self.is_sick = False
        """True once it could not do what any browser can: it takes no further page."""
        own = self.config.launch_options
        self.config.launch_options = {
            "user_data_dir": how.profile,
            "executable_path": how.path,
            "env": dict(how.env) if how.env else None,
            "proxy": {"server": how.proxy} if how.proxy else None,
            "timeout": 1000 * LAUNCH,
            **own,
            "args": [*how.args, *own.get("args", ())],
        }
        self.browser_provider_cls = _Provider
        self.config.max_pages_per_context = limits.pages + limits.concurrency
        self.config.navigation_timeout_ms = 1000 * limits.page_timeout
        self.config.target_closed_max_retries = 0
        # Chromium's own headers agree with each other; Scrapy's would not with them.
        self.process_request_headers = None
        self.abort_request = self._aborts
        self._asked: WeakKeyDictionary[Page, Request] = WeakKeyDictionary()
        self._pages: dict[Request, Page] = {}
        self._hops: dict[Request, Response] = {}
        self._starting = asyncio.Lock()
        self._processes: list[psutil.Process] = []

    async def fetch(self, request: Request, wearer: Wearer) -> tuple[Response, list[dict[str, Any]]]:
        """Return the answer to a request, as the page is when it has settled, and the cookies its context then has.

        A redirect comes back as it was sent, unfollowed. Raises Scrapy's DownloadTimeoutError and DownloadFailedError as HTTP
        handlers do, DownloadCancelledError where the page is larger than DOWNLOAD_MAXSIZE, GaveUp where there is no browser.
        """
        await self._start()
        inner = self._inner(request, wearer)
        try:
            async with asyncio.timeout(self.limits.page_timeout):
                response = await self._download_request_with_retry(inner, self._crawler.spider)
                cookies = await self.context_wrappers[wearer.name].context.cookies()
        except (TimeoutError, PlaywrightTimeout):
            if inner not in self._pages:
                self.is_sick = True
            raise DownloadTimeoutError(f"the page took longer than {self.limits.page_timeout:g} s") from None
        except PlaywrightError as error:
            if inner in self._hops:
                return self._hops[inner].replace(request=request), []
            self.is_sick = self.is_sick or not self.browser.is_connected()
            raise DownloadFailedError(error.message.partition("\n")[0]) from None
        finally:
            await self._close_page(inner)
        if len(response.body) > self._crawler.settings.getint("DOWNLOAD_MAXSIZE"):
            raise DownloadCancelledError(f"the page has {len(response.body):,} bytes, more than DOWNLOAD_MAXSIZE")
        response.request = request
        return response, cookies

    def _inner(self, request: Request, wearer: Wearer) -> Request:
        """Return the request as scrapy-playwright takes it; what it needs does not enter the meta of the real one."""
        asked = request.meta.get("browser")
        wanted = asked if isinstance(asked, dict) else {}
        meta = {
            "playwright": True,
            "playwright_context": wearer.name,
            "playwright_context_kwargs": self._context(wearer),
            "playwright_page_goto_kwargs": {"wait_until": "load"},
            "playwright_page_methods": [PageMethod(_settle, wanted.get("wait_for"), wanted.get("until"))],
            "wearer": wearer,
        }
        return request.replace(meta=meta, callback=None, errback=None, cb_kwargs={}, cookies={})

    def _context(self, wearer: Wearer) -> dict[str, Any]:
        identity = in_chromium(wearer.session.identity, self.browser.version) if wearer.session else None
        width, height = identity.viewport if identity else (1366, 768)
        mobile = bool(identity and identity.mobile)
        return {
            "proxy": wearer.proxy and {name: value for name, value in attrs.asdict(wearer.proxy).items() if value},
            "user_agent": identity.user_agent if identity else wearer.user_agent,
            "viewport": {"width": width, "height": height},
            "is_mobile": mobile,
            "has_touch": mobile,
            "device_scale_factor": 3 if mobile else 1,
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "service_workers": "block",
            "accept_downloads": False,
        }

    # Its life

    async def _start(self) -> None:
        """Launch it, once. Raises GaveUp where there is none, DownloadFailedError where it does not come up."""
        async with self._starting:
            if hasattr(self, "browser"):
                return
            try:
                async with asyncio.timeout(LAUNCH):
                    await self._launch()
                    await self._maybe_launch_browser()
            except (PlaywrightError, TimeoutError) as error:
                self.is_sick = True
                said = getattr(error, "message", "").partition("\n")[0] or f"no answer in {LAUNCH:g} s"
                if "Executable doesn't exist" in said:
                    raise GaveUp("the page needs a browser: install chromium", cause="needs_browser") from None
                raise DownloadFailedError(f"Chromium did not start: {said}") from None
            self._processes = tree(self._driver())

    def _driver(self) -> psutil.Process | None:
        manager = self.browser_provider.playwright_context_manager
        try:
            return psutil.Process(manager._connection._transport._proc.pid)
        except (AttributeError, psutil.NoSuchProcess):
            return None

    async def end(self) -> None:
        """Close pages, contexts, browser and driver, in this order, kill what is left of them, and remove the profile."""
        for request in list(self._pages):
            await self._close_page(request)
        left = [*self._processes, *(tree(self._driver()) if hasattr(self, "browser_provider") else ())]
        try:
            async with asyncio.timeout(CLOSE):
                await self._close()
        except (PlaywrightError, TimeoutError, OSError) as error:
            logger.debug("a browser did not close by itself: %s", error)
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        await asyncio.to_thread(shutil.rmtree, self.profile, ignore_errors=True)

    # Its pages

    async def _create_page(self, request: Request, spider: Spider) -> Page:
        cookies = request.meta["wearer"].cookies
        is_new = request.meta["playwright_context"] not in self.context_wrappers
        page: Page = await super()._create_page(request, spider)
        self._pages[request] = page
        self._asked[page] = request
        if is_new and cookies:
            await page.context.add_cookies(cookies)
        await self._guard(request, page)
        return page

    async def _guard(self, request: Request, page: Page) -> None:
        """Stop the page's own document at a redirect: Playwright's routes see only where a chain of them begins."""
        devtools = await page.context.new_cdp_session(page)
        frame = (await devtools.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]

        async def paused(event: dict[str, Any]) -> None:
            answer = {"requestId": event["requestId"]}
            status = event.get("responseStatusCode", 0)
            headers = Headers()
            for header in event.get("responseHeaders", ()):
                headers.appendlist(header["name"], header["value"])
            try:
                if event["frameId"] == frame and 300 <= status < 400 and "Location" in headers:
                    self._hops[request] = TextResponse(event["request"]["url"], status=status, headers=headers)
                    await devtools.send("Fetch.failRequest", {**answer, "errorReason": "BlockedByClient"})
                else:
                    await devtools.send("Fetch.continueRequest", answer)
            except PlaywrightError as error:
                logger.debug("%s: %s", request.url, error)

        # Playwright's routes stop it too, but let it out where the page closes meanwhile (3 of 8 pages, Chromium 156).
        await devtools.send("Network.enable")
        await devtools.send("Network.setBlockedURLs", {"urls": ["*/favicon.ico"]})
        devtools.on("Fetch.requestPaused", paused)
        pattern = {"urlPattern": "*", "resourceType": "Document", "requestStage": "Response"}
        await devtools.send("Fetch.enable", {"patterns": [pattern]})

    async def _aborts(self, asked: PlaywrightRequest) -> bool:
        if asked.resource_type in self.limits.blocked:
            return True
        request = self._asked.get(asked.frame.page)
        if request is None or (asked.is_navigation_request() and asked.url.rstrip("/") == request.url.rstrip("/")):
            return False
        return not await self.admits(request.meta["wearer"], asked.url)

    async def _close_page(self, request: Request) -> None:
        page = self._pages.pop(request, None)
        self._hops.pop(request, None)
        if page is None or page.is_closed():
            return
        try:
            async with asyncio.timeout(CLOSE):
                await page.close()
        except (PlaywrightError, TimeoutError):
            self.is_sick = True


async def _settle(page: Page, wait_for: str | None, until: str | None) -> None:
    """Wait for an element, or until the page asks for nothing more."""
    if wait_for:
        await page.wait_for_selector(wait_for, state="attached")
    elif until != "load":
        try:
            await page.wait_for_load_state("networkidle", timeout=1000 * SETTLE)
        except PlaywrightTimeout:
            logger.debug("%s does not fall idle", page.url)
