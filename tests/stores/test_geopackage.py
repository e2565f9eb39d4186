import asyncio
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pyogrio
import pytest

from travelcrawl.errors import StoreCorrupt, StoreError
from travelcrawl.items import Item, Listing, Offer
from travelcrawl.stores.base import GroupCommit, Record, Run, record_of
from travelcrawl.stores.geopackage import GeoPackageReader, GeoPackageStore
from travelcrawl.stores.layers import layers

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WRITING = Path(__file__).with_name("writing.py")


def run(name: str = "r1", started: datetime = NOON) -> Run:
    return Run(id=name, platform="ctrip", arguments={"city": "成都"}, started_at=started)


async def put(path: Path, records: Iterable[Item | Record], of: Run | None = None) -> GeoPackageStore:
    store = GeoPackageStore(path, GroupCommit(seconds=60), clock=lambda: NOON)
    await store.open(of or run())
    for record in records:
        await store.put(record if isinstance(record, dict) else record_of(record))
    await store.close({"reason": "finished"})
    return store


def rows(path: Path, layer: str) -> list[Record]:
    with GeoPackageReader(path) as reader:
        found = list(reader.read(layer))
        assert reader.count(layer) == len(found)
        return found


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def listing(ref: str = "1", **fields: Any) -> Listing:
    return attrs.evolve(Listing(platform="ctrip", ref=ref, seen_at=NOON), **fields)


