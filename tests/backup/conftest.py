"""Systems to back up: a filled one of each kind, and empty ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from scrapy.settings import Settings

from tests.servers import PostgresServer
from travelcrawl.frontier.backend import Backend, Waiting
from travelcrawl.frontier.factory import redis_backend
from travelcrawl.frontier.redis import RedisBackend
from travelcrawl.frontier.sqlite import SqliteBackend
from travelcrawl.items import Listing, Mention, Note, Offer, Review
from travelcrawl.stores.base import Run, record_of
from travelcrawl.stores.factory import store_from_settings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLATFORMS = ("amap", "ctrip")


@attrs.frozen
class System:
    """Settings of a system, filled or empty."""

    settings: Settings

    async def fill(self) -> None:
        """Crawl twice, so that there is history, and leave requests waiting, leased, dead and seen."""
        for day in range(2):
            seen = NOON + timedelta(days=day)
            store = store_from_settings(self.settings)
            await store.open(Run(id=f"r{day}", platform="ctrip", arguments={"city": "成都"}, started_at=seen))
            for n in range(300):
                price = 4.0 + day if n % 10 == 0 else 4.0
                listing = Listing(platform="ctrip", ref=str(n), name=f"宾馆{n}", lon=104.0, lat=30.0, rating=price)
                await store.put(record_of(attrs.evolve(listing, seen_at=seen)))
            await store.put(record_of(Review(platform="ctrip", ref="r", about_ref="1", text="好\\N\t", seen_at=seen)))
            mention = Mention(name="武侯祠", evidence="link", score=0.9)
            await store.put(record_of(Note(platform="weibo", ref="n", mentions=[mention], seen_at=seen)))
            await store.put(record_of(Offer(platform="ctrip", ref="1", what="room", amount=300.0 + day, seen_at=seen)))
            await store.close({"reason": "finished"})
        for platform in PLATFORMS:
            backend = self.frontier(platform)
            await backend.open()
            await backend.push(
                [
                    Waiting(fingerprint=n * 2**50, priority=n % 3, group="成都", payload=f'{{"url": "http://a/{n}"}}')
                    for n in range(2500)
                ]
            )
            await backend.take(7)
            if isinstance(backend, RedisBackend):
                await backend.server.rpush(f"{platform}:start_urls", "http://b", b"\xff")
            await stop(backend)

    def frontier(self, platform: str) -> Backend:
        if self.settings["TRAVELCRAWL_REDIS_URL"]:
            return redis_backend(self.settings, platform)
        return SqliteBackend(Path(self.settings["JOBDIR"]) / f"{platform}-0.sqlite", platform)


async def stop(backend: Backend) -> None:
    """Let a worker die: what it held stays leased."""
    if isinstance(backend, RedisBackend):
        await backend.server.aclose()
    elif isinstance(backend, SqliteBackend):
        backend.file._db.close()
        backend._thread.shutdown()


@pytest.fixture
def make(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., System]:
    """Name a system of a kind (``laptop`` or ``cluster``); each is one of its own."""
    numbers = iter(range(9))

    def system(kind: str, template: str = "migrated", server: PostgresServer | None = None) -> System:
        folder = tmp_path / f"system{next(numbers)}"
        settings = Settings()
        settings.setmodule("travelcrawl.settings")
        database = redis = ""
        if kind == "cluster":
            database = (server or request.getfixturevalue("postgres")).database(template)
            redis_server = request.getfixturevalue("redis_server")
            with redis_server.connect() as client:
                number = client.incr("next-database")
            redis = redis_server.url.replace("/0", f"/{number}")
        settings.setdict(
            {
                "TRAVELCRAWL_DATABASE_URL": database,
                "TRAVELCRAWL_REDIS_URL": redis,
                "TRAVELCRAWL_STORE": str(folder / "travel.gpkg"),
                "JOBDIR": str(folder / "frontier"),
                "SECRET_KEY": "k" * 40,
                "TRAVELCRAWL_ARCHIVE": "",
            },
            priority="cmdline",
        )
        return System(settings)

    return system
