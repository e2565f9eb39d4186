"""What one crawl has done so far, as a person wants to know it: from Scrapy's stats and the items that came through."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

import attrs
from scrapy.statscollectors import StatsCollector

from travelcrawl.access.verdicts import Verdict

WINDOW = 10.0
"""Seconds over which a rate is taken."""
PARTS = frozenset({"listing", "note"})
"""What comes in several parts, and counts once."""


@attrs.define(kw_only=True)
class Tally:
    """What one crawl has done. Times are seconds of one clock."""

    platform: str
    stats: StatsCollector
    limit: int | None
    """Listings (or notes) at most, where the run was given a limit."""
    started: float
    ended: float | None = None
    reason: str | None = None
    """Why it ended, as Scrapy says it."""
    items: Counter[str] = attrs.field(factory=Counter)
    """Kind (``listing``, …, ``quarantine``) → how many."""
    _seen: dict[str, set[int]] = attrs.field(factory=lambda: {kind: set() for kind in PARTS})
    _samples: deque[tuple[float, int, int]] = attrs.field(factory=deque)

    def count(self, kind: str, ref: str | None) -> None:
        """Count an item; a listing or note only when its ``ref`` is new."""
        seen = self._seen.get(kind)
        if seen is not None:
            # The hash is kept, not the text: 60 bytes a listing.
            if (key := hash(ref)) in seen:
                return
            seen.add(key)
        self.items[kind] += 1

    def sample(self, now: float) -> None:
        """Note where it stands, for the rates."""
        self._samples.append((now, self.pages, self.kept))
        while now - self._samples[0][0] > WINDOW:
            self._samples.popleft()

    @property
    def pages(self) -> int:
        """Answers that came."""
        return int(self._stat("response_received_count"))

    @property
    def requests(self) -> int:
        """Requests that were sent."""
        return int(self._stat("downloader/request_count"))

    @property
    def kept(self) -> int:
        """What the limit counts."""
        return self.items["listing"] or self.items["note"]

    @property
    def rate(self) -> float:
        """Pages a second, lately."""
        return self._lately(1)

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it goes on."""
        return None if self.ended is None else self.ended - self.started

    @property
    def left(self) -> float | None:
        """Seconds to its limit at the rate of late; None where there is no telling."""
        rate = self._lately(2)
        if self.limit is None or self.ended is not None or not rate:
            return None
        return max(0, self.limit - self.kept) / rate

    @property
    def verdicts(self) -> Counter[str]:
        """How many answers had which verdict, those that are answers left out."""
        return Counter(
            {
                verdict.value: int(count)
                for verdict in Verdict
                if not verdict.is_answer and (count := self._stat(f"verdict/{verdict}/{self.platform}"))
            }
        )

    @property
    def blocked(self) -> int:
        """Answers that were refusals."""
        return sum(count for verdict, count in self.verdicts.items() if Verdict(verdict).is_block)

    @property
    def given_up(self) -> int:
        """Requests given up."""
        return sum(int(value) for key, value in self.stats.get_stats().items() if key.startswith("given_up/"))

    @property
    def errors(self) -> Counter[str]:
        """What went wrong so far, by kind."""
        found = self.verdicts
        found.update({"given up": self.given_up, "in the code": int(self._stat("spider_exceptions/count"))})
        return +found

    def _lately(self, column: int) -> float:
        if len(self._samples) < 2:
            return 0.0
        first, last = self._samples[0], self._samples[-1]
        return (last[column] - first[column]) / (last[0] - first[0] or 1)

    def _stat(self, key: str) -> Any:
        return self.stats.get_value(key, 0)


@attrs.frozen(kw_only=True)
class Sum:
    """The crawls of one platform, taken together."""

    platform: str
    tallies: tuple[Tally, ...]

    def total(self, name: str) -> int:
        """Add up a count of the tallies, by its name."""
        return sum(int(getattr(tally, name)) for tally in self.tallies)

    def items(self, kind: str) -> int:
        """Say how many items of a kind came."""
        return sum(tally.items[kind] for tally in self.tallies)

    @property
    def rate(self) -> float:
        """Pages a second, lately."""
        return sum(tally.rate for tally in self.tallies if tally.ended is None)

    @property
    def errors(self) -> Counter[str]:
        """What went wrong, by kind."""
        return sum((tally.errors for tally in self.tallies), Counter())

    @property
    def left(self) -> float | None:
        """Seconds until the slowest is at its limit; None where one cannot tell."""
        going = [tally.left for tally in self.tallies if tally.ended is None]
        known = [left for left in going if left is not None]
        return max(known) if known and len(known) == len(going) else None

    @property
    def reasons(self) -> str:
        """Why its crawls have ended; empty while one goes on."""
        if any(tally.ended is None for tally in self.tallies):
            return ""
        return ", ".join(sorted({tally.reason or "" for tally in self.tallies}))

    @property
    def seconds(self) -> float:
        """From the first begin to the last end."""
        ends = [tally.ended for tally in self.tallies if tally.ended is not None]
        return max(ends) - min(tally.started for tally in self.tallies) if ends else 0.0


def by_platform(tallies: Iterable[Tally]) -> list[Sum]:
    """Put the tallies of each platform together, by name."""
    groups: dict[str, list[Tally]] = {}
    for tally in tallies:
        groups.setdefault(tally.platform, []).append(tally)
    return [Sum(platform=platform, tallies=tuple(group)) for platform, group in sorted(groups.items())]
