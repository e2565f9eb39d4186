"""What matching costs in a store and in a crawl: ``python -m bench.places [--listings N] [--size N] [--runs N] [--json]``.

In the store (a GeoPackage): an invented city of two platforms, 800 listings a km², matched at once, and then once more for one listing
that changes. In a crawl: four platforms of the sandbox, as fast as it answers, with matching and without, in turn; the crawl's
processor time and its pages a second, its end (where all that waits is matched) included.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import attrs

from bench._figures import show
from sandbox.client import ROOT, Running, running
from sandbox.hardlistings import Profile, Writer
from sandbox.hardpairs import City
from travelcrawl.items import Listing
from travelcrawl.stores.base import Run, record_of
from travelcrawl.stores.factory import places_at
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.matchmaker import Matchmaker

SEEN = datetime(2026, 11, 29, 8, tzinfo=UTC)
PLATFORMS = ("amap", "ctrip", "mafengwo", "dianping")


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=480, help="places of the sandbox's world")
    parser.add_argument("--runs", type=int, default=2, help="crawls of each kind")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    show(in_store(asked.listings) | in_crawl(asked.size, asked.runs), as_json=asked.json)


def in_store(size: int) -> dict[str, object]:
    """Return listings a second of the processor, and what one change costs."""
    with tempfile.TemporaryDirectory() as folder:
        where = str(Path(folder) / "travel.gpkg")
        listings = city(size)
        asyncio.run(put(where, listings))
        with places_at(where) as places:
            maker = Matchmaker(places)
            begun = process_time()
            steps = work(maker)
            seconds = process_time() - begun
            once = maker.matched
            asyncio.run(put(where, [attrs.evolve(listings[0], address="青云路1号")]))
            begun = process_time()
            work(maker)
            changed = process_time() - begun
            asyncio.run(put(where, [attrs.evolve(listings[0], address="青云路1号", rating=4.0)]))
            begun = process_time()
            work(maker)
            fused = process_time() - begun
        return {
            f"store: {len(listings)} listings matched, listings/s": round(len(listings) / seconds),
            "store: listings placed": once,
            "store: steps": steps,
            "store: areas": len(maker.watch),
            "store: one listing with another address, s": round(changed, 3),
            "store: one listing with another rating, s": round(fused, 4),
        }


def work(maker: Matchmaker) -> int:
    """Match what waits; return the steps it took."""
    steps = 0
    while maker.step():
        steps += 1
    return steps


def city(size: int) -> list[Listing]:
    """Return the listings of an invented city."""
    made = City(77, han=True, size=int(size / 1.3))
    profiles = (
        Profile(name="amap", cover=0.8, branches=0.3, phones=0.5, categories=1),
        Profile(name="ctrip", cover=0.65, branches=0.6, phones=0.5, categories=2),
    )
    return [
        Listing(
            platform=one["source"],
            ref=one["id"],
            name=one["name"],
            address=one["address"],
            category=one["category"],
            lon=float(one["lon"]) if one["lon"] else None,
            lat=float(one["lat"]) if one["lat"] else None,
            adcode="320102",
            city="南京市",
            phones=one["phone"].split(";") if one["phone"] else None,
            website=one["website"] or None,
            seen_at=SEEN,
        )
        for profile in profiles
        for one in Writer(made, profile).listings()
    ][:size]


async def put(where: str, listings: list[Listing]) -> None:
    """Store listings."""
    store = GeoPackageStore(where)
    await store.open(Run(id=str(perf_counter()), platform="amap", arguments={}, started_at=SEEN))
    for listing in listings:
        await store.put(record_of(listing))
    await store.close({"reason": "shutdown"})


def in_crawl(size: int, runs: int) -> dict[str, object]:
    """Return the processor time and the pages a second of crawls with matching and without."""
    figures: dict[str, list[tuple[float, float, int]]] = {"off": [], "0.1": []}
    with running(size=size) as web, tempfile.TemporaryDirectory() as folder:
        for number in range(runs):
            for share, found in figures.items():
                found.append(crawl(web, share, Path(folder) / f"{number}-{share}"))
    cpu, rate = (
        {share: statistics.median(one[at] for one in found) for share, found in figures.items()} for at in (0, 1)
    )
    return {
        "crawl: pages": figures["off"][0][2],
        "crawl: processor s without matching": round(cpu["off"], 2),
        "crawl: processor s with matching": round(cpu["0.1"], 2),
        "crawl: processor time added, %": round(100 * (cpu["0.1"] / cpu["off"] - 1), 1),
        "crawl: pages/s without matching": round(rate["off"], 1),
        "crawl: pages/s with matching": round(rate["0.1"], 1),
        "crawl: page rate lost, %": round(100 * (1 - rate["0.1"] / rate["off"]), 1),
    }


def crawl(web: Running, share: str, folder: Path) -> tuple[float, float, int]:
    """Crawl; return processor seconds, pages a second, pages."""
    folder.mkdir()
    environment = {
        **os.environ,
        **web.env,
        "TRAVELCRAWL_STORE": str(folder / "travel.gpkg"),
        "JOBDIR": str(folder / "jobs"),
        "LOG_LEVEL": "ERROR",
        "TRAVELCRAWL_MATCH_SHARE": share,
        "TRAVELCRAWL_RATE": "1000",
        "TRAVELCRAWL_PROGRESS": "off",
    }
    web.reset()
    command = [sys.executable, "-m", "scrapy", "crawlall", *PLATFORMS, "-a", "city=成都,上海,杭州,西安"]
    begun = perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    seconds = perf_counter() - begun
    pages = int(web.stats()["requests"])
    return used.ru_utime + used.ru_stime, pages / seconds, pages


if __name__ == "__main__":
    main()
