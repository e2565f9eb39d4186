"""Rows of PostGIS: the connection they go through, their form, and COPY with one statement behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from functools import cache, partial
from itertools import chain, islice
from operator import itemgetter
from typing import Any

import orjson
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types.json import set_json_loads

from travelcrawl.stores.gpkg_rows import sql
from travelcrawl.stores.layers import Layer, layers
from travelcrawl.stores.merge import Refusal
from travelcrawl.stores.migrate import check_schema, check_url, troubles
from travelcrawl.stores.values import Values, json_bytes, json_text
from travelcrawl.stores.writer import refusal_of

SEEN_APART = frozenset({"listings", "reviews", "notes"})
"""Layers that have ``last_seen`` in a table of its own, beside the content hash; the server puts what is new there itself."""
REFUSED = ("22", "23", "54")
"""Classes of SQLSTATE that speak of one row: bad data, a broken constraint, a limit of the program."""
OPTIONS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "application_name": "travelcrawl",
    "options": "-c timezone=UTC -c statement_timeout=300s -c lock_timeout=60s",
}
TYPES = {
    "text": "text",
    "integer": "int8",
    "hash": "int8",
    "real": "float8",
    "boolean": "bool",
    "time": "timestamptz",
    "day": "date",
    "json": "jsonb",
}
"""What a kind is in PostgreSQL: COPY is binary, 4 microseconds of this process a listing where text took 12 (2026-11-29)."""
ENCODE: dict[str, Callable[[Any], Any]] = {"json": json_text, "time": datetime.isoformat, "day": date.isoformat}


class StorableDumper(Dumper):
    """Writes a storable value as jsonb for COPY: 0.2 microseconds each, psycopg's own takes 0.4 (2026-11-30)."""

    format = Format.BINARY
    oid = psycopg.postgres.types["jsonb"].oid

    def dump(self, obj: Any) -> bytes:
        """Return the version of the form and the JSON text."""
        return b"\x01" + json_bytes(obj)


def connect(url: str) -> psycopg.Connection[Any]:
    """Return a connection whose transactions are explicit. Raises UsageError, StoreError."""
    check_url(url)
    with troubles(url):
        connection = psycopg.connect(url, autocommit=True, **OPTIONS)  # type: ignore[arg-type]
        set_json_loads(orjson.loads, connection)
        connection.adapters.register_dumper(None, StorableDumper)
        try:
            check_schema(connection, url)
        except BaseException:
            connection.close()
            raise
        return connection


def prepare(connection: psycopg.Connection[Any], url: str, names: Iterable[str]) -> None:
    """Make the tables that COPY fills; they are the connection's own, and empty after each transaction."""
    with troubles(url):
        for name in names:
            seen = ", last_seen timestamptz" if name in SEEN_APART else ""
            connection.execute(f"CREATE TEMP TABLE incoming_{name} (LIKE {name}{seen}) ON COMMIT DELETE ROWS")


class RowRefused(Exception):
    """Raised when the database does not take a row of a batch, which one is not known yet: all of it is to be done again, with care."""


def put(
    connection: psycopg.Connection[Any],
    layer: str,
    way: str,
    rows: Iterable[Values],
    refused: list[Refusal],
    *,
    careful: bool = True,
) -> int:
    """Put rows in and return how many were written.

    The way is ``add``, for rows that are known to be new, ``insert``, which leaves those that are there as they are, or
    ``upsert``. With care, rows that the database refuses are found by halving, and leave the rest alone. Without it there is
    no savepoint and no row is kept, which most batches never need; raises RowRefused then.
    """
    coming = iter(rows)
    taken = list(islice(coming, 1))
    if not taken:
        return 0
    guard = connection.transaction() if careful else nullcontext()
    going = _noted(taken, coming) if careful else chain(taken, coming)
    try:
        with guard, connection.cursor() as cursor:
            return _add(cursor, layer, going) if way == "add" else _merge(cursor, layer, going, way)
    except psycopg.Error as error:
        if not _is_of_a_row(error):
            raise
        if not careful:
            raise RowRefused from error
        taken += coming
        put_again = partial(put, connection, layer, refused=refused)
        if way == "add" and isinstance(error, psycopg.errors.UniqueViolation):
            return put_again("insert", taken)
        if len(taken) > 1:
            half = len(taken) // 2
            return put_again(way, taken[:half]) + put_again(way, taken[half:])
        refused.append(refusal_of(layer, taken[0], error))
        return 0


