import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from travelcrawl.errors import StoreCorrupt, StoreError, StoreFull
from travelcrawl.items import Listing, Mention, Note
from travelcrawl.stores.base import GroupCommit, Record, Run, Store, record_of
from travelcrawl.stores.reader import Reader

RUN = Run(id="1", platform="amap", arguments={}, started_at=datetime(2026, 11, 22, tzinfo=UTC))
NEVER = 3600.0
"""Seconds that no test waits for: what is due by time alone does not come."""


class FakeStore(Store):
    """Keeps batches in a list; each write first does the next of ``troubles``."""

    def __init__(self, troubles: list[Exception | None] = (), **policy: Any) -> None:  # type: ignore[assignment]
        super().__init__(GroupCommit(**{"seconds": NEVER, "retry": 0.0, **policy}))
        self.troubles = list(troubles)
        self.batches: list[list[Record]] = []
        self.tries = 0
        self.outcome: Mapping[str, Any] | None = None
        self.gate: asyncio.Event | None = None

    async def _open(self, run: Run) -> None:
        self.run = run

    async def _write(self, batch: list[Record]) -> Mapping[str, int]:
        self.tries += 1
        if self.gate:
            await self.gate.wait()
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble
        self.batches.append(list(batch))
        return {"listings/new": len(batch)}

    async def _close(self, outcome: Mapping[str, Any]) -> None:
        self.outcome = outcome

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]

    @property
    def stored(self) -> list[int]:
        return [record["n"] for batch in self.batches for record in batch]


async def fill(store: Store, count: int) -> None:
    for n in range(store.accepted, store.accepted + count):
        await store.put({"type": "listing", "n": n})


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_batch_is_committed_when_it_has_its_count() -> None:
    store = FakeStore(count=3)
    await store.open(RUN)
    await fill(store, 3)
    await settle()
    await fill(store, 2)
    await settle()
    assert (store.sizes, store.accepted, store.committed) == ([3], 5, 3)
    await store.close({"reason": "finished"})
    assert (store.sizes, store.committed, store.outcome) == ([3, 2], 5, {"reason": "finished"})
    assert store.counts == {"listings/new": 5}


async def test_a_batch_is_committed_when_it_has_its_characters() -> None:
    store = FakeStore(characters=100)
    await store.open(RUN)
    await store.put({"type": "note", "n": 0, "text": "旅" * 99})
    await settle()
    assert store.sizes == []
    await store.put({"type": "note", "n": 1, "text": "旅"})
    await settle()
    assert store.sizes == [2]
    await store.close({})


async def test_a_batch_is_committed_when_it_is_old_enough() -> None:
    store = FakeStore(seconds=0.001)
    await store.open(RUN)
    await fill(store, 1)
    await store._moved.wait()
    assert (store.sizes, store.committed) == ([1], 1)
    await store.close({})


async def test_flush_commits_at_once_what_was_taken_before() -> None:
    store = FakeStore(count=10)
    await store.open(RUN)
    await fill(store, 4)
    await store.flush()
    assert (store.sizes, store.committed) == ([4], 4)
    await store.flush()
    await store.close({})


async def test_flush_waits_for_the_batch_that_is_being_written_too() -> None:
    store = FakeStore(count=2)
    store.gate = asyncio.Event()
    await store.open(RUN)
    await fill(store, 3)
    await settle()
    flushing = asyncio.ensure_future(store.flush())
    await settle()
    assert not flushing.done()
    store.gate.set()
    await flushing
    assert store.stored == [0, 1, 2]
    await store.close({})


async def test_put_waits_while_too_much_is_uncommitted() -> None:
    store = FakeStore(count=2, waiting=4)
    store.gate = asyncio.Event()
    await store.open(RUN)
    await fill(store, 4)
    filling = [asyncio.ensure_future(store.put({"type": "listing", "n": n})) for n in (4, 5, 6)]
    await settle()
    assert store.accepted == 4
    store.gate.set()
    await asyncio.gather(*filling)
    await store.close({})
    assert sorted(store.stored) == list(range(7))


async def test_put_waits_for_few_records_that_are_very_long() -> None:
    store = FakeStore(characters=10)
    store.gate = asyncio.Event()
    await store.open(RUN)
    await store.put({"type": "note", "text": "a" * 100})
    waiting = asyncio.ensure_future(store.put({"type": "note", "text": "b"}))
    await settle()
    assert not waiting.done()
    store.gate.set()
    assert await waiting == 2
    await store.close({})


async def test_a_put_that_is_cancelled_has_taken_nothing() -> None:
    store = FakeStore(count=1, waiting=1)
    store.gate = asyncio.Event()
    await store.open(RUN)
    await fill(store, 1)
    waiting = asyncio.ensure_future(store.put({"type": "listing", "n": 99}))
    await settle()
    waiting.cancel()
    store.gate.set()
    await store.close({})
    assert (store.stored, store.accepted, store.committed) == ([0], 1, 1)


