"""What every store does: take records in order, commit them in groups, say how far it has got.

A subclass says how a batch is written; the policy of group commit, back-pressure and sequence numbers is here. A record
is a plain dict of one item plus ``type`` (the key of items.TYPES) or ``quarantine``.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from travelcrawl.errors import StoreError

logger = logging.getLogger(__name__)

Record: TypeAlias = dict[str, Any]

LAYERS = ("listings", "reviews", "notes", "offers", "places", "links", "quarantine", "runs")
"""Names of the layers of a GeoPackage and the tables of PostGIS (design.md, *Contracts*)."""


@attrs.frozen(kw_only=True)
class Run:
    """One run of one spider."""

    id: str
    platform: str
    arguments: Mapping[str, str]
    started_at: datetime


@attrs.frozen(kw_only=True)
class GroupCommit:
    """When a batch is committed: whichever comes first."""

    count: int = 2000
    """Records in a batch."""
    seconds: float = 1.0
    """Age of the oldest record of a batch."""
    waiting: int = 20_000
    """Records not yet committed at which ``put`` waits."""
    retry: float = 1.0
    """Seconds before a failed commit is tried again, doubled each time up to 30."""
    give_up: float = 60.0
    """Seconds of failed commits at the end of a run after which closing raises."""


class Store(ABC):
    """A place where records are kept.

    ``accepted`` is the sequence number of the last record taken, ``committed`` that of the last one that is durable:
    what was taken up to a number is safe as soon as ``committed`` has reached it.
    """

    def __init__(self, policy: GroupCommit | None = None) -> None:
        self.policy = policy or GroupCommit()
        self.accepted = 0
        self.committed = 0
        self._batch: list[Record] = []
        self._writer: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._moved = asyncio.Condition()
        self._closing = False

    @abstractmethod
    async def _open(self, run: Run) -> None:
        """Make the store ready and note that the run has begun. Raises StoreError with one clear sentence."""

    @abstractmethod
    async def _write(self, batch: list[Record]) -> None:
        """Commit a batch, whole or not at all. Raises StoreError where it may be tried again."""

    @abstractmethod
    async def _close(self, outcome: Mapping[str, Any]) -> None:
        """Note how the run ended and let go of the store."""

    async def open(self, run: Run) -> None:
        """Open the store for a run and start its writer."""
        await self._open(run)
        self._writer = asyncio.create_task(self._write_batches())

    async def put(self, record: Record) -> int:
        """Take a record and return its sequence number. Waits only while too many are uncommitted."""
        while self.accepted - self.committed >= self.policy.waiting:
            await self._progress()
        self.accepted += 1
        self._batch.append(record)
        if len(self._batch) >= self.policy.count or len(self._batch) == 1:
            self._wake.set()
        return self.accepted

    async def flush(self) -> None:
        """Wait until all that was taken is durable."""
        target = self.accepted
        while self.committed < target:
            await self._progress()

    async def close(self, outcome: Mapping[str, Any]) -> None:
        """Commit what is left, note the outcome of the run and close.

        Raises StoreError where the rest could not be committed within ``give_up`` seconds.
        """
        self._closing = True
        self._wake.set()
        try:
            if self._writer is not None:
                await self._writer
        finally:
            await self._close(outcome)

    async def _progress(self) -> None:
        self._wake.set()
        if self._writer is None or self._writer.done():
            raise StoreError("the store has stopped; what it did not commit is fetched again by the next run")
        async with self._moved:
            await self._moved.wait()

    async def _write_batches(self) -> None:
        """Commit batch after batch until closed and empty."""
        while not (self._closing and not self._batch):
            if not self._batch:
                await self._wake.wait()
                self._wake.clear()
                continue
            await self._gather()
            batch, self._batch = self._batch, []
            await self._commit(batch)
            self.committed += len(batch)
            async with self._moved:
                self._moved.notify_all()

    async def _gather(self) -> None:
        """Wait until the batch is due."""
        deadline = asyncio.get_running_loop().time() + self.policy.seconds
        while len(self._batch) < self.policy.count and not self._closing:
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), deadline - asyncio.get_running_loop().time())
            except TimeoutError:
                return

    async def _commit(self, batch: list[Record]) -> None:
        """Write a batch, trying again with back-off; says each trouble once."""
        wait, said, failing_for = self.policy.retry, "", 0.0
        while True:
            try:
                return await self._write(batch)
            except StoreError as error:
                if self._closing and failing_for >= self.policy.give_up:
                    raise
                if str(error) != said:
                    said = str(error)
                    logger.error("%s; %d records wait", said, self.accepted - self.committed)
                await asyncio.sleep(wait)
                failing_for += wait
                wait = min(wait * 2, 30.0)


class Reader(ABC):
    """Read a store: what reports, exports and comparisons use."""

    @abstractmethod
    def read(self, layer: str) -> Iterator[Record]:
        """Yield the rows of a layer (see LAYERS) as dicts; lists and objects decoded, times as datetime."""

    @abstractmethod
    def count(self, layer: str) -> int:
        """Return the number of rows of a layer."""


