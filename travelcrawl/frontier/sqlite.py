"""The frontier of one machine: a SQLite file with the same leases as Redis."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from uuid import uuid4

import attrs

from travelcrawl.errors import BackendDown, FrontierError
from travelcrawl.frontier.backend import CRASHES, Backend, DeadLetter, Depth, Lease, Waiting
from travelcrawl.frontier.codec import url_of

P = ParamSpec("P")
T = TypeVar("T")


class SqliteBackend(Backend):
    """Keep one crawl's requests in one file.

    Durable at each commit (WAL, synchronous=NORMAL: a killed process loses nothing, a power cut at most the last commits, whose
    requests are fetched again). Several processes may work on it. A worker is dead when its process is gone or has not
    said that it lives for ``lease`` seconds.
    """

    def __init__(self, path: Path, platform: str, lease: float = 60.0, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.platform = platform
        self.lease = lease
        self.clock = clock
        self.worker = uuid4().hex
        self._thread = ThreadPoolExecutor(1, "frontier")
        self._db: sqlite3.Connection

    async def attach(self) -> None:
        """Open or make the file. Raises FrontierError."""
        await self._do(SqliteBackend._open)

    async def push(self, requests: Sequence[Waiting]) -> int:
        """See Backend."""
        return await self._do(SqliteBackend._push, requests)

    async def take(self, count: int) -> list[Lease]:
        """See Backend. Of requests that a worker died with, one at a time."""
        return await self._do(SqliteBackend._take, count)

    async def ack(self, ids: Iterable[str]) -> None:
        """See Backend."""
        await self._do(SqliteBackend._many, "DELETE FROM queue WHERE id = ?", ids)

    async def release(self, ids: Iterable[str]) -> None:
        """See Backend."""
        await self._do(SqliteBackend._many, "UPDATE queue SET worker = NULL WHERE id = ?", ids)

    async def renew(self) -> None:
        """See Backend."""
        await self._do(SqliteBackend._renew)

    async def resync(self, held: Iterable[str]) -> int:
        """See Backend."""
        return await self._do(SqliteBackend._resync, set(held))

    async def reap(self) -> int:
        """See Backend."""
        return await self._do(SqliteBackend._reap)

    async def bury(self, letter: DeadLetter) -> None:
        """See Backend."""
        await self._do(SqliteBackend._bury, letter)

    async def depth(self) -> Depth:
        """See Backend. A file has no seeds: they come from the command line."""
        return await self._do(SqliteBackend._depth)

    async def letters(self) -> list[DeadLetter]:
        """See Backend."""
        return await self._do(SqliteBackend._letters)

    async def replay(self, ids: Iterable[str]) -> int:
        """See Backend."""
        return await self._do(SqliteBackend._replay, ids)

    async def drop(self, ids: Iterable[str]) -> int:
        """See Backend."""
        return await self._do(SqliteBackend._many, "DELETE FROM letters WHERE id = ?", ids)

    async def command(self, control: str) -> None:
        """See Backend."""
        await self._do(SqliteBackend._command, control)

    async def finish(self) -> None:
        """See Backend."""
        await self._do(SqliteBackend._finish)

    async def close(self) -> None:
        """Give back what this worker holds and close the file."""
        await self._do(SqliteBackend._close)
        self._thread.shutdown()

    # In the file's own thread

    async def _do(self, work: Callable[Concatenate[SqliteBackend, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            try:
                return work(self, *args, **kwargs)
            except sqlite3.OperationalError as error:
                raise BackendDown(f"the frontier {str(self.path)!r} cannot be used now: {error}") from None
            except sqlite3.DatabaseError as error:
                raise FrontierError(
                    f"the frontier {str(self.path)!r} is damaged ({error}); move it away, and the crawl begins at its seeds"
                ) from None

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                + (files(__package__) / "sql/schema.sql").read_text()
            )
        except (OSError, sqlite3.OperationalError) as error:
            raise FrontierError(
                f"cannot open the frontier {str(self.path)!r}: {error}; JOBDIR names its folder"
            ) from None

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)

    def _push(self, requests: Sequence[Waiting]) -> int:
        with self._transaction() as db:
            served = db.execute("SELECT coalesce(min(turn), 0) FROM queue WHERE worker IS NULL").fetchone()[0]
            taken = 0
            for request in requests:
                if request.fingerprint is not None:
                    new = db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (_signed(request.fingerprint),)).rowcount
                    if not new:
                        continue
                (turn,) = db.execute(
                    "INSERT INTO turns VALUES (?, ?) ON CONFLICT DO UPDATE SET turn = max(turn + 1, excluded.turn) RETURNING turn",
                    (request.group, served),
                ).fetchone()
                db.execute(
                    "INSERT INTO queue (payload, priority, turn) VALUES (?, ?, ?)",
                    (request.payload, request.priority, turn),
                )
                taken += 1
            return taken

    def _take(self, count: int) -> list[Lease]:
        with self._transaction() as db:
            self.control = str(db.execute("SELECT coalesce(max(word), '') FROM control").fetchone()[0])
            if self.control:
                return []
            rows = self._next(db, suspects=True, count=1) + self._next(db, suspects=False, count=count)
            db.executemany("UPDATE queue SET worker = ? WHERE id = ?", ((self.worker, row[0]) for row in rows))
        return [Lease(id=str(row[0]), payload=row[1], deliveries=row[2] + 1) for row in rows]

    def _next(self, db: sqlite3.Connection, *, suspects: bool, count: int) -> list[tuple[int, str, int]]:
        return db.execute(
            "SELECT id, payload, crashes FROM queue WHERE worker IS NULL AND (crashes > 0) = ?"
            " ORDER BY priority DESC, turn, id LIMIT ?",
            (suspects, count),
        ).fetchall()

    def _many(self, statement: str, ids: Iterable[str]) -> int:
        with self._transaction() as db:
            return db.executemany(statement, ((one,) for one in ids)).rowcount

    def _renew(self) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO workers VALUES (?, ?, ?)", (self.worker, os.getpid(), self.clock()))

    def _resync(self, held: set[str]) -> int:
        with self._transaction() as db:
            rows = db.execute("SELECT id FROM queue WHERE worker = ?", (self.worker,)).fetchall()
            lost = [row for row in rows if str(row[0]) not in held]
            db.executemany("UPDATE queue SET worker = NULL WHERE id = ?", lost)
        return len(lost)

    def _reap(self) -> int:
        with self._transaction() as db:
            dead = [
                (worker,)
                for worker, pid, beat in db.execute("SELECT id, pid, beat FROM workers WHERE id <> ?", (self.worker,))
                if beat < self.clock() - self.lease or not _lives(pid)
            ]
            reaped: int = db.executemany(
                "UPDATE queue SET worker = NULL, crashes = crashes + 1 WHERE worker = ?", dead
            ).rowcount
            db.executemany("DELETE FROM workers WHERE id = ?", dead)
            for identity, payload in db.execute(
                "SELECT id, payload FROM queue WHERE crashes >= ? AND worker IS NULL", (CRASHES,)
            ).fetchall():
                letter = DeadLetter.crashed(str(identity), payload, url_of(payload), self.platform, self.clock())
                self._keep(db, letter)
        return max(reaped, 0)

    def _bury(self, letter: DeadLetter) -> None:
        with self._transaction() as db:
            self._keep(db, letter)

    def _keep(self, db: sqlite3.Connection, letter: DeadLetter) -> None:
        text = json.dumps(attrs.asdict(letter), ensure_ascii=False)
        db.execute("INSERT OR REPLACE INTO letters VALUES (?, ?, ?)", (letter.name, letter.buried_at, text))
        db.execute("DELETE FROM queue WHERE id = ?", (letter.id,))

    def _depth(self) -> Depth:
        waiting, leased = self._db.execute("SELECT count(*) - count(worker), count(worker) FROM queue").fetchone()
        (dead,) = self._db.execute("SELECT count(*) FROM letters").fetchone()
        return Depth(waiting=waiting, leased=leased, dead=dead)

    def _letters(self) -> list[DeadLetter]:
        rows = self._db.execute("SELECT id, letter FROM letters ORDER BY buried_at, id")
        return [DeadLetter(**{**json.loads(text), "id": identity}) for identity, text in rows]

    def _replay(self, ids: Iterable[str]) -> int:
        count = 0
        with self._transaction() as db:
            for identity in ids:
                row = db.execute("DELETE FROM letters WHERE id = ? RETURNING letter", (identity,)).fetchone()
                if row:
                    db.execute(
                        "INSERT INTO queue (payload, priority, turn) VALUES (?, 0, 0)", (json.loads(row[0])["payload"],)
                    )
                    count += 1
        return count

    def _command(self, control: str) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM control")
            if control:
                db.execute("INSERT INTO control VALUES (?)", (control,))
            if control == "cancelled":
                db.execute("DELETE FROM queue WHERE worker IS NULL")

    def _finish(self) -> None:
        with self._transaction() as db:
            (busy,) = db.execute("SELECT (SELECT count(*) FROM queue) + (SELECT count(*) - 1 FROM workers)").fetchone()
            if not busy:
                db.execute("DELETE FROM seen")
                db.execute("DELETE FROM turns")

    def _close(self) -> None:
        with self._transaction() as db:
            db.execute("UPDATE queue SET worker = NULL WHERE worker = ?", (self.worker,))
            db.execute("DELETE FROM workers WHERE id = ?", (self.worker,))
        self._db.close()


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT: plain BEGIN fails at once where another process writes (facts.md, 2026-11-22)."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __enter__(self) -> sqlite3.Connection:
        self.db.execute("BEGIN IMMEDIATE")
        return self.db

    def __exit__(self, kind: object, *_: object) -> None:
        self.db.execute("COMMIT" if kind is None else "ROLLBACK")


def _signed(fingerprint: int) -> int:
    """Return 64 bits as SQLite's signed integer."""
    return fingerprint - (1 << 64) if fingerprint >= 1 << 63 else fingerprint


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
