"""A store whose writer lives in a thread of its own."""

from __future__ import annotations

import asyncio
import sys
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from travelcrawl.extensions.buckets import Buckets
from travelcrawl.stores.base import GroupCommit, Record, Run, Store
from travelcrawl.stores.writer import Ready, Writer, ready, utc_now

T = TypeVar("T")

HANDOVER = 0.0005
"""Seconds that a thread may compute while another wants to: an answer of the server finds the loop at work."""


class ThreadedStore(Store):
    """A store whose writer lives in a thread of its own: neither waiting nor merging holds up the event loop."""

    def __init__(self, policy: GroupCommit | None = None, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__(policy)
        self.clock = clock
        self._hand: Writer | None = None
        self._thread: ThreadPoolExecutor | None = None

    @property
    def seconds(self) -> Mapping[str, Buckets]:
        """How long statements took, by kind; empty before it is open."""
        return self._hand.seconds if self._hand else {}

    @abstractmethod
    def writer_for(self, run: Run) -> Writer:
        """Open the store. Raises StoreError."""

    async def _open(self, run: Run) -> None:
        sys.setswitchinterval(min(sys.getswitchinterval(), HANDOVER))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        try:
            self._hand = await self._in_thread(lambda: self.writer_for(run))
            self._hand.handed_over = partial(asyncio.get_running_loop().call_soon_threadsafe, self._hand_over)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    def _ready(self, record: Record) -> Ready:
        """Hash a record as it comes: the writer, whom others wait for, has it done, and the server never waits for it."""
        return ready(record, self.clock())

    async def _write(self, batch: list[Ready]) -> Mapping[str, int]:
        hand = self._hand
        assert hand is not None
        return await self._in_thread(lambda: hand.write(batch))

    async def _close(self, outcome: Mapping[str, Any]) -> None:
        hand, thread = self._hand, self._thread
        assert hand is not None
        assert thread is not None
        try:
            while hand.whole and outcome.get("reason") == "finished" and self.failure is None:
                count = await self._insist(lambda: self._in_thread(hand.retire))
                self.counts.update(+Counter({"listings/gone": count}))
            await self._in_thread(lambda: hand.close(outcome))
        finally:
            thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
