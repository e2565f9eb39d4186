"""Measure the stores: listings a second through their own interface, beside the usual ways of writing the same rows.

    python -m bench.store [--json] [--rows N] [--at N]

Every contender writes the same listings (about 900 bytes of content each) into a table with the same indexes. The store's
figures hold everything from ``put`` to the commit: hashing, merging, writing. The peers get ready rows and write them
blindly. ``cpu_us`` is processor time of this process a row, ``server_us`` of the database's processes; wall time suffers
where others use the machine. PostGIS is measured where PostgreSQL is installed, on a server of its own (fsync off): in
an empty table, and in one of ``--at`` listings (0: not), where the nearest listings and those of a box are asked for too.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import attrs
import numpy as np
import psycopg
import pyogrio.raw
import shapely

from bench._filled import fill, queries, sampled
from tests.servers import PostgresServer, postgres_programs, postgres_server
from travelcrawl.items import Listing
from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import GroupCommit, Record, Run, Store, record_of
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.gpkg_rows import form
from travelcrawl.stores.layers import layers
from travelcrawl.stores.postgis import PostgisStore
from travelcrawl.stores.postgis_rows import copy_in, encode, stored

SEEN = datetime(2026, 11, 22, 8, tzinfo=UTC)
LATER = SEEN + timedelta(days=1)
LAST = SEEN + timedelta(days=2)
BATCH = GroupCommit().count
SERVER = "-c shared_buffers=2GB -c max_wal_size=16GB -c checkpoint_timeout=30min -c wal_compression=lz4"
"""What a server of some gigabytes is given (docs/scale.md)."""


@attrs.frozen
class Times:
    """Seconds by the clock, of this process's processor time, and of the server's."""

    wall: float
    own: float
    server: float = 0.0


def listings(count: int, seen: datetime, first: int = 0) -> list[Record]:
    """Return listings as a crawl of sights gives them."""
    rng = random.Random(7 + first)
    words = "锦江宾馆武侯祠宽窄巷子春熙路青羊宫文殊院杜甫草堂太古里望江楼人民公园"
    text = [rng.choice(words) for _ in range(400)]
    made = []
    for number in range(first, first + count):
        start = rng.randrange(200)
        lon, lat = 104 + rng.random(), 30 + rng.random()
        listing = Listing(
            platform="ctrip",
            ref=str(10_000_000 + rng.randrange(10**9)) + str(number),
            url=f"https://travel.example/sight/{number}.html",
            name="".join(text[start : start + 8]),
            aliases=["".join(text[start : start + 4])],
            category="风景名胜;公园;城市公园",
            category_code="110101",
            category_class="sight",
            address="".join(text[start : start + 20]),
            province="四川省",
            city="成都市",
            district="锦江区",
            adcode="510104",
            source_lon=lon + 0.0025,
            source_lat=lat - 0.0024,
            datum="GCJ-02",
            lon=lon,
            lat=lat,
            phones=["+862886661111"],
            opening_hours="Mo-Su 08:00-18:00",
            source_rating=4.5,
            rating_scale=5.0,
            rating=4.5,
            review_count=rng.randrange(10_000),
            level="4A",
            summary="".join(text[start : start + 100]),
            tags=["亲子", "夜景"],
            photos=[f"https://img.example/{number}/{n}.jpg" for n in range(3)],
            status="open",
            h3="893cd9a4a3bffff",
            quality=0.93,
            seen_at=seen,
        )
        made.append(record_of(listing))
    return made


def timed(work: Callable[[], object]) -> Times:
    """Return the seconds that something takes."""
    wall, cpu = perf_counter(), process_time()
    work()
    return Times(perf_counter() - wall, process_time() - cpu)


async def stored_by(
    store: Store, records: list[Record], run: str, started: datetime, server: PostgresServer | None
) -> Times:
    """Put records through a store's own interface; return the time until all were durable."""
    await store.open(Run(id=run, platform="ctrip", arguments={}, started_at=started))
    gc.collect()
    gc.freeze()  # the records are the benchmark's own: a crawl does not hold so many for the collector to go through
    taken = server.seconds() if server else 0.0
    wall, cpu = perf_counter(), process_time()
    for record in records:
        await store.put(record)
    await store.flush()
    wall, cpu = perf_counter() - wall, process_time() - cpu
    times = Times(wall, cpu, server.seconds() - taken if server else 0.0)
    await store.close({})
    gc.unfreeze()
    return times


