"""What speaks for a page and against it, before anybody else was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from typing import Any

import attrs

from travelcrawl.access.readings import Facts, Fields, digest, fields_of, has_outcome
from travelcrawl.access.shown import Shown
from travelcrawl.access.usual import Oddity, Usual
from travelcrawl.access.values import Values, substance

BODIES = 10_000
"""Bodies, and things on pages, that are remembered."""
FEW = 8
"""Pages of a kind from which on it is known how they end."""
MOSTLY = 0.9
"""Share of them that end alike, where all should."""
MOST_ENDS = 20
"""Ends of a kind that are remembered."""
CUT = Oddity("it ends otherwise than such pages do", is_less=True)
RAISED = Oddity("its callback raised", is_less=True)


@attrs.frozen
class Signs:
    """What speaks for a page and against it."""

    why: str = ""
    """Why it looks suspicious; empty: it does not."""
    is_less: bool = False
    """It lacks what such pages hold."""
    is_said: bool = False
    """The answer says itself that there is nothing: one more that says so is enough."""
    is_borne_out: bool = False
    """What it says was shown where it was linked."""


class Reader:
    """Read the signs of pages, as it learns what such pages are like."""

    def __init__(self) -> None:
        self.usual = Usual()
        self.shown = Shown()
        self.values = Values()
        self._bodies: dict[tuple[str, int], Hashable] = {}
        self._ends: dict[str, Counter[bytes]] = {}
        self._off: dict[Hashable, tuple[str, Fields]] = {}
        """Key of a page whose values are off → its kind and its fields, until it is settled."""

    def leads(self, text: str, links: Mapping[Hashable, str]) -> None:
        """Note what a page shows of those it leads to: key of a request → its URL."""
        self.shown.note(text, links)

    def read(
        self,
        egress: str,
        kind: str,
        key: Hashable,
        facts: Facts,
        items: Collection[Any],
        body: bytes,
        *,
        has_raised: bool,
    ) -> Signs:
        """Return the signs of a page, of its facts, its items and its body; learn from it."""
        fields = fields_of(items)
        seen = self.shown.compare(kind, key, fields)
        if off := self.values.odd(kind, fields):
            self._off[key] = kind, fields
        odd = RAISED if has_raised else self.usual.odd(kind, facts) or seen.oddity or off
        if self._is_cut(kind, body) and not has_raised:
            odd = CUT
        if odd:
            return Signs(odd.why, odd.is_less, is_said=has_outcome(facts))
        if items and not self._is_first(egress, key, digest(body)):
            return Signs("the same body as another page")
        if (what := substance(fields)) is not None and not self._is_first(egress, key, what):
            return Signs("the same thing as on another page")
        return Signs(is_borne_out=seen.is_borne_out)

    def believe(self, kind: str) -> None:
        """Learn that a page in which nothing was found was right."""
        self.usual.believe(kind)

    def settled(self, key: Hashable, *, is_believed: bool) -> None:
        """Learn from values that were off and turned out to be true."""
        if (off := self._off.pop(key, None)) and is_believed:
            self.values.learn(*off)

    def lacks(self, kind: str, facts: Facts) -> bool:
        """Say of a page that was read before whether it lacks what such pages hold."""
        return self.usual.lacks(kind, facts)

    def has_learned(self, kind: str) -> bool:
        """Say whether enough was learned just now to look again at the first pages of a kind."""
        return self.usual.is_learned(kind)

    def _is_cut(self, kind: str, body: bytes) -> bool:
        """Say whether a body ends otherwise than nearly all of its kind; learn from it."""
        end = body[-64:].rstrip()[-7:]
        ends = self._ends.setdefault(kind, Counter())
        usual, times = ends.most_common(1)[0] if ends else (b"", 0)
        is_cut = end != usual and times >= FEW and times >= MOSTLY * ends.total()
        if len(ends) < MOST_ENDS or end in ends:
            ends[end] += 1
        return is_cut

    def _is_first(self, egress: str, key: Hashable, said: int) -> bool:
        """Say whether an egress has not said the same of another page."""
        first = self._bodies.setdefault((egress, said), key)
        if len(self._bodies) > BODIES:
            del self._bodies[next(iter(self._bodies))]
        return first == key