async def test_parts_are_merged_over_batches_runs_and_movement(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    await put(path, [listing(str(n), name=f"a{n}", lon=100.0 + n / 10, lat=30.0) for n in range(300)])
    later = NOON + timedelta(days=1)
    second = [
        listing("1", rating=4.5, seen_at=later),
        listing("2", lon=150.0, lat=20.0, seen_at=later),
        listing("3", name="a3", lon=100.3, lat=30.0, seen_at=later),
        listing("400", name="new", seen_at=later),
    ]
    store = await put(path, second, run("r2", later))
    assert store.counts == {"listings/new": 1, "listings/changed": 2, "listings/unchanged": 1}
    found = {row["ref"]: row for row in rows(path, "listings")}
    assert len(found) == 301
    assert (found["1"]["name"], found["1"]["rating"], found["1"]["run"]) == ("a1", 4.5, "r2")
    assert (found["2"]["lon"], found["2"]["first_seen"], found["2"]["last_changed"]) == (150.0, NOON, later)
    assert (found["3"]["last_seen"], found["3"]["last_changed"], found["3"]["run"]) == (later, NOON, "r1")
    assert (found["4"]["last_seen"], found["400"]["first_seen"]) == (NOON, later)
    assert index_of(path, (149.9, 19.9, 150.1, 20.1)) == [{"platform": "ctrip", "ref": "2"}]
    assert [row["ref"] for row in index_of(path, (100.15, 29.9, 100.35, 30.1))] == ["3"]


def index_of(path: Path, box: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    """Return what GDAL finds in a box, through the spatial index."""
    _, _, _, (platforms, refs) = pyogrio.raw.read(path, layer="listings", bbox=box, columns=["platform", "ref"])
    return [{"platform": platform, "ref": ref} for platform, ref in zip(platforms, refs, strict=True)]


async def test_a_row_that_sqlite_refuses_leaves_its_batch_alone(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    await put(path, [])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TRIGGER picky BEFORE INSERT ON listings WHEN NEW.ref = '7' BEGIN SELECT RAISE(ABORT, 'not 7'); END"
        )
    store = await put(path, [listing(str(n), lon=n / 10, lat=0.0) for n in range(300)])
    assert store.counts == {"listings/new": 299, "listings/refused": 1, "quarantine/new": 1}
    (bad,) = rows(path, "quarantine")
    assert (bad["item_type"], bad["ref"], bad["reasons"]) == ("listing", "7", ["the store refused it: not 7"])
    assert index_of(path, (-1, -1, 0.75, 1)) == [{"platform": "ctrip", "ref": str(n)} for n in range(7)]


async def test_gdal_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    places = [listing(str(n), lon=104.0 + n / 100, lat=30.0 + n / 100, tags=["亲子"]) for n in range(50)]
    await put(path, [*places, listing("none"), listing("pole", lon=180.0, lat=-90.0)])
    assert [(str(name), kind) for name, kind in pyogrio.list_layers(path)][:2] == [
        ("listings", "Point"),
        ("places", "Point"),
    ]
    assert {str(name) for name, _ in pyogrio.list_layers(path)} == set(layers())
    info = pyogrio.read_info(path, layer="listings", force_total_bounds=True)
    assert (info["crs"], info["features"], info["geometry_type"]) == ("EPSG:4326", 52, "Point")
    assert info["total_bounds"] == pytest.approx((104.0, -90.0, 180.0, 30.49), abs=1e-4)
    assert info["capabilities"]["fast_spatial_filter"]
    kinds = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert (kinds["lon"], kinds["review_count"], kinds["last_seen"]) == ("float64", "int64", "datetime64[ms]")
    assert len(index_of(path, (104.095, 30.0, 104.155, 30.2))) == 6
    _, _, points, (refs,) = pyogrio.raw.read(path, layer="listings", columns=["ref"])
    assert points[list(refs).index("none")] is None
    assert struct.unpack_from("<dd", points[0], 5) == (104.0, 30.0)


@pytest.mark.skipif(not shutil.which("ogrinfo"), reason="gdal-bin is not installed")
def test_ogrinfo_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    asyncio.run(put(path, [listing("1", lon=104.0, lat=30.0), listing("2", lon=105.0, lat=31.0)]))
    done = subprocess.run(["ogrinfo", "-al", "-so", path], capture_output=True, text=True, check=True)
    assert "Warning" not in done.stderr
    assert "Feature Count: 2\nExtent: (104.000000, 30.000000) - (105.000000, 31.000000)" in done.stdout
    assert "last_seen: DateTime" in done.stdout
    assert "DESCRIPTION=What one platform says about one place" in done.stdout


async def test_columns_are_described(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    await put(path, [])
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT table_name, column_name, description, mime_type FROM gpkg_data_columns")
        described = {row[:2]: row[2:] for row in found}
        assert described["listings", "lon"] == ("Longitude, degrees, WGS-84 (clean).", None)
        assert described["listings", "photos"][1] == "application/json"
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def writer(path: Path, platform: str, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITING), str(path), platform, str(first), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def test_a_file_is_whole_also_where_a_reader_was_there_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    store = GeoPackageStore(path)
    await store.open(run())
    await store.put(record_of(listing("1")))
    await store.flush()
    with GeoPackageReader(path):
        await store.close({})
    await put(path, [], run("r2"))
    assert names_in(tmp_path) == ["travel.gpkg"]


def test_processes_write_one_file_and_the_last_leaves_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    writers = [writer(path, platform, first, 400) for platform, first in (("a", 0), ("b", 0), ("a", 200))]
    for process in writers:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert names_in(tmp_path) == ["travel.gpkg"]
    copy = shutil.copy(path, tmp_path / "copy.gpkg")
    assert pyogrio.read_info(copy, layer="listings")["features"] == 1000


# What cannot be read or written


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 1196444487")
        connection.execute("CREATE TABLE other (n)")


def newer(path: Path) -> None:
    asyncio.run(put(path, []))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE travelcrawl_schema SET version = 99")


def damaged(path: Path) -> None:
    asyncio.run(put(path, [listing(str(n), name="x" * 500) for n in range(400)]))
    content = bytearray(path.read_bytes())
    for page in range(len(content) // 4096 // 2, len(content) // 4096 - 1):
        content[page * 4096 : page * 4096 + 200] = b"\xee" * 200
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda path: path.write_text("no database"), StoreCorrupt, "is no GeoPackage; move it away or give another"),
        (lambda path: path.touch(), StoreCorrupt, "is no GeoPackage; move it away or give another"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\1" * 5000), StoreCorrupt, "move it away"),
        (foreign, StoreError, "is a GeoPackage that travelcrawl has not made; give another path"),
        (newer, StoreError, r"written by a newer travelcrawl \(schema 99, this one knows 3\); update travelcrawl"),
        (damaged, StoreCorrupt, "is damaged .*; move it away: the next run starts a new file"),
        (Path.mkdir, StoreError, "is a folder; give the path of a file ending in .gpkg"),
    ],
)
def test_files_that_are_no_store_are_refused_and_left_alone(
    tmp_path: Path, make: Any, kind: type[StoreError], message: str
) -> None:
    path = tmp_path / "travel.gpkg"
    make(path)
    before = None if path.is_dir() else path.read_bytes()
    with pytest.raises(kind, match=message) as error:
        asyncio.run(GeoPackageStore(path).open(run()))
    assert "\n" not in str(error.value)
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "is not there; crawl first"),
        (lambda path: path.write_text("no database"), "is no GeoPackage"),
        (newer, "written by a newer travelcrawl"),
        (Path.mkdir, "is a folder"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, make: Any, message: str) -> None:
    path = tmp_path / "travel.gpkg"
    make(path)
    with pytest.raises(StoreError, match=message):
        GeoPackageReader(path)


def test_damage_is_said_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    damaged(path)
    with GeoPackageReader(path) as reader, pytest.raises(StoreCorrupt, match="is damaged"):
        list(reader.read("listings"))


def test_the_name_must_be_that_of_a_geopackage(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"must end in \.gpkg"):
        asyncio.run(GeoPackageStore(tmp_path / "travel.db").open(run()))


def test_a_file_that_is_moved_away_stops_the_store(tmp_path: Path) -> None:
    async def crawl() -> None:
        store = GeoPackageStore(tmp_path / "travel.gpkg")
        await store.open(run())
        (tmp_path / "travel.gpkg").rename(tmp_path / "other.gpkg")
        await store.put(record_of(listing()))
        with pytest.raises(StoreCorrupt, match="was moved or deleted while it was written"):
            await store.flush()
        with pytest.raises(StoreCorrupt):
            await store.close({})

    asyncio.run(crawl())


def test_a_file_with_fewer_columns_gets_the_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    asyncio.run(put(path, [listing()]))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE offers DROP COLUMN taxes_included")
        connection.execute("DELETE FROM gpkg_data_columns WHERE column_name = 'taxes_included'")
    asyncio.run(put(path, [Offer(platform="a", ref="1", what="room", taxes_included=True, seen_at=NOON)], run("r2")))
    assert rows(path, "offers")[0]["taxes_included"] is True


SCRIPT = """
import asyncio, os, sys
from datetime import datetime, UTC
from travelcrawl.errors import StoreError
from travelcrawl.items import Listing
from travelcrawl.stores.base import GroupCommit, Run, record_of
from travelcrawl.stores.geopackage import GeoPackageReader, GeoPackageStore

path, uid, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if uid:
    os.setgid(uid)
    os.setuid(uid)

async def main():
    store = GeoPackageStore(path, GroupCommit(count=500, waiting=500, retry=0.01, give_up=0.05))
    await store.open(Run(id="1", platform="a", arguments={}, started_at=datetime.now(UTC)))
    try:
        for n in range(count):
            await asyncio.wait_for(store.put(record_of(Listing(platform="a", ref=str(n), summary="x" * 2000))), 2)
    except TimeoutError:
        print("held", store.accepted - store.committed)
    try:
        await store.close({})
    finally:
        print("committed", store.committed)

try:
    if count:
        asyncio.run(main())
    else:
        print("read", GeoPackageReader(path).count("listings"))
except StoreError as error:
    print(type(error).__name__, error)
"""

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounts and other users need root")


def script(path: Path, *, uid: int = 0, count: int = 1) -> str:
    command = [sys.executable, "-c", SCRIPT, str(path), str(uid), str(count)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@root_only
def test_a_full_disk_is_said_and_nothing_committed_is_lost(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        path = tmp_path / "travel.gpkg"
        said = script(path, count=5000)
        assert "StoreFull the disk of" in said
        assert "make room: what was not written is kept and written then" in said
        committed = int(said.split("committed ")[1].split()[0])
        assert 0 < committed < 5000
        assert len(rows(path, "listings")) == committed
    finally:
        subprocess.run(["umount", tmp_path], check=True)


@root_only
def test_read_only_places_are_said(tmp_path: Path) -> None:
    nobody = 65534
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        assert "cannot be written (Permission denied); make its folder writable" in script(
            folder / "travel.gpkg", uid=nobody
        )
        asyncio.run(put(folder / "travel.gpkg", [listing()]))
        assert "StoreError" in (said := script(folder / "travel.gpkg", uid=nobody))
        assert "make file and folder readable and writable or give another path" in said
        assert script(folder / "travel.gpkg", uid=nobody, count=0) == "read 1\n"
    finally:
        shutil.rmtree(folder)
