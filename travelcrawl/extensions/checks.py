"""Whether what a process depends on is there: for /ready, ``scrapy doctor`` and the metrics of connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psycopg
from scrapy.settings import BaseSettings

from travelcrawl.errors import StoreError, TravelcrawlError
from travelcrawl.frontier.server import asking, connect, redis_url
from travelcrawl.stores.migrate import check_schema, check_url, said

PATIENCE = 4.0
"""Seconds that a check may take: a probe waits 5."""

Check = Callable[[], Awaitable[Mapping[str, float]]]
"""Raises TravelcrawlError; what it returns becomes metrics."""


def checks_of(settings: BaseSettings) -> dict[str, Check]:
    """Return the checks of the settings: the store, and Redis where one is named."""
    url = settings.get("TRAVELCRAWL_DATABASE_URL") or ""
    path = Path(settings.get("TRAVELCRAWL_STORE") or ".")
    checks: dict[str, Check] = {"database": (lambda: database(url)) if url else (lambda: folder(path))}
    if redis_url(settings):
        checks["redis"] = lambda: redis(settings)
    return checks


async def look(checks: Mapping[str, Check]) -> dict[str, dict[str, Any]]:
    """Do all checks at once, and return for each ``status`` (ok or error), ``response_time`` (seconds) and ``error``."""
    found = await asyncio.gather(*map(_look, checks.values()))
    return dict(zip(checks, found, strict=True))


async def _look(check: Check) -> dict[str, Any]:
    begun = time.perf_counter()
    error = None
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except TimeoutError:
        error = f"no answer in {PATIENCE:g} s"
    except TravelcrawlError as failed:
        error = str(failed)
    seconds = round(time.perf_counter() - begun, 4)
    return {"status": "error" if error else "ok", "response_time": seconds, "error": error}


async def database(url: str) -> Mapping[str, float]:
    """Ask PostgreSQL whether it has our tables, and for its connections by state. Raises StoreError."""
    check_url(url)
    return await asyncio.to_thread(_database, url)


def _database(url: str) -> Mapping[str, float]:
    try:
        with psycopg.connect(url, connect_timeout=3, autocommit=True) as connection:
            check_schema(connection, url)
            states = connection.execute(
                "SELECT state = 'active', count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state IS NOT NULL GROUP BY 1"
            ).fetchall()
    except psycopg.Error as error:
        raise StoreError(f"{said(url)} cannot be reached ({' '.join(str(error).split())})") from None
    counts = {bool(is_active): float(count) for is_active, count in states}
    return {"active": counts.get(True, 0.0), "idle": counts.get(False, 0.0)}


async def folder(path: Path) -> Mapping[str, float]:
    """Say whether a GeoPackage can be written. Raises StoreError."""
    await asyncio.to_thread(_folder, path)
    return {}


def _folder(path: Path) -> None:
    there = next((one for one in path.absolute().parents if one.exists()), path)
    try:
        # By trying: root is let through by every question.
        with TemporaryFile(dir=there):
            return
    except OSError as error:
        raise StoreError(
            f"{there} cannot be written ({error.strerror}); name another file in TRAVELCRAWL_STORE"
        ) from None


async def redis(settings: BaseSettings) -> Mapping[str, float]:
    """Ask Redis for its clients. Raises TravelcrawlError."""
    client = connect(settings)
    try:
        async with asking():
            told = await client.info("clients")
    finally:
        await client.aclose()
    return {"clients": float(told["connected_clients"])}
