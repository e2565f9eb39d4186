"""A process that writes listings into a store until it is killed; says after each commit how far it is.

python writing.py WHERE PLATFORM FIRST COUNT: listings FIRST, FIRST+1 … of a platform; COUNT 0 means for ever.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from datetime import UTC, datetime

from travelcrawl.items import Listing, Offer
from travelcrawl.stores.base import GroupCommit, Run, Store, record_of


def say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def store_at(where: str, policy: GroupCommit) -> Store:
    """Return a store; only its own libraries are loaded, since a test starts this process many times."""
    if "://" in where:
        from travelcrawl.stores.postgis import PostgisStore

        return PostgisStore(where, policy)
    from travelcrawl.stores.geopackage import GeoPackageStore

    return GeoPackageStore(where, policy)


async def main(where: str, platform: str, first: int, count: int) -> None:
    store = store_at(where, GroupCommit(count=50, seconds=0.01))
    now = datetime.now(UTC)
    await store.open(Run(id=f"{platform}-{first}", platform=platform, arguments={}, started_at=now))
    for n in itertools.count(first) if not count else range(first, first + count):
        listing = Listing(
            platform=platform, ref=str(n), name=f"宾馆{n}", lon=100 + n % 1000 / 100, lat=30.0, seen_at=now
        )
        await store.put(record_of(listing))
        offer = Offer(platform=platform, ref=str(n), what="room", amount=float(n), currency="CNY", seen_at=now)
        await store.put(record_of(offer))
        if n % 25 == 0:
            await asyncio.sleep(0)
            say(store.committed // 2 + first)
    await store.close({"reason": "finished"})
    say(store.committed // 2 + first)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
