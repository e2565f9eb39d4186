"""How the frontier's Redis is reached, what its refusals mean, and what it would lose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,  # noqa: A004 - Redis's own
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 - Redis's own
)
from scrapy.settings import BaseSettings

from travelcrawl.errors import BackendDown, FrontierError, UsageError
from travelcrawl.extensions.trust import bundle

AWAY = (ConnectionError, TimeoutError, BusyLoadingError, MasterDownError, ReadOnlyError, OutOfMemoryError)
"""What passes: the server is restarting, failing over, or full for now."""
PASSING = (
    "NOREPLICAS",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "UNBLOCKED",
    "MISCONF",
    "BUSY",
    "OOM",
    "READONLY",
    "LOADING",
    "MASTERDOWN",
)
"""The same as said from within a script, where redis-py knows no class for it."""
SENTINEL = "+sentinel"
WRONG = (
    "TRAVELCRAWL_REDIS_URL is no address of Redis; write redis://[:password@]host:port/0 or"
    f" redis{SENTINEL}://[:password@]host:port,host:port/name/0, with rediss in place of redis for TLS"
)


def redis_url(settings: BaseSettings) -> str:
    """Return the address of Redis: TRAVELCRAWL_REDIS_URL, or scrapy-redis's REDIS_URL where a project has that."""
    return settings.get("TRAVELCRAWL_REDIS_URL") or settings.get("REDIS_URL") or ""


def connect(settings: BaseSettings, patience: float = 2.0) -> Redis:
    """Return a client for ``redis://`` or ``redis+sentinel://[user:password@]host:port,host:port/name/db``; ``rediss`` is TLS.

    It has one connection, tries once and gives up after ``patience`` seconds: what to do then is the scheduler's to say.
    TRAVELCRAWL_CA_FILE names authorities trusted beside the system's. Raises UsageError, which shows no password.
    """
    url = redis_url(settings)
    options: dict[str, Any] = {
        "socket_timeout": patience,
        "socket_connect_timeout": 2.0,
        "retry": Retry(NoBackoff(), 0),
    }
    scheme, colon, _ = url.partition("://")
    if not colon or scheme.removesuffix(SENTINEL) not in ("redis", "rediss"):
        raise UsageError(WRONG)
    if scheme.startswith("rediss") and settings["TRAVELCRAWL_CA_FILE"]:
        options["ssl_ca_certs"] = str(bundle(Path(settings["TRAVELCRAWL_CA_FILE"])))
    try:
        if scheme.endswith(SENTINEL):
            return _through_sentinel(url, options)
        return Redis.from_url(url, single_connection_client=True, **options)
    except (ValueError, TypeError):
        raise UsageError(WRONG) from None


def _through_sentinel(url: str, options: dict[str, Any]) -> Redis:
    parts = urlsplit(url)
    if parts.scheme.startswith("rediss"):
        options["ssl"] = True
    name, _, database = parts.path.strip("/").partition("/")
    hosts = [host.rpartition(":") for host in parts.netloc.rpartition("@")[2].split(",")]
    password, user = (unquote(word) if word else None for word in (parts.password, parts.username))
    sentinels: Any = Sentinel(  # type: ignore[no-untyped-call]
        [(host, int(port)) for host, _, port in hosts],
        sentinel_kwargs={**options, "password": parse_qs(parts.query).get("sentinel_password", [None])[0]},
        username=user,
        password=password,
        db=int(database or 0),
        **options,
    )
    # Not single_connection_client: that one does not follow a failover (redis-py 8.1, 2026-11-22).
    master: Redis = sentinels.master_for(name or "mymaster", max_connections=1)
    return master


def risks(policy: str, append_only: bool, save: str | None) -> list[str]:
    """Say what is lost under an eviction policy and a way of keeping data; ``save`` is None where it is not known."""
    found = []
    if policy != "noeviction":
        found.append(
            f"Redis has maxmemory-policy {policy}: when it is full it throws away requests that wait and what was seen,"
            " without a word; set noeviction, and it refuses new ones instead, which wait with their workers"
        )
    if not append_only and save == "":
        found.append("Redis keeps nothing on disk: a restart loses the whole crawl; set appendonly yes")
    elif not append_only:
        found.append("Redis keeps snapshots only: a restart loses what came since the last one; set appendonly yes")
    return found


@asynccontextmanager
async def asking() -> AsyncIterator[None]:
    """Turn Redis's errors into ours, none of which shows the address or the password."""
    try:
        yield
    except AuthenticationError as error:
        # The words of NOAUTH, and of HELLO (redis-py 8.1) without a password.
        if "already authenticated" in str(error) or "required" in str(error):
            raise FrontierError(
                "Redis wants a password; write it into TRAVELCRAWL_REDIS_URL: redis://:password@host:port/0"
            ) from None
        raise FrontierError("Redis refuses the password of TRAVELCRAWL_REDIS_URL") from None
    except AWAY as error:
        raise BackendDown(f"Redis cannot be reached now ({type(error).__name__})") from None
    except ResponseError as error:
        if any(word in str(error) for word in PASSING):
            raise BackendDown(f"Redis refuses writes now: {error}") from None
        raise FrontierError(f"Redis answers with an error: {error}") from None
    except RedisError as error:
        raise BackendDown(f"Redis cannot be used now ({type(error).__name__})") from None
