"""Write batches of records into a GeoPackage: one transaction a batch, from one thread."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import Record, Run
from travelcrawl.stores.gpkg_rows import form, sql, time_text
from travelcrawl.stores.layers import ITEM_TYPE_OF, LAYER_OF
from travelcrawl.stores.merge import (
    Before,
    Changes,
    Key,
    Known,
    Part,
    Refusal,
    by_layer,
    differing,
    fold,
    offers_of,
    parts_of,
    quarantine_row,
    quarantined,
    sift,
)
from travelcrawl.stores.values import Values, codec, json_text, time_of

REFUSALS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, OverflowError, UnicodeError)
"""What SQLite raises for one row, whatever state the file is in."""

AT_ONCE = (128, 16, 1)
"""Rows of one statement: a statement a row is a change of hands of the interpreter's lock a row."""


class GeoPackageWriter:
    """One run's hand on the file. Raises StoreError with one sentence from every method."""

    def __init__(self, path: Path, run: Run, clock: Callable[[], datetime]) -> None:
        self.path = path
        self.run = run
        self.clock = clock
        self.started = time_text(time_of(run.started_at))
        self.connection = gpkg_file.open_file(path)
        self.inode = path.stat().st_ino
        try:
            self._note_run(ended_at=None, outcome=None)
        except BaseException:
            self.connection.close()
            raise

    def close(self, outcome: Mapping[str, Any]) -> None:
        """Note how the run ended, and leave one whole file where nobody else writes."""
        try:
            self._note_run(ended_at=self.clock(), outcome=dict(outcome))
            with gpkg_file.troubles(self.path):
                gpkg_file.finish(self.connection, self.clock())
        finally:
            self.connection.close()

    def write(self, batch: Iterable[Record]) -> Counter[str]:
        """Commit a batch, whole or not at all; return how many became what, by ``layer/outcome``."""
        counts: Counter[str] = Counter()
        refused: list[Refusal] = []
        now = self.clock()
        grouped = by_layer(batch)
        quarantine = grouped.pop("quarantine", [])
        # Hashed before the lock is taken: other writers wait only for what needs the file.
        parts = {layer: parts_of(codec(layer), records, now, refused) for layer, records in grouped.items()}
        with self._transaction():
            for layer, found in parts.items():
                counts.update(
                    self._offers(found, refused) if layer == "offers" else self._upsert(layer, found, refused)
                )
            for refusal in refused:
                counts[f"{LAYER_OF[refusal.record['type']]}/refused"] += 1
                quarantine.append(quarantined(refusal.record, refusal.cause))
            rows = [quarantine_row(record, now, self.run) for record in quarantine]
            counts["quarantine/new"] += self._put("quarantine", "insert", rows, refused)
        return +counts

    def _upsert(self, layer: str, parts: list[Part], refused: list[Refusal]) -> Counter[str]:
        changes = Changes(refused=refused)
        known = self._known(layer, {part.key for part in parts})
        rest = sift(parts, known, changes)
        rows = self._rows(layer, {part.key for part in rest if part.key in known})
        fold(codec(layer), rest, rows, changes, self.run)
        self._see(layer, changes.seen)
        moved: list[Values] = []
        stayed: list[Values] = []
        for row in changes.changed:
            (moved if form(layer).layer.located and _has_moved(row, rows) else stayed).append(row)
        return Counter(
            {
                f"{layer}/new": self._insert_new(layer, changes.new, refused),
                f"{layer}/changed": self._put(layer, "upsert", stayed, refused)
                + self._put(layer, "upsert", moved, refused, moved=True),
                f"{layer}/unchanged": changes.unchanged,
            }
        )

    def _offers(self, parts: list[Part], refused: list[Refusal]) -> Counter[str]:
        offers = offers_of(codec("offers"), parts, refused)
        changes = differing(codec("offers"), offers, [self._before(offer) for offer in offers], self.run)
        seen = [(time_text(seen), *_series(key), time_text(key[-1])) for key, seen in changes.seen.items()]
        self.connection.executemany(sql("offer_seen"), seen)
        new = self._put("offers", "insert", changes.new, refused)
        return Counter({"offers/new": new, "offers/unchanged": changes.unchanged})

    def _before(self, offer: Values) -> Before | None:
        values = {"started": self.started, "seen_at": time_text(offer["seen_at"])}
        values |= zip(codec("offers").layer.key, _series(codec("offers").key(offer)), strict=True)
        row = self.connection.execute(sql("offer_before"), values).fetchone()
        return row and Before(row[0], datetime.fromisoformat(row[1]), bool(row[2]))

    def _known(self, layer: str, keys: set[Key]) -> dict[Key, Known]:
        known = {}
        for platform, refs in _by_platform(keys):
            values = {"platform": platform, "refs": json_text(refs), "started": self.started}
            (found,) = self.connection.execute(form(layer).sql("known"), values).fetchone()
            for ref, content_hash, stale in orjson.loads(found):
                known[platform, ref] = Known(content_hash, bool(stale))
        return known

    def _see(self, layer: str, seen: dict[Key, datetime]) -> None:
        for platform, refs in _by_platform(seen):
            times = json_text({ref: time_text(seen[platform, ref]) for ref in refs})
            self.connection.execute(form(layer).sql("seen"), {"platform": platform, "seen": times})

    def _rows(self, layer: str, keys: set[Key]) -> dict[Key, Values]:
        statement, rows = form(layer).sql("rows"), {}
        for platform, refs in _by_platform(keys):
            for values in self.connection.execute(statement, {"platform": platform, "refs": json_text(refs)}):
                row = form(layer).decode(values)
                rows[platform, row["ref"]] = row
        return rows

    def _insert_new(self, layer: str, rows: list[Values], refused: list[Refusal]) -> int:
        """Insert rows whose keys are not there, and return how many were.

        Of a layer with positions the spatial index is filled at once: its trigger, a dozen calls from SQLite into
        Python a row, takes twice the time and the interpreter's lock from the event loop (2026-11-22). Nobody
        else sees the table without its trigger: all of this is one transaction.
        """
        if not form(layer).layer.located or not rows:
            return self._put(layer, "insert", rows, refused)
        (last,) = self.connection.execute(f"SELECT ifnull(max(fid), 0) FROM {layer}").fetchone()  # noqa: S608
        trigger = f"rtree_{layer}_geom_insert"
        (made,) = self.connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
        self.connection.execute(f"DROP TRIGGER {trigger}")
        done = self._put(layer, "insert", rows, refused)
        self.connection.execute(form(layer).sql("index_points"), (last,))
        self.connection.execute(made)
        return done

    def _put(self, layer: str, name: str, rows: list[Values], refused: list[Refusal], *, moved: bool = False) -> int:
        """Execute a statement for all rows, many at once, and return how many it wrote.

        Rows that SQLite refuses leave the rest alone.
        """
        done, start = 0, 0
        for size in AT_ONCE:
            while len(rows) - start >= size:
                done += self._put_some(layer, name, rows[start : start + size], refused, moved=moved)
                start += size
        return done

    def _put_some(self, layer: str, name: str, rows: list[Values], refused: list[Refusal], *, moved: bool) -> int:
        statement = form(layer).sql(name, rows=len(rows), moved=moved)
        try:
            return self.connection.execute(statement, list(chain.from_iterable(map(form(layer).encode, rows)))).rowcount
        except REFUSALS as error:
            if len(rows) > 1:
                return sum([self._put_some(layer, name, [row], refused, moved=moved) for row in rows])
            record = {field: rows[0][field] for field in codec(layer).names} | {"type": ITEM_TYPE_OF[layer]}
            refused.append(Refusal(record=record, cause=f"the store refused it: {error}"))
            return 0

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Take the write lock first: a plain BEGIN fails at once where another writer comes between (2026-11-22)."""
        with gpkg_file.troubles(self.path):
            gpkg_file.check_place(self.path, self.inode)
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def _note_run(self, *, ended_at: datetime | None, outcome: Mapping[str, Any] | None) -> None:
        values = {
            "id": self.run.id,
            "platform": self.run.platform,
            "arguments": dict(self.run.arguments),
            "started_at": self.run.started_at,
            "ended_at": ended_at,
            "outcome": outcome,
        }
        with self._transaction():
            self.connection.execute(sql("run"), form("runs").encode(codec("runs").storable(values)))


def _series(key: Key) -> list[str]:
    """Return the series of an offer as the key of its index has it: platform, ref, what, stay_from, stay_to."""
    return [part.isoformat() if isinstance(part, date) else part or "" for part in key[:5]]


def _has_moved(row: Values, rows: Mapping[Key, Values]) -> bool:
    before = rows[row["platform"], row["ref"]]
    return bool((row["lon"], row["lat"]) != (before["lon"], before["lat"]))


def _by_platform(keys: Iterable[Key]) -> Iterator[tuple[str, list[str]]]:
    """Yield each platform with its refs."""
    for platform, group in groupby(sorted(keys), key=itemgetter(0)):
        yield platform, [ref for _, ref in group]
