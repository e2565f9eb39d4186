"""When a request may be acked: once all that its answer gave is durable.

Counting items per request is fragile (errbacks, failures without one and robots give no signal; facts.md, 2026-11-22). Instead: when
a request leaves the engine, note how far the store and the queue have *accepted*; when both have *made durable* as much,
ack it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterator
from typing import Generic, TypeVar

import attrs

from travelcrawl.extensions.buckets import Buckets
from travelcrawl.extensions.figures import TASK_SECONDS
from travelcrawl.frontier.backend import Lease

KeyT = TypeVar("KeyT", bound=Hashable)


@attrs.frozen
class Mark:
    """Two sequence numbers: of records in the store, of requests in the queue."""

    store: int
    queue: int

    def reached_by(self, other: Mark) -> bool:
        """Say whether all up to here lies behind the other mark."""
        return self.store <= other.store and self.queue <= other.queue


class Watermark(Generic[KeyT]):
    """Follow requests, by object identity, from the lease to the ack."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.seconds = Buckets(TASK_SECONDS)
        """How long requests were in the engine."""
        self._held: dict[KeyT, Lease] = {}
        self._left: deque[tuple[Mark, list[str]]] = deque()
        self._since: dict[str, float] = {}

    def __len__(self) -> int:
        """Return how many leases are held, acked ones not counted."""
        return len(self._held) + sum(len(ids) for _, ids in self._left)

    def took(self, request: KeyT, lease: Lease) -> None:
        """Note that a request has gone into the engine."""
        self._held[request] = lease
        self._since[lease.id] = self.clock()

    @property
    def oldest(self) -> float:
        """Seconds since the oldest request that is not acked went into the engine; 0: there is none."""
        return self.clock() - next(iter(self._since.values())) if self._since else 0.0

    def leases(self) -> Iterator[Lease]:
        """Yield the leases whose requests are in the engine."""
        yield from self._held.values()

    def forget(self, request: KeyT) -> Lease | None:
        """Take a request out of the count, as it was buried; return its lease."""
        lease = self._held.pop(request, None)
        if lease:
            self._since.pop(lease.id, None)
        return lease

    def sweep(self, in_progress: Collection[KeyT], accepted: Mark) -> list[str]:
        """Note which requests have left the engine, and what store and queue had accepted by then; return their leases."""
        gone = [request for request in self._held if request not in in_progress]
        ids = [self._held.pop(request).id for request in gone]
        if ids:
            now = self.clock()
            # One that was lost and came back while its request was still at work is here twice, and timed once.
            for lease in ids:
                if (since := self._since.get(lease)) is not None:
                    self.seconds.add(now - since)
            self._left.append((accepted, ids))
        return ids

    def left(self, lease: str, accepted: Mark) -> None:
        """Note a lease that never went into the engine (a start entry turned into requests), and what was accepted by then."""
        self._left.append((accepted, [lease]))

    def durable(self, committed: Mark) -> list[str]:
        """Return the leases that can be acked now, each once."""
        ready: list[str] = []
        while self._left and self._left[0][0].reached_by(committed):
            ready += self._left.popleft()[1]
        for lease in ready:
            self._since.pop(lease, None)
        return ready

    def unacked(self) -> list[str]:
        """Return every lease that is held."""
        return [*(lease.id for lease in self._held.values()), *(lease for _, ids in self._left for lease in ids)]
