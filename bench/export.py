"""Measure exports: rows a second and the most memory the process held, from both stores, in every format.

    python -m bench.export [--json] [--rows N] [--only postgis] [--formats csv parquet]

Each export is a process of its own, as ``scrapy export`` is; memory is its largest resident set.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from bench.store import BOOK, listings
from tests.servers import postgres_programs, postgres_server
from travelcrawl.exports.geopackage import write_geopackage
from travelcrawl.stores.base import Record
from travelcrawl.stores.postgis_rows import connect, copy_in, stored

ENDINGS = ("geojson", "geojsonl", "csv", "parquet", "gpkg")
EXPORT = """
import sys
from pathlib import Path
from travelcrawl.exports.export import export, format_of
from travelcrawl.exports.selection import Selection
store, path = sys.argv[1], Path(sys.argv[2])
count = export(store, path, format_of(path, None), ["listings"], Selection())["listings"]
memory = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(count, memory.split()[1])
"""


def rows(count: int) -> Iterator[Record]:
    """Yield rows as a store holds them; the same few thousand again and again, each with a ref of its own."""
    some = [record | BOOK for record in listings(min(count, 5000), datetime(2026, 11, 22, 8, tzinfo=UTC))]
    for number, row in zip(range(count), itertools.cycle(some), strict=False):
        yield row | {"ref": str(number)}


def fill(url: str, count: int) -> None:
    """Copy rows into PostGIS."""
    coming = rows(count)
    with connect(url) as connection, connection.cursor() as cursor:
        while group := list(itertools.islice(coming, 20_000)):
            copy_in(cursor, "listings", stored("listings"), group)
        cursor.execute("ANALYZE listings, listings_seen")


def measured(store: str, folder: Path, count: int, endings: Sequence[str]) -> Iterator[tuple[str, float, float]]:
    """Yield format, rows a second and mebibytes."""
    for ending in endings:
        path = folder / f"out.{ending}"
        start = perf_counter()
        command = [sys.executable, "-c", EXPORT, store, str(path)]
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        exported, memory = map(int, said.split())
        assert exported == count, said
        yield ending, count / (perf_counter() - start), memory / 1024
        path.unlink()


def stores(folder: Path, count: int, only: str | None) -> Iterator[tuple[str, str]]:
    """Yield the name and place of each store, filled."""
    package = folder / "store.gpkg"
    if only != "postgis":
        write_geopackage(package, {"listings": rows(count)})
        yield "geopackage", str(package)
        package.unlink()
    programs = postgres_programs()
    if programs and only != "geopackage":
        with postgres_server(programs) as server:
            url = server.database("migrated")
            fill(url, count)
            yield "postgis", url


def main() -> None:
    """Measure; print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--formats", nargs="+", choices=ENDINGS, default=ENDINGS)
    parser.add_argument("--only", choices=("geopackage", "postgis"), help="one store")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    arguments = parser.parse_args()
    found: dict[str, dict[str, dict[str, int]]] = {}
    with tempfile.TemporaryDirectory() as name:
        for store, where in stores(Path(name), arguments.rows, arguments.only):
            for ending, rate, memory in measured(where, Path(name), arguments.rows, arguments.formats):
                found.setdefault(store, {})[ending] = {"rows_per_second": round(rate), "memory_mib": round(memory)}
                line = f"{store:<12}{ending:<10}{rate:>10,.0f} rows/s{memory:>8,.0f} MiB"
                print(line, file=sys.stderr if arguments.json else sys.stdout, flush=True)
    if arguments.json:
        print(json.dumps({"rows": arguments.rows, **found}))


if __name__ == "__main__":
    main()
