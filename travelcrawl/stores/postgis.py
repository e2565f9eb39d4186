"""The store of a cluster: PostgreSQL with PostGIS, where every change is kept.

Beside the layers there is ``listing_history``: a row for each change of a listing, what it was and what it became.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import psycopg

from travelcrawl.stores.base import GroupCommit, Reader, Record, Run
from travelcrawl.stores.condition import Condition
from travelcrawl.stores.gpkg_rows import sql
from travelcrawl.stores.layers import layers
from travelcrawl.stores.merge import Key, Known, Refusal, difference
from travelcrawl.stores.migrate import Contended, check_url, troubles
from travelcrawl.stores.offers import Before
from travelcrawl.stores.postgis_rows import SEEN_APART, columns, connect, encode, prepare, put, source, statement
from travelcrawl.stores.values import Values, json_text, time_of
from travelcrawl.stores.writer import Ready, ThreadedStore, Writer, utc_now

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
        """Commit a batch; where other writers were in the way it is tried again at once."""
        records = list(batch)
        for _ in range(TRIES - 1):
            with contextlib.suppress(Contended):
                return super().write(records)
        return super().write(records)

    def close(self, outcome: Mapping[str, Any]) -> None:
        """Note how the run ended, and close the connection."""
        try:
            self.note_run(ended_at=self.clock(), outcome=outcome)
        finally:
            self._connection.close()

    @contextlib.contextmanager
    def transaction(self, platforms: Iterable[str]) -> Iterator[None]:
        """Lock the platforms, in order, and do what is inside in one transaction."""
        connection = self.connection
        with troubles(self.url), connection.transaction():
            if platforms:
                connection.execute(sql("postgis/lock"), (list(platforms),))
            yield

    def known(self, layer: str, keys: set[Key]) -> dict[Key, Known]:
        """Return the content hashes of the rows that are there."""
        values = {**_arrays(keys), "started": self.started}
        found = self._connection.execute(statement("known", layer), values)
        return {(platform, ref): Known(content_hash, stale) for platform, ref, content_hash, stale in found}

    def rows(self, layer: str, keys: set[Key]) -> dict[Key, Values]:
        """Return whole rows."""
        if not keys:
            return {}
        names = layers()[layer].names
        found = (
            dict(zip(names, row, strict=True))
            for row in self._connection.execute(statement("rows", layer), _arrays(keys))
        )
        return {(row["platform"], row["ref"]): row for row in found}

    def see(self, layer: str, seen: Mapping[Key, datetime]) -> None:
        """Move ``last_seen`` of rows that have not changed, in one statement."""
        if seen:
            self._connection.execute(statement("seen", layer), {**_arrays(seen), "seen": list(seen.values())})

    def put_new(self, layer: str, rows: Iterable[Values], refused: list[Refusal]) -> int:
        """Insert rows and return how many."""
        return put(self._connection, layer, "add" if layer in SEEN_APART else "insert", rows, refused)

    def put_changed(self, layer: str, rows: list[Values], before: Mapping[Key, Values], refused: list[Refusal]) -> int:
        """Write rows anew, and note what changed of a listing."""
        refused_before = len(refused)
        done = put(self._connection, layer, "upsert", rows, refused)
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
            "UPDATE tiles SET gone = %s WHERE platform = %s AND tile = %s AND run = %s", (count, *key)
        )

    def put_run(self, row: Values) -> None:
        """Insert the run, or bring its end up to date."""
        self._connection.execute(statement("run", "runs"), encode(layers()["runs"], row))


def _key(row: Values) -> Key:
    return row["platform"], row["ref"]


def _history_key(row: Values) -> tuple[Any, ...]:
    return row["platform"], row["ref"], row["last_changed"], row["run"]


def _arrays(keys: Iterable[Key]) -> dict[str, Any]:
    pairs = list(keys)
    return {"platforms": [platform for platform, _ in pairs], "refs": [ref for _, ref in pairs]}


class PostgisStore(ThreadedStore):
    """Keeps records in PostGIS; ``scrapy migrate`` has made its tables."""

    def __init__(self, url: str, policy: GroupCommit | None = None, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__(policy, clock)
        check_url(url)
        self.url = url

    def writer_for(self, run: Run) -> PostgisWriter:
        """Connect. Raises StoreError."""
        return PostgisWriter(self.url, run, self.clock)


class PostgisReader(Reader):
    """Reads a database's layers, all of one moment."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = connect(url)
        self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def read(self, layer: str, where: Condition | None = None) -> Iterator[Record]:
        """Yield the rows of a layer as dicts. Raises StoreError."""
        names, wanted = layers()[layer].names, where or Condition()
        statement = f"SELECT {columns(layer)} FROM {source(layer)}{wanted.said(lambda name: f'%({name})s')}"  # noqa: S608 (our own)
        with troubles(self.url), self._connection.cursor(f"read_{layer}") as cursor:
            cursor.itersize = 2000
            for row in cursor.execute(statement, wanted.values):
                yield dict(zip(names, row, strict=True))

    def count(self, layer: str) -> int:
        """Return the number of rows of a layer. Raises StoreError."""
        with troubles(self.url):
            (count,) = self._connection.execute(f"SELECT count(*) FROM {layers()[layer].name}").fetchone() or (0,)  # noqa: S608
            return int(count)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
