"""The writer of a PostGIS database.

Beside the layers there is ``listing_history``: a row for each change of a listing, what it was and what it became.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import psycopg

from travelcrawl.stores.base import Run
from travelcrawl.stores.gpkg_rows import sql
from travelcrawl.stores.layers import layers
from travelcrawl.stores.merge import Changes, Key, Known, Part, Refusal, by_platform, difference, sift
from travelcrawl.stores.migrate import Contended, troubles
from travelcrawl.stores.offers import Before
from travelcrawl.stores.postgis_rows import SEEN_APART, RowRefused, connect, encode, prepare, put, statement
from travelcrawl.stores.values import Values, json_text, time_of
from travelcrawl.stores.writer import Ready, Writer

TRIES = 5
"""How often a batch is tried at once where other writers were in the way."""
WRITTEN = ("listings", "reviews", "notes", "offers", "quarantine", "tiles")
"""The layers that batches go to."""
MONTHS = 3
"""Partitions of offers that are there ahead of time."""


class PostgisWriter(Writer):
    """Writes one database, through one connection that is made again when it is lost."""

    def __init__(self, url: str, run: Run, clock: Callable[[], datetime]) -> None:
        super().__init__(run, clock)
        self.url = url
        self.careful = True
        self.started = time_of(run.started_at)
        self._connection = connect(url)
        try:
            prepare(self._connection, url, WRITTEN)
            with troubles(url):
                month = clock().date().replace(day=1)
                self._connection.execute("SELECT make_offer_partitions(%s, %s)", (month, MONTHS))
            self.note_run()
        except BaseException:
            self._connection.close()
            raise

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The connection, made again where it was lost. Raises StoreError."""
        if self._connection.closed:
            self._connection = connect(self.url)
            prepare(self._connection, self.url, WRITTEN)
        return self._connection

    def write(self, batch: Iterable[Ready]) -> Counter[str]:
        """Commit a batch; where other writers were in the way, or a row is refused that has to be found, it is tried again at once."""
        records, self.careful = list(batch), False
        for _ in range(TRIES - 1):
            try:
                return super().write(records)
            except Contended:
                continue
            except RowRefused:
                self.careful = True
        return super().write(records)

    def retire(self) -> int:
        """Do so with care: these rows were not looked at one by one."""
        self.careful = True
        return super().retire()

    def close(self, outcome: Mapping[str, Any]) -> None:
        """Note how the run ended, and close the connection."""
        # The server may have gone away while nothing was written: a batch comes again, this does not.
        with suppress(psycopg.Error):
            self._connection.execute("SELECT")
        try:
            self.note_run(ended_at=self.clock(), outcome=outcome)
        finally:
            self._connection.close()

    @contextmanager
    def transaction(self, platforms: Iterable[str]) -> Iterator[None]:
        """Lock the platforms, in order, and do what is inside in one transaction."""
        connection = self.connection
        with troubles(self.url), connection.transaction():
            if names := list(platforms):
                connection.execute(sql("postgis/lock"), (names,))
            yield

    def sifted(self, layer: str, parts: list[Part], changes: Changes) -> tuple[list[Part], dict[Key, Known]]:
        """Let the server compare the content hashes, a statement a platform: of what is the same nothing comes back."""
        left: list[Part] = []
        known: dict[Key, Known] = {}
        for platform, some in _by_platform(parts).items():
            values = {"platform": platform, "started": self.started, "count": len(some), **_told(some)}
            *others, (*_, same) = self._connection.execute(statement("sift", layer), values)
            known |= {some[n].key: Known(digest, stale) for n, digest, stale, _ in others}
            settled = range(len(some)) if same is None else {*same}
            told = [part for n, part in enumerate(some) if n not in settled or part.key in known]
            changes.unchanged += len(some) - len(told)
            left += sift(told, known, changes)
        return left, known

    def rows(self, layer: str, keys: set[Key]) -> dict[Key, Values]:
        """Return whole rows."""
        names, rows = layers()[layer].names, {}
        for platform, refs in by_platform(keys):
            values = {"platform": platform, "refs": json_text(refs)}
            for found in self._connection.execute(statement("rows", layer), values):
                row = dict(zip(names, found, strict=True))
                rows[platform, row["ref"]] = row
        return rows

    def see(self, layer: str, seen: Mapping[Key, datetime]) -> None:
        """Move ``last_seen`` of rows that have not changed, in one statement a platform."""
        for platform, refs in by_platform(seen):
            values = {"refs": json_text(refs), "seen": json_text([seen[platform, ref] for ref in refs])}
            self._connection.execute(statement("seen", layer), {"platform": platform, **values})

    def put_new(self, layer: str, rows: Iterable[Values], refused: list[Refusal]) -> int:
        """Insert rows and return how many."""
        way = "add" if layer in SEEN_APART else "insert"
        return put(self._connection, layer, way, self._handing(rows), refused, careful=self.careful)

    def _handing(self, rows: Iterable[Values]) -> Iterator[Values]:
        """Yield rows, and say when the last is gone.

        38,000 new listings/s in place of 33,500: the next ones are hashed while the server works, not while these are sent (2026-11-29).
        """
        coming = iter(rows)
        for first in coming:
            yield first
            yield from coming
            self.handed_over()

    def put_changed(self, layer: str, rows: list[Values], before: Mapping[Key, Values], refused: list[Refusal]) -> int:
        """Write rows anew, and note what changed of a listing."""
        refused_before = len(refused)
        done = put(self._connection, layer, "upsert", rows, refused, careful=self.careful)
        if layer == "listings":
            lost = {_key(refusal.record) for refusal in refused[refused_before:]}
            written = [row for row in rows if _key(row) not in lost]
            changes = [(*_history_key(row), json_text(difference(before[_key(row)], row))) for row in written]
            if changes:
                self._connection.execute(
                    sql("postgis/history"), [list(column) for column in zip(*changes, strict=True)]
                )
        return done

    def before(self, offers: list[Values]) -> list[Before | None]:
        """Look up the series of all offers in one query."""
        values: dict[str, Any] = {
            name: [offer[name] for offer in offers] for name in (*layers()["offers"].key, "seen_at")
        }
        found = self._connection.execute(sql("postgis/offers_before"), {**values, "started": self.started})
        return [None if content_hash is None else Before(content_hash, *rest) for content_hash, *rest in found]

    def see_offers(self, seen: Mapping[Key, datetime]) -> None:
        """Move ``last_seen`` of offers."""
        with self._connection.cursor() as cursor:
            cursor.executemany(sql("postgis/offers_seen"), [(time, *key) for key, time in seen.items()])

    def inside(self, tile: Values) -> list[Values]:
        """Return the listings in an area."""
        values = {**tile, "beyond": f"{tile['adcode']}:"}
        found = self._connection.execute(statement("inside", "listings"), values)
        return [dict(zip(layers()["listings"].names, row, strict=True)) for row in found]

    def put_gone(self, tile: Values, count: int) -> None:
        """Note how many are gone."""
        key = (tile["platform"], tile["tile"], tile["run"])
        self._connection.execute(
            "UPDATE tiles SET gone = coalesce(gone, %s) WHERE platform = %s AND tile = %s AND run = %s", (count, *key)
        )

    def put_run(self, row: Values) -> None:
        """Insert the run, or bring its end up to date."""
        self._connection.execute(statement("run", "runs"), encode(layers()["runs"], row))


def _key(row: Values) -> Key:
    return row["platform"], row["ref"]


def _history_key(row: Values) -> tuple[Any, ...]:
    return row["platform"], row["ref"], row["last_changed"], row["run"]


def _by_platform(parts: Iterable[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.key[0], []).append(part)
    return found


def _told(parts: Iterable[Part]) -> dict[str, str]:
    """Return the refs, content hashes and times of parts as JSON: 0.2 microseconds a value less than arrays of psycopg (2026-11-29)."""
    keys, hashes, _, seen = zip(*parts, strict=True)
    refs = [ref for _, ref in keys]
    return {"refs": json_text(refs), "hashes": f"{{{json_text(hashes)[1:-1]}}}", "seen": json_text(seen)}
