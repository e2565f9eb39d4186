"""Listings of the sandbox's world for the tests of matching, and how they come into a store."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache

from sandbox.compare import e164
from sandbox.world import build_world
from travelcrawl.items import Item, Listing
from travelcrawl.pipelines.enhance import cell_of
from travelcrawl.stores.base import GroupCommit, Run, record_of
from travelcrawl.stores.factory import places_at, reader_for
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.matchmaker import Matchmaker
from travelcrawl.stores.postgis import PostgisStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Key = tuple[str, str]


@cache
def world_listings(size: int = 80) -> tuple[tuple[Listing, int], ...]:
    """Return the listings of a world, clean, each with the number of its place."""
    world = build_world(7, size)
    return tuple(
        (
            Listing(
                platform=one.platform,
                ref=one.ref,
                name=one.name,
                address=f"{one.place.district.name}{one.address}",
                category=one.place.kind.word,
                city=one.place.city.name,
                adcode=one.adcode,
                lon=one.lon,
                lat=one.lat,
                datum="WGS-84",
                source_lon=one.lon,
                source_lat=one.lat,
                h3=cell_of(one.lon, one.lat),
                phones=[e164(phone) for phone in one.phones] or None,
                website=one.website,
                rating=one.rating,
                review_count=one.review_count,
                seen_at=NOON,
            ),
            one.place.id,
        )
        for shelf in world.shelves.values()
        for one in shelf.listings
    )


async def put(where: str, items: Iterable[Item], name: str = "r1") -> None:
    """Store items, in one batch, in one run."""
    kind = PostgisStore if "://" in where else GeoPackageStore
    store = kind(where, GroupCommit(seconds=60), clock=lambda: NOON)
    await store.open(Run(id=name, platform="amap", arguments={}, started_at=NOON))
    for item in items:
        await store.put(record_of(item))
    await store.close({"reason": "shutdown"})


def store(where: str, items: Iterable[Item], name: str = "r1") -> None:
    """Do so where no loop runs."""
    asyncio.run(put(where, items, name))


def match(where: str, now: datetime = NOON, steps: int = 10**9) -> Matchmaker:
    """Match what waits, or a number of steps of it."""
    with places_at(where) as places:
        maker = Matchmaker(places, clock=lambda: now)
        while steps and maker.step():
            steps -= 1
    return maker


def trickle(where: str, items: Sequence[Item], seed: int) -> None:
    """Store items in an order of chance, a part at a time, with some steps of matching between."""
    chance = random.Random(seed)
    shuffled = chance.sample(items, len(items))
    while shuffled:
        size = chance.randrange(1, 80)
        store(where, shuffled[:size], f"r{seed}")
        shuffled = shuffled[size:]
        match(where, steps=chance.choice([0, 5, 20, 10**9]))
    match(where)


def places_in(where: str) -> list[dict[str, object]]:
    """Return the places that stand, without times."""
    with reader_for(where) as reader:
        standing = [row for row in reader.read("places") if not row["merged_into"]]
    untimed = [{name: value for name, value in row.items() if not name.endswith("_at")} for row in standing]
    return sorted(untimed, key=lambda row: str(row["place"]))
