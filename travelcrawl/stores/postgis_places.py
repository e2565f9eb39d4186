"""The places of a PostGIS database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, ClassVar

from travelcrawl.stores.gpkg_rows import sql
from travelcrawl.stores.layers import layers
from travelcrawl.stores.migrate import troubles
from travelcrawl.stores.places import PlaceStore, read
from travelcrawl.stores.postgis_rows import connect, encode
from travelcrawl.stores.values import Values


class PostgisPlaces(PlaceStore):
    """Reads and writes the places of one database, through one connection."""

    macros: ClassVar[dict[str, str]] = {
        "keys": "(SELECT value ->> 0 AS platform, value ->> 1 AS ref FROM jsonb_array_elements(%(keys)s::jsonb) AS value)",
        "ids": "(SELECT value AS id FROM jsonb_array_elements_text(%(ids)s::jsonb) AS value)",
    }

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = connect(url)

    @staticmethod
    def mark(name: str) -> str:
        """Return how psycopg writes a named value."""
        return f"%({name})s"

    @classmethod
    def text(cls, name: str) -> str:
        """Return the file of a statement, PostGIS's own where it has one."""
        own = resources.files("travelcrawl.stores").joinpath("sql", "postgis", "places", f"{name}.sql")
        return sql(f"postgis/places/{name}") if own.is_file() else super().text(name)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read one moment."""
        with troubles(self.url), self.connection.transaction():
            self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield

    @contextlib.contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[None]:
        """Write in one transaction; alone, every statement sees what those before have committed."""
        with troubles(self.url), self.connection.transaction():
            if alone:
                self.connection.execute(sql("postgis/places/alone"))
            yield

    @contextlib.contextmanager
    def holding(self, area: str) -> Iterator[bool]:
        """Lock an area for the session, unless another has it."""
        with troubles(self.url):
            (held,) = self.connection.execute(sql("postgis/places/hold"), (area,)).fetchone() or (False,)
        try:
            yield held
        finally:
            if held and not self.connection.closed:
                with troubles(self.url):
                    self.connection.execute(sql("postgis/places/release"), (area,))

    def execute(self, statement: str, values: Values) -> Iterable[Sequence[Any]]:
        """Execute a statement and return its rows."""
        cursor = self.connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else ()

    def execute_many(self, statement: str, values: Sequence[Values]) -> None:
        """Execute a statement for each of some values."""
        with self.connection.cursor() as cursor:
            cursor.executemany(statement, values)

    def decode(self, layer: str, row: Sequence[Any]) -> Values:
        """Return a row of a layer."""
        return dict(zip(_names(layer), row, strict=True))

    def put(self, layer: str, rows: Sequence[Values]) -> None:
        """Write rows of a layer."""
        with self.connection.cursor() as cursor:
            cursor.executemany(_upsert(layer), [encode(layers()[layer], row) for row in rows])

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


@cache
def _names(layer: str) -> tuple[str, ...]:
    return tuple(column.name for column in read(layer))


@cache
def _upsert(layer: str) -> str:
    described = layers()[layer]
    assigned = ", ".join(f"{column} = excluded.{column}" for column in described.names if column not in described.key)
    return (
        f"INSERT INTO {layer} ({', '.join(described.names)}) VALUES ({', '.join(['%s'] * len(described.names))}) "  # noqa: S608 (our own names)
        f"ON CONFLICT ({', '.join(described.key)}) DO UPDATE SET {assigned}"
    )
