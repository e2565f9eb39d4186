"""Find the crawls that there are: for the commands that look at them, feed them and steer them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import attrs
from scrapy.settings import BaseSettings

from travelcrawl.errors import BackendDown
from travelcrawl.frontier.backend import Backend
from travelcrawl.frontier.factory import FOLDER, keys_of, redis_backend
from travelcrawl.frontier.server import asking, connect, redis_url
from travelcrawl.frontier.sqlite import SqliteBackend


@attrs.frozen
class Crawl:
    """A crawl that has a queue, or had one and has dead letters."""

    name: str
    """``ctrip`` or ``ctrip:ID`` in Redis, the file's name without ending on one machine."""
    platform: str
    backend: Backend


@asynccontextmanager
async def crawls(settings: BaseSettings, platforms: Sequence[str]) -> AsyncIterator[list[Crawl]]:
    """Give the crawls of the platforms, attached. Raises FrontierError or BackendDown."""
    found = await _in_redis(settings, platforms) if redis_url(settings) else _in_files(settings, platforms)
    attached = []
    try:
        for crawl in found:
            await crawl.backend.attach()
            attached.append(crawl)
        yield found
    finally:
        for crawl in attached:
            with suppress(BackendDown):
                await crawl.backend.close()


def _in_files(settings: BaseSettings, platforms: Sequence[str]) -> list[Crawl]:
    paths = sorted(Path(settings["JOBDIR"] or FOLDER).glob("*.sqlite"))
    named = [(path, path.stem.rpartition("-")[0]) for path in paths]
    return [Crawl(path.stem, name, SqliteBackend(path, name)) for path, name in named if name in platforms]


async def _in_redis(settings: BaseSettings, platforms: Sequence[str]) -> list[Crawl]:
    found = []
    server = connect(settings)
    try:
        for platform in platforms:
            base = keys_of(settings, platform).queue
            async with asking():
                others = [name.decode() async for name in server.scan_iter(f"{base}:*:sequence")]
            names = [base, *(name.removesuffix(":sequence") for name in others)]
            for name in names:
                crawl = name.removeprefix(base).removeprefix(":")
                backend = redis_backend(settings, platform, crawl)
                found.append(Crawl(f"{platform}:{crawl}" if crawl else platform, platform, backend))
    finally:
        await server.aclose()
    return found