@pytest.mark.parametrize("trouble", [StoreError("locked"), StoreFull("the disk is full")])
async def test_trouble_is_said_once_and_the_batch_is_written_when_it_is_over(
    trouble: StoreError, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store = FakeStore([trouble, trouble, trouble], count=2)
    await store.open(RUN)
    await fill(store, 2)
    await store.flush()
    assert (store.tries, store.stored) == (4, [0, 1])
    assert [record.getMessage() for record in caplog.records] == [f"{trouble} (2 records wait)", "the store goes on"]
    await store.close({})


async def test_waits_grow_and_closing_cuts_the_wait_short(monkeypatch: pytest.MonkeyPatch) -> None:
    store = FakeStore([StoreError("locked")] * 3, count=1, retry=7.0)
    waits: list[float] = []

    async def note(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 2

    monkeypatch.setattr(store, "_back_off", note)
    await store.open(RUN)
    await fill(store, 1)
    await store.flush()
    assert waits == [7.0, 14.0, 7.0]
    await store.close({})


async def test_closing_ends_a_long_wait() -> None:
    store = FakeStore([StoreError("locked")], count=1, retry=NEVER)
    await store.open(RUN)
    await fill(store, 1)
    await settle()
    assert store.tries == 1
    await store.close({})
    assert store.stored == [0]


async def test_closing_gives_up_and_says_why() -> None:
    store = FakeStore([StoreFull("the disk is full")] * 9, count=1, give_up=0.0)
    await store.open(RUN)
    await fill(store, 1)
    with pytest.raises(StoreFull, match="the disk is full"):
        await store.close({"reason": "finished"})
    assert (store.committed, store.outcome) == (0, {"reason": "finished"})


async def test_closing_tries_until_the_time_is_over() -> None:
    store = FakeStore([StoreError("locked")] * 3, count=1, retry=0.001, give_up=NEVER)
    await store.open(RUN)
    await fill(store, 1)
    await store.close({})
    assert (store.tries, store.stored) == (4, [0])


@pytest.mark.parametrize(
    ("trouble", "message"),
    [(StoreCorrupt("the file is damaged"), "the file is damaged"), (KeyError("x"), "a fault of its own, KeyError")],
)
async def test_a_store_that_cannot_go_on_says_so_to_all(trouble: Exception, message: str) -> None:
    store = FakeStore([None, trouble], count=2, waiting=2)
    await store.open(RUN)
    await fill(store, 2)
    await store.flush()
    await store.put({"type": "listing", "n": 2})
    flushing = asyncio.ensure_future(store.flush())
    for call in (flushing, store.put({"type": "listing", "n": 3}), store.flush(), store.close({"reason": "store"})):
        with pytest.raises(StoreError, match=message):
            await call
    assert (store.stored, store.committed, store.accepted) == ([0, 1], 2, 3)
    assert store.outcome == {"reason": "store"}


async def test_records_are_taken_only_between_open_and_close() -> None:
    store = FakeStore()
    for call in (store.put({}), store.open(RUN), store.close({}), store.put({})):
        if call.__name__ == "put":
            with pytest.raises(StoreError, match="between open and close"):
                await call
        else:
            await call
    await store.close({"reason": "again"})
    assert store.outcome == {}


async def test_a_store_that_was_never_opened_closes_without_a_word() -> None:
    store = FakeStore()
    await store.close({})
    assert store.outcome is None


async def test_cancelled_closing_lets_go_and_says_what_was_not_committed() -> None:
    store = FakeStore(count=1)
    store.gate = asyncio.Event()
    await store.open(RUN)
    await fill(store, 1)
    closing = asyncio.ensure_future(store.close({"reason": "shutdown"}))
    await settle()
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert (store.committed, store.outcome) == (0, {"reason": "shutdown"})
    with pytest.raises(StoreError, match="stopped before it had committed all"):
        await store.flush()


async def test_records_put_while_a_batch_is_written_come_after_it() -> None:
    store = FakeStore(count=2)
    await store.open(RUN)
    store.gate = asyncio.Event()
    await fill(store, 2)
    await settle()
    await fill(store, 1)
    store.gate.set()
    await store.close({})
    assert store.batches == [[{"type": "listing", "n": 0}, {"type": "listing", "n": 1}], [{"type": "listing", "n": 2}]]


def test_record_of_an_item_has_its_fields_and_its_type() -> None:
    note = Note(platform="weibo", ref="1", mentions=[Mention(evidence="tag", score=0.5)])
    record = record_of(note)
    assert (record["type"], record["kind"], record["mentions"]) == ("note", "note", note.mentions)
    assert record_of(Listing(platform="amap", ref="2")).keys() >= {"type", "platform", "ref", "seen_at", "lon"}


def test_a_reader_is_closed_by_its_context() -> None:
    class Nothing(Reader):
        closed = False

        def read(self, layer: str) -> Any: ...

        def count(self, layer: str) -> int:
            return 0

        def close(self) -> None:
            self.closed = True

    with Nothing() as reader:
        assert not reader.closed
    assert reader.closed
