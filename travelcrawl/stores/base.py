"""What every store does: take records in order, commit them in groups, say how far it has got.

A subclass says how a batch is written; the policy of group commit, back-pressure and sequence numbers is here. A record
is a plain dict of one item plus ``type`` (the key of items.TYPES); one that failed validation is of type ``quarantine``
and has ``item_type``, ``reasons`` (a list of sentences) and ``item`` (a dict). It belongs to the store once it is put.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

import attrs

from travelcrawl.errors import StoreCorrupt, StoreError
from travelcrawl.items import TYPES, Item

logger = logging.getLogger(__name__)

Record: TypeAlias = dict[str, Any]
T = TypeVar("T")

LAYERS = (
    *("listings", "reviews", "notes", "offers", "places", "links", "quarantine", "runs", "tiles"),
    *("pairs", "parts", "decisions"),
)
"""Names of the layers of a GeoPackage and the tables of PostGIS (design.md, *Contracts*)."""

LONGEST_WAIT = 30.0
"""Seconds between two tries of a commit, at most."""


@attrs.frozen(kw_only=True)
class Run:
    """One run of one spider."""

    id: str
    platform: str
    arguments: Mapping[str, str]
    started_at: datetime
    """Aware; a row last seen before it was not yet seen in this run."""


@attrs.frozen(kw_only=True)
class GroupCommit:
    """When a batch is committed: whichever comes first."""

    count: int = 4000
    """Records in a batch."""
    characters: int = 16_000_000
    """Characters of ``text`` in a batch; no other field is long."""
    seconds: float = 1.0
    """Age of the oldest record of a batch."""
    waiting: int = 20_000
    """Records not yet handed over, or ten times this many characters of a batch not yet committed, at which ``put`` waits."""
    retry: float = 1.0
    """Seconds before a failed commit is tried again, doubled each time up to LONGEST_WAIT."""
    give_up: float = 60.0
    """Seconds of failed commits at the end of a run after which closing raises."""


def record_of(item: Item) -> Record:
    """Return the record of an item: its fields, as they are, and ``type``."""
    name, fields, values = _FORM[type(item)]
    return {"type": name, **dict(zip(fields, values(item), strict=True))}


def _form(name: str, kind: type[Any]) -> tuple[str, tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    fields = tuple(field.name for field in attrs.fields(kind))
    return name, fields, attrgetter(*fields)


_FORM = {kind: _form(name, kind) for name, kind in TYPES.items()}


@attrs.define
class _Batch:
    records: list[Any] = attrs.field(factory=list)
    characters: int = 0


class Store(ABC):
    """A place where records are kept.

    ``accepted`` is the sequence number of the last record taken, ``committed`` that of the last one that is durable:
    what was taken up to a number is safe as soon as ``committed`` has reached it. ``counts`` tells what became of the
    records, by ``layer/outcome``; the outcomes are new, changed, unchanged and refused. ``failure`` is set once
    the store cannot go on: it takes nothing more, and what it has not committed is never acked. ``closed`` is set once
    it has let go.
    """

    def __init__(self, policy: GroupCommit | None = None) -> None:
        self.policy = policy or GroupCommit()
        self.accepted = 0
        self.committed = 0
        self.counts: Counter[str] = Counter()
        self.failure: StoreError | None = None
        self.closed = asyncio.Event()
        self._batches = deque([_Batch()])
        self._at_work = _Batch()
        self._handed = 0
        self._uncommitted_characters = 0
        self._writer: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._closing = asyncio.Event()
        self._hurry = False
        self._deadline = math.inf

    @abstractmethod
    async def _open(self, run: Run) -> None:
        """Make the store ready and note that the run has begun. Raises StoreError with one clear sentence."""

    def _ready(self, record: Record) -> Any:
        """Return what is put into a batch for a record: what can be worked out before it is its turn."""
        return record

    @abstractmethod
    async def _write(self, batch: list[Any]) -> Mapping[str, int]:
        """Commit a batch, whole or not at all, and return what to add to ``counts``.

        It holds what ``_ready`` has made of the records. It may come again after an error: what was committed all the
        same must not become double. Raises StoreError where it may be tried again, StoreCorrupt where that is of no use.
        """

    @abstractmethod
    async def _close(self, outcome: Mapping[str, Any]) -> None:
        """Note how the run ended and let go of the store, also where noting fails. Raises StoreError."""

    async def open(self, run: Run) -> None:
        """Open the store for a run and start its writer. Raises StoreError."""
        await self._open(run)
        self._writer = asyncio.create_task(self._write_batches(), name="store writer")

    async def put(self, record: Record) -> int:
        """Take a record and return its sequence number. Waits only while too much is uncommitted.

        Raises StoreError where the store is not open or has failed; a call that is cancelled has taken nothing.
        """
        self._check_open()
        while self._is_full:
            await self._progress()
            self._check_open()
        self.accepted += 1
        characters = len(record.get("text") or "")
        batch = self._batches[-1]
        self._uncommitted_characters += characters
        batch.characters += characters
        batch.records.append(self._ready(record))
        if self._is_whole(batch):
            self._batches.append(_Batch())
        if len(batch.records) == 1 or self._is_due:
            self._wake.set()
        return self.accepted

    async def flush(self) -> None:
        """Commit now, and wait until all that was taken before is durable. Raises StoreError where the store fails."""
        target = self.accepted
        while self.committed < target:
            await self._progress()

    async def close(self, outcome: Mapping[str, Any]) -> None:
        """Commit what is left, note the outcome of the run and let go of the store.

        Raises StoreError where the rest could not be committed within ``give_up`` seconds, or the store has failed
        before. Cancelled, it gives up the rest and still lets go.
        """
        if self._writer is None or self._closing.is_set():
            return
        self._deadline = asyncio.get_running_loop().time() + self.policy.give_up
        self._closing.set()
        self._wake.set()
        try:
            await asyncio.wait({self._writer})
        except asyncio.CancelledError:
            self._writer.cancel()
            await asyncio.wait({self._writer})
            raise
        finally:
            try:
                await self._close(outcome)
            finally:
                self.closed.set()
        if self.failure is not None:
            raise self.failure

    @property
    def _is_full(self) -> bool:
        return (
            self.accepted - self.committed - self._handed >= self.policy.waiting
            or self._uncommitted_characters >= 10 * self.policy.characters
        )

    def _is_whole(self, batch: _Batch) -> bool:
        return len(batch.records) >= self.policy.count or batch.characters >= self.policy.characters

    @property
    def _is_due(self) -> bool:
        return len(self._batches) > 1 or self._hurry or self._closing.is_set()

    def _check_open(self) -> None:
        if self.failure is not None:
            raise self.failure
        if self._writer is None or self._closing.is_set():
            raise StoreError("the store takes records only between open and close")

    async def _progress(self) -> None:
        """Wait until something more has been committed. Raises the failure where nothing ever will be."""
        if self.failure is not None:
            raise self.failure
        self._hurry = True
        self._wake.set()
        await self._moved.wait()

    def _hand_over(self) -> None:
        """Note that the database has what is new of a batch: while it works on that, the next records are taken and made ready."""
        self._handed = len(self._at_work.records)
        self._announce()

    def _announce(self) -> None:
        """Wake all that wait for progress, once."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def _write_batches(self) -> None:
        """Commit batch after batch until closed and empty; notes the failure that ends it sooner."""
        try:
            while await self._gather():
                if len(self._batches) == 1:
                    self._batches.append(_Batch())
                self._hurry = False
                await self._commit(self._batches.popleft())
        except StoreError as error:
            self.failure = error
        except asyncio.CancelledError:
            self.failure = StoreError(
                "the store was stopped before it had committed all; the next run fetches the rest"
            )
            raise
        except Exception as error:
            logger.exception("the store stopped on a fault of its own")
            self.failure = StoreError(f"the store stopped on a fault of its own, {error!r}; the log says where")
        finally:
            self._announce()

    async def _gather(self) -> bool:
        """Wait until there is a batch and it is due; False where none will come."""
        while not self._batches[0].records:
            if self._closing.is_set():
                return False
            self._wake.clear()
            await self._wake.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.policy.seconds):
                while not self._is_due:
                    self._wake.clear()
                    await self._wake.wait()
        return True

    async def _commit(self, batch: _Batch) -> None:
        """Write a batch, however often it has to be tried."""
        self._at_work = batch
        self.counts.update(await self._insist(lambda: self._write(batch.records)))
        self.committed += len(batch.records)
        self._handed = 0
        self._uncommitted_characters -= batch.characters
        self._announce()

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do what may come twice until it succeeds, with back-off; says each trouble once, and when it is over.

        Raises StoreCorrupt at once, StoreError where closing has taken too long.
        """
        wait, said = self.policy.retry, ""
        while True:
            try:
                done = await work()
                break
            except StoreCorrupt:
                raise
            except StoreError as error:
                if asyncio.get_running_loop().time() >= self._deadline:
                    raise
                if str(error) != said:
                    said = str(error)
                    logger.error("%s (%d records wait)", said, self.accepted - self.committed)
            wait = self.policy.retry if await self._back_off(wait) else min(wait * 2, LONGEST_WAIT)
        if said:
            logger.info("the store goes on")
        return done

    async def _back_off(self, seconds: float) -> bool:
        """Wait before the next try; True where closing began meanwhile, which ends the wait."""
        if self._closing.is_set():
            await asyncio.sleep(seconds)
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        return self._closing.is_set()
