"""Hold what was read of a page until its egress is vouched for, and fetch again what a liar said."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from random import Random
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response, TextResponse
from scrapy.utils.httpobj import urlparse_cached

from travelcrawl.access.agreement import Ledger
from travelcrawl.access.opinions import Fate, Page, Policy
from travelcrawl.access.signs import Reader
from travelcrawl.access.verdicts import Verdict
from travelcrawl.frontier.engine import in_progress, is_closing
from travelcrawl.frontier.scheduler import scheduler_of
from travelcrawl.middlewares.carried import CARRIED
from travelcrawl.middlewares.departures import Departures, departures_of
from travelcrawl.middlewares.opinions import Opinions, Subject, name_of
from travelcrawl.middlewares.order import Order
from travelcrawl.middlewares.rereading import Read
from travelcrawl.middlewares.verdict import again, avoiding

logger = logging.getLogger(__name__)

FEWEST = 3
"""Egresses without which nobody can say who lies."""
TICK = 0.1
"""Seconds between looks at whether anything else is in flight."""
AFTER_FAILURE = 5.0
"""Seconds before the next look after one that raised."""
QUIET = 4
"""Looks in a row that must find nothing before what is held is settled."""
STALLED = 600
"""Looks in a row without any page or opinion, after which it is settled whatever else waits: a minute."""
FULL = 0.7
"""Share of SCRAPER_SLOT_MAX_ACTIVE_SIZE from which on it is settled as well."""
LED_BY = "led_by"
"""Meta: the page on which a request was found."""
LEAST = 1024
"""Bytes that Scrapy counts an answer for, at the least."""
CHANGING = frozenset({"seen_at"})
"""Fields that no two fetches have alike."""


class AgreementMiddleware:
    """Let requests pass at once, and items when the ledger releases their page; ask second opinions meanwhile.

    A held page has no place in the downloader, is in progress for the engine, and is not acked by the frontier. What is refused is
    dropped, and its request goes back to the scheduler with ``avoid``; what a liar's pages gave before is fetched again, which corrects a
    store whose rows have keys, and cannot take back what was exported line by line. What is disputed with nobody left to ask becomes a
    dead letter (``soft_blocked``). Off with fewer than three egresses. Needs SessionMiddleware.

    Settings: ``TRAVELCRAWL_AUDIT`` (share of the pages that get a second opinion for good; 0: off), ``TRAVELCRAWL_AUDIT_CHANGING``
    (fields never compared). A spider with a method ``take_back(items)`` is told what it gave in vain. Meta: ``egress``, ``avoid``.
    Stats: ``agreement/released``, ``/refused``, ``/disputed`` (pages),
    ``/refused_items``, ``/opinions``, ``/unheard``, ``/liars``, ``/recalled``, ``/audits/<reason>``.
    """

    def __init__(self, crawler: Crawler, departures: Departures, ledger: Ledger) -> None:
        self.crawler = crawler
        self.stats = crawler.stats
        self.departures = departures
        self.ledger = ledger
        self.opinions = Opinions(crawler, departures, ledger, self._heard)
        self.order = Order()
        self.signs = Reader()
        self.room = FULL * crawler.settings.getint("SCRAPER_SLOT_MAX_ACTIVE_SIZE")
        self._held: dict[Page, asyncio.Future[Fate]] = {}
        self._size = 0
        self._watch: asyncio.Task[None] | None = None
        self._quiet = self._still = 0
        crawler.signals.connect(self.close, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AgreementMiddleware:
        """Build over the crawl's gate."""
        share = crawler.settings.getfloat("TRAVELCRAWL_AUDIT", Policy().share)
        departures = departures_of(crawler)
        if share <= 0 or departures is None:
            raise NotConfigured
        if len(departures.gate.egresses) < FEWEST and not departures.may_change:
            raise NotConfigured(f"nobody can say who lies with fewer than {FEWEST} egresses")
        ignored = CHANGING | set(crawler.settings.getlist("TRAVELCRAWL_AUDIT_CHANGING"))
        ledger = Ledger(
            policy=Policy.of_share(share),
            random=Random(),  # noqa: S311
            clock=departures.gate.clock,
            ignored=ignored,
            in_use=departures.gate.in_use,
        )
        return cls(crawler, departures, ledger)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass on what a page gave once it is believed."""
        egress = response.meta.get("egress")
        if not isinstance(egress, str) or "cached" in response.flags or len(self.departures.gate.egresses) < FEWEST:
            async for one in result:
                yield one
            return
        assert response.request
        read, name = Read(), self.opinions.name(response.request)
        number, size = self.order.begin(name), max(len(response.body), LEAST)
        self._size += size
        async for request in self._read(result, read):
            request.meta[LED_BY] = name
            self.opinions.carried.found(request, response.meta.get(CARRIED, {}))
            yield request
        read.carried = self.opinions.carried.of(read.requests)
        again = await self._refused(response, egress, read)
        if again is None:
            self._watch_on()
            await self.order.turn(response.meta.get(LED_BY), number)
            if self.opinions.carried.has_misled(response.request):
                self._take_away(read)
        self._size -= size
        if again:
            yield again
            return
        for item in read.items:
            yield item
        self.order.passed(name)
        if read.error:
            raise read.error

    async def _read(self, result: AsyncIterator[Any], read: Read) -> AsyncIterator[Request]:
        """Note all that a page gives, and yield its requests."""
        try:
            async for one in result:
                if isinstance(one, Request):
                    read.requests.append(one)
                    yield one
                else:
                    read.items.append(one)
        except Exception as error:
            read.error = error

    async def _refused(self, response: Response, egress: str, read: Read) -> Request | None:
        """Wait for the fate of a page; where it is not released, take away what was read and return what to ask instead, if anything."""
        request = response.request
        assert request
        if (
            self._asks_again(request, read)
            or (fate := await self._fate(request, response, egress, read)) is Fate.RELEASED
        ):
            return None
        self._take_away(read)
        if fate is Fate.REFUSED:
            return _again(request, None if is_closing(self.crawler) else egress, read.carried)
        self._give_up(request, read.carried)
        return None

    def _take_away(self, read: Read) -> None:
        """Drop what was read."""
        self.stats.inc_value("agreement/refused_items", len(read.items))
        if take_back := getattr(self.crawler.spider, "take_back", None):
            take_back(read.items)
        read.items, read.error = [], None

    def close(self) -> None:
        """Stop, and say what was asked for."""
        for reason, count in self.ledger.audits.items():
            self.stats.set_value(f"agreement/audits/{reason}", count)
        self.opinions.close()
        if self._watch:
            self._watch.cancel()

    # Pages

    def _asks_again(self, request: Request, read: Read) -> bool:
        """Say whether the callback found nothing and asks for the same page again by itself, past the filter.

        Without that it is a pager that links to the page it stands on.
        """
        return not read.items and any(
            one.dont_filter and self.opinions.key(one) == self.opinions.key(request) for one in read.requests
        )

    async def _fate(self, request: Request, response: Response, egress: str, read: Read) -> Fate:
        """Book a page and wait for its fate."""
        site = self.departures.site or urlparse_cached(request).hostname or ""
        kind = f"{site} {getattr(request.callback, '__name__', 'parse')} {request.cb_kwargs.get('page', '')}"
        key, facts = self.opinions.key(request), self.opinions.facts(kind, response, read)
        if read.requests and isinstance(response, TextResponse):
            self.signs.leads(response.text, {self.opinions.key(one): one.url for one in read.requests})
        has_raised = read.error is not None
        signs = self.signs.read(egress, kind, key, facts, read.items, response.body, has_raised=has_raised)
        self.ledger.links_worth = self.signs.shown.worth
        page = self.ledger.read(
            egress,
            key,
            kind,
            facts,
            subject=Subject(request=request, response=response, site=site, kind=kind, carried=read.carried),
            is_hollow=bool(read.error) or (not read.items and not read.requests),
            signs=signs,
            site=site,
        )
        future: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        self._held[page] = future
        if self.signs.has_learned(kind):
            for one in [one for one in self._held if one.kind == kind]:
                if (own := one.opinions.get(one.egress)) and self.signs.lacks(kind, own):
                    self.ledger.lacks(one)
        self._quiet = self._still = 0
        self._pump()
        return await future

    def _heard(self) -> None:
        self._still = 0
        self._pump()

    def _pump(self) -> None:
        """Do what the ledger has decided, and ask what it wants to know."""
        for conviction in _take(self.ledger.convictions):
            why = f"it says otherwise than others do ({', '.join(conviction.facts[:3]) or 'found by another worker'})"
            self.stats.inc_value("agreement/liars")
            self.signs.shown.lied(conviction.kind, conviction.facts)
            for site in list(self.departures.gate.sites):
                self.departures.gate.distrust(site, conviction.egress, why)
        for page in _take(self.ledger.hollow):
            self.departures.gate.fault(page.subject.site, page.egress, Verdict.SOFT_BLOCKED)
        for page in _take(self.ledger.recalled):
            self.stats.inc_value("agreement/recalled")
            self.crawler.engine.crawl(_again(page.subject.request, page.egress, page.subject.carried))
        for page in _take(self.ledger.settled):
            self._settle(page)
        self.opinions.ask()
        self._watch_on()

    def _settle(self, page: Page) -> None:
        subject: Subject = page.subject
        subject.response = None
        assert page.fate
        self.stats.inc_value(f"agreement/{page.fate}")
        self.signs.settled(page.key, is_believed=page.fate is Fate.RELEASED)
        if page.is_hollow and page.fate is Fate.RELEASED:
            self.signs.believe(page.kind)
            self._doubt(subject.request.meta.get(LED_BY))
        if page.fate is Fate.REFUSED and self.ledger.knows_liar(page.egress):
            self.departures.gate.distrust(subject.site, page.egress, "it lies on other sites")
        future = self._held.pop(page)
        if not future.done():
            future.set_result(page.fate)

    def _doubt(self, led_by: str | None) -> None:
        """Have the page compared that led to one with nothing on it: false lists hold rows of things that do not exist."""
        for page in self._held:
            if name_of(page.key) == led_by:
                self.ledger.doubt(page)

    def _give_up(self, request: Request, carried: dict[str, int]) -> None:
        self.opinions.carried.doubt(request, carried)
        why = "what egresses say of it differs, and there is nobody left to ask"
        self.stats.inc_value("given_up/soft_blocked")
        logger.warning("gave up %s: %s", request, why)
        if scheduler := scheduler_of(self.crawler):
            scheduler.bury(request, "soft_blocked", why)

    # The end

    def _watch_on(self) -> None:
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_over())

    async def _watch_over(self) -> None:
        """Look after what is held, until nothing is; whatever happens, as all of it would wait for ever."""
        await asyncio.sleep(TICK)
        while self._held or self.order.waiting:
            try:
                self._look()
            except Exception:
                logger.exception("looking after held pages failed")
                await asyncio.sleep(AFTER_FAILURE)
            await asyncio.sleep(TICK)

    def _look(self) -> None:
        """Settle what is held when nothing else is in flight, when too much is held, or when the crawl ends."""
        self._still += 1
        for label in self.departures.gate.liars():
            self.ledger.distrust(label)
        if is_closing(self.crawler):
            self.ledger.abandon()
            self.order.clear()
        elif self._is_quiet() or self._size > self.room or self._still > STALLED:
            self.ledger.closing()
            if not self._held:
                self.order.clear()
        self._pump()

    def _is_quiet(self) -> bool:
        """Say whether nothing but held pages has been in progress for some looks."""
        others = len(in_progress(self.crawler)) - len(self._held) - self.order.waiting - len(self.opinions.fetching)
        self._quiet = 0 if others > 0 or self.departures.waiting else self._quiet + 1
        return self._quiet >= QUIET


def _take(found: list[Any]) -> Iterable[Any]:
    """Take away all that is in a list."""
    taken = found[:]
    found.clear()
    return taken


def _again(request: Request, egress: str | None, carried: dict[str, int]) -> Request:
    """Return a request that leaves once more, with all its tries, from another egress than this, and soon: it tells of other pages.

    ``carried``: what its page gave others along this time.
    """
    more = again(request, 0)
    more.priority += 1
    if egress is not None:
        more.meta["avoid"] = avoiding(more, egress)
    for name in ("tries", "retry_times", "verdict", "why", CARRIED):
        more.meta.pop(name, None)
    if carried:
        more.meta[CARRIED] = carried
    return more
