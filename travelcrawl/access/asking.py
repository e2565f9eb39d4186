"""What to ask: on which pages an opinion is wanted, of whom, and in which order."""

from __future__ import annotations

from math import ceil

from travelcrawl.access.books import QUESTIONS, TURNED, Books
from travelcrawl.access.opinions import Page, Standing, Wanted
from travelcrawl.access.readings import Facts
from travelcrawl.access.signs import Signs

TAIL = 0.2
"""Share of an egress's answers, the latest, that are looked at before its last pages are released."""
BORNE_OUT = 0.85
"""Share of an answer that needs no voucher where its link bears it out: most lies would have shown."""
SPARED = 0.3
"""Share of the vouchers without which a page gets no second opinion that its link bears out: the others are better asked about."""
LIST = 5
"""Links or rows from which on a page is a list."""


class Asking(Books):
    """Say which opinion is wanted next."""

    def due(self) -> Wanted | None:
        """Say which opinion to ask for now, and book it as asked for."""
        wanted = self._next()
        if wanted:
            wanted.page.asked.add(wanted.token)
            if wanted.is_question:
                self._standing(wanted.egresses[0]).questions += 1
                self.audits["question"] += 1
        return wanted

    def _reason(self, page: Page, standing: Standing, signs: Signs) -> str | None:
        """Say why a page gets a second opinion, if it does."""
        policy = self.policy
        kinds = {probe.kind for probe in self._probes}
        if not page.is_hollow and self.audits["probe"] < policy.probes and page.kind not in kinds:
            self._probes[page] = self.clock()
            return "probe"
        if signs.why and self._may_suspect():
            return "suspect"
        # The more that is known early, the fewer pages of a liar have to be fetched again.
        worth = self.links_worth
        bare = standing.answers - BORNE_OUT * worth * standing.borne_out
        due = min(policy.eager * standing.answers, policy.enough) + 2 * policy.share * bare
        pending = sum(page in self._open for page in standing.held) + len(self._open) / len(self._standings)
        due *= policy.lists if is_list(page.opinions[page.egress]) else 1 - SPARED * worth * signs.is_borne_out
        return "sample" if len(standing.vouchers) + pending < due * self.random.uniform(0.8, 1.2) else None

    def _may_suspect(self) -> bool:
        return self.audits["suspect"] - self._founded < self.policy.suspects * self.pages + 2 * len(self._standings)

    def _to_confirm(self, standing: Standing) -> list[Page]:
        """Choose what to compare of an egress before the rest of its pages is released: the last, and others."""
        free = [page for page in standing.held if not page.is_compared and not page.is_exhausted]
        policy, answers, known = self.policy, standing.answers, len(standing.vouchers)
        # Of few pages few can be lies: what may slip through is their number times (1 - r)^n.
        enough, last = min(policy.enough, policy.eager * answers), min(policy.last, ceil(TAIL * answers / 4))
        late = sum(voucher.number > answers * (1 - TAIL) for voucher in standing.vouchers)
        late += sum(number > answers * (1 - TAIL) for one in standing.lately.values() for number in one) // 2
        missing = max(ceil((enough - known) / 2), last - late)
        tail = [page for page in free if page.serial > answers * (1 - TAIL)] or free
        return self.random.sample(tail, min(len(tail), max(0, missing)))

    def _want(self, page: Page, reason: str) -> None:
        self.audits[reason] += 1
        self._open[page] = None

    def _next(self) -> Wanted | None:
        """Return what is to be asked now: disputes first, then probes, then the rest in order."""
        now = self.clock()
        self._probes = {page: since for page, since in self._probes.items() if now - since < self.policy.probe_age}
        torn = [page for page in self._open if page.is_compared]
        if not self._has_agreed:
            torn = self._put_to_vote(torn)
        disputed = (self._dispute(page) for page in torn)
        questions = (self._question(name) for name, one in self._standings.items() if self._is_doubtful(one))
        probes = (self._probe(page) for page in self._probes)
        others = (self._dispute(page) for page in self._open if not page.is_compared)
        return next((wanted for group in (disputed, questions, probes, others) for wanted in group if wanted), None)

    def _put_to_vote(self, torn: list[Page]) -> list[Page]:
        """Have the first dispute put to all; return it alone, as the others are decided best once it is."""
        votes = [page for page in torn if page in self._probes] or torn[:1]
        self._probes |= {page: self.clock() for page in votes if page not in self._probes}
        return votes

    def _voters(self) -> list[str]:
        """Return who can be asked at all."""
        return [name for name, one in self._standings.items() if one.answers and not one.is_liar]

    def _is_doubtful(self, standing: Standing) -> bool:
        """Say whether much depends on how a liar lies, and it is not known."""
        return bool(standing.doubted) and standing.sure_lies < TURNED

    def _question(self, egress: str) -> Wanted | None:
        """Ask a liar about a page that is known, where it lied: one question after the other."""
        liar = self._standing(egress)
        known = [page for site in liar.lies for page in self._known.get(site, ())]
        if liar.questions >= QUESTIONS or any(egress in page.asked for page in known):
            return None
        free = (page for page in reversed(known) if egress not in page.numbers and page.egress != egress)
        page = next(free, None)
        return None if page is None else Wanted(page=page, egresses=(egress,), avoid=frozenset(), is_question=True)

    def _dispute(self, page: Page) -> Wanted | None:
        if page.asked or page.is_exhausted:
            return None
        others = [name for name in self._voters() if name not in page.opinions and name not in page.silent]
        self.random.shuffle(others)
        # A dispute is decided best by those who are known best; a voucher helps those most who have fewest.
        others.sort(key=lambda name: self._standings[name].weight, reverse=page.is_compared)
        liars = {name for name, one in self._standings.items() if one.is_liar}
        return Wanted(page=page, egresses=tuple(others), avoid=frozenset({*page.opinions, *page.silent, *liars}))

    def _probe(self, page: Page) -> Wanted | None:
        done = page.opinions.keys() | page.silent | page.asked
        names = (name for name in self._voters() if name not in done)
        wanted = (Wanted(page=page, egresses=(name,), avoid=frozenset(), is_probe=True) for name in names)
        return next(wanted, None)


def is_list(facts: Facts) -> bool:
    """Say whether a page shows many rows, or leads to many others."""
    return any(name.endswith("#") and number >= LIST for name, number in facts.items())
