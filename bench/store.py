"""Rows a second into a GeoPackage: the store through its own interface, beside the usual ways of writing one.

``python bench/store.py [--rows N] [--json FILE]``. Every contender writes the same listings, with a spatial index, and
ends with a file that is durable on disk; the rates hold against each other within one run only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from travelcrawl.items import Listing
from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import Record, Run, Store, record_of
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.gpkg_rows import form

SEEN = datetime(2026, 11, 22, 8, tzinfo=UTC)
BATCH = 2000


def listings(count: int, seen: datetime) -> list[Record]:
    """Return listings as a crawl of hotels and sights gives them, about 900 bytes of content each."""
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


async def stored(store: Store, records: list[Record], run: str, started: datetime) -> float:
    """Put records through a store's own interface; return the seconds until all were durable."""
    await store.open(Run(id=run, platform="ctrip", arguments={}, started_at=started))
    begin = time.perf_counter()
    for record in records:
        await store.put(record)
    await store.flush()
    seconds = time.perf_counter() - begin
    await store.close({})
    return seconds


def through_the_store(folder: Path, count: int) -> Iterator[tuple[str, float]]:
    """Yield the seconds for new rows, rows seen again in the same run and in a later one, and changed rows."""
    later = SEEN + timedelta(days=1)
    changed = [record | {"rating": 4.6, "source_rating": 4.6} for record in listings(count, later)]
    path = folder / "store.gpkg"
    steps = [
        ("new", listings(count, SEEN), SEEN),
        ("unchanged, seen in this run before", listings(count, SEEN), SEEN),
        ("unchanged, first time in a run", listings(count, later), later),
        ("changed", changed, later),
    ]
    for number, (name, records, started) in enumerate(steps):
        yield f"store: {name}", asyncio.run(stored(GeoPackageStore(path), records, str(number), started))


def rows_of(records: list[Record]) -> list[tuple[Any, ...]]:
    """Return the records as rows of the table, which the plain contenders get for nothing."""
    book = {"content_hash": 1, "first_seen": SEEN, "last_seen": SEEN, "last_changed": SEEN, "run": "1"}
    return [form("listings").encode(record | book) for record in records]


def executemany(folder: Path, records: list[Record]) -> float:
    """Insert ready rows with executemany, a commit every batch."""
    rows, statement = rows_of(records), form("listings").sql("insert")
    with closing(gpkg_file.open_file(folder / "executemany.gpkg")) as connection:
        begin = time.perf_counter()
        for start in range(0, len(rows), BATCH):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, rows[start : start + BATCH])
            connection.execute("COMMIT")
        return time.perf_counter() - begin


def row_by_row(folder: Path, records: list[Record]) -> float:
    """Insert ready rows one by one, each its own commit."""
    rows, statement = rows_of(records), form("listings").sql("insert")
    with closing(gpkg_file.open_file(folder / "rows.gpkg")) as connection:
        begin = time.perf_counter()
        for row in rows:
            connection.execute(statement, row)
        return time.perf_counter() - begin


def gdal(folder: Path, records: list[Record]) -> float:
    """Write all rows at once with GDAL, through pyogrio."""
    names = [name for name in form("listings").names if name in records[0]]
    values = [
        np.array([json.dumps(v) if isinstance(v, list) else v for v in (record[name] for record in records)])
        for name in names
        if any(record[name] is not None for record in records[:10])
    ]
    names = [name for name in names if any(record[name] is not None for record in records[:10])]
    begin = time.perf_counter()
    points = shapely.to_wkb(shapely.points([(record["lon"], record["lat"]) for record in records]))
    pyogrio.raw.write(
        folder / "gdal.gpkg",
        points,
        values,
        names,
        driver="GPKG",
        layer="listings",
        geometry_type="Point",
        crs="EPSG:4326",
    )
    return time.perf_counter() - begin


def main() -> None:
    """Measure, print a table and, where asked, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    plain: list[tuple[str, Callable[[Path, list[Record]], float], int]] = [
        ("executemany of ready rows", executemany, arguments.rows),
        ("row by row, a commit each", row_by_row, min(arguments.rows, 2000)),
        ("GDAL (pyogrio), all at once", gdal, arguments.rows),
    ]
    rates: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for step, seconds in through_the_store(folder, arguments.rows):
            rates[step] = arguments.rows / seconds
        for title, write, count in plain:
            rates[title] = count / write(folder, listings(count, SEEN))
    for title, rate in rates.items():
        print(f"{title:<45}{rate:>12,.0f} rows/s")
    if arguments.json:
        versions = {"python": sys.version.split()[0], "sqlite": sqlite3.sqlite_version}
        report = {"rows": arguments.rows, "versions": versions, "rows_per_second": rates}
        arguments.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
