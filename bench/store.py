"""Measure the stores: listings a second through their own interface, beside the usual ways of writing the same rows.

    python -m bench.store [--json] [--rows N]

Every contender writes the same listings (about 900 bytes of content each) into a table with the same indexes. The store's
figures hold everything from ``put`` to the commit: hashing, merging, writing. The peers get ready rows and write them
blindly. ``cpu_us`` is processor time of this process a row; wall time suffers where others use the machine. PostGIS is
measured where PostgreSQL is installed, on a server of its own (fsync off).
"""

from __future__ import annotations

import argparse
import asyncio
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

import numpy as np
import psycopg
import pyogrio.raw
import shapely

from tests.servers import postgres_programs, postgres_server
from travelcrawl.items import Listing
from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import Record, Run, Store, record_of
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.gpkg_rows import form
from travelcrawl.stores.layers import layers
from travelcrawl.stores.postgis import PostgisStore
from travelcrawl.stores.postgis_rows import encode

SEEN = datetime(2026, 11, 22, 8, tzinfo=UTC)
BATCH = 2000
Times = tuple[float, float]


def listings(count: int, seen: datetime) -> list[Record]:
    """Return listings as a crawl of sights gives them."""
    rng = random.Random(7)
    words = "锦江宾馆武侯祠宽窄巷子春熙路青羊宫文殊院杜甫草堂太古里望江楼人民公园"
    text = [rng.choice(words) for _ in range(400)]
    made = []
    for number in range(count):
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
    """Return the seconds that something takes: by the clock, and of the processor."""
    wall, cpu = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - cpu


async def stored(store: Store, records: list[Record], run: str, started: datetime) -> Times:
    """Put records through a store's own interface; return the time until all were durable."""
    await store.open(Run(id=run, platform="ctrip", arguments={}, started_at=started))
    wall, cpu = perf_counter(), process_time()
    for record in records:
        await store.put(record)
    await store.flush()
    times = perf_counter() - wall, process_time() - cpu
    await store.close({})
    return times


def through_the_store(make: Callable[[], Store], count: int) -> Iterator[tuple[str, Times]]:
    """Yield the times for new rows, rows seen again in the same run and in a later one, and changed rows."""
    later = SEEN + timedelta(days=1)
    steps = [
        ("new", listings(count, SEEN), SEEN),
        ("unchanged", listings(count, SEEN), SEEN),
        ("unchanged, first time in a run", listings(count, later), later),
        ("changed", [record | {"rating": 4.6, "source_rating": 4.6} for record in listings(count, later)], later),
    ]
    for number, (name, records, started) in enumerate(steps):
        yield f"store: {name}", asyncio.run(stored(make(), records, str(number), started))


BOOK = {"content_hash": 1, "first_seen": SEEN, "last_seen": SEEN, "last_changed": SEEN, "run": "1"}


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


def postgis_rows(url: str, records: list[Record], how: str) -> Times:
    """Write ready rows into the table of PostGIS: ``row``, ``executemany`` or ``copy``."""
    layer = layers()["listings"]
    rows = [encode(layer, record | BOOK) for record in records]
    names = ", ".join(layer.names)
    insert = f"INSERT INTO listings ({names}) VALUES ({', '.join(['%s'] * len(layer.names))})"

    def write() -> None:
        if how == "row":
            for row in rows:
                connection.execute(insert, row)
            return
        for start in range(0, len(rows), BATCH):
            with connection.transaction(), connection.cursor() as cursor:
                if how == "executemany":
                    cursor.executemany(insert, rows[start : start + BATCH])
                    continue
                with cursor.copy(f"COPY listings ({names}) FROM STDIN") as copy:
                    for row in rows[start : start + BATCH]:
                        copy.write_row(row)

    with psycopg.connect(url, autocommit=True) as connection:
        return timed(write)


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


def postgis(count: int) -> Iterator[tuple[str, int, Times]]:
    """Yield contender, rows and times of all that write PostGIS; nothing where PostgreSQL is not installed."""
    programs = postgres_programs()
    if programs is None:
        return
    with postgres_server(programs) as server:
        url = server.database("migrated")
        for step, times in through_the_store(lambda: PostgisStore(url), count):
            yield step, count, times
        records, few = listings(count, SEEN), min(count, BATCH)
        yield "COPY of ready rows", count, postgis_rows(server.database("migrated"), records, "copy")
        yield "executemany of ready rows", count, postgis_rows(server.database("migrated"), records, "executemany")
        yield "row by row", few, postgis_rows(server.database("migrated"), records[:few], "row")


def main() -> None:
    """Measure; print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    arguments = parser.parse_args()
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, contenders in (("geopackage", geopackage), ("postgis", postgis)):
        for title, count, (wall, cpu) in contenders(arguments.rows):
            measured = {"rows_per_second": round(count / wall), "cpu_us": round(cpu / count * 1e6, 1)}
            found.setdefault(name, {})[title] = measured
            line = f"{name:<12}{title:<40}{measured['rows_per_second']:>10,} rows/s{measured['cpu_us']:>9} µs cpu"
            print(line, file=sys.stderr if arguments.json else sys.stdout)
    if arguments.json:
        print(json.dumps({"rows": arguments.rows, **found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
