"""What ``scrapy doctor`` looks at: facts are asked for in one place and judged in another."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPBasicAuthHandler, HTTPPasswordMgrWithDefaultRealm, ProxyHandler, build_opener

import attrs
import psutil
import psycopg
from redis.asyncio import Redis
from scrapy.settings import BaseSettings

from travelcrawl.access.browser import executable, is_installed
from travelcrawl.errors import UsageError
from travelcrawl.frontier.server import asking, connect, redis_url, risks
from travelcrawl.middlewares.gatehouse import terms_of
from travelcrawl.middlewares.proxies import ProxyList
from travelcrawl.stores.layers import layers
from travelcrawl.stores.migrate import check_schema, check_url, store_error

FULL = 80.0
"""Percent from which on disk and memory are not well."""
FILES = 4096
"""Open files that a worker with browsers may come to need."""
DRIFT = 5.0
"""Seconds that clocks may differ: leases are 60, and times are compared with the servers'."""
WANTED = {"max_connections": 200, "shared_buffers": 256 * 1024**2, "effective_cache_size": 1024**3}
"""Settings of ops/postgres.conf that a server should not be below; bytes."""
CROWDED = 0.8
"""Share of max_connections."""
QUEUED = 1000


@attrs.frozen
class Finding:
    """One line of the doctor's."""

    subject: str
    said: str
    """What was found; where it is not well, what to do."""
    is_well: bool = True


@attrs.frozen(kw_only=True)
class Machine:
    """Facts of this machine."""

    disk: float
    """Percent in use where the store is."""
    memory: float
    """Percent in use."""
    files: int
    """Open files that a process may have."""
    overcommit: int
    """vm.overcommit_memory: 2 is strict."""

    @classmethod
    def here(cls, folder: Path) -> Machine:
        """Look."""
        there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        overcommit = Path("/proc/sys/vm/overcommit_memory")
        return cls(
            disk=psutil.disk_usage(str(there)).percent,
            memory=psutil.virtual_memory().percent,
            files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            overcommit=int(overcommit.read_text()) if overcommit.exists() else 0,
        )


def of_machine(machine: Machine) -> Iterator[Finding]:
    """Judge a machine."""
    yield Finding("disk", *_share(machine.disk, "make room, or move the store and the archive"))
    yield Finding("memory", *_share(machine.memory, "run fewer jobs, or give the machine more"))
    is_well = machine.files >= FILES
    advice = "" if is_well else f"; raise it to {FILES} (ulimit -n)"
    yield Finding("open files", f"{machine.files} may be open{advice}", is_well)
    if machine.overcommit == 2:
        yield Finding(
            "overcommit", "vm.overcommit_memory is 2: Redis cannot fork to rewrite its file; set it to 1", False
        )
    else:
        yield Finding("overcommit", f"vm.overcommit_memory is {machine.overcommit}")


def of_settings(settings: BaseSettings) -> Iterator[Finding]:
    """Judge settings by reading them as a crawl does."""
    try:
        terms_of(settings, by_host=False)
    except UsageError as error:
        yield Finding("settings", str(error), False)
    else:
        yield Finding("settings", f"as {settings.get('APP_ENV')}")
    if settings.get("AMAP_KEY"):
        yield Finding("AMAP_KEY", "set")
    else:
        yield Finding("AMAP_KEY", "not set: amap does not start; a key is had at its open platform", False)
    if settings.get("APP_ENV") == "production" and not settings.get("SECRET_KEY"):
        yield Finding(
            "SECRET_KEY", "not set: every worker would make one, and an author have as many hashes; set it", False
        )
    try:
        proxies = ProxyList(
            settings.get("TRAVELCRAWL_PROXIES") or "", ca_file=settings.get("TRAVELCRAWL_CA_FILE") or ""
        )
        count = len(proxies.read())
    except UsageError as error:
        yield Finding("proxies", str(error), False)
    else:
        yield Finding("proxies", f"{count} egresses" if count else "none: all leaves directly")
    yield _browser(settings)


def _browser(settings: BaseSettings) -> Finding:
    if settings.get("TRAVELCRAWL_BROWSER") == "off":
        return Finding("browser", "off")
    if not is_installed():
        return Finding("browser", "not installed: pages that need one are given up; pip install 'travelcrawl[browser]'")
    try:
        path = executable(settings.get("TRAVELCRAWL_CHROMIUM") or "")
    except UsageError as error:
        return Finding("browser", str(error), False)
    advice = "no Chromium is found; install chromium, or name it in TRAVELCRAWL_CHROMIUM"
    return Finding("browser", str(path) if path else advice, bool(path))


def of_database(url: str, clock: Any = time.time) -> Iterator[Finding]:
    """Ask PostgreSQL and judge what it says. Raises TravelcrawlError where it cannot be asked."""
    check_url(url)
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            check_schema(connection, url)
            yield Finding("database", "all migrations are applied")
            yield clocks("database", _one(connection, "SELECT extract(epoch FROM clock_timestamp())"), clock())
            yield from _configured(connection)
            yield from _working(connection)
            yield from _tables(connection)
    except psycopg.Error as error:
        raise store_error(error, url) from None


