"""The store of a cluster: PostgreSQL with PostGIS, where every change is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from travelcrawl.stores.base import GroupCommit, Record, Run
from travelcrawl.stores.condition import Condition
from travelcrawl.stores.layers import layers
from travelcrawl.stores.migrate import check_url, troubles
from travelcrawl.stores.postgis_rows import columns, connect, source
from travelcrawl.stores.postgis_writer import PostgisWriter
from travelcrawl.stores.reader import Reader
from travelcrawl.stores.threaded import ThreadedStore
from travelcrawl.stores.writer import utc_now


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
