"""What matching needs of a store: named statements in transactions, the same text for every store.

``sql/places`` holds the statements. In braces stand their values, and ``{columns}`` (those that are read of a layer), ``{keys}``
and ``{ids}``: tables of listings' keys (platform, ref) and of ids that are handed over as one JSON value. Where stores
have to differ there is a file of the same name in ``sql/postgis/places``.
"""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from types import TracebackType
from typing import Any, ClassVar, Self

import orjson

from travelcrawl.matching.cluster import Key
from travelcrawl.stores.gpkg_rows import sql
from travelcrawl.stores.layers import Column, layers
from travelcrawl.stores.values import Values

MACROS = frozenset({"columns", "keys", "ids"})
UNREAD = frozenset({"last_seen", "origins"})
"""Columns that say nothing of a place, and that not every store has in the table itself."""


class PlaceStore(ABC):
    """One hand on the places of a store, for one thread. Raises StoreError with one sentence from every method."""

    macros: ClassVar[dict[str, str]]
    """``keys`` and ``ids`` in the store's tongue."""

    @staticmethod
    @abstractmethod
    def mark(name: str) -> str:
        """Return how the driver writes a named value."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[None]:
        """Read what is inside at one moment."""

    @abstractmethod
    def writing(self, *, alone: bool = False) -> AbstractContextManager[None]:
        """Write what is inside whole or not at all; ``alone`` waits until no other does so alone."""

    @abstractmethod
    def holding(self, area: str) -> AbstractContextManager[bool]:
        """Keep others off an area meanwhile; False where another has it."""

    @abstractmethod
    def execute(self, statement: str, values: Values) -> Iterable[Sequence[Any]]:
        """Execute a statement and return its rows."""

    @abstractmethod
    def execute_many(self, statement: str, values: Sequence[Values]) -> None:
        """Execute a statement for each of some values."""

    @abstractmethod
    def decode(self, layer: str, row: Sequence[Any]) -> Values:
        """Return a row of a layer from the values of the columns that are read, as Python has them."""

    @staticmethod
    def listed(value: Any) -> list[Any]:
        """Return a list that a row gives as it comes."""
        found: list[Any] = orjson.loads(value) if isinstance(value, str) else value or []
        return found

    @abstractmethod
    def put(self, layer: str, rows: Sequence[Values]) -> None:
        """Write rows of a layer, new or in the place of those with their keys."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the store."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def scalars(self, name: str, **values: Any) -> list[Sequence[Any]]:
        """Return the rows of a named statement as they come."""
        return list(self.execute(self.statement(name), _handed(values)))

    def rows(self, name: str, layer: str, **values: Any) -> Iterator[Values]:
        """Yield the rows of a layer that a named statement chooses."""
        for row in self.execute(self.statement(name, layer), _handed(values)):
            yield self.decode(layer, row)

    def change(self, name: str, changes: Iterable[Values]) -> None:
        """Execute a named statement for each of some values."""
        if wanted := list(changes):
            self.execute_many(self.statement(name), wanted)

    def wait(self, step: str, *, keys: Iterable[Key] = (), areas: Iterable[tuple[str, Key | None]] = ()) -> None:
        """Let listings wait for a step, or areas, each with the listing that is to be placed then."""
        rows = [{"step": step, "platform": platform, "ref": ref, "area": None} for platform, ref in keys]
        for area, key in areas:
            platform, ref = key or (None, None)
            rows.append({"step": step, "platform": platform, "ref": ref, "area": area})
        self.change("wait", rows)

    def statement(self, name: str, layer: str | None = None) -> str:
        """Return the text of a statement in the store's tongue."""
        return _statement(type(self), name, layer)

    @classmethod
    def text(cls, name: str) -> str:
        """Return the file of a statement."""
        return sql(f"places/{name}")


@cache
def read(layer: str) -> tuple[Column, ...]:
    """Return the columns of a layer that are read: all but UNREAD."""
    return tuple(column for column in layers()[layer].columns if column.name not in UNREAD)


@cache
def _statement(kind: type[PlaceStore], name: str, layer: str | None) -> str:
    text = kind.text(name)
    named = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    columns = ", ".join(f"{layer}.{column.name}" for column in read(layer)) if layer else ""
    parts = {"columns": columns, **kind.macros}
    return text.format_map({field: parts[field] if field in MACROS else kind.mark(field) for field in named})


def _handed(values: Values) -> Values:
    """Return values as a driver takes them: keys and ids as one JSON text."""
    return {
        name: orjson.dumps(list(value)).decode() if name in ("keys", "ids") else value for name, value in values.items()
    }
