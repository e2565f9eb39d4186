"""Two writers of one database: while one of them waits for the server, or makes rows ready for it, the other's are written.

All that is said of one thing goes the same lane, in order: no two lanes touch the same row. A batch is durable when each lane has
committed its share; where one could not, the whole batch comes again, and what is there already is found unchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import Any
from zlib import crc32

from travelcrawl.extensions.buckets import Buckets
from travelcrawl.stores.merge import Part
from travelcrawl.stores.postgis_writer import LANES, PostgisWriter
from travelcrawl.stores.writer import Ready


class Lanes:
    """A writer for each lane. What is of no thing (quarantine, areas, the run itself) is the first one's."""

    def __init__(self, make: Callable[[tuple[int, ...]], PostgisWriter]) -> None:
        with ExitStack() as undo:
            self._writers = []
            for lane in LANES:
                self._writers.append(make((lane,)))
                undo.callback(self._writers[-1].let_go)
            self._writers[0].begin()
            undo.pop_all()
        self._threads = ThreadPoolExecutor(len(LANES) - 1, thread_name_prefix="store lane")

    @property
    def seconds(self) -> Mapping[str, Buckets]:
        """How long statements of a kind took, and batches; the lanes do the same, so those of the first one."""
        return self._writers[0].seconds

    def write(self, batch: Iterable[Ready]) -> Counter[str]:
        """Commit a batch, all lanes at once; return how many became what, by ``layer/outcome``. Raises StoreError."""
        shares: list[list[Ready]] = [[] for _ in LANES]
        for one in batch:
            shares[lane_of(one)].append(one)
        others = [
            self._threads.submit(writer.write, share)
            for writer, share in zip(self._writers[1:], shares[1:], strict=True)
            if share
        ]
        try:
            counts = self._writers[0].write(shares[0]) if shares[0] else Counter()
        finally:
            wait(others)
        return sum((other.result() for other in others), counts)

    def retire(self) -> int:
        """Say of the listings that this run has not seen in the areas it has listed whole that they are gone; return how many."""
        return self._writers[0].retire()

    def close(self, outcome: Mapping[str, Any]) -> None:
        """Note how the run ended, and close the connections."""
        with ExitStack() as stack:
            stack.callback(self._threads.shutdown)
            for writer in self._writers[1:]:
                stack.callback(writer.let_go)
            self._writers[0].close(outcome)


def lane_of(one: Ready) -> int:
    """Return the lane of a record, by the ref of what it speaks of: the same in every process."""
    return crc32(one.value.key[1].encode()) % len(LANES) if isinstance(one.value, Part) else LANES[0]
