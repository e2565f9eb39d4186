"""The places of a GeoPackage."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from travelcrawl.stores import gpkg_file
from travelcrawl.stores.gpkg_rows import DECODE, form, time_text
from travelcrawl.stores.layers import layers
from travelcrawl.stores.places import PlaceStore, read
from travelcrawl.stores.values import Values, time_of


class GeoPackagePlaces(PlaceStore):
    """Reads and writes the places of one GeoPackage, through one connection."""

    macros: ClassVar[dict[str, str]] = {
        "keys": "(SELECT value ->> 0 AS platform, value ->> 1 AS ref FROM json_each(:keys))",
        "ids": "(SELECT value AS id FROM json_each(:ids))",
    }

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.connection = gpkg_file.open_file(self.path)

    @staticmethod
    def mark(name: str) -> str:
        """Return how SQLite writes a named value."""
        return f":{name}"

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read one moment; writers go on."""
        with self._transaction("BEGIN"):
            yield

    @contextlib.contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[None]:  # noqa: ARG002 (one writes at a time)
        """Take the write lock first, as writers of records do."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with gpkg_file.troubles(self.path):
            self.connection.execute(begin)
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def holding(self, area: str) -> Iterator[bool]:  # noqa: ARG002 (SQLite has no locks but that of the file)
        """Keep nobody off: who scores what another has scored meanwhile throws it away."""
        yield True

    def execute(self, statement: str, values: Values) -> Iterable[Sequence[Any]]:
        """Execute a statement and return its rows."""
        return self.connection.execute(statement, values)

    def execute_many(self, statement: str, values: Sequence[Values]) -> None:
        """Execute a statement for each of some values, times as the file has them."""
        told = [
            {name: time_text(time_of(value)) if isinstance(value, datetime) else value for name, value in one.items()}
            for one in values
        ]
        self.connection.executemany(statement, told)

    def decode(self, layer: str, row: Sequence[Any]) -> Values:
        """Return a row of a layer."""
        return {
            name: value if value is None or convert is None else convert(value)
            for (name, convert), value in zip(_converted(layer), row, strict=True)
        }

    def put(self, layer: str, rows: Sequence[Values]) -> None:
        """Write rows of a layer."""
        self.connection.executemany(_upsert(layer), [form(layer).encode(row) for row in rows])

    def close(self) -> None:
        """Bring the layers' extents up to date and let go of the file, which is whole where nobody else writes."""
        try:
            with gpkg_file.troubles(self.path):
                gpkg_file.finish(self.connection, datetime.now(UTC))
        finally:
            self.connection.close()


@cache
def _converted(layer: str) -> list[tuple[str, Callable[[Any], Any] | None]]:
    return [(column.name, DECODE.get(column.kind)) for column in read(layer)]


@cache
def _upsert(layer: str) -> str:
    described = layers()[layer]
    columns = (*described.names, "geom") if described.located else described.names
    assigned = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in described.key)
    return (
        f"INSERT INTO {layer} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "  # noqa: S608 (our own names)
        f"ON CONFLICT ({', '.join(described.key)}) DO UPDATE SET {assigned}"
    )
