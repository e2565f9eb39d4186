"""Rows of PostGIS: the connection they go through, their form, and COPY with one statement behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any

import orjson
import psycopg
from psycopg.types.json import set_json_loads

from travelcrawl.stores.gpkg_rows import sql
from travelcrawl.stores.layers import Layer, layers
from travelcrawl.stores.merge import Refusal
from travelcrawl.stores.migrate import check_schema, check_url, troubles
from travelcrawl.stores.values import Values, json_text
from travelcrawl.stores.writer import refusal_of

REFUSED = ("22", "23", "54")
"""Classes of SQLSTATE that speak of one row: bad data, a broken constraint, a limit of the program."""
OPTIONS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "application_name": "travelcrawl",
    "options": "-c timezone=UTC -c statement_timeout=300s -c lock_timeout=60s",
}
ENCODE: dict[str, Callable[[Any], Any]] = {"json": json_text, "time": datetime.isoformat, "day": date.isoformat}


def connect(url: str) -> psycopg.Connection[Any]:
    """Return a connection whose transactions are explicit. Raises UsageError, StoreError."""
    check_url(url)
    with troubles(url):
        connection = psycopg.connect(url, autocommit=True, **OPTIONS)  # type: ignore[arg-type]
        set_json_loads(orjson.loads, connection)
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
            connection.execute(f"CREATE TEMP TABLE incoming_{name} (LIKE {name}) ON COMMIT DELETE ROWS")


def put(connection: psycopg.Connection[Any], layer: str, name: str, rows: list[Values], refused: list[Refusal]) -> int:
    """Copy rows in and put them with one statement; return how many it wrote.

    Rows that the database refuses are found by halving, and leave the rest alone.
    """
    if not rows:
        return 0
    try:
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(statement("copy", layer)) as copy:
                for row in rows:
                    copy.write_row(encode(layers()[layer], row))
            done = cursor.execute(statement(name, layer)).rowcount
            cursor.execute(f"DELETE FROM incoming_{layer}")  # noqa: S608 (names of our own layers)
            return done
    except psycopg.Error as error:
        if not (error.sqlstate or "").startswith(REFUSED):
            raise
        if len(rows) > 1:
            half = len(rows) // 2
            first = put(connection, layer, name, rows[:half], refused)
            return first + put(connection, layer, name, rows[half:], refused)
        refused.append(refusal_of(layer, rows[0], error))
        return 0


def encode(layer: Layer, row: Values) -> list[Any]:
    """Return the values of a row as COPY's text takes them."""
    encoders = [(column.name, ENCODE.get(column.kind)) for column in layer.columns]
    return [value if (value := row[name]) is None or convert is None else convert(value) for name, convert in encoders]


@cache
def statement(name: str, layer: str) -> str:
    """Return a statement of ``stores/sql/postgis`` for a layer."""
    described = layers()[layer]
    names = described.names
    parts = {
        "layer": layer,
        "names": ", ".join(names),
        "marks": ", ".join(["%s"] * len(names)),
        "order": ", ".join(described.key),
        "assignments": ", ".join(f"{column} = excluded.{column}" for column in names),
    }
    return sql(f"postgis/{name}").format_map(parts)
