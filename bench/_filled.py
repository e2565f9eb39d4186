"""A table of millions of listings, and the questions that are asked of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np
import psycopg

from travelcrawl.stores.base import Record
from travelcrawl.stores.postgis_rows import connect, copy_in, stored
from travelcrawl.stores.values import codec

CITIES = 340
"""As many as China has at the level of prefectures: positions gather around them."""
AREA = 1000
"""Listings that a crawl sees one after the other, as it goes through areas."""
ASKED = 500
"""Questions of a kind, each of another point."""
NEAREST = "SELECT * FROM listings_near(%(lon)s, %(lat)s, 20)"
IN_BOX = """SELECT platform, ref, name, lon, lat FROM current_listings
WHERE geom && ST_MakeEnvelope(%(lon)s - 0.025, %(lat)s - 0.025, %(lon)s + 0.025, %(lat)s + 0.025, 4326)::geography"""
ONE = "SELECT * FROM current_listings WHERE platform = 'ctrip' AND ref = %(ref)s"


def position(number: int) -> tuple[float, float]:
    """Return where a listing of the table lies: evenly within half a degree around the city that it was stored with."""
    city = number // AREA % CITIES
    lon, lat = 100 + city * 0.618034 % 1 * 20, 24 + city * 0.754878 % 1 * 16
    return round(lon + number * 0.569840291 % 1 / 2, 7), round(lat + number * 0.754877666 % 1 / 2, 7)


def listing(number: int, some: Sequence[Record]) -> Record:
    """Return a listing of the table: one of some, with a position, name and ref of its own."""
    like = some[number % len(some)]
    lon, lat = position(number)
    own = {"ref": ref(number), "lon": lon, "lat": lat, "source_lon": lon, "source_lat": lat}
    return like | own | {"name": f"{like['name']}{number % 1000}"}


def ref(number: int) -> str:
    """Return its ref: in no order, as platforms give them."""
    return str(10_000_000_000 + number * 2_654_435_761 % 2**32)


def sampled(at: int, count: int, some: Sequence[Record], area: int = AREA) -> list[Record]:
    """Return listings of a table of ``at`` as a crawl sees them again: areas from all over, each in the order it had."""
    areas = np.random.default_rng(7).choice(at // area, size=min(count, at) // area, replace=False)
    return [listing(int(first) * area + number, some) for first in areas for number in range(area)]


def fill(connection: psycopg.Connection[Any], at: int, some: Sequence[Record], book: Mapping[str, Any]) -> None:
    """Fill the table, its indexes made afterwards, as nobody reads it meanwhile."""
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'listings' AND indexname <> 'listings_pkey'"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    digest = codec("listings").digest
    rows = (made | book | {"content_hash": digest(made)} for made in (listing(number, some) for number in range(at)))
    while group := list(islice(rows, 20_000)):
        with connection.transaction(), connection.cursor() as cursor:
            copy_in(cursor, "listings", stored("listings"), group)
    connection.execute("SET maintenance_work_mem = '1GB'")
    for _, made in indexes:
        connection.execute(made.encode())
    connection.execute("VACUUM ANALYZE listings")
    connection.execute("VACUUM ANALYZE listings_seen")
    connection.execute("CHECKPOINT")


def queries(url: str, at: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield question, and the milliseconds that half and 95 % of its answers stay below, with the rows of one."""
    points = [
        {"lon": lon, "lat": lat, "ref": ref(number)}
        for number in range(0, at, max(at // ASKED, 1))
        for lon, lat in [position(number)]
    ]
    with connect(url) as connection:
        for title, question in (("nearest 20", NEAREST), ("box of 5 km", IN_BOX), ("one by its key", ONE)):
            taken, rows = [], 0
            for warm in (False, True):
                for point in points:
                    start = perf_counter()
                    answer = connection.execute(question.encode(), point).fetchall()
                    if warm:
                        taken.append((perf_counter() - start) * 1e3)
                        rows += len(answer)
            low, high = np.percentile(taken, [50, 95])
            yield title, {"p50": round(low, 2), "p95": round(high, 2), "rows": round(rows / len(points))}
