"""Which requests of a crawl may leave, which wait, and which are on their way: what schedulers and middlewares share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Protocol
from weakref import WeakKeyDictionary

import attrs
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.httpobj import urlparse_cached

from travelcrawl.access.gate import Ask, Gate, Grant, Outcome, Session, Wait, Why
from travelcrawl.access.verdicts import Verdict
from travelcrawl.access.waiting import Key, WaitingRoom
from travelcrawl.frontier.engine import downloading, wake

FAR = 30 * 24 * 3600.0
"""Seconds ahead at which a request is not believed to wait: what comes out of a queue may be anybody's."""


OF_PAGE = "session_of_page"
"""Meta of a robots.txt: the session of the page that needs it. It never enters a queue."""


@attrs.define(eq=False)
class Passage:
    """A request that has leave."""

    grant: Grant
    sent: float | None = None
    """When it went to the downloader, by the gate's clock."""
    is_booked: bool = False


class KnowsRobots(Protocol):
    """Whose rules have to be known before a host's pages may leave (middlewares/robots.py)."""

    def knows(self, root: str) -> bool:
        """Say whether the rules of ``https://host`` are known, or need not be."""


class Departures:
    """Ask the gate for each request, keep what has to wait, and give back each grant once, whatever becomes of its request.

    Grants are kept by the identity of the request, never in ``meta``, which redirects and retries copy. A grant ends when its request
    is in the downloader no more: answered, failed, refused by a middleware or cancelled. Of a host whose robots.txt is not known one
    request leaves, and the others wait for what it finds.
    """

    def __init__(self, crawler: Crawler, gate: Gate, *, site: str | None, size: int, sets_proxy: bool = True) -> None:
        self.crawler = crawler
        self.gate = gate
        self.site = site
        """Whose budget all requests take from; None: their host's."""
        self.sets_proxy = sets_proxy
        """False: no egresses are listed, and proxies are the project's own affair."""
        self.may_change = False
        """True where the list of egresses may become another."""
        self.robots: KnowsRobots | None = None
        self.room: WaitingRoom[Request] = WaitingRoom(
            self._leave, gate.clock, size, (Ask(site=site), "") if site else None
        )
        self.browser_pages = inf
        """Pages that may be open at once in browsers (middlewares/browser.py)."""
        self.spent: Callable[[Wait], None] = lambda _: None
        """Called when all that is asked of the crawl's one site waits for the next day's quota."""
        self.first: list[Callable[[], None]] = []
        """Called before a request is handed out: for those who ask the gate beside the scheduler, who would come too late for ever."""
        self._passages: dict[Request, Passage] = {}
        self._finding_out: dict[str, Request] = {}
        self._plain: dict[str, Ask] = {}
        self._timer: asyncio.TimerHandle | None = None

    # What a scheduler asks

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self.room)

    def next(self, draw: Callable[[], Request | None]) -> Request | None:
        """Return a request that may leave now, drawn where none of those who wait may; None: the engine is woken in time."""
        self._look_what_has_left()
        for serve in self.first:
            serve()
        drawn = self.room.next(lambda: self._keyed(draw()))
        if drawn is None:
            self._wake_at(self.room.opens_at)
            return None
        request, grant = drawn
        self._passages[request] = Passage(grant)
        if self.robots and not self.robots.knows(root := _root(request)):
            self._finding_out[root] = request
        return request

    def cancel(self, request: Request) -> None:
        """Give back the grant of a request that is not on its way any more, or was never sent."""
        passage = self._passages.get(request)
        if passage is None:
            return
        if "download_latency" in request.meta:
            # An answer came, and a middleware raised on it before it was judged: a body that unpacks to more than is allowed.
            self.done(request, Verdict.MALFORMED)
        del self._passages[request]
        self.gate.left(passage.grant)
        self.room.stir(passage.grant.session.site)

    def close(self) -> list[Request]:
        """Give back all grants and return the requests that wait, in order."""
        if self._timer:
            self._timer.cancel()
        for request in list(self._passages):
            self.cancel(request)
        return self.room.clear()

    # What middlewares ask

    def passage(self, request: Request) -> Passage | None:
        """Return the passage of a request, None where no scheduler asked for one."""
        return self._passages.get(request)

    def beside(self, request: Request, session: Session) -> Passage:
        """Give leave at once to what a page with leave needs: through its session, or elsewhere if it was there in vain."""
        answer = self.gate.ask(self._ask(request)) if request.meta.get("avoid") else None
        grant = answer if isinstance(answer, Grant) else self.gate.charge(session)
        passage = self._passages[request] = Passage(grant)
        return passage

    async def wait_for(self, request: Request) -> Passage:
        """Wait for leave where no scheduler can: requests of a media pipeline, which hold their place meanwhile."""
        ask = self._ask(request)
        while True:
            self._look_what_has_left()
            answer = self.gate.ask(ask)
            if isinstance(answer, Grant):
                break
            await asyncio.sleep(min(max(answer.seconds, 0.01), 1.0))
        passage = self._passages[request] = Passage(answer)
        return passage

    def give_back(self) -> None:
        """Give back the grants of those that have left, which ``next`` does where the engine asks for requests at all."""
        self._look_what_has_left()

    def admit(self, request: Request, grant: Grant) -> None:
        """Let a request leave that got its grant elsewhere, beside the scheduler; it goes to the downloader next."""
        self._passages[request] = Passage(grant)

    def sent(self, passage: Passage) -> None:
        """Note that a request goes to the downloader."""
        passage.sent = self.gate.clock()

    def done(self, request: Request, verdict: Verdict, retry_after: float | None = None) -> None:
        """Book what came of a request, once."""
        passage = self._passages.get(request)
        if passage and passage.sent is not None and not passage.is_booked:
            passage.is_booked = True
            seconds = max(0.0, self.gate.clock() - passage.sent)
            self.gate.done(passage.grant, Outcome(verdict=verdict, seconds=seconds, retry_after=retry_after))
            self.room.stir(passage.grant.session.site)

    def changed(self, site: str) -> None:
        """Ask the gate again for a site at once: other workers or a robots.txt have something to say of it."""
        self.room.stir(site)
        if self.waiting:
            wake(self.crawler)

    # Details

    def _keyed(self, request: Request | None) -> tuple[Key, int, Request] | None:
        if request is None:
            return None
        root = "" if self.robots is None or self.robots.knows(found := _root(request)) else found
        return (self._ask(request), root), request.priority, request

    def _ask(self, request: Request) -> Ask:
        """Return what the gate has to know. A hop of a redirect stays with the egress of the request it came from."""
        meta = request.meta
        site = self.site or urlparse_cached(request).hostname or ""
        worn = meta.get("worn")
        is_hop = isinstance(worn, dict) and meta.get("redirect_times", 0) != worn.get("hop")
        not_before = meta.get("not_before", 0.0)
        if not (is_hop or not_before or meta.get("avoid") or meta.get("browser")):
            return self._plain.get(site) or self._plain.setdefault(site, Ask(site=site))
        now = time.time()
        waits = isinstance(not_before, int | float) and now < not_before < now + FAR
        avoid = meta.get("avoid") or ()
        return Ask(
            site=site,
            egress=meta.get("egress") if is_hop else None,
            avoid=frozenset(map(str, avoid)) if isinstance(avoid, list | tuple) else frozenset(),
            not_before=float(not_before) if waits else 0.0,
            in_browser=bool(meta.get("browser")),
        )

    def _leave(self, key: Key) -> Grant | Wait:
        ask, root = key
        if root and self._finding_out.get(root) in self._passages and not (self.robots and self.robots.knows(root)):
            return Wait(seconds=inf, why=Why.ROBOTS)
        if ask.in_browser and sum(bool(one.meta.get("browser")) for one in self._passages) >= self.browser_pages:
            return Wait(seconds=inf, why=Why.BROWSER)
        answer = self.gate.ask(ask, partial(self.room.behind, ask.site))
        if self.site and isinstance(answer, Wait) and answer.why is Why.QUOTA:
            self.spent(answer)
        if isinstance(answer, Wait) and ask.egress is not None and answer.why is Why.EGRESS:
            # The egress of the first hop is out of use: better another than none.
            return self.gate.ask(attrs.evolve(ask, egress=None))
        return answer

    def _look_what_has_left(self) -> None:
        if self._passages:
            active = downloading(self.crawler)
            for request in [request for request in self._passages if request not in active]:
                self.cancel(request)

    def _wake_at(self, when: float) -> None:
        """Have the engine ask again at a time of the gate's clock; one timer does it."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if len(self.room):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, when - self.gate.clock()), wake, self.crawler)


def _root(request: Request) -> str:
    parts = urlparse_cached(request)
    return f"{parts.scheme}://{parts.netloc}"


_departures: WeakKeyDictionary[Crawler, Departures] = WeakKeyDictionary()


def register(crawler: Crawler, departures: Departures) -> Departures:
    """Name the departures of a crawl."""
    _departures[crawler] = departures
    return departures


def departures_of(crawler: Crawler) -> Departures | None:
    """Return the departures of a crawl, None where the access layer is off."""
    return _departures.get(crawler)
