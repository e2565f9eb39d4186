"""The frontier of one machine: a SQLite file with the same leases as Redis."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from travelcrawl.errors import BackendDown, FrontierError
from travelcrawl.frontier.backend import SUSPECTS, Backend, DeadLetter, Depth, Lease, Waiting, worker_name
from travelcrawl.frontier.sqlite_file import QueueFile

P = ParamSpec("P")
T = TypeVar("T")


class SqliteBackend(Backend):
    """Keep one crawl's requests in one file.

    Durable at each commit (WAL, synchronous=NORMAL: a killed process loses nothing, a power cut at most the last commits, whose
    requests are fetched again). Several processes may work on it. A worker is dead when its process is gone or has not
    said that it lives for ``lease`` seconds.
    """

    can_reap_at_once = True

    def __init__(self, path: Path, platform: str, lease: float = 60.0, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.worker = worker_name()
        self.file = QueueFile(path, self.worker, platform, lease, clock)
        self._thread = ThreadPoolExecutor(1, "frontier")

    async def attach(self) -> None:
        """Open or make the file. Raises FrontierError."""
        await self._do(self.file.open)

    async def begin(self) -> None:
        """See Backend."""
        await self._do(self.file.begin)

    async def push(self, requests: Sequence[Waiting]) -> int:
        """See Backend."""
        return await self._do(self.file.push, requests)

    async def take(self, count: int, suspects: tuple[int, int] = SUSPECTS) -> list[Lease]:
        """See Backend."""
        self.control, leases = await self._do(self.file.take, count, suspects)
        return leases

    async def spare(self, ids: Iterable[str]) -> None:
        """See Backend."""
        await self._do(self.file.spare, ids)

    async def ack(self, ids: Iterable[str]) -> None:
        """See Backend."""
        await self._do(self.file.ack, ids)

    async def release(self, ids: Iterable[str]) -> None:
        """See Backend."""
        await self._do(self.file.release, ids)

    async def renew(self) -> None:
        """See Backend."""
        await self._do(self.file.renew)

    async def resync(self, held: Iterable[str]) -> set[str]:
        """See Backend."""
        return await self._do(self.file.resync, set(held))

    async def reap(self) -> int:
        """See Backend."""
        return await self._do(self.file.reap)

    async def bury(self, letter: DeadLetter) -> None:
        """See Backend."""
        await self._do(self.file.bury, letter)

    async def depth(self) -> Depth:
        """See Backend. A file has no seeds: they come from the command line."""
        return await self._do(self.file.depth)

    async def letters(self) -> list[DeadLetter]:
        """See Backend."""
        return await self._do(self.file.letters)

    async def replay(self, ids: Iterable[str]) -> int:
        """See Backend."""
        return await self._do(self.file.replay, ids)

    async def drop(self, ids: Iterable[str]) -> int:
        """See Backend."""
        return await self._do(self.file.drop, ids)

    async def command(self, control: str) -> None:
        """See Backend."""
        await self._do(self.file.command, control)

    async def finish(self) -> None:
        """See Backend."""
        await self._do(self.file.finish)

    async def close(self) -> None:
        """Give back what this worker holds and close the file."""
        try:
            await self._do(self.file.close)
        finally:
            self._thread.shutdown()

    async def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something in the file's own thread. Raises BackendDown or FrontierError."""

        def run() -> T:
            try:
                return work(*args, **kwargs)
            except sqlite3.OperationalError as error:
                raise BackendDown(f"the frontier {str(self.path)!r} cannot be used now: {error}") from None
            except sqlite3.DatabaseError as error:
                raise FrontierError(
                    f"the frontier {str(self.path)!r} is damaged ({error}); move it away, and the crawl begins at its seeds"
                ) from None

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)
