"""What pages of a kind usually hold, so that those which hold less are looked at first."""

from __future__ import annotations

from collections import Counter

import attrs

from travelcrawl.access.readings import Facts, is_blank, says_nothing

FEW = 20
"""Pages of a kind from which on it is known what they usually hold."""
FIRST = 4
"""The same for what most of them hold: a page without much of it is odd from then on."""
AGAIN = (2 * FIRST, FEW)
"""Pages of a kind at which those before are looked at again."""
NEVER = 0.03
"""Share of the pages of a kind that may lack what all of them should hold; one may in any case: some come half."""
OFTEN = 0.1
"""Pages of a kind with nothing in them that were believed, as a share of the others, beyond which they are as usual."""
LIST = 5
"""Rows or links from which on their number is a length."""
MOSTLY = 0.7
"""Share of the pages of a kind that hold what is usual, and of its lists that have a usual length."""
MUCH = 0.4
"""Share of what is usual without which a page came half, however often that happens."""


@attrs.frozen
class Oddity:
    """What is odd about a page."""

    why: str
    is_less: bool
    """It lacks what such pages hold, as one does that came half."""


@attrs.define
class _Kind:
    pages: int = 0
    """That hold something."""
    blank: int = 0
    """Without anything, and believed."""
    filled: Counter[str] = attrs.field(factory=Counter)
    numbers: dict[str, Counter[int]] = attrs.field(factory=dict)


class Usual:
    """Learn what pages of each kind hold. Memory: a few kB a kind, for ``most`` kinds."""

    def __init__(self, most: int = 500) -> None:
        self.most = most
        self._kinds: dict[str, _Kind] = {}

    def odd(self, kind: str, facts: Facts) -> Oddity | None:
        """Say what is odd about a page, None where nothing is; learn from it."""
        if kind not in self._kinds and len(self._kinds) >= self.most:
            return None
        known = self._kinds.setdefault(kind, _Kind())
        if says_nothing(facts):
            return None if known.blank > OFTEN * max(known.pages, FEW) else Oddity("nothing was read", is_less=True)
        found = self._lacking(known, facts) if known.pages >= FIRST else None
        if found is None and known.pages >= FEW:
            found = self._fewer(known, facts)
        known.pages += 1
        for name, value in facts.items():
            if value:
                known.filled[name] += 1
            if name.endswith("#"):
                known.numbers.setdefault(name, Counter())[value] += 1
        return found

    def believe(self, kind: str) -> None:
        """Learn that a page with nothing in it was right."""
        if kind in self._kinds:
            self._kinds[kind].blank += 1

    def is_learned(self, kind: str) -> bool:
        """Say whether enough was learned of a kind just now to look again at the first pages of it."""
        return kind in self._kinds and self._kinds[kind].pages in AGAIN

    def lacks(self, kind: str, facts: Facts) -> bool:
        """Say whether a page lacks what all others of its kind hold, or much of what most hold."""
        return not is_blank(facts) and self._lacking(self._kinds[kind], facts) is not None

    def _lacking(self, known: _Kind, facts: Facts) -> Oddity | None:
        """Find a page without what all others hold, or without much of what most hold."""
        least = known.pages - max(1, NEVER * known.pages)
        usual = [name for name, times in known.filled.items() if times >= MOSTLY * known.pages]
        lacking = [name for name in usual if not facts.get(name)]
        if len(lacking) <= MUCH * len(usual):
            lacking = [name for name in lacking if known.filled[name] >= least and known.pages >= FEW]
        return Oddity(f"without {', '.join(sorted(lacking)[:3])}", is_less=True) if lacking else None

    def _fewer(self, known: _Kind, facts: Facts) -> Oddity | None:
        """Find a list that is shorter than most of its kind."""
        for name, counts in known.numbers.items():
            usual, times = counts.most_common(1)[0]
            if usual >= LIST and times >= MOSTLY * known.pages and facts.get(name, 0) < usual:
                return Oddity(f"{facts.get(name, 0)} {name} and not {usual}", is_less=False)
        return None