def through_the_store(
    make: Callable[[], Store], count: int, server: PostgresServer | None = None
) -> Iterator[tuple[str, Times]]:
    """Yield the times for new rows, rows seen again in the same run and in a later one, and changed rows."""
    steps = [
        ("new", listings(count, SEEN), SEEN),
        ("unchanged", listings(count, SEEN), SEEN),
        ("unchanged, first time in a run", listings(count, LATER), LATER),
        ("changed", [record | {"rating": 4.6, "source_rating": 4.6} for record in listings(count, LATER)], LATER),
    ]
    for number, (name, records, started) in enumerate(steps):
        yield f"store: {name}", asyncio.run(stored_by(make(), records, str(number), started, server))


BOOK = {
    "content_hash": 1,
    "first_seen": SEEN,
    "last_seen": SEEN,
    "last_changed": SEEN,
    "run": "1",
    "origins": None,
}


def sqlite_rows(folder: Path, records: list[Record], size: int) -> Times:
    """Insert ready rows into a GeoPackage with executemany, a commit every ``size`` rows."""
    rows = [form("listings").encode(record | BOOK) for record in records]
    statement = form("listings").sql("insert")

    def insert() -> None:
        for start in range(0, len(rows), size):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, rows[start : start + size])
            connection.execute("COMMIT")

    with closing(gpkg_file.open_file(folder / f"rows-{size}.gpkg")) as connection:
        return timed(insert)


def gdal(folder: Path, records: list[Record]) -> Times:
    """Write all rows at once with GDAL, through pyogrio."""
    names = [name for name in form("listings").names if records[0].get(name) is not None]
    columns = [[record[name] for record in records] for name in names]
    values = [np.array([json.dumps(v) if isinstance(v, list) else v for v in column]) for column in columns]
    positions = [(record["lon"], record["lat"]) for record in records]
    options: dict[str, Any] = {"driver": "GPKG", "layer": "listings", "geometry_type": "Point", "crs": "EPSG:4326"}
    return timed(
        lambda: pyogrio.raw.write(
            folder / "gdal.gpkg", shapely.to_wkb(shapely.points(positions)), values, names, **options
        )
    )


def postgis_rows(server: PostgresServer, records: list[Record], how: str) -> Times:
    """Write ready rows into the table of PostGIS: ``row``, ``executemany``, ``copy`` or ``binary``."""
    layer, names = layers()["listings"], stored("listings")
    ready = [record | BOOK for record in records]
    rows = [
        [value for name, value in zip(layer.names, encode(layer, row), strict=True) if name in names] for row in ready
    ]
    told = ", ".join(names)
    insert = f"INSERT INTO listings ({told}) VALUES ({', '.join(['%s'] * len(names))})"

    def write() -> None:
        if how == "row":
            for row in rows:
                connection.execute(insert, row)
            return
        for start in range(0, len(rows), BATCH):
            with connection.transaction(), connection.cursor() as cursor:
                if how == "executemany":
                    cursor.executemany(insert, rows[start : start + BATCH])
                elif how == "binary":
                    copy_in(cursor, "listings", names, ready[start : start + BATCH])
                else:
                    with cursor.copy(f"COPY listings ({told}) FROM STDIN") as copy:
                        for row in rows[start : start + BATCH]:
                            copy.write_row(row)

    with psycopg.connect(server.database("migrated"), autocommit=True) as connection:
        taken = server.seconds()
        times = timed(write)
        return attrs.evolve(times, server=server.seconds() - taken)


