"""Ask second opinions: fetch a page again through another egress, and read it as the spider does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import attrs
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from travelcrawl.access.agreement import Ledger
from travelcrawl.access.gate import Grant
from travelcrawl.access.opinions import Page, Wanted
from travelcrawl.access.readings import Facts, digest, facts_of, is_blank
from travelcrawl.frontier.engine import is_closing
from travelcrawl.middlewares.carried import Carried
from travelcrawl.middlewares.departures import Departures
from travelcrawl.middlewares.rereading import Read, reread
from travelcrawl.middlewares.turns import Turns
from travelcrawl.middlewares.verdict import again

logger = logging.getLogger(__name__)

AT_ONCE = 64
"""Opinions asked for at once."""
LAST_TRY = 99
"""Tries that a request for an opinion begins with: whoever cannot answer it is not asked again."""


@attrs.define(eq=False)
class Subject:
    """What a page was read from."""

    request: Request
    response: Response | None
    """None once its fate is decided."""
    site: str
    kind: str
    was_reread: bool = False
    carried: dict[str, int] = attrs.field(factory=dict)
    """What it gave the pages along that it led to: see ``Carried``."""


class Opinions:
    """Ask what the ledger wants to know, and tell it; ``heard`` is called after each."""

    def __init__(self, crawler: Crawler, departures: Departures, ledger: Ledger, heard: Callable[[], None]) -> None:
        self.crawler = crawler
        self.stats = crawler.stats
        self.departures = departures
        self.ledger = ledger
        self.heard = heard
        self.turns = Turns(crawler, departures)
        self.carried = Carried(self.name)
        self.asking: set[asyncio.Task[None]] = set()
        self.fetching: set[Request] = set()

    def ask(self) -> None:
        """Ask all that is wanted, so many at once."""
        while len(self.asking) < AT_ONCE and not is_closing(self.crawler) and (wanted := self.ledger.due()):
            self.asking.add(asyncio.create_task(self._ask(wanted)))

    def close(self) -> None:
        """Stop."""
        self.turns.close()
        for task in self.asking:
            task.cancel()

    def key(self, request: Request) -> bytes:
        """Return what tells a request from others."""
        return self.crawler.request_fingerprinter.fingerprint(request)

    def facts(self, kind: str, response: Response, read: Read) -> Facts:
        """Return what was read; nothing where the callback raised, as what it gave before is a part that nobody else gives."""
        if read.error:
            read = Read()
        verdict = response.meta.get("verdict", "ok")
        outcome = "" if verdict == "ok" and response.status < 400 else f"{verdict} {response.status}"
        links = [f"{one.method} {one.url} {digest(one.body)}" for one in read.requests]
        return facts_of(kind, read.items, links, outcome, read.carried)

    def name(self, request: Request) -> str:
        """Return what a page is called in meta."""
        return name_of(self.key(request))

    async def _ask(self, wanted: Wanted) -> None:
        """Have an opinion and book it."""
        egress, facts = None, None
        try:
            subject = wanted.page.subject
            if grant := await self.turns.leave(
                subject.site,
                wanted.egresses,
                wanted.avoid,
                is_bound=wanted.is_bound,
                is_question=wanted.is_question,
            ):
                egress = grant.session.egress
                facts = await self._opinion(wanted.page, grant)
        except Exception as error:
            logger.debug("no opinion through %s on %s: %r", egress, wanted.page.subject.request, error)
        finally:
            self.asking.discard(asyncio.current_task())
        if facts is None or egress is None:
            self.stats.inc_value("agreement/unheard")
            self.ledger.unheard(wanted, egress)
        else:
            self.stats.inc_value("agreement/opinions")
            self.ledger.heard(wanted, egress, facts)
        self.heard()

    async def _opinion(self, page: Page, grant: Grant) -> Facts | None:
        """Fetch a page again and return what is read of it; None where nothing is."""
        request = _opinion_request(page.subject.request)
        self.departures.admit(request, grant)
        self.fetching.add(request)
        try:
            response = await self.crawler.engine.download_async(request)
        finally:
            self.fetching.discard(request)
        facts = await self._reread(page, request, response)
        own = page.opinions.get(page.egress)
        subject: Subject = page.subject
        if facts != own and own is not None and subject.response is not None and not subject.was_reread:
            # The spider may have kept to a limit, or counted, since it read the page.
            subject.was_reread = True
            page.opinions[page.egress] = await self._reread(page, subject.request, subject.response)
        return None if is_blank(facts) and own is not None and not is_blank(own) else facts

    async def _reread(self, page: Page, request: Request, response: Response) -> Facts:
        assert self.crawler.spider
        response.request = request
        read = Read() if response.status >= 400 else await reread(self.crawler.spider, request, response)
        read.carried = self.carried.of(read.requests)
        return self.facts(page.kind, response, read)


def name_of(key: Any) -> str:
    """Return what the page of a key is called in meta."""
    return bytes(key).hex()[:16]


def _opinion_request(request: Request) -> Request:
    more = again(request, LAST_TRY)
    for name in ("avoid", "verdict", "why"):
        more.meta.pop(name, None)
    return more
