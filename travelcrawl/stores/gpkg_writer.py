"""Write batches of records into a GeoPackage: one transaction a batch, from one thread."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import Run
from travelcrawl.stores.gpkg_rows import form, sql, time_text
from travelcrawl.stores.merge import Changes, Key, Known, Part, Refusal, by_platform, sift
from travelcrawl.stores.offers import Before
from travelcrawl.stores.values import Values, codec, json_text, time_of
from travelcrawl.stores.writer import Writer, refusal_of

REFUSALS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, OverflowError, UnicodeError)
"""What SQLite raises for one row, whatever state the file is in."""

AT_ONCE = (128, 16, 1)
"""Rows of one statement: a statement a row is a change of hands of the interpreter's lock a row."""


class GeoPackageWriter(Writer):
    """Writes one GeoPackage, through one connection."""

    def __init__(self, path: Path, run: Run, clock: Callable[[], datetime]) -> None:
        super().__init__(run, clock)
        self.path = path
        self.started = time_text(time_of(run.started_at))
        self.connection = gpkg_file.open_file(path)
        self.inode = path.stat().st_ino
        try:
            self.note_run()
        except BaseException:
            self.connection.close()
            raise

    def close(self, outcome: Mapping[str, Any]) -> None:
        """Note how the run ended, and leave one whole file where nobody else writes."""
        try:
            self.note_run(ended_at=self.clock(), outcome=outcome)
            with gpkg_file.troubles(self.path):
                gpkg_file.finish(self.connection, self.clock())
        finally:
            self.connection.close()

    def see_offers(self, seen: Mapping[Key, datetime]) -> None:
        """Move ``last_seen`` of offers."""
        rows = [(time_text(time), *_series(key), time_text(key[-1])) for key, time in seen.items()]
        self.connection.executemany(sql("offer_seen"), rows)

    def before(self, offers: list[Values]) -> list[Before | None]:
        """Look each offer up in its series."""
        return [self._before(offer) for offer in offers]

    def _before(self, offer: Values) -> Before | None:
        values = {"started": self.started, "seen_at": time_text(offer["seen_at"])}
        values |= zip(codec("offers").layer.key, _series(codec("offers").key(offer)), strict=True)
        row = self.connection.execute(sql("offer_before"), values).fetchone()
        return row and Before(row[0], datetime.fromisoformat(row[1]), bool(row[2]))

    def sifted(self, layer: str, parts: list[Part], changes: Changes) -> tuple[list[Part], dict[Key, Known]]:
        """Look up the content hashes of all rows that are there, in one query a platform."""
        known = {}
        for platform, refs in by_platform({part.key for part in parts}):
            values = {"platform": platform, "refs": json_text(refs), "started": self.started}
            (found,) = self.connection.execute(form(layer).sql("known"), values).fetchone()
            for ref, content_hash, stale in orjson.loads(found):
                known[platform, ref] = Known(content_hash, bool(stale))
        return sift(parts, known, changes), known

    def see(self, layer: str, seen: Mapping[Key, datetime]) -> None:
        """Move ``last_seen`` of rows, in one statement a platform."""
        for platform, refs in by_platform(seen):
            times = json_text({ref: time_text(seen[platform, ref]) for ref in refs})
            self.connection.execute(form(layer).sql("seen"), {"platform": platform, "seen": times})

    def rows(self, layer: str, keys: set[Key]) -> dict[Key, Values]:
        """Return whole rows."""
        statement, rows = form(layer).sql("rows"), {}
        for platform, refs in by_platform(keys):
            for values in self.connection.execute(statement, {"platform": platform, "refs": json_text(refs)}):
                row = form(layer).decode(values)
                rows[platform, row["ref"]] = row
        return rows

    def put_new(self, layer: str, rows: Iterable[Values], refused: list[Refusal]) -> int:
        """Insert rows and return how many.

        Of a layer with positions the spatial index is filled at once: its trigger, a dozen calls from SQLite into
        Python a row, takes twice the time and the interpreter's lock from the event loop (2026-11-22). Nobody
        else sees the table without its trigger: all of this is one transaction.
        """
        made_ready = list(rows)
        if not form(layer).layer.located or not made_ready:
            return self._put(layer, "insert", made_ready, refused)
        (last,) = self.connection.execute(f"SELECT ifnull(max(fid), 0) FROM {layer}").fetchone()  # noqa: S608
        trigger = f"rtree_{layer}_geom_insert"
        (made,) = self.connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
        self.connection.execute(f"DROP TRIGGER {trigger}")
        done = self._put(layer, "insert", made_ready, refused)
        self.connection.execute(form(layer).sql("index_points"), (last,))
        self.connection.execute(made)
        return done

    def put_changed(self, layer: str, rows: list[Values], before: Mapping[Key, Values], refused: list[Refusal]) -> int:
        """Write rows anew; the geometry, and so the spatial index, only of those that have moved."""
        moved: list[Values] = []
        stayed: list[Values] = []
        for row in rows:
            (moved if form(layer).layer.located and _has_moved(row, before) else stayed).append(row)
        return self._put(layer, "upsert", stayed, refused) + self._put(layer, "upsert", moved, refused, moved=True)

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
            refused.append(refusal_of(layer, rows[0], error))
            return 0

    @contextlib.contextmanager
    def transaction(self, platforms: Iterable[str]) -> Iterator[None]:  # noqa: ARG002 (one lock for all)
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

    def inside(self, tile: Values) -> list[Values]:
        """Return the listings in an area."""
        rows, values = form("listings"), {**tile, "codes": json_text(tile["codes"]), "beyond": f"{tile['adcode']}:"}
        values = {
            name: values[name] for name in ("platform", "adcode", "beyond", "codes", "west", "south", "east", "north")
        }
        return [rows.decode(found) for found in self.connection.execute(rows.sql("inside"), values)]

    def put_gone(self, tile: Values, count: int) -> None:
        """Note how many are gone."""
        key = (tile["platform"], tile["tile"], tile["run"])
        self.connection.execute(
            "UPDATE tiles SET gone = coalesce(gone, ?) WHERE platform = ? AND tile = ? AND run = ?", (count, *key)
        )

    def put_run(self, row: Values) -> None:
        """Insert the run, or bring its end up to date."""
        self.connection.execute(sql("run"), form("runs").encode(row))


def _series(key: Key) -> list[str]:
    """Return the series of an offer as the key of its index has it: platform, ref, what, stay_from, stay_to."""
    return [part.isoformat() if isinstance(part, date) else part or "" for part in key[:5]]


def _has_moved(row: Values, rows: Mapping[Key, Values]) -> bool:
    before = rows[row["platform"], row["ref"]]
    return bool((row["lon"], row["lat"]) != (before["lon"], before["lat"]))
