"""What a worker has in memory between the engine and the backend."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from scrapy import Request

from travelcrawl.frontier.backend import DeadLetter, Lease, Waiting
from travelcrawl.frontier.watermark import Mark, Watermark

BATCH = 250
"""Requests pushed at once: Redis serves nobody else for about 1 ms."""


class Buffers:
    """Requests that are to be pushed, and leases from their arrival until the backend has heard what became of them."""

    def __init__(self) -> None:
        self.ready: deque[Lease] = deque()
        """Taken and not yet asked for."""
        self.drawn: dict[Request, Lease] = {}
        """Out of ``ready`` and not in the engine: they wait until they may leave."""
        self.watermark: Watermark[Request] = Watermark()
        """In the engine, or out of it and not yet durable."""
        self.durable: list[str] = []
        """To be acked."""
        self.letters: deque[DeadLetter] = deque()
        """To be buried."""
        self.put_off: list[str] = []
        """To be given back when the worker ends."""
        self.accepted = self.pushed = 0
        self._unpushed: deque[Waiting] = deque()
        self._batch: list[Waiting] = []

    @property
    def unpushed(self) -> int:
        """How many requests are still to be pushed."""
        return len(self._unpushed)

    @property
    def is_empty(self) -> bool:
        """True where nothing is to be pushed, and no lease can lead to more."""
        return not (self.ready or self._unpushed or self.drawn or len(self.watermark))

    @property
    def has_suspects(self) -> bool:
        """True where a worker has died with one of the requests at hand."""
        return any(lease.crashes for lease in (*self.ready, *self.drawn.values(), *self.watermark.leases()))

    def accept(self, request: Waiting) -> None:
        """Take a request that is to be pushed."""
        self._unpushed.append(request)
        self.accepted += 1

    def batch(self) -> Sequence[Waiting]:
        """Return the next requests to push: until they have been, the very same list, by which a backend knows them again."""
        self._batch = self._batch or list(islice(self._unpushed, BATCH))
        return self._batch

    def batch_pushed(self) -> int:
        """Note that the batch has been pushed; return how many it were."""
        count, self._batch = len(self._batch), []
        for _ in range(count):
            self._unpushed.popleft()
        self.pushed += count
        return count

    def took(self, leases: Collection[Lease]) -> None:
        """Keep what the backend gave: first what a worker has died with."""
        self.ready.extendleft(lease for lease in reversed([*leases]) if lease.crashes)
        self.ready.extend(lease for lease in leases if not lease.crashes)

    def ack_up_to(self, committed: Mark) -> list[str]:
        """Return the leases that can be acked now; they stay here until ``durable`` is cleared."""
        self.durable += self.watermark.durable(committed)
        return self.durable

    def held(self) -> Iterator[str]:
        """Yield the leases this worker holds."""
        yield from self.watermark.unacked()
        yield from self.not_begun()
        yield from (letter.id for letter in self.letters)
        yield from self.durable
        yield from self.put_off

    def not_begun(self) -> list[str]:
        """Return the leases that are not in the engine yet."""
        return [lease.id for lease in (*self.ready, *self.drawn.values())]

    def forget_not_begun(self) -> None:
        """Let go of what is not in the engine yet."""
        self.ready.clear()
        self.drawn.clear()

    def lose(self, lost: Collection[str]) -> None:
        """Let go of leases that have gone to others."""
        self.ready = deque(lease for lease in self.ready if lease.id not in lost)
        self.drawn = {request: lease for request, lease in self.drawn.items() if lease.id not in lost}
