"""Whom to believe: egresses vouch for each other by what was read of the same page; a page is held until its egress is vouched for.

An egress may lie (serve decoys) always, rarely, or only after a while, and what it says need not look wrong. So a share of all pages
is fetched through a second egress, and what was read is compared. Two that agree vouch for each other, and for the page. Where they
differ, further opinions decide; who is outvoted is convicted: what is still held of its pages is refused, what was released is recalled.

An egress with n vouched answers lies about the next with probability p = 1.1 / (4 + n), 27 % before anything is known and 5 % after
twenty, and its opinion weighs ln((1 - p) / p), its log-odds of being true. A version of a page is believed when it outweighs the next
one by ``Policy.margin``. That takes each to lie for itself: where nine tell the same lies beside twelve who do not, five of them may be
asked first. So the first dispute is put to all, and decided by most.

One that lies about a share r of its pages stays unseen through n comparisons with probability (1 - r)^n.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Hashable, Iterable
from typing import Any

from travelcrawl.access.asking import Asking
from travelcrawl.access.books import KNOWN
from travelcrawl.access.opinions import Fate, Page, Version, Voucher, Wanted
from travelcrawl.access.readings import Facts, says_nothing
from travelcrawl.access.signs import Signs

SILENT = 4
"""Egresses that may fail to give an opinion on a page before it is left at that."""
HOLLOW = 2
"""Answers in a row without what such pages hold, by which an egress is not served at a site."""
HALVES = 3
"""Times that a page may come half before it is believed to be so: two that were challenged and one that wanted a script had shown the
same nothing, in 5 of 16 crawls of strict/1701 and 1703 (simulated, 2026-11-30)."""
DENIALS = 2
"""Times that an egress may wrongly say that a page is gone, by which it lies: once anybody may be mistaken."""
GRACE = 3.0
"""Seconds from the first page on in which egresses that have not answered yet may still do."""
NONE = Signs()


class Ledger(Asking):
    """Book who said what of which page, and say what becomes of the pages."""

    # What comes in

    def read(
        self,
        egress: str,
        key: Hashable,
        kind: str,
        facts: Facts,
        *,
        subject: Any = None,
        is_hollow: bool = False,
        signs: Signs = NONE,
        site: str = "",
    ) -> Page:
        """Book an answer to the request ``key``. Its fate may be decided at once.

        One that lacks what such pages hold is refused, and what is said of it next time is the second opinion.
        """
        standing = self._standing(egress)
        self._began = min(self._began, self.clock())
        self.pages += 1
        standing.answers += 1
        if signs.is_borne_out:
            standing.bear_out(site)
        standing.hollow[site] = standing.hollow.get(site, 0) + 1 if signs.is_less else 0
        page = Page(
            egress=egress, key=key, kind=kind, subject=subject, serial=standing.answers, site=site, is_hollow=is_hollow
        )
        page.opinions[egress], page.numbers[egress] = facts, standing.answers
        self._weigh(kind, facts)
        standing.held[page] = None
        before = self._refused.get(key)
        if standing.is_liar:
            self._refuse(page)
        elif (
            signs.is_less
            and self._halves.get(key, 0) < (HALVES if before and not signs.is_said else 1)
            and self._may_suspect()
        ):
            self._come_half(page)
        elif before and before[0].egress != egress:
            del self._refused[key]
            self._compare(page, *before, signs)
        elif reason := self._reason(page, standing, signs):
            self._want(page, reason)
        return page

    def _come_half(self, page: Page) -> None:
        """Refuse a page that lacks what such pages hold; what is said of it next time is the second opinion."""
        self.audits["suspect"] += 1
        if self._standing(page.egress).hollow.get(page.site, 0) >= HOLLOW:
            self.hollow.append(page)
        self._halves[page.key] = self._halves.get(page.key, 0) + 1
        self._refused[page.key] = page, page.opinions[page.egress]
        self._settle(page, Fate.REFUSED)

    def lacks(self, page: Page) -> None:
        """Say of a page that was read before that it lacks what such pages hold, as is known by now."""
        if self._may_doubt(page):
            self._come_half(page)

    def doubt(self, page: Page) -> None:
        """Say of a page that was read before that what it led to speaks against it."""
        if self._may_doubt(page) and page not in self._open:
            self._want(page, "suspect")

    def _may_doubt(self, page: Page) -> bool:
        """Say whether a page that was read before can still be suspected: it is held, and nobody else was heard on it."""
        return page.fate is None and not page.is_compared and self._may_suspect()

    def _compare(self, page: Page, before: Page, facts: Facts, signs: Signs) -> None:
        """Take what was said of a page when it was refused as a second opinion; of who lied it is none where it differs."""
        egress = before.egress
        other = self._standing(egress)
        if self.volatile.said(facts) == self.volatile.said(page.opinions[page.egress]):
            if other.is_liar:
                other.told(before.site, before.serial, is_lie=False, by=page.egress)
            if not page.is_hollow:
                page.vouched.add(page.egress)
                insort(self._standing(page.egress).vouchers, Voucher(page.serial, egress, page.site))
            if not other.is_liar:
                self._settle(page, Fate.RELEASED)
        elif self._came_half(page.kind, facts, page.opinions[page.egress]):
            # It was right to be suspicious.
            self._founded += 1
            if says_nothing(page.opinions[page.egress]):
                self._want(page, "refetch")
        elif other.is_liar:
            other.told(before.site, before.serial, is_lie=True, by=page.egress)
            if reason := self._reason(page, self._standing(page.egress), signs):
                self._want(page, reason)
        else:
            page.opinions[egress], page.numbers[egress] = facts, before.serial
            self._want(page, "refetch")
        self._reconsider(egress)

    def heard(self, wanted: Wanted, egress: str, facts: Facts) -> None:
        """Book what another egress said of a page."""
        page, standing = wanted.page, self._standing(egress)
        page.asked.discard(wanted.token)
        if wanted.is_question:
            self._answer(page, egress, facts)
            return
        standing.answers += 1
        if not standing.is_liar and egress not in page.opinions:
            page.opinions[egress], page.numbers[egress] = facts, standing.answers
        self._judge(page)

    def unheard(self, wanted: Wanted, egress: str | None) -> None:
        """Book that an egress gave no opinion; None: that there was nobody to ask."""
        page = wanted.page
        page.asked.discard(wanted.token)
        if wanted.is_question:
            return
        if wanted.is_probe:
            page.silent.add(wanted.token)
        else:
            page.silent.update([egress] if egress else [])
            page.is_exhausted = egress is None or len(page.silent) >= SILENT
        self._judge(page)

    def closing(self) -> None:
        """Settle what is held, as nothing else is in flight: each call wants some opinions, or else releases all."""
        if any(page.asked for page in (*self._open, *self._probes)) or self._next():
            return
        for egress in self._standings:
            self._reconsider(egress, is_last=True)
        budget = int(self.policy.closing * self.pages) + 2 * len(self._standings) - self.audits["closing"]
        for standing in [one for one in self._standings.values() if not one.is_liar]:
            for page in self._to_confirm(standing)[: max(0, budget)]:
                budget -= 1
                self._want(page, "closing")
        if not self._next():
            for page in self.held:
                self._settle(page, Fate.RELEASED)

    # What follows

    def _versions(self, page: Page) -> list[Version]:
        """Return the versions of a page, the weightiest first."""
        groups: dict[frozenset[tuple[str, int]], list[str]] = {}
        for egress, facts in page.opinions.items():
            groups.setdefault(self.volatile.said(facts), []).append(egress)
        versions = (
            Version(egresses=tuple(who), weight=self._weight(who), facts=page.opinions[who[0]])
            for who in groups.values()
        )
        return sorted(versions, key=lambda version: -version.weight)

    def _weight(self, egresses: Iterable[str]) -> float:
        return sum(self._standing(egress).weight for egress in egresses)

    def _judge(self, page: Page) -> None:
        """See what the opinions on a page amount to."""
        is_last = page.is_exhausted and not page.asked
        versions = self._versions(page)
        if len(versions) > 1:
            self.volatile.learn([*page.opinions.values()], is_last=is_last)
            versions = self._versions(page)
        if len(versions) > 1:
            self._decide(page, versions, is_last)
        elif page.is_compared:
            self._open.pop(page, None)
            self.volatile.agreed([*page.opinions.values()])
            self._vouch(page, versions[0])
        elif page.is_exhausted:
            self._open.pop(page, None)
            self._sweep(page.egress)

    def _decide(self, page: Page, versions: list[Version], is_last: bool) -> None:
        """Believe the version that leads far enough, or by two to one where nobody is left to ask; the first time that of most."""
        if self._has_agreed:
            best, second = versions[:2]
            leads = best.weight - second.weight >= self.policy.margin or (is_last and best.weight >= 2 * second.weight)
        else:
            # Those who tell the same lies have vouched for each other by now: heads are counted.
            versions = sorted(versions, key=lambda version: -len(version.egresses))
            best, second = versions[:2]
            leads = len(best.egresses) > len(second.egresses) + (0 if is_last else self._unheard(page))
        if leads and len(best.egresses) > 1:
            self._believe(page, best, versions[1:])
            return
        self._open[page] = None
        if is_last:
            self._settle(page, Fate.DISPUTED)

    def _believe(self, page: Page, best: Version, others: list[Version]) -> None:
        """Convict those who said otherwise, where it was no mistake."""
        self._open.pop(page, None)
        self._has_agreed = True
        liars: dict[str, tuple[str, ...]] = {}
        for version in others:
            for egress in version.egresses:
                if (
                    self._came_half(page.kind, version.facts, best.facts)
                    or self.knows_liar(egress)
                    or self._is_forgiven(egress, version.facts)
                ):
                    page.opinions.pop(egress)
                    if egress == page.egress:
                        self._settle(page, Fate.REFUSED)
                elif names := self.volatile.outvoted(egress, version.facts, best.facts, len(self._standings)):
                    page.opinions.pop(egress)
                    liars[egress] = names
        # All are liars before the first is convicted: they have confirmed each other.
        for egress in liars:
            self._standing(egress).is_liar = True
        for egress, names in liars.items():
            self._convict(egress, names, page.numbers[egress], page.site, page.kind)
        self._judge(page)

    def _unheard(self, page: Page) -> int:
        """Return how many may still say something of a page; who has not answered at all is waited for only at first."""
        known = len(self._voters())
        if self.clock() < self._began + GRACE:
            known = max(known, self.in_use())
        return known - len(page.opinions) - len(page.silent)

    def _is_forgiven(self, egress: str, facts: Facts) -> bool:
        """Say whether an outvoted answer that says something is gone may have been a mistake."""
        standing = self._standing(egress)
        standing.denials += says_nothing(facts)
        return says_nothing(facts) and standing.denials < DENIALS

    def _answer(self, page: Page, egress: str, facts: Facts) -> None:
        """Book what a liar says of a page that is known."""
        liar, truth = self._standing(egress), self._versions(page)[0].facts
        liar.answers += 1
        page.numbers[egress] = liar.answers
        is_lie = self.volatile.said(facts) != self.volatile.said(truth)
        if not (is_lie and self._came_half(page.kind, facts, truth)):
            liar.told(page.site, liar.answers, is_lie=is_lie)
        self._reconsider(egress)

    def _vouch(self, page: Page, version: Version) -> None:
        """Let those who agree vouch for each other, and release what that confirms."""
        first = page.egress if page.egress in version.egresses else version.egresses[0]
        for egress in version.egresses:
            if egress not in page.vouched and not page.is_hollow:
                page.vouched.add(egress)
                partner = first if egress != first else version.egresses[1]
                standing = self._standing(egress)
                insort(standing.vouchers, Voucher(page.numbers[egress], partner, page.site))
        if len(version.egresses) > 1 and not page.is_hollow and version.weight >= self.policy.margin:
            self._known.setdefault(page.site, deque(maxlen=KNOWN)).append(page)
        for egress in version.egresses:
            self._sweep(egress)

    def _sweep(self, egress: str) -> None:
        """Release those pages of an egress that are vouched for by now."""
        if not self._has_agreed and any(page.is_compared for page in self._open):
            return
        standing = self._standing(egress)
        vouchers, policy = standing.vouchers, self.policy
        horizon = vouchers[-policy.after].number if len(vouchers) >= policy.trusted else 0
        for page in [page for page in standing.held if page not in self._open]:
            is_agreed = page.is_compared and self._weight(page.opinions) >= policy.margin
            if page.serial < horizon or (is_agreed and standing.vouched_after(page.serial) >= policy.later):
                self._settle(page, Fate.RELEASED)