def _is_of_a_row(error: psycopg.Error) -> bool:
    """Say whether an error speaks of a row: the server's, or the driver's, which has no state."""
    return (error.sqlstate or "").startswith(REFUSED) or (
        error.sqlstate is None and isinstance(error, psycopg.DataError)
    )


def _add(cursor: psycopg.Cursor[Any], layer: str, rows: Iterable[Values]) -> int:
    """Copy new rows straight in: 18 microseconds of the server a listing, 25 by way of a temporary table (2026-11-29)."""
    copy_in(cursor, layer, stored(layer), rows)
    return cursor.rowcount


def _noted(taken: list[Values], coming: Iterator[Values]) -> Iterator[Values]:
    """Yield the rows that were taken and those that come, which are taken then."""
    yield from taken[:]
    for row in coming:
        taken.append(row)
        yield row


def _merge(cursor: psycopg.Cursor[Any], layer: str, rows: Iterable[Values], way: str) -> int:
    """Copy rows into a temporary table and put them with one statement."""
    copy_in(cursor, f"incoming_{layer}", layers()[layer].names, rows, of=layer)
    done = cursor.execute(statement(way, layer)).rowcount
    if way == "upsert" and layer in SEEN_APART:
        cursor.execute(statement("upsert_seen", layer))
    cursor.execute(f"DELETE FROM incoming_{layer}")  # noqa: S608 (names of our own layers)
    return done


def copy_in(
    cursor: psycopg.Cursor[Any], table: str, names: Sequence[str], rows: Iterable[Values], of: str | None = None
) -> None:
    """Copy rows into a table, binary: the columns named, each of the kind that it has in the layer."""
    kinds = {column.name: TYPES[column.kind] for column in layers()[of or table].columns}
    values = itemgetter(*names)
    with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types([kinds[name] for name in names])
        for row in rows:
            copy.write_row(values(row))


@cache
def stored(layer: str) -> tuple[str, ...]:
    """Return the columns of a layer that its own table has."""
    return tuple(name for name in layers()[layer].names if layer not in SEEN_APART or name != "last_seen")


def encode(layer: Layer, row: Values) -> list[Any]:
    """Return the values of a row as parameters of a statement."""
    encoders = [(column.name, ENCODE.get(column.kind)) for column in layer.columns]
    return [value if (value := row[name]) is None or convert is None else convert(value) for name, convert in encoders]


@cache
def statement(name: str, layer: str) -> str:
    """Return a statement of ``stores/sql/postgis`` for a layer."""
    described, own = layers()[layer], stored(layer)
    parts = {
        "layer": layer,
        "names": ", ".join(described.names),
        "stored": ", ".join(own),
        "marks": ", ".join(["%s"] * len(described.names)),
        "order": ", ".join(described.key),
        "assignments": ", ".join(f"{column} = excluded.{column}" for column in own),
        "columns": columns(layer),
        "source": source(layer),
    }
    return sql(f"postgis/{name}").format_map(parts)


def columns(layer: str) -> str:
    """Return the columns of a layer as they are called in its source."""
    seen = f"{layer}_seen" if layer in SEEN_APART else layer
    return ", ".join(f"{seen if name == 'last_seen' else layer}.{name}" for name in layers()[layer].names)


def source(layer: str) -> str:
    """Return what a layer is read from: its table, and the one that says when its rows were last seen."""
    return f"{layer} LEFT JOIN {layer}_seen USING (platform, ref)" if layer in SEEN_APART else layer
