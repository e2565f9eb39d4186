"""Exports as GeoPackage: a store of its own, with the rows that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import Record
from travelcrawl.stores.gpkg_rows import form


def write_geopackage(path: Path, kinds: Mapping[str, Iterable[Record]]) -> None:
    """Write the layers given; the others are there and empty. ``scrapy report`` and ``scrapy load`` read it too.

    Raises StoreError. The spatial indexes are filled at the end: a tenth of the time of their triggers (2026-11-22).
    """
    with gpkg_file.troubles(path):
        gpkg_file.create(path)
        with closing(gpkg_file.connect(f"{path.absolute().as_uri()}?mode=rw")) as connection:
            # Nobody else sees the file until it is whole and on the disk.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("BEGIN")
            for kind, rows in kinds.items():
                rows_form = form(kind)
                trigger = f"rtree_{kind}_geom_insert"
                made = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
                connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
                connection.executemany(rows_form.sql("insert"), map(rows_form.encode, rows))
                if made:
                    connection.execute(rows_form.sql("index_points"), (0,))
                    connection.execute(made[0])
            connection.execute("COMMIT")
            gpkg_file.finish(connection, datetime.now(UTC))
