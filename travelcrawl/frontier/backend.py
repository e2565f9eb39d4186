"""What a place where requests wait can do. Two of them: Redis for fleets, a SQLite file for one machine."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from uuid import uuid4

import attrs

CRASHES = 3
"""Workers that die while they hold a request before it is taken for the cause."""
SUSPECTS = (16, 1)
"""Requests a worker takes at once that one worker died with, or that several died with: a page that kills its workers is
found by handing out those it was held with in ever smaller company."""


def is_guilty(crashes: int, deaths: int) -> bool:
    """Say whether a request is taken for the cause of its workers' deaths.

    ``deaths`` are all workers that died since the first that held it, that one included. Where many others die as well
    (a node that kills its workers), three times is no proof yet.
    """
    return crashes >= 3 * CRASHES or (crashes >= CRASHES and 3 * (deaths - crashes) <= crashes)


def worker_name() -> str:
    """Return a name for this worker that tells an operator where it runs."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"


@attrs.frozen(kw_only=True)
class Waiting:
    """A request on its way into the queue."""

    payload: str
    """The request as JSON (codec.py)."""
    fingerprint: int | None
    """64 bits of the request's fingerprint, signed, as SQLite and an intset of Redis hold them; None: it is taken even if it was
    seen (``dont_filter``)."""
    priority: int = 0
    """Higher goes first."""
    group: str = ""
    """Who shares fairly with whom: a city."""


@attrs.frozen(kw_only=True)
class Lease:
    """A request that a worker holds until it acks it, or until the lease runs out and another takes it."""

    id: str
    payload: str
    crashes: int = 0
    """Workers that died while they held it."""


@attrs.frozen(kw_only=True)
class DeadLetter:
    """A request given up, with what is needed to understand and replay it."""

    id: str
    payload: str
    url: str
    platform: str
    cause: str
    """Verdict, ``crash`` (its worker died of it) or ``error`` (the page raised)."""
    why: str
    """One sentence."""
    attempts: int
    egress: str | None = None
    """Label of the egress of the last attempt."""
    sample: str | None = None
    """Beginning of the last answer."""
    traceback: str | None = None
    """Where the page raised."""
    buried_at: float
    """Unix time, seconds."""

    @property
    def name(self) -> str:
        """What people call it: the same for the same request, so that one that fails in every crawl is one letter."""
        try:
            said = json.loads(self.payload)
            same = json.dumps([said.get(part) for part in ("method", "url", "body", "seed")])
        except (ValueError, AttributeError, RecursionError):
            same = self.payload
        return f"{self.platform}-{hashlib.blake2b(same.encode('utf-8', 'replace'), digest_size=6).hexdigest()}"

    @classmethod
    def crashed(cls, lease: Lease, url: str, platform: str, now: float) -> DeadLetter:
        """Return the letter of a request that its workers died with."""
        return cls(
            id=lease.id,
            payload=lease.payload,
            url=url,
            platform=platform,
            cause="crash",
            why=f"{lease.crashes} workers died while they held it",
            attempts=lease.crashes,
            buried_at=now,
        )


@attrs.frozen(kw_only=True)
class Depth:
    """How many requests there are."""

    waiting: int = 0
    leased: int = 0
    """Held by any worker."""
    seeds: int = 0
    """Start keys not yet taken."""
    dead: int = 0

    @property
    def is_empty(self) -> bool:
        """True where nothing is waiting, held or to come."""
        return not (self.waiting or self.leased or self.seeds)


class Backend(ABC):
    """A queue of one crawl. All methods raise BackendDown while it cannot be reached; nothing is lost by trying again."""

    control: str = ""
    """What people want of the crawl's workers: '' (go on), ``paused``, ``draining`` or ``cancelled``, as of the last take."""

    can_reap_at_once: bool = False
    """True: it knows of itself who is dead. False: it goes by signs of life, which after an outage take a while to come."""

    @abstractmethod
    async def attach(self) -> None:
        """Make it ready to be looked at. Raises FrontierError with one sentence where it cannot be used at all."""

    @abstractmethod
    async def begin(self) -> None:
        """Say that this worker lives; forget what was seen if the crawl before was complete or cancelled."""

    async def open(self) -> None:
        """Make it ready to work on: this worker lives. Raises FrontierError."""
        await self.attach()
        await self.begin()

    async def check(self) -> list[str]:
        """Return what puts the crawl at risk, a sentence each."""
        return []

    @abstractmethod
    async def push(self, requests: Sequence[Waiting]) -> int:
        """Take requests that were not seen yet, in order; return how many. Durable on return."""

    @abstractmethod
    async def take(self, count: int, suspects: tuple[int, int] = SUSPECTS) -> list[Lease]:
        """Lease up to count requests: higher priority first, fair between groups, then first in, first out.

        Beside them, and before them, so many that several workers died with, or if there are none, that one died with.
        """

    @abstractmethod
    async def spare(self, ids: Iterable[str]) -> None:
        """Note that leased requests have left the engine alive: they are not to blame if this worker dies now."""

    @abstractmethod
    async def ack(self, ids: Iterable[str]) -> None:
        """Forget leased requests: all they gave is durable."""

    @abstractmethod
    async def release(self, ids: Iterable[str]) -> None:
        """Put leased requests back, unharmed."""

    @abstractmethod
    async def renew(self) -> None:
        """Say that this worker lives, so that its leases last."""

    @abstractmethod
    async def resync(self, held: Iterable[str]) -> set[str]:
        """Agree on what this worker holds, and return what it takes for its own and is not.

        What it is said to hold and does not know of goes back: an answer was lost. What it does not hold any more has
        gone to others, as it was silent for too long.
        """

    @abstractmethod
    async def reap(self) -> int:
        """Put back what workers hold that no longer live; return how many. Any worker may do it."""

    @abstractmethod
    async def bury(self, letter: DeadLetter) -> None:
        """Take a leased request out of the crawl and keep it as a dead letter."""

    @abstractmethod
    async def depth(self) -> Depth:
        """Count."""

    @abstractmethod
    async def letters(self) -> list[DeadLetter]:
        """Return the dead letters, oldest first."""

    @abstractmethod
    async def replay(self, ids: Iterable[str]) -> int:
        """Put dead letters back into the queue; return how many."""

    @abstractmethod
    async def drop(self, ids: Iterable[str]) -> int:
        """Forget dead letters; return how many."""

    @abstractmethod
    async def command(self, control: str) -> None:
        """Have all workers of the crawl go on (''), pause, drain or stop (``cancelled``: what waits is forgotten)."""

    @abstractmethod
    async def finish(self) -> None:
        """Note that the crawl is complete, if nothing waits or is held: the next one begins anew. Dead letters stay."""

    @abstractmethod
    async def close(self) -> None:
        """Let go."""
