"""Move what a GeoPackage holds into PostGIS, row by row as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeVar

from travelcrawl.errors import StoreError
from travelcrawl.stores.base import LAYERS
from travelcrawl.stores.geopackage import GeoPackageReader
from travelcrawl.stores.merge import Refusal
from travelcrawl.stores.migrate import troubles
from travelcrawl.stores.postgis_rows import connect, prepare, put

T = TypeVar("T")

AT_ONCE = 2000
"""Rows of one transaction."""


def load(path: str | Path, url: str) -> dict[str, tuple[int, int]]:
    """Copy every layer; return for each how many rows came and how many were there already, which stay as they are.

    Raises StoreError, also for the first row that the database refuses, and UsageError. What was copied by then stays:
    it can be called again.
    """
    moved: dict[str, tuple[int, int]] = {}
    with GeoPackageReader(path) as reader, closing(connect(url)) as connection:
        prepare(connection, url, LAYERS)
        for layer in LAYERS:
            new = total = 0
            for rows in groups(reader.read(layer), AT_ONCE):
                refused: list[Refusal] = []
                with troubles(url), connection.transaction():
                    new += put(connection, layer, "insert", rows, refused)
                if refused:
                    raise StoreError(f"{layer} of {path} cannot be loaded: {refused[0].cause}")
                total += len(rows)
            moved[layer] = (new, total - new)
    return moved


def groups(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the rows in lists of a size, the last one shorter."""
    rest = iter(rows)
    while group := list(islice(rest, size)):
        yield group
