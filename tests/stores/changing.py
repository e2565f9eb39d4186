"""A process that changes the same listings again and again until it is killed; says after each commit how far it is.

python changing.py URL GENERATION: sets the rating of 300 listings to that generation, then to the next one.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from datetime import UTC, datetime, timedelta

from tests.stores.writing import say, store_at
from travelcrawl.items import Listing
from travelcrawl.stores.base import GroupCommit, Run, record_of

LISTINGS = 300
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def main(where: str, first: int) -> None:
    store = store_at(where, GroupCommit(count=70, seconds=0.01))
    await store.open(Run(id=f"run-{first}", platform="a", arguments={}, started_at=NOON))
    for generation in itertools.count(first):
        seen = NOON + timedelta(seconds=generation)
        for n in range(LISTINGS):
            listing = Listing(platform="a", ref=str(n), name=f"宾馆{n}", rating=float(generation), seen_at=seen)
            await store.put(record_of(listing))
        await asyncio.sleep(0)
        say(first + store.committed // LISTINGS)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
