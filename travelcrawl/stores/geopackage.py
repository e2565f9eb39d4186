"""The embedded store: one GeoPackage, an open standard that every GIS program reads.

Several spiders and several processes may write one file. SIGKILL leaves it readable, with all that was committed.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from travelcrawl.errors import StoreError
from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import GroupCommit, Record, Run
from travelcrawl.stores.condition import Condition
from travelcrawl.stores.gpkg_rows import form, time_text
from travelcrawl.stores.gpkg_writer import GeoPackageWriter
from travelcrawl.stores.reader import Reader
from travelcrawl.stores.threaded import ThreadedStore
from travelcrawl.stores.writer import utc_now


class GeoPackageStore(ThreadedStore):
    """Keeps records in a GeoPackage, which is made where there is none."""

    def __init__(
        self, path: str | Path, policy: GroupCommit | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        super().__init__(policy, clock)
        self.path = Path(path)

    def writer_for(self, run: Run) -> GeoPackageWriter:
        """Open the file. Raises StoreError."""
        return GeoPackageWriter(self.path, run, self.clock)


class GeoPackageReader(Reader):
    """Reads a store's GeoPackage, also while others write it."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise StoreError(f"{self.path} is not there; crawl first, or give the path of a store")
        if self.path.is_dir():
            raise StoreError(f"{self.path} is a folder; give the path of a file ending in .gpkg")
        with gpkg_file.troubles(self.path):
            self._connection = self._connect()

    def read(self, layer: str, where: Condition | None = None) -> Iterator[Record]:
        """Yield the rows of a layer as dicts, in the order they were first stored. Raises StoreError."""
        rows, wanted = form(layer), where or Condition()
        values = {name: time_text(v) if isinstance(v, datetime) else v for name, v in wanted.values.items()}
        with gpkg_file.troubles(self.path):
            statement = f"{rows.select}{wanted.said(lambda name: f':{name}')} ORDER BY fid"
            for row in self._connection.execute(statement, values):
                yield rows.decode(row)

    def count(self, layer: str) -> int:
        """Return the number of rows of a layer. Raises StoreError."""
        with gpkg_file.troubles(self.path):
            (count,) = self._connection.execute(f"SELECT count(*) FROM {form(layer).layer.name}").fetchone()  # noqa: S608
            return int(count)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        """Return a connection that reads one moment. A file on a read-only medium is taken as one that stays."""
        uri = self.path.absolute().as_uri()
        try:
            return self._begin(f"{uri}?mode=ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN or Path(f"{self.path}-wal").exists():
                raise
            return self._begin(f"{uri}?mode=ro&immutable=1")

    def _begin(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=gpkg_file.BUSY, isolation_level=None)
        with contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            gpkg_file.check(connection, self.path, whole=False)
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM runs").fetchone()
            stack.pop_all()
        return connection
