"""A system is saved while it works, put back into an empty one, and is the same afterwards; damage is said."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from scrapy.settings import Settings

from tests import programs
from tests.backup.conftest import NOON, PLATFORMS, System, stop
from tests.servers import PostgresServer, postgres_programs
from travelcrawl import settings as ours
from travelcrawl.backup import frontier as saved_frontier
from travelcrawl.backup import postgis
from travelcrawl.backup.backup import SECRET, backup, backups, clear, configuration, expired, key_mark, restore
from travelcrawl.backup.manifest import Manifest, Tally, compare
from travelcrawl.errors import BackupError, StoreError, TravelcrawlError, UsageError
from travelcrawl.frontier.backend import Depth
from travelcrawl.stores.base import LAYERS
from travelcrawl.stores.factory import reader_for

Make = Callable[..., System]
KINDS = pytest.mark.parametrize("kind", ["laptop", "cluster"])


def save(system: System, folder: Path) -> Path:
    return backup(system.settings, PLATFORMS, folder, NOON)[0]


def contents(system: System) -> dict[str, list[object]]:
    where = system.settings["TRAVELCRAWL_DATABASE_URL"] or system.settings["TRAVELCRAWL_STORE"]
    with reader_for(where) as reader:
        return {layer: sorted(reader.read(layer), key=repr) for layer in LAYERS}


async def depths(system: System) -> dict[str, Depth]:
    found = {}
    for platform in PLATFORMS:
        backend = system.frontier(platform)
        await backend.attach()
        found[platform] = await backend.depth()
        await stop(backend)
    return found


@KINDS
async def test_what_is_restored_is_what_was_saved(make: Make, tmp_path: Path, kind: str) -> None:
    system, other = make(kind), make(kind)
    await system.fill()
    folder = await asyncio.to_thread(save, system, tmp_path / "backups")
    manifest, notices = await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
    assert notices == []
    assert contents(other) == contents(system)
    seeds = 2 if kind == "cluster" else 0
    assert await depths(other) == await depths(system)
    assert await depths(other) == dict.fromkeys(PLATFORMS, Depth(waiting=2493, leased=7, seeds=seeds, dead=0))
    assert {"travelcrawl", "python"} < manifest.versions.keys()
    listings = "public.listings" if kind == "cluster" else "listings"
    assert manifest.tables[listings].rows == 300
    again = await asyncio.to_thread(backup, other.settings, PLATFORMS, tmp_path / "again", NOON)
    assert (again[1].tables, again[1].queues) == (manifest.tables, manifest.queues)
    backend = other.frontier("ctrip")
    await backend.open()
    leases = await backend.take(10)
    assert len(leases) == 10
    await backend.close()


async def test_a_cluster_is_restored_on_a_server_that_has_nothing(make: Make, tmp_path: Path) -> None:
    system = make("cluster")
    await system.fill()
    folder = await asyncio.to_thread(save, system, tmp_path / "backups")
    programs = postgres_programs()
    assert programs
    place = Path(tempfile.mkdtemp())
    server = PostgresServer(place, programs)
    server.start()
    try:
        other = make("cluster", "template0", server)
        await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
        url = other.settings["TRAVELCRAWL_DATABASE_URL"]
        with psycopg.connect(url) as connection:
            connection.execute("SET ROLE travelcrawl_reader")
            assert connection.execute("SELECT count(*) FROM current_listings").fetchone() == (300,)
            assert connection.execute("SELECT count(*) FROM listing_history").fetchone() == (30,)
            near = connection.execute("SELECT count(*) FROM listings_near(104, 30, 5)").fetchone()
            assert near == (5,)
        assert contents(other) == contents(system)
    finally:
        server.stop()
        shutil.rmtree(place)


@KINDS
async def test_it_goes_only_into_an_empty_system(make: Make, tmp_path: Path, kind: str) -> None:
    system = make(kind)
    await system.fill()
    folder = await asyncio.to_thread(save, system, tmp_path / "backups")
    before = contents(system)
    sentence = r"is not empty \(public\.\w+ has rows\)" if kind == "cluster" else "is there already"
    with pytest.raises(BackupError, match=sentence):
        await asyncio.to_thread(restore, system.settings, PLATFORMS, folder)
    assert contents(system) == before
    other = make(kind)
    backend = other.frontier("ctrip")
    await backend.open()
    await backend.push([])
    await stop(backend)
    if kind == "cluster":
        client = saved_frontier.connect(other.settings)
        await client.rpush("ctrip:start_urls", "http://a")
        await client.aclose()
    with pytest.raises(BackupError, match="a frontier already"):
        await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
    if kind == "cluster":
        with psycopg.connect(other.settings["TRAVELCRAWL_DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM listings").fetchone() == (0,)
    else:
        with pytest.raises(StoreError, match="is not there"):
            contents(other)


@KINDS
async def test_a_damaged_file_is_named_and_nothing_is_restored(make: Make, tmp_path: Path, kind: str) -> None:
    system, other = make(kind), make(kind)
    await system.fill()
    folder = await asyncio.to_thread(save, system, tmp_path / "backups")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) == 4
    for path in files:
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        with pytest.raises(BackupError, match=rf"{path.name} is damaged.*take another backup"):
            await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
        path.unlink()
        with pytest.raises(BackupError, match=rf"{path.name} cannot be read|is no backup: it has no manifest.json"):
            await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
        path.write_bytes(whole)
    await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
    assert contents(other) == contents(system)


async def test_it_is_one_moment_while_crawls_go_on(make: Make, tmp_path: Path) -> None:
    """A dump and its tally are of one snapshot, the keys of a crawl of one transaction."""
    system, other = make("cluster"), make("cluster")
    await system.fill()
    stopping = threading.Event()

    def write() -> None:
        with psycopg.connect(system.settings["TRAVELCRAWL_DATABASE_URL"], autocommit=True) as connection:
            while not stopping.is_set():
                connection.execute("UPDATE listings SET quality = random() WHERE ref = '1'")
                connection.execute("INSERT INTO runs (id) VALUES (gen_random_uuid())")

    async def work() -> None:
        backend = system.frontier("ctrip")
        await backend.open()
        while not stopping.is_set():
            leases = await backend.take(3)
            await backend.ack(lease.id for lease in leases[:1])
            await backend.release(lease.id for lease in leases[1:])
        await backend.close()

    writer = asyncio.create_task(asyncio.to_thread(write))
    worker = asyncio.create_task(work())
    folder = await asyncio.to_thread(save, system, tmp_path / "backups")
    stopping.set()
    await asyncio.gather(writer, worker)
    await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
    with gzip.open(folder / "frontier" / "ctrip.jsonl.gz", "rt") as file:
        keys = {line[0]: line[3] for line in map(json.loads, file)}
    entries = {name for name, _ in keys["ctrip:requests:entries"]}
    waiting = {name for line in ("", ":suspects", ":last") for name, _ in keys.get(f"ctrip:requests{line}", [])}
    held = {name for key, members in keys.items() if ":held:" in key for name in members}
    assert entries == waiting | held
    assert not waiting & held


@pytest.mark.parametrize(
    ("saved", "into", "sentence"),
    [
        ("laptop", "cluster", "a store of the kind geopackage; leave TRAVELCRAWL_DATABASE_URL empty"),
        ("cluster", "laptop", "a store of the kind postgis; set TRAVELCRAWL_DATABASE_URL"),
    ],
)
async def test_kinds_are_not_mixed(make: Make, tmp_path: Path, saved: str, into: str, sentence: str) -> None:
    system, other = make(saved), make(into)
    await system.fill()
    folder = await asyncio.to_thread(save, system, tmp_path / "backups")
    with pytest.raises(BackupError, match=sentence):
        await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
    name = "TRAVELCRAWL_DATABASE_URL"
    other.settings.set(name, "" if saved == "laptop" else make("cluster").settings[name], priority="cmdline")
    with pytest.raises(BackupError, match="a frontier of the kind"):
        await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 32768] = b"\xff" * 32768
    path.write_bytes(data)


async def test_a_system_that_cannot_be_saved_leaves_nothing(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    system = make("laptop")
    with pytest.raises(StoreError, match="is not there"):
        await asyncio.to_thread(save, system, folder)
    await system.fill()
    spoil(Path(system.settings["TRAVELCRAWL_STORE"]))
    with pytest.raises(StoreError, match="is damaged"):
        await asyncio.to_thread(save, system, folder)
    cluster = make("cluster")
    cluster.settings.set("TRAVELCRAWL_REDIS_URL", "redis://127.0.0.1:1/0", priority="cmdline")
    with pytest.raises(TravelcrawlError, match="Redis cannot be reached"):
        await asyncio.to_thread(save, cluster, folder)
    assert list(folder.iterdir()) == []


async def test_archive_and_author_key_are_asked_after(make: Make, tmp_path: Path) -> None:
    system, other = make("laptop"), make("laptop")
    archive = tmp_path / "archive"
    archive.mkdir()
    for name in ("a", "b"):
        (archive / f"{name}.warc.gz").write_bytes(b"x" * 100)
    system.settings.set("TRAVELCRAWL_ARCHIVE", str(archive), priority="cmdline")
    await system.fill()
    folder = await asyncio.to_thread(save, system, tmp_path / "backups")
    (archive / "a.warc.gz").write_bytes(b"x" * 99)
    other.settings.set("TRAVELCRAWL_ARCHIVE", str(archive), priority="cmdline")
    other.settings.set("SECRET_KEY", "o" * 40, priority="cmdline")
    _, notices = await asyncio.to_thread(restore, other.settings, PLATFORMS, folder)
    assert notices == [
        "its author hashes were made with another key: put back SECRET_KEY, or the file TRAVELCRAWL_SECRET_FILE",
        "of the archive 1 files are missing here, such as a.warc.gz",
    ]
    assert "kkk" not in (folder / "manifest.json").read_text()


async def test_places_that_cannot_be_written_are_said(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = make("laptop")
    await system.fill()
    folder = await asyncio.to_thread(save, system, tmp_path / "backups")
    with pytest.raises(BackupError, match="is there already; wait a second"):
        await asyncio.to_thread(save, system, tmp_path / "backups")
    with pytest.raises(UsageError, match=r"cannot write .*: (Not a directory|File exists)"):
        await asyncio.to_thread(save, system, folder / "manifest.json")

    def denied(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("travelcrawl.backup.backup.shutil.rmtree", denied)
    with pytest.raises(BackupError, match="cannot be removed: Permission denied"):
        clear(tmp_path / "backups", NOON + timedelta(days=60))


def test_without_a_key_there_is_no_mark(make: Make, tmp_path: Path) -> None:
    settings = make("laptop").settings
    settings.set("SECRET_KEY", "", priority="cmdline")
    settings.set("TRAVELCRAWL_SECRET_FILE", str(tmp_path / "secret"), priority="cmdline")
    assert key_mark(settings) is None
    assert not (tmp_path / "secret").exists()


def day(number: int) -> datetime:
    return NOON - timedelta(days=number)


@pytest.mark.parametrize(
    ("ages", "gone"),
    [
        ([], []),
        ([0, 1, 6.9], []),
        ([8], []),
        # 2026-11-22 is a Sunday: 7.5 days before is in the week that ended on the 15th.
        ([0, 8, 9, 10], [9, 10]),
        ([8, 16, 23, 30], []),
        ([50], [50]),
    ],
    ids=range(6),
)
def test_seven_days_and_the_last_of_four_weeks_are_kept(ages: list[float], gone: list[float]) -> None:
    assert expired([NOON - timedelta(days=age) for age in ages], NOON) == {NOON - timedelta(days=age) for age in gone}


def test_old_backups_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in ("20261122T120000Z", "20260101T000000Z", "notes", "20260101T000001Z"):
        (tmp_path / name).mkdir()
        if name != "20260101T000001Z":
            (tmp_path / name / "manifest.json").write_text("")
    assert list(backups(tmp_path).values()) == [datetime(2026, 1, 1, tzinfo=UTC), NOON]
    assert clear(tmp_path, NOON) == [tmp_path / "20260101T000000Z"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["20260101T000001Z", "20261122T120000Z", "notes"]
    with pytest.raises(BackupError, match=r"holds 1 backups; name one, the latest is .*20261122T120000Z"):
        restore(None, (), tmp_path)  # type: ignore[arg-type]


def test_what_differs_is_said() -> None:
    with pytest.raises(BackupError, match=r"a of the x is not what was saved \(1 rows before, 2 now\)"):
        compare("x", {"a": Tally(1, "0")}, {"a": Tally(2, "0")})
    with pytest.raises(BackupError, match=r"\(0 rows before, 1 now\)"):
        compare("x", {}, {"a": Tally(1, "0")})


def test_a_newer_backup_is_refused(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    Manifest(made_at=NOON, form=2).write(tmp_path)
    with pytest.raises(BackupError, match="was made by a newer travelcrawl"):
        Manifest.read(tmp_path)
    with pytest.raises(BackupError, match="is of a newer travelcrawl"):
        postgis.PostgisBackup("postgresql:///x").check_empty(Manifest(made_at=NOON, migrations=["0999_far"]))


def test_programs_that_are_missing_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match="pg_nothing is not installed"):
        postgis.program("pg_nothing")
    with pytest.raises(BackupError, match="pg_restore failed: pg_restore: error: could not open input file"):
        postgis._run("pg_restore", "--list", "nowhere.dump")


async def test_a_key_that_is_no_frontiers_is_said(make: Make, tmp_path: Path) -> None:
    system = make("cluster")
    client = saved_frontier.connect(system.settings)
    await client.xadd("ctrip:requests:log", {"a": "b"})
    await client.aclose()
    with pytest.raises(BackupError, match="ctrip:requests:log in Redis is a stream"):
        await asyncio.to_thread(save, system, tmp_path / "backups")


async def test_a_frontier_that_never_rests_is_said(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_frontier, "TRIES", 1)
    system = make("cluster")
    await system.fill()
    with pytest.raises(BackupError, match="scrapy queue pause amap"):
        await asyncio.to_thread(save, system, tmp_path / "backups")


def test_the_commands(make: Make, tmp_path: Path) -> None:
    system, other = make("laptop"), make("laptop")
    asyncio.run(system.fill())

    def scrapy(of: System, *arguments: str) -> tuple[int, str, str]:
        named = [f"{name}={of.settings[name]}" for name in ("TRAVELCRAWL_STORE", "JOBDIR", "SECRET_KEY")]
        command = ["-m", "scrapy", *arguments, *(word for one in named for word in ("-s", one))]
        done = programs.run(*command)
        return done.returncode, done.stdout, done.stderr

    folder = str(tmp_path / "backups")
    code, out, error = scrapy(system, "backup", folder)
    assert (code, error) == (0, "")
    assert out.endswith(": 306 rows of geopackage, 2 queues of sqlite\n")
    path = out.partition(": ")[0]
    code, out, error = scrapy(other, "restore", path)
    assert (code, error) == (0, "")
    assert out.startswith("restored and compared: 306 rows, 2 queues, as of 20")
    with closing(sqlite3.connect(other.settings["TRAVELCRAWL_STORE"])) as connection:
        assert connection.execute("SELECT count(*) FROM listings").fetchone() == (300,)
    for status, arguments, sentence in (
        (2, ["backup", folder, "--keep", "0"], "--keep at least 1 day"),
        (2, ["restore"], "takes one backup"),
        (1, ["restore", path], "is there already"),
    ):
        code, out, error = scrapy(other, *arguments)
        assert (code, out) == (status, "")
        assert sentence in error
        assert len(error.splitlines()) == 1


def test_a_manifest_says_the_settings_and_no_secret() -> None:
    secrets = {name: f"hidden-{name}" for name in SECRET}
    said = configuration(Settings({**vars(ours), **secrets, "TRAVELCRAWL_BUDGETS": '{"amap": {"rate": 3}}'}))
    assert said["TRAVELCRAWL_BUDGETS"] == '{"amap": {"rate": 3}}'
    assert said["TRAVELCRAWL_LEASE"]
    assert "hidden" not in str(said)
    # What by its name may hold a password and is told all the same: none of these can.
    assert {name for name in said if re.search("KEY|SECRET|DSN|URL|PROX|PASS|TOKEN|ENDPOINT", name)} == {
        *("PROXY_AUTO_SWITCH", "PROXY_COOLDOWN", "PROXY_FAILURE_THRESHOLD"),
        *("TRAVELCRAWL_PROXIES_REFRESH", "TRAVELCRAWL_SECRET_FILE"),
    }
