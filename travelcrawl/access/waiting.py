"""Where requests wait that may not leave yet: before the downloader, where they hold no place and delay nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Generic, TypeVar

import attrs

from travelcrawl.access.gate import Ask, Grant, Wait, Why

ItemT = TypeVar("ItemT")
Key = tuple[Ask, str]
"""What the gate is asked, and the host whose robots.txt has to be known before, or ''."""

PATIENCE = 1.0
"""Seconds after which the gate is asked again at the latest: what other workers report changes its mind unheard."""


@attrs.define(eq=False)
class _Lane(Generic[ItemT]):
    """Requests that get the same answer of the gate."""

    waiting: list[tuple[int, int, float, Why, ItemT]] = attrs.field(factory=list)
    """A heap: higher priority first, then first in, first out; with when and why each began to wait."""
    until: float = -inf
    """When the gate is worth asking again."""
    why: Why | None = None

    @property
    def first(self) -> tuple[int, int]:
        return self.waiting[0][:2]


class WaitingRoom(Generic[ItemT]):
    """Keep requests until they may leave, and look past them, so far, for others that may leave now.

    ``leave`` is asked for each lane, not for each request. ``size`` bounds what waits. ``only`` is the question that all others are
    variants of, where a crawl has one site: as long as that waits, nothing more is taken in, as it would wait as well.
    """

    def __init__(
        self, leave: Callable[[Key], Grant | Wait], clock: Callable[[], float], size: int, only: Key | None = None
    ) -> None:
        self.leave = leave
        self.clock = clock
        self.size = size
        self.only = only
        self.opens_at = inf
        """When something in here may leave, by the clock; inf: not before something is reported, or nothing is here."""
        self.waits = Counter[Why]()
        """Requests that had to wait, by what they waited for first."""
        self.waited = dict[Why, float]()
        """Seconds that those waited which have left."""
        self._is_drained = False
        """Nothing else was to be had when it was last drawn."""
        self._lanes: dict[Key, _Lane[ItemT]] = {}
        self._count = 0
        self._order = count()

    def __len__(self) -> int:
        """Return how many wait."""
        return self._count

    @property
    def is_full(self) -> bool:
        """Say whether nothing more is taken in."""
        return self._count >= self.size or (self.only is not None and self.only in self._lanes)

    def next(self, draw: Callable[[], tuple[Key, int, ItemT] | None]) -> tuple[ItemT, Grant] | None:
        """Return what may leave now: of those who wait, else drawn (key, priority, item) as long as there is room."""
        now = self.clock()
        if now >= self.opens_at and (found := self._called(now)):
            return found
        self._is_drained = False
        while not self.is_full:
            if (drawn := draw()) is None:
                self._is_drained = True
                break
            key, priority, item = drawn
            lane = self._lanes.get(key) if self._lanes else None
            if lane is None:
                answer = self.leave(key)
                if isinstance(answer, Grant):
                    return item, answer
                lane = self._lanes[key] = _Lane()
                self._close(lane, answer, now)
            assert lane.why
            heappush(lane.waiting, (-priority, next(self._order), now, lane.why, item))
            self.waits[lane.why] += 1
            self._count += 1
        return None

    def behind(self, site: str) -> float:
        """Return how many requests of a site wait; inf where there may be more than that."""
        if not self._is_drained:
            return inf
        return sum(len(lane.waiting) for (ask, _), lane in self._lanes.items() if ask.site == site)

    def stir(self, site: str) -> None:
        """Ask again for a site at once: something was reported of it."""
        for (ask, _), lane in self._lanes.items():
            if ask.site == site and lane.why is not Why.NOT_BEFORE:
                lane.until = self.opens_at = -inf

    def clear(self) -> list[ItemT]:
        """Return all that wait, in order, and keep none."""
        waiting = sorted(
            (entry for lane in self._lanes.values() for entry in lane.waiting), key=lambda entry: entry[:2]
        )
        self._lanes.clear()
        self._count, self.opens_at = 0, inf
        return [item for *_, item in waiting]

    def _called(self, now: float) -> tuple[ItemT, Grant] | None:
        """Ask for each lane that may be open, the foremost first; where none is, note when one will be."""
        open_ = [key for key, lane in self._lanes.items() if lane.until <= now]
        for key in sorted(open_, key=lambda key: self._lanes[key].first):
            lane = self._lanes[key]
            answer = self.leave(key)
            if isinstance(answer, Grant):
                *_, since, why, item = heappop(lane.waiting)
                self.waited[why] = self.waited.get(why, 0.0) + now - since
                self._count -= 1
                if not lane.waiting:
                    del self._lanes[key]
                return item, answer
            self._close(lane, answer, now)
        self.opens_at = min((lane.until for lane in self._lanes.values()), default=inf)
        return None

    def _close(self, lane: _Lane[ItemT], wait: Wait, now: float) -> None:
        lane.why = wait.why
        # A wait of no length would be asked for again without end.
        lane.until = now + min(max(wait.seconds, 0.001), PATIENCE)
        self.opens_at = min(self.opens_at, lane.until)
