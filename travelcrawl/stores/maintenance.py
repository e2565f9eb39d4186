"""Keep a PostGIS store small and its plans right, while it is read and written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import attrs
import psycopg
from psycopg import sql as build

from travelcrawl.stores.gpkg_rows import sql
from travelcrawl.stores.migrate import troubles
from travelcrawl.stores.postgis_rows import connect


@attrs.frozen
class Kept:
    """What was done for a table: its bytes before and after, indexes included, and the dead rows it had."""

    table: str
    before: int
    after: int
    dead: int


def maintain(url: str, *, reindex: bool = True) -> Iterator[Kept]:
    """Vacuum, analyse and reindex table by table, and yield what came of it.

    Nothing is locked against reading or writing: VACUUM FULL, which does that, is left to people. REINDEX CONCURRENTLY needs
    room for a second copy of the largest index. Raises UsageError, StoreError.
    """
    with closing(connect(url)) as connection, troubles(url):
        connection.execute("SET statement_timeout = 0")
        for (index,) in connection.execute(sql("postgis/broken_indexes").encode()).fetchall():
            connection.execute(build.SQL("DROP INDEX CONCURRENTLY {}").format(_name(index)))
        for (table,) in connection.execute(sql("postgis/tables").encode()).fetchall():
            before, dead = _bytes(connection, table)
            connection.execute(build.SQL("VACUUM (ANALYZE) {}").format(_name(table)))
            if reindex:
                connection.execute(build.SQL("REINDEX TABLE CONCURRENTLY {}").format(_name(table)))
            yield Kept(table, before, _bytes(connection, table)[0], dead)


def _name(text: str) -> build.Identifier:
    return build.Identifier(*text.split("."))


def _bytes(connection: psycopg.Connection[Any], table: str) -> tuple[int, int]:
    size, dead = connection.execute(sql("postgis/bytes").encode(), {"name": table}).fetchone() or (0, 0)
    return int(size), int(dead)
