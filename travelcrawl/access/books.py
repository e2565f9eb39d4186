"""The books of agreement: what egresses said, which pages are held, and what becomes of all that once one is found to lie."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from math import inf
from random import Random

from travelcrawl.access.opinions import TRUTHS, Conviction, Fate, Page, Policy, Standing
from travelcrawl.access.readings import HALF, Facts, Volatile, says_less, says_nothing

RARE = 6
"""Vouched answers of a liar from which on it is one that lies rarely."""
TURNED = 3
"""Lies in a row, from its first, by which a liar is one that has turned: before, it was as truthful as it seemed."""
QUESTIONS = 5
"""Questions that a liar is asked at the most; fewer pages than that are rather asked for again than asked about."""
KNOWN = 16
"""Pages of a site that are remembered as known, to ask liars about."""


class Books:
    """Keep what is known of egresses and pages, and draw the consequences where an egress lies.

    ``settled``, ``convictions``, ``recalled`` and ``hollow`` are for the caller to take away. Memory: the pages that are held, and the
    released ones that are remembered.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        random: Random,
        clock: Callable[[], float],
        ignored: Iterable[str] = (),
        in_use: Callable[[], int] = lambda: 0,
    ) -> None:
        self.policy = policy
        self.in_use = in_use
        """Egresses that may be heard of yet, and those that were."""
        self.random = random
        self.clock = clock
        self.volatile = Volatile(ignored)
        self.settled: list[Page] = []
        self.convictions: list[Conviction] = []
        self.recalled: list[Page] = []
        """Pages of liars that were released before, and that nobody else has confirmed."""
        self.hollow: list[Page] = []
        """Pages by which an egress seems not to be served at a site."""
        self._founded = 0
        """Suspicions that were right."""
        self.pages = 0
        self.audits = Counter[str]()
        """Pages for which a second opinion was wanted, by reason."""
        self._standings: dict[str, Standing] = {}
        self._probes: dict[Page, float] = {}
        self._open: dict[Page, None] = {}
        self._refused: dict[Hashable, tuple[Page, Facts]] = {}
        """Request → the page that was refused last, and what it said."""
        self._known: dict[str, deque[Page]] = {}
        """Site → pages that several are believed on, the latest last."""
        self._began = inf
        self._has_agreed = False
        """True once most have agreed against somebody: those who tell the same lies are found."""
        self._most: dict[str, int] = {}
        """Kind of page → facts that one of it held at the most."""
        self.links_worth = 1.0
        """What it is worth that a link bears a page out, 0-1: for the caller to say."""
        self._halves: dict[Hashable, int] = {}
        """Request → how often it came half."""

    @property
    def held(self) -> list[Page]:
        """Pages that are held."""
        return [page for standing in self._standings.values() for page in standing.held]

    def knows_liar(self, egress: str) -> bool:
        """Say whether an egress was found to lie."""
        return egress in self._standings and self._standings[egress].is_liar

    def distrust(self, egress: str) -> None:
        """Refuse what an egress says, as somebody else has found that it lies."""
        self._has_agreed = True
        if not self._standing(egress).is_liar:
            self._convict(egress, ())

    def abandon(self) -> None:
        """Settle all that is held, as nothing more can be asked: who is vouched for is believed, the rest another run will have to ask."""
        for standing in self._standings.values():
            is_believed = not standing.is_liar and len(standing.vouchers) >= self.policy.enough
            last = standing.vouchers[-1].number if is_believed else 0
            for page in [*standing.held]:
                self._settle(page, Fate.RELEASED if page.serial <= last and page not in self._open else Fate.REFUSED)

    def _weigh(self, kind: str, facts: Facts) -> None:
        """Learn how much pages of a kind hold."""
        self._most[kind] = max(self._most.get(kind, 0), _holds(facts))

    def _standing(self, egress: str) -> Standing:
        if egress not in self._standings:
            self._standings[egress] = Standing(released=deque(maxlen=self.policy.remembered))
        return self._standings[egress]

    def _is_confirmed(self, page: Page) -> bool:
        """Say whether somebody has said the same as the egress of a page who is no liar, and was truthful later."""
        said = {egress: self.volatile.said(facts) for egress, facts in page.opinions.items()}
        own = said.pop(page.egress, None)
        return any(facts == own and self._was_truthful(egress, page) for egress, facts in said.items())

    def _was_truthful(self, egress: str, page: Page) -> bool:
        standing = self._standing(egress)
        return not standing.is_liar and standing.vouched_after(page.numbers.get(egress, 0)) >= self.policy.later

    def _came_half(self, kind: str, facts: Facts, truth: Facts) -> bool:
        """Say whether facts are of a page that came half. Where in truth nothing is there, such pages say how much a whole one holds."""
        if says_nothing(truth):
            return _holds(facts) < HALF * self._most.get(kind, 0)
        return says_less(dict(self.volatile.said(facts)), dict(self.volatile.said(truth)))

    def _convict(self, egress: str, names: tuple[str, ...], number: int = 0, site: str = "", kind: str = "") -> None:
        """Refuse all that only an egress and other liars have said, and let go what only its word has vouched for.

        Where it seemed truthful for long before its first lie, in the answer of that ``number``, what it said before that and at other
        sites waits until more of its lies are known.
        """
        liar = self._standing(egress)
        liar.is_liar, liar.first_lie = True, number
        liar.told(site, number, is_lie=True)
        vouched = len(liar.vouchers) - liar.vouched_after(number)
        seems_late = number > 0 and vouched + self.links_worth * liar.borne_out / 2 >= self.policy.sure
        for page in [page for page in liar.held if page in self._open or not self._is_confirmed(page)]:
            if seems_late and page not in self._open and (page.site != site or page.serial < number):
                liar.doubted.append(page)
            else:
                self._refuse(page)
        for page in [page for page in liar.held if page not in liar.doubted]:
            self._settle(page, Fate.RELEASED)
        for standing in [*self._standings.values()]:
            standing.forget(egress)
            if standing.is_liar:
                self._recall(standing, is_doubted=standing is liar and seems_late)
        self.convictions.append(Conviction(egress=egress, facts=names, kind=kind))
        for page in (*self.held, *self._probes):
            if page.egress != egress:
                page.opinions.pop(egress, None)
        self._probes = {page: since for page, since in self._probes.items() if page.egress != egress}
        for site in {page.site for page in liar.doubted}:
            self._look(liar, site)
        self._reconsider(egress)

    def _refuse(self, page: Page) -> None:
        """Refuse a page of a liar; what it said is compared with what is said next."""
        liar = self._standing(page.egress)
        if (len(liar.vouchers) >= RARE or page in liar.looked_at) and page.egress in page.opinions:
            # Who lies rarely is mostly right: its word counts where another egress says the same.
            self._refused[page.key] = page, page.opinions[page.egress]
        if page.fate is Fate.RELEASED:
            self.recalled.append(page)
        self._settle(page, Fate.REFUSED)

    def _recall(self, liar: Standing, *, is_doubted: bool) -> None:
        """Recall what was released of a liar and is not confirmed, if it is not doubted only."""
        kept = deque[Page](maxlen=self.policy.remembered)
        for page in liar.released:
            if self._is_confirmed(page):
                kept.append(page)
            elif is_doubted:
                liar.doubted.append(page)
            else:
                self.recalled.append(page)
        liar.released = kept

    def _reconsider(self, egress: str, *, is_last: bool = False) -> None:
        """Decide on what is doubted of a liar when enough is known of what it said last."""
        liar = self._standing(egress)
        if not liar.doubted:
            return
        has_turned = liar.sure_lies >= TURNED
        # Where it lies now and then, what it said before is worth nothing.
        if liar.wavers or (not has_turned and (is_last or len(liar.doubted) <= QUESTIONS)):
            doubted, liar.doubted = liar.doubted, []
            for page in doubted:
                self._refuse(page)
            return
        if not has_turned:
            return
        if is_last:
            liar.looked_at.clear()
        until = {site: liar.known_until(site, self.links_worth) for site in {page.site for page in liar.doubted}}
        known = [page for page in liar.doubted if page.serial < until[page.site]]
        for page in known:
            liar.doubted.remove(page)
            self._settle(page, Fate.RELEASED)
        # They need nobody's word, so that nobody's conviction recalls them.
        liar.released = deque((page for page in liar.released if page not in known), maxlen=self.policy.remembered)
        for site in {page.site for page in liar.doubted}:
            self._look(liar, site)

    def _look(self, liar: Standing, site: str) -> None:
        """Ask for the last pages again that a liar said of a site before it seems to have turned; that may be another time at each site."""
        if any(page.site == site and self._refused.get(page.key, (None,))[0] is page for page in liar.looked_at):
            return
        known = liar.known_until(site, self.links_worth)
        doubted = [page for page in liar.doubted if page.site == site and page.serial >= known]
        for page in sorted(doubted, key=lambda page: page.serial)[-TRUTHS:]:
            liar.doubted.remove(page)
            liar.looked_at[page] = None
            self._refuse(page)

    def _settle(self, page: Page, fate: Fate) -> None:
        self._open.pop(page, None)
        if page.fate is None:
            page.fate = fate
            self.settled.append(page)
            standing = self._standing(page.egress)
            standing.held.pop(page, None)
            if fate is Fate.RELEASED:
                standing.released.append(page)


def _holds(facts: Facts) -> int:
    return sum(map(bool, facts.values()))
