"""What the ledger of agreement keeps: pages and their versions, what is known of an egress, what is wanted and what was found."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Hashable
from enum import StrEnum
from math import ceil, inf, log
from operator import itemgetter
from typing import Any, NamedTuple

import attrs

from travelcrawl.access.readings import Facts

ANYBODY = ""
"""Stands for an egress that is still to be found."""


class Fate(StrEnum):
    """What becomes of a page."""

    RELEASED = "released"
    REFUSED = "refused"
    """Its egress lied, here or elsewhere: it has to be fetched again through another."""
    DISPUTED = "disputed"
    """Its versions differ, and there is nobody left to ask."""


@attrs.frozen(kw_only=True)
class Policy:
    """How much is asked for, and how much is enough."""

    share: float = 0.075
    """Pages that get a second opinion for good, as a share of all."""
    eager: float = 1.0
    """Vouchers that an egress should have for each answer, until it has enough: what is found out early costs few pages."""
    enough: int = 8
    """Vouched answers that an egress should have soon, and before the last of its pages are released."""
    lists: float = 1.2
    """Times the vouchers up to which a list gets a second opinion: one that lost rows loses what they lead to, and nobody misses it."""
    sure: int = 20
    """Vouched answers before its first lie from which on an egress may have been truthful until then; two that their links bear out
    count for one, as half of all lies would have shown."""
    trusted: int = 60
    """Vouched answers after which its pages are released as they come."""
    after: int = 4
    """How many of them must be later than the page: an egress may begin to lie."""
    later: int = 2
    """How many have to be later than a page that was compared: two that were truthful may begin to tell the same lies."""
    probes: int = 1
    """Pages that every egress is asked for as it comes into use, each of another kind: there liars that say the same are outvoted."""
    probe_age: float = 120.0
    """Seconds for which a page serves as a probe: then it may have changed."""
    margin: float = 4.5
    """Log-odds by which a version must lead to be believed: 90 to 1."""
    suspects: float = 0.06
    """Suspicious pages that get a second opinion beyond ``share``, as a share of all."""
    last: int = 3
    """How many of the latest answers of an egress must be vouched for before the last of its pages are released."""
    closing: float = 0.1
    """Pages that get one when nothing else is in flight, as a share of all."""
    remembered: int = 500
    """Released pages of an egress that can be recalled."""

    @classmethod
    def of_share(cls, share: float) -> Policy:
        """Return the policy that asks for more or less of all, as the share is to its default."""
        times = share / cls().share
        return cls(share=share, enough=max(3, round(8 * times)), trusted=max(9, round(60 * times)))


@attrs.define(kw_only=True, eq=False)
class Page:
    """An answer that was read."""

    egress: str
    key: Hashable
    """The request that it answers."""
    kind: str
    """Pages of one kind are read alike: by one callback, one page object."""
    serial: int
    """Its number among the answers of its egress."""
    subject: Any = None
    """Whatever the caller needs to fetch it again."""
    site: str = ""
    is_hollow: bool = False
    """Nothing was read. Two that agree on that vouch for the page only: who serves decoys may well say "gone" truly."""
    opinions: dict[str, Facts] = attrs.field(factory=dict)
    """Egress → what it said, its own first."""
    asked: set[str] = attrs.field(factory=set)
    """Whose opinion is awaited."""
    silent: set[str] = attrs.field(factory=set)
    """Who was asked and gave none."""
    is_exhausted: bool = False
    """There is nobody left to ask."""
    vouched: set[str] = attrs.field(factory=set)
    """Whom it has vouched for."""
    numbers: dict[str, int] = attrs.field(factory=dict)
    """Egress → the number of its opinion among its answers."""
    fate: Fate | None = None

    @property
    def is_compared(self) -> bool:
        """True where an opinion beside its own has been heard."""
        return len(self.opinions) > 1


class Voucher(NamedTuple):
    """That an answer of an egress was confirmed."""

    number: int
    """Of the answer among those of its egress."""
    partner: str
    """The egress that said the same."""
    site: str = ""


TRUTHS = 2
"""Egresses that have to say the same as a liar of later pages of a site, so that it had not turned there by then: one may have as well."""
BACK = 5
"""Answers that their links bear out, before which an egress is as good as vouched for: of 5 lies in a row hardly all look right."""


@attrs.define(kw_only=True)
class Standing:
    """What is known of an egress."""

    answers: int = 0
    borne_out: int = 0
    """Of them those that agree with what was shown where they were linked."""
    vouchers: list[Voucher] = attrs.field(factory=list)
    """In order."""
    hollow: dict[str, int] = attrs.field(factory=dict)
    """Site → how many of its answers in a row lacked what such pages hold."""
    lately: dict[str, deque[int]] = attrs.field(factory=dict)
    """Site → numbers of the last answers that their links bear out."""
    held: dict[Page, None] = attrs.field(factory=dict)
    released: deque[Page]
    denials: int = 0
    """Pages that it wrongly said were gone."""
    is_liar: bool = False
    first_lie: int = 0
    """Number of the answer it was convicted by."""
    doubted: list[Page] = attrs.field(factory=list)
    """Pages of a liar from before its first lie: whether it lied then shows by what it said later."""
    looked_at: dict[Page, None] = attrs.field(factory=dict)
    """Pages of one that has turned that are asked for again to find out when it did."""
    lies: dict[str, list[int]] = attrs.field(factory=dict)
    """Site → numbers of the answers of a liar of which others said otherwise."""
    sure_lies: int = 0
    """Of them those that several others were heard on."""
    truths: dict[str, list[Voucher]] = attrs.field(factory=dict)
    """Site → answers of a liar of which others said the same."""
    questions: int = 0
    """Asked since then."""

    def told(self, site: str, number: int, *, is_lie: bool, by: str = "") -> None:
        """Note what another, or several, said of an answer of a liar."""
        if is_lie:
            self.lies.setdefault(site, []).append(number)
            self.sure_lies += not by
        else:
            self.truths.setdefault(site, []).append(Voucher(number, by, site))

    def bear_out(self, site: str) -> None:
        """Note that the link of its last answer bears it out."""
        self.borne_out += 1
        self.lately.setdefault(site, deque(maxlen=2 * BACK)).append(self.answers)

    def forget(self, liar: str) -> None:
        """Drop what one has vouched for that is found to lie."""
        self.vouchers = [voucher for voucher in self.vouchers if voucher.partner != liar]
        for site, truths in self.truths.items():
            self.truths[site] = [truth for truth in truths if truth.partner != liar]

    def vouched_after(self, number: int) -> int:
        """Return how many of its answers after that number are vouched for."""
        return len(self.vouchers) - bisect_right(self.vouchers, number, key=itemgetter(0))

    @property
    def wavers(self) -> bool:
        """Say whether a liar has told the truth where it had lied before."""
        return any(truth.number > min(lies) for site, lies in self.lies.items() for truth in self.truths.get(site, ()))

    def known_until(self, site: str, worth: float) -> int:
        """Return the number of the answer up to which a liar was truthful at a site, as far as one can see.

        ``worth``: what it is worth that a link bears an answer out, 0-1.
        """
        first = min(self.lies.get(site, ()), default=inf)
        known = [voucher.number for voucher in self.vouchers if voucher.site == site and voucher.number < first]
        # Of some lies many look right: only what came before the lie by which it was convicted counts.
        lately = [number for number in self.lately.get(site, ()) if number < min(first, self.first_lie)]
        back = ceil(BACK / worth)
        last = {truth.partner: truth.number for truth in sorted(self.truths.get(site, ()))}
        truths = sorted(last.values())
        return max(
            0,
            known[-1] if known else 0,
            lately[-back] if len(lately) >= back else 0,
            truths[-TRUTHS] if len(truths) >= TRUTHS else 0,
        )

    @property
    def weight(self) -> float:
        """Log-odds that its next answer is true."""
        p = 1.1 / (4 + len(self.vouchers))
        return log((1 - p) / p)


@attrs.frozen(kw_only=True)
class Version:
    """What some egresses say of a page, as others do not."""

    egresses: tuple[str, ...]
    weight: float
    facts: Facts


@attrs.frozen(kw_only=True)
class Wanted:
    """An opinion that is wanted now."""

    page: Page
    egresses: tuple[str, ...]
    """Whom to ask, the best choice first."""
    avoid: frozenset[str]
    """Whom not to ask where none of these can be had; a probe is for its egress alone."""
    is_probe: bool = False
    is_question: bool = False
    """It goes to a liar, about a page that is known: whether it lies always now, or now and then."""

    @property
    def is_bound(self) -> bool:
        """Say whether nobody else may be asked instead."""
        return self.is_probe or self.is_question

    @property
    def token(self) -> str:
        """What the page books as asked."""
        return self.egresses[0] if self.is_bound else ANYBODY


@attrs.frozen(kw_only=True)
class Conviction:
    """An egress that was found to lie."""

    egress: str
    facts: tuple[str, ...]
    """What it said otherwise than those who are believed."""
    kind: str = ""
    """Of the page on which it did."""