def _configured(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    rows = connection.execute(
        "SELECT name, setting::numeric * CASE unit WHEN '8kB' THEN 8192 WHEN 'kB' THEN 1024 ELSE 1 END"
        " FROM pg_settings WHERE name = ANY(%s)",
        ([*WANTED],),
    )
    there = {name: float(value) for name, value in rows}
    low = [f"{name} is {there[name]:,.0f}, below {least:,}" for name, least in WANTED.items() if there[name] < least]
    yield Finding(
        "database settings", f"{'; '.join(low)}: see ops/postgres.conf" if low else "as ops/postgres.conf", not low
    )


def _working(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    used = _one(connection, "SELECT count(*) FROM pg_stat_activity")
    most = _one(connection, "SELECT setting::numeric FROM pg_settings WHERE name = 'max_connections'")
    is_well = used <= CROWDED * most
    advice = "" if is_well else ": run fewer workers, or raise max_connections"
    yield Finding("database connections", f"{used:.0f} of {most:.0f}{advice}", is_well)
    long = _one(
        connection,
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend'"
        " AND now() - query_start > interval '5 min'",
    )
    advice = f"{long:.0f} run for more than 5 minutes: look at pg_stat_activity, end them by pg_terminate_backend"
    yield Finding("database queries", advice if long else "none runs long", not long)


def _tables(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    rows = connection.execute(
        "SELECT c.relname, sum(pg_total_relation_size(k.oid)), sum(greatest(k.reltuples, 0))"
        " FROM pg_class c LEFT JOIN LATERAL pg_partition_tree(c.oid) p ON true"
        " JOIN pg_class k ON k.oid = coalesce(p.relid, c.oid)"
        " WHERE c.relname = ANY(%s) AND c.relkind IN ('r', 'p') GROUP BY 1 ORDER BY 2 DESC",
        ([*layers()],),
    ).fetchall()
    said = ", ".join(f"{name} {size / 1024**2:,.0f} MiB ~{count:,.0f} rows" for name, size, count in rows)
    yield Finding("tables", said or "none")


def _one(connection: psycopg.Connection[Any], query: str) -> float:
    (value,) = connection.execute(query.encode()).fetchone() or (0,)
    return float(value)


async def of_redis(settings: BaseSettings) -> list[Finding]:
    """Ask Redis and judge what it says. Raises TravelcrawlError where it cannot be asked."""
    client = connect(settings)
    try:
        async with asking():
            return await _of_redis(client)
    finally:
        await client.aclose()


async def _of_redis(client: Redis) -> list[Finding]:
    told: Mapping[str, Any] = await client.info()
    seconds, micro = await client.time()
    warned = risks(str(told.get("maxmemory_policy", "noeviction")), bool(told.get("aof_enabled", 1)), None)
    most = float(told.get("maxmemory", 0) or told.get("total_system_memory", 0))
    share = 100 * float(told["used_memory"]) / most if most else 0.0
    return [
        Finding("redis", "; ".join(warned) or "keeps what it is given", not warned),
        Finding("redis memory", *_share(share, "raise maxmemory: a full Redis takes nothing new")),
        clocks("redis", seconds + micro / 1e6, time.time()),
    ]


def clocks(whose: str, theirs: float, ours: float) -> Finding:
    """Compare two clocks, seconds since the epoch."""
    apart = abs(theirs - ours)
    advice = f"{apart:.0f} s from that of {whose}: leases, Retry-After and times of items go wrong; run an NTP client"
    return Finding("clock", advice if apart > DRIFT else f"as {whose}'s", apart <= DRIFT)


def of_scrapyd(url: str, user: str, password: str) -> Finding:
    """Ask a node whether jobs wait though nothing runs. One that is not there is no fault: not every machine is a node."""
    passwords = HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, user, password)
    opener = build_opener(ProxyHandler({}), HTTPBasicAuthHandler(passwords))
    try:
        with opener.open(f"{url}/daemonstatus.json", timeout=5) as answer:
            told = json.load(answer)
    except HTTPError as error:
        return Finding("scrapyd", f"{url} answers {error.code}; look at SCRAPYD_USERNAME and SCRAPYD_PASSWORD", False)
    except (URLError, OSError, ValueError):
        return Finding("scrapyd", f"no node on {url}")
    pending, running = told.get("pending", 0), told.get("running", 0)
    said = f"{pending} pending, {running} running"
    is_stuck = bool(pending and not running)
    return Finding("scrapyd", f"{said}: stuck; start the node anew" if is_stuck else said, not is_stuck)


def scrapyd_of(environ: Mapping[str, str] = os.environ) -> tuple[str, str, str]:
    """Return address and credentials of this machine's node."""
    port = environ.get("SCRAPYD_HTTP_PORT") or "6800"
    url = (environ.get("SCRAPYD_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    return url, environ.get("SCRAPYD_USERNAME", ""), environ.get("SCRAPYD_PASSWORD", "")


def of_queue(name: str, waiting: int, dead: int) -> Iterator[Finding]:
    """Judge how much waits in a crawl."""
    if waiting > QUEUED:
        yield Finding(f"queue {name}", f"{waiting:,} wait: more workers, or a higher rate, or patience", False)
    if dead:
        yield Finding(f"queue {name}", f"{dead:,} dead letters: scrapy deadletters list", False)


def _share(percent: float, advice: str) -> tuple[str, bool]:
    is_well = percent <= FULL
    return f"{percent:.0f} % in use{'' if is_well else f': {advice}'}", is_well


def has_redis(settings: BaseSettings) -> bool:
    """Say whether requests wait in Redis."""
    return bool(redis_url(settings))
