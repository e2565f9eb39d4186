"""A Redis server of the tests' own, on loopback, and the two backends behind one face."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from scrapy.settings import Settings

from travelcrawl.frontier.backend import Backend
from travelcrawl.frontier.redis import Keys, Patience, RedisBackend
from travelcrawl.frontier.server import connect
from travelcrawl.frontier.sqlite import SqliteBackend


class Crawl:
    """One crawl's queue: workers on it, and what a test does behind their backs."""

    def __init__(self) -> None:
        self.workers: list[Backend] = []

    def build(self) -> Backend:
        raise NotImplementedError

    async def worker(self) -> Backend:
        backend = self.build()
        await backend.open()
        self.workers.append(backend)
        return backend

    async def silence(self, worker: Backend) -> None:
        """Have a worker be dead for long."""
        self.workers.remove(worker)

    async def close(self) -> None:
        for worker in self.workers:
            await worker.close()


class SqliteCrawl(Crawl):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "f.sqlite"

    def build(self) -> SqliteBackend:
        return SqliteBackend(self.path, "demo")

    async def silence(self, worker: Backend) -> None:
        assert isinstance(worker, SqliteBackend)
        await super().silence(worker)
        with closing(sqlite3.connect(self.path)) as db, db:
            db.execute("UPDATE workers SET beat = 0 WHERE id = ?", (worker.worker,))
        worker.file._db.close()
        worker._thread.shutdown()


class RedisCrawl(Crawl):
    def __init__(self, url: str, name: str) -> None:
        super().__init__()
        self.url = url
        self.keys = Keys.of(f"demo-{name}")

    def build(self) -> RedisBackend:
        return RedisBackend(
            connect(Settings({"TRAVELCRAWL_REDIS_URL": self.url})), "demo", self.keys, Patience(seen=1000)
        )

    async def silence(self, worker: Backend) -> None:
        assert isinstance(worker, RedisBackend)
        await super().silence(worker)
        await worker.server.zadd(f"{self.keys.queue}:workers", {worker.worker: 0})
        await worker.server.aclose()


@pytest.fixture(params=["sqlite", "redis"])
async def crawl(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crawl]:
    crawl = (
        SqliteCrawl(tmp_path)
        if request.param == "sqlite"
        else RedisCrawl(request.getfixturevalue("redis_server").url, tmp_path.name)
    )
    yield crawl
    await crawl.close()


@pytest.fixture
async def backend(crawl: Crawl) -> Backend:
    return await crawl.worker()
