"""The file of a GeoPackage store: made, opened, finished; each trouble in one sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from fudgeo import Field, GeoPackage
from fudgeo.enumeration import FieldType, GPKGFlavors

from travelcrawl.errors import StoreCorrupt, StoreError, StoreFull
from travelcrawl.stores.gpkg_rows import FUNCTIONS, WGS_84, sql, time_text
from travelcrawl.stores.layers import layers

SCHEMA = 3
"""Version of the layers; ``sql/geopackage_schema.sql`` writes it."""
GEOPACKAGE_1_3 = 10300
BUSY = 30.0
"""Seconds a writer waits for the others."""
CACHE = 65_536
"""KiB of pages kept: the upper levels of the indexes of some million rows."""
CHECKED = 256 * 1024 * 1024
"""Bytes up to which a file is checked whole when it is opened for writing (0.4 s, 2026-11-22)."""
ROOM = 1024 * 1024
"""Free bytes below which an I/O error is taken for a full disk: SQLite says so of its -wal and -shm files."""

TYPES = {
    "text": FieldType.text,
    "integer": FieldType.integer,
    "hash": FieldType.integer,
    "real": FieldType.double,
    "boolean": FieldType.boolean,
    "time": FieldType.datetime,
    "day": FieldType.date,
    "json": FieldType.text,
}


def open_file(path: Path) -> sqlite3.Connection:
    """Return a connection that may write, for one thread; makes the file where there is none. Raises StoreError."""
    if path.suffix != ".gpkg":
        raise StoreError(f"{path} must end in .gpkg, or no GIS program will open it")
    if path.is_dir():
        raise StoreError(f"{path} is a folder; give the path of a file ending in .gpkg")
    with troubles(path):
        if not path.exists():
            create(path)
        connection = connect(f"{path.absolute().as_uri()}?mode=rw")
        try:
            check(connection, path, whole=path.stat().st_size <= CHECKED)
            _use_wal(connection)
            _add_columns(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def connect(uri: str) -> sqlite3.Connection:
    """Return a connection with what the triggers of the spatial index need."""
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE}")
    for name, function in FUNCTIONS.items():
        connection.create_function(name, 1, function, deterministic=True)
    return connection


def check(connection: sqlite3.Connection, path: Path, *, whole: bool) -> None:
    """Raise StoreError unless the file is a store of ours that this version can use."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != int.from_bytes(b"GPKG", "big"):
        raise StoreCorrupt(f"{path} is no GeoPackage; move it away or give another path")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'travelcrawl_schema'").fetchone():
        raise StoreError(f"{path} is a GeoPackage that travelcrawl has not made; give another path")
    (version,) = connection.execute("SELECT max(version) FROM travelcrawl_schema").fetchone()
    if version is None or version > SCHEMA:
        raise StoreError(
            f"{path} was written by a newer travelcrawl (schema {version}, this one knows {SCHEMA}); "
            "update travelcrawl or give another path"
        )
    if version < SCHEMA:
        raise StoreError(f"{path} was made by an older travelcrawl; move it away or give another path")
    if whole and (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise StoreCorrupt(_damaged(path, " ".join(found.split())))


def create(path: Path) -> None:
    """Make an empty store. Whoever makes the same file at the same moment, one whole file is there afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as folder:
        made = Path(folder, path.name)
        _build(made)
        try:
            os.link(made, path)
        except FileExistsError:
            return
        except OSError:
            made.rename(path)  # a file system without hard links, where two at once are not to be told apart


def _build(path: Path) -> None:
    package = GeoPackage.create(path, flavor=GPKGFlavors.epsg, enable_schema=True)
    with contextlib.closing(package.connection) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        wgs_84 = package.spatial_references[WGS_84]
        for layer in layers().values():
            fields = [Field(column.name, TYPES[column.kind]) for column in layer.columns]
            if layer.located:
                package.create_feature_class(
                    layer.name, wgs_84, fields=fields, description=layer.comment, geom_name="geom", spatial_index=True
                )
            else:
                package.create_table(layer.name, fields=fields, description=layer.comment)
        connection.executemany(sql("data_column"), _descriptions())
        connection.executescript(sql("geopackage_schema"))
        connection.executescript(sql("geopackage_places"))
        # fudgeo writes 1.4, of which nothing is used here; GDAL before 3.7 (Debian 12) warns of it.
        connection.execute(f"PRAGMA user_version = {GEOPACKAGE_1_3}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("UPDATE travelcrawl_schema SET version = ?", (SCHEMA,))
        connection.commit()


def _descriptions() -> Iterator[tuple[str, str, str, str | None]]:
    for layer in layers().values():
        for column in layer.columns:
            yield layer.name, column.name, column.comment, "application/json" if column.kind == "json" else None


def finish(connection: sqlite3.Connection, now: datetime) -> None:
    """Bring extents and times of change up to date; the last of several writers leaves one whole file.

    A file in WAL mode that is copied without its -wal file is not readable, so the last one turns the mode off.
    """
    for layer in layers().values():
        name = "contents" if layer.located else "contents_plain"
        connection.execute(sql(name).format(layer=layer.name), {"now": time_text(now), "layer": layer.name})
    connection.execute("PRAGMA busy_timeout = 0")
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = DELETE")


def _add_columns(connection: sqlite3.Connection) -> None:
    """Add the columns that items have got since the file was made."""
    there = {
        (layer, column)
        for layer in layers()
        for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (layer,))
    }
    missing = [description for description in _descriptions() if description[:2] not in there]
    if not missing:
        return
    kinds = {(layer.name, column.name): TYPES[column.kind] for layer in layers().values() for column in layer.columns}
    connection.execute("BEGIN IMMEDIATE")
    for layer, column, *_ in missing:
        with contextlib.suppress(sqlite3.OperationalError):  # another writer was faster
            connection.execute(f"ALTER TABLE {layer} ADD COLUMN {column} {kinds[layer, column]}")
    connection.executemany(sql("data_column"), missing)
    connection.execute("COMMIT")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn on the write-ahead log: readers read while one writes. SQLite does not wait for others here, so we do."""
    end = time.monotonic() + BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def check_place(path: Path, inode: int) -> None:
    """Raise StoreCorrupt where the file was moved away: SQLite would go on writing what nobody finds again."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_ino == inode:
            return
    raise StoreCorrupt(f"{path} was moved or deleted while it was written; start the crawl again")


@contextlib.contextmanager
def troubles(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the file system into StoreError, each one sentence that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _said(error, path) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreFull(_full(path)) from error
        raise StoreError(
            f"{path} cannot be written ({error.strerror}); make its folder writable or give another path"
        ) from error


def _said(error: sqlite3.Error, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_room(path)):
        return StoreFull(_full(path))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(f"{path} is locked by another program; close it there, writing goes on then")
    if code == sqlite3.SQLITE_NOTADB:
        return StoreCorrupt(f"{path} is no GeoPackage; move it away or give another path")
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreCorrupt(_damaged(path, str(error)))
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(
            f"{path} cannot be opened ({error}); make file and folder readable and writable or give another path"
        )
    if code == sqlite3.SQLITE_ERROR:
        return StoreCorrupt(f"{path} is not as travelcrawl makes it ({error}); move it away or give another path")
    return StoreError(f"{path} cannot be used now ({error}); writing is tried again")


def _full(path: Path) -> str:
    return f"the disk of {path} is full; make room: what was not written is kept and written then"


def _damaged(path: Path, what: str) -> str:
    return f"{path} is damaged ({what}); move it away: the next run starts a new file"


def _no_room(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(path.parent).free < ROOM
    return False
