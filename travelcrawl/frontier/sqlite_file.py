"""A crawl's requests in a SQLite file: each step one transaction, in the thread that calls it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import attrs

from travelcrawl.errors import FrontierError
from travelcrawl.frontier.backend import DeadLetter, Depth, Lease, Waiting, is_guilty
from travelcrawl.frontier.codec import url_of


class QueueFile:
    """What a backend can do, said in SQL. The methods mean what those of Backend mean; they raise sqlite3's errors."""

    def __init__(self, path: Path, worker: str, platform: str, lease: float, clock: Callable[[], float]) -> None:
        self.path = path
        self.worker = worker
        self.platform = platform
        self.lease = lease
        self.clock = clock
        self._db: sqlite3.Connection

    def open(self) -> None:
        """Open or make the file. Raises FrontierError."""
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

    def _state(self, name: str) -> int:
        row = self._db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def _note(self, name: str, value: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    def begin(self) -> None:
        """Note that this worker lives; forget what was seen if the crawl before was complete, or cancelled and left by all."""
        with self._transaction() as db:
            self._say_that_it_lives(db)
            others = db.execute("SELECT pid, beat FROM workers WHERE id <> ?", (self.worker,)).fetchall()
            cancelled = db.execute("SELECT 1 FROM control WHERE word = 'cancelled'").fetchone()
            if cancelled and not any(self._is_alive(*other) for other in others):
                db.execute("DELETE FROM queue")
                db.execute("DELETE FROM control")
                self._note("finished", 1)
            if self._state("finished"):
                self._forget_seen(db)

    def _forget_seen(self, db: sqlite3.Connection) -> None:
        for table in ("seen", "turns", "state"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from here

    def push(self, requests: Sequence[Waiting]) -> int:
        """Queue what was not seen, each behind the turns that its group has had; return how many."""
        with self._transaction() as db:
            served, taken = self._state("served"), 0
            for request in requests:
                if request.fingerprint is not None:
                    new = db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (request.fingerprint,)).rowcount
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
            if taken:
                db.execute("DELETE FROM state WHERE name = 'finished'")
            return taken

    def take(self, count: int, suspects: tuple[int, int]) -> tuple[str, list[Lease]]:
        """Lease the next requests; return what people want of the workers, and the leases: none unless it is to go on."""
        once, often = suspects
        with self._transaction() as db:
            control = str(db.execute("SELECT coalesce(max(word), '') FROM control").fetchone()[0])
            if control:
                return control, []
            rows = self._next(db, 2, often) or self._next(db, 1, once)
            normal = self._next(db, 0, count)
            if normal:
                self._note("served", normal[-1][3])
            rows += normal
            db.executemany("UPDATE queue SET worker = ? WHERE id = ?", ((self.worker, row[0]) for row in rows))
        return control, [Lease(id=str(row[0]), payload=row[1], crashes=row[2]) for row in rows]

    def _next(self, db: sqlite3.Connection, crashes: int, count: int) -> list[tuple[int, str, int, int]]:
        return db.execute(
            "SELECT id, payload, crashes, turn FROM queue WHERE worker IS NULL AND min(crashes, 2) = ?"
            " ORDER BY priority DESC, turn, id LIMIT ?",
            (crashes, count),
        ).fetchall()

    def spare(self, ids: Iterable[str]) -> None:
        """Note that leased requests are not to blame if this worker dies."""
        self._many("UPDATE queue SET spared = 1, crashes = 0 WHERE id = ?", ids)

    def ack(self, ids: Iterable[str]) -> None:
        """Forget requests."""
        self._many("DELETE FROM queue WHERE id = ?", ids)

    def drop(self, ids: Iterable[str]) -> int:
        """Forget letters; return how many."""
        return self._many("DELETE FROM letters WHERE id = ?", ids)

    def _many(self, statement: str, ids: Iterable[str]) -> int:
        with self._transaction() as db:
            return db.executemany(statement, ((one,) for one in ids)).rowcount

    def release(self, ids: Iterable[str]) -> None:
        """Free leases of this worker."""
        with self._transaction() as db:
            self._free(db, "id = ? AND worker = ?", ((one, self.worker) for one in ids))

    def _free(self, db: sqlite3.Connection, which: str, values: Iterable[tuple[str, ...]]) -> int:
        statement = f"UPDATE queue SET worker = NULL, spared = 0 WHERE {which}"  # noqa: S608 - text from here
        return max(db.executemany(statement, values).rowcount, 0)

    def renew(self) -> None:
        """Note that this worker lives."""
        with self._transaction() as db:
            self._say_that_it_lives(db)

    def _say_that_it_lives(self, db: sqlite3.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO workers VALUES (?, ?, ?)", (self.worker, os.getpid(), self.clock()))

    def resync(self, held: set[str]) -> set[str]:
        """Free what this worker is not said to hold; return what it holds no more."""
        with self._transaction() as db:
            ours = {str(row[0]) for row in db.execute("SELECT id FROM queue WHERE worker = ?", (self.worker,))}
            self._free(db, "id = ?", ((one,) for one in ours - held))
            self._say_that_it_lives(db)
        return held - ours

    def _is_alive(self, pid: int, beat: float) -> bool:
        return beat >= self.clock() - self.lease and _lives(pid)

    def reap(self) -> int:
        """Free what dead workers held, and bury what has killed too many; return how many were freed."""
        reaped = 0
        with self._transaction() as db:
            for worker, *signs in db.execute(
                "SELECT id, pid, beat FROM workers WHERE id <> ?", (self.worker,)
            ).fetchall():
                if not self._is_alive(*signs):
                    reaped += self._reap_one(db, worker)
        return reaped

    def _reap_one(self, db: sqlite3.Connection, worker: str) -> int:
        held = db.execute(
            "SELECT id, payload, crashes, first_death FROM queue WHERE worker = ? AND NOT spared", (worker,)
        )
        rows = held.fetchall()
        reaped = self._free(db, "worker = ?", [(worker,)])
        db.execute("DELETE FROM workers WHERE id = ?", (worker,))
        death = self._state("deaths") + 1
        self._note("deaths", death)
        for identity, payload, crashes, first_death in rows:
            first = first_death if crashes else death
            db.execute("UPDATE queue SET crashes = ?, first_death = ? WHERE id = ?", (crashes + 1, first, identity))
            if is_guilty(crashes + 1, death - first + 1):
                lease = Lease(id=str(identity), payload=payload, crashes=crashes + 1)
                self._keep(db, DeadLetter.crashed(lease, url_of(payload), self.platform, self.clock()))
        return reaped

    def bury(self, letter: DeadLetter) -> None:
        """Keep a letter in the place of its request."""
        with self._transaction() as db:
            self._keep(db, letter)

    def _keep(self, db: sqlite3.Connection, letter: DeadLetter) -> None:
        text = json.dumps(attrs.asdict(letter), ensure_ascii=False)
        db.execute("INSERT OR REPLACE INTO letters VALUES (?, ?, ?)", (letter.name, letter.buried_at, text))
        db.execute("DELETE FROM queue WHERE id = ?", (letter.id,))

    def depth(self) -> Depth:
        """Count."""
        waiting, leased = self._db.execute("SELECT count(*) - count(worker), count(worker) FROM queue").fetchone()
        (dead,) = self._db.execute("SELECT count(*) FROM letters").fetchone()
        return Depth(waiting=waiting, leased=leased, dead=dead)

    def letters(self) -> list[DeadLetter]:
        """Return the letters, oldest first."""
        rows = self._db.execute("SELECT id, letter FROM letters ORDER BY buried_at, id")
        return [DeadLetter(**{**json.loads(text), "id": identity}) for identity, text in rows]

    def replay(self, ids: Iterable[str]) -> int:
        """Queue the requests of letters, before all that waits with no priority; return how many."""
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

    def command(self, control: str) -> None:
        """Note what people want of the workers; forget what waits where it is ``cancelled``."""
        with self._transaction() as db:
            db.execute("DELETE FROM control")
            if control:
                db.execute("INSERT INTO control VALUES (?)", (control,))
            if control == "cancelled":
                db.execute("DELETE FROM queue WHERE worker IS NULL")

    def finish(self) -> None:
        """Note that the crawl is complete if nothing is queued; forget what was seen where no other worker is left."""
        with self._transaction() as db:
            if db.execute("SELECT 1 FROM queue").fetchone() is None:
                self._note("finished", 1)
                if db.execute("SELECT count(*) FROM workers").fetchone()[0] <= 1:
                    self._forget_seen(db)

    def close(self) -> None:
        """Free what this worker holds and close the file."""
        with self._transaction() as db:
            self._free(db, "worker = ?", [(self.worker,)])
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


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