def geopackage(count: int) -> Iterator[tuple[str, int, Times]]:
    """Yield contender, rows and times of all that write a GeoPackage."""
    few = min(count, BATCH)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for step, times in through_the_store(lambda: GeoPackageStore(folder / "store.gpkg"), count):
            yield step, count, times
        records = listings(count, SEEN)
        yield "executemany of ready rows", count, sqlite_rows(folder, records, BATCH)
        yield "row by row", few, sqlite_rows(folder, records[:few], 1)
        yield "GDAL (pyogrio), all at once", count, gdal(folder, records)


def postgis(server: PostgresServer, count: int) -> Iterator[tuple[str, int, Times]]:
    """Yield contender, rows and times of all that write PostGIS."""
    url = server.database("migrated")
    for step, times in through_the_store(lambda: PostgisStore(url), count, server):
        yield step, count, times
    records, few = listings(count, SEEN), min(count, BATCH)
    yield "COPY of ready rows", count, postgis_rows(server, records, "copy")
    yield "COPY of ready rows, binary", count, postgis_rows(server, records, "binary")
    yield "executemany of ready rows", count, postgis_rows(server, records, "executemany")
    yield "row by row", few, postgis_rows(server, records[:few], "row")


def large(server: PostgresServer, url: str, count: int, at: int) -> Iterator[tuple[str, int, Times]]:
    """Yield step, rows and times of a table of ``at`` listings; the unchanged ones are from all over it."""
    with psycopg.connect(url, autocommit=True) as connection:
        taken = timed(lambda: fill(connection, at, listings(BATCH, SEEN), BOOK))
    yield "filled, indexes made afterwards", at, taken
    steps = [
        ("new", listings(count, SEEN, first=at), SEEN),
        ("unchanged, first time in a run", sampled(at, count, listings(BATCH, LATER)), LATER),
        ("unchanged", sampled(at, count, listings(BATCH, LATER)), LATER),
        ("unchanged, in no order at all", sampled(at, count, listings(BATCH, LAST), area=1), LAST),
        (
            "changed",
            [record | {"rating": 4.6, "source_rating": 4.6} for record in sampled(at, count, listings(BATCH, LAST))],
            LAST,
        ),
    ]
    for number, (name, records, started) in enumerate(steps):
        yield f"store: {name}", count, asyncio.run(stored_by(PostgisStore(url), records, str(number), started, server))


def main() -> None:
    """Measure; print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--at", type=int, default=5_000_000, help="listings in the large table; 0: none")
    parser.add_argument("--only", choices=("geopackage", "postgis"), help="one store")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    arguments = parser.parse_args()
    found: dict[str, Any] = {"rows": arguments.rows}
    out = sys.stderr if arguments.json else sys.stdout

    def note(name: str, measured: Iterator[tuple[str, int, Times]]) -> None:
        for title, count, times in measured:
            figures = {
                "rows_per_second": round(count / times.wall),
                "cpu_us": round(times.own / count * 1e6, 1),
                "server_us": round(times.server / count * 1e6, 1),
            }
            found.setdefault(name, {})[title] = figures
            told = f"{figures['rows_per_second']:>10,} rows/s{figures['cpu_us']:>9} µs cpu{figures['server_us']:>8} µs server"
            print(f"{name:<22}{title:<34}{told}", file=out, flush=True)

    if arguments.only != "postgis":
        note("geopackage", geopackage(arguments.rows))
    programs = postgres_programs()
    if programs and arguments.only != "geopackage":
        with postgres_server(programs, SERVER) as server:
            note("postgis", postgis(server, arguments.rows))
            if arguments.at:
                name, url = f"postgis at {arguments.at:,}", server.database("migrated")
                note(name, large(server, url, arguments.rows, arguments.at))
                for title, quantiles in queries(url, arguments.at):
                    found[name][title] = quantiles
                    told = ", ".join(f"{part} {figure} ms" for part, figure in quantiles.items())
                    print(f"{name:<22}{title:<34}  {told}", file=out, flush=True)
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
