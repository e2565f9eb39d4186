import errno
import sqlite3
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from travelcrawl.errors import StoreCorrupt, StoreError, StoreFull
from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import Run
from travelcrawl.stores.gpkg_rows import FUNCTIONS, point
from travelcrawl.stores.gpkg_writer import GeoPackageWriter

RUN = Run(id="1", platform="amap", arguments={}, started_at=datetime(2026, 11, 22, tzinfo=UTC))


def sqlite(code: int, error: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    made = error("what SQLite says")
    made.sqlite_errorcode = code
    return made


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (sqlite(sqlite3.SQLITE_BUSY), StoreError, "is locked by another program; close it there"),
        (sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), StoreError, "is locked by another program"),
        (sqlite(sqlite3.SQLITE_FULL), StoreFull, "is full; make room"),
        (sqlite(sqlite3.SQLITE_IOERR_WRITE), StoreError, "cannot be used now .*; writing is tried again"),
        (sqlite(sqlite3.SQLITE_READONLY), StoreError, "make file and folder readable and writable"),
        (sqlite(sqlite3.SQLITE_NOTADB, sqlite3.DatabaseError), StoreCorrupt, "is no GeoPackage"),
        (sqlite(sqlite3.SQLITE_CORRUPT_INDEX, sqlite3.DatabaseError), StoreCorrupt, "is damaged"),
        (sqlite(sqlite3.SQLITE_ERROR), StoreCorrupt, "is not as travelcrawl makes it"),
        (OSError(errno.ENOSPC, "No space left on device"), StoreFull, "is full; make room"),
        (OSError(errno.EROFS, "Read-only file system"), StoreError, r"cannot be written \(Read-only file system\)"),
    ],
)
def test_troubles_are_said_in_one_sentence(
    tmp_path: Path, error: Exception, kind: type[StoreError], message: str
) -> None:
    with pytest.raises(StoreError, match=message) as raised, gpkg_file.troubles(tmp_path / "travel.gpkg"):
        raise error
    assert type(raised.value) is kind


def test_an_io_error_without_room_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpkg_file, "ROOM", 2**62)
    with pytest.raises(StoreFull), gpkg_file.troubles(tmp_path / "travel.gpkg"):
        raise sqlite(sqlite3.SQLITE_IOERR_WRITE)
    with pytest.raises(StoreError, match="tried again"), gpkg_file.troubles(tmp_path / "no" / "travel.gpkg"):
        raise sqlite(sqlite3.SQLITE_IOERR_WRITE)


@pytest.mark.parametrize("trouble", [FileExistsError, PermissionError])
def test_one_file_is_made_whoever_is_first_and_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: type[OSError]
) -> None:
    path = tmp_path / "travel.gpkg"

    def link(source: Path, target: Path) -> None:
        if trouble is FileExistsError:
            target.write_bytes(source.read_bytes())
        raise trouble

    monkeypatch.setattr(gpkg_file.os, "link", link)
    gpkg_file.open_file(path).close()
    assert [file.name for file in tmp_path.iterdir() if "-" not in file.name] == ["travel.gpkg"]


def test_a_busy_file_is_waited_for_and_then_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "travel.gpkg"
    gpkg_file.open_file(path).close()
    monkeypatch.setattr(gpkg_file, "BUSY", 0.1)
    with pytest.raises(StoreError, match="is locked by another program"):
        with_locked(path, lambda: GeoPackageWriter(path, RUN, lambda: RUN.started_at))


def with_locked(path: Path, work: Callable[[], object]) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        work()
    finally:
        other.close()


def test_positions_are_read_back_by_the_functions_of_the_index() -> None:
    mine = point(104.0, -30.5)
    assert mine
    boxed = b"GP\0\x03\xe6\x10\0\0" + b"".join(map(double, (104.0, 104.0, -30.5, -30.5))) + mine[8:]
    for geometry in (mine, boxed):
        values = [FUNCTIONS[f"ST_{name}"](geometry) for name in ("MinX", "MaxX", "MinY", "MaxY", "IsEmpty")]
        assert values == [104.0, 104.0, -30.5, -30.5, 0]
    assert FUNCTIONS["ST_IsEmpty"](None) is None
    assert point(None, 30.0) is None


def double(value: float) -> bytes:
    return struct.pack("<d", value)
