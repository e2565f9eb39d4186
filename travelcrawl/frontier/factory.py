"""Choose where requests wait."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from travelcrawl.errors import UsageError
from travelcrawl.extensions.trust import bundle
from travelcrawl.frontier.backend import Backend
from travelcrawl.frontier.redis import Keys, Patience, RedisBackend
from travelcrawl.frontier.sqlite import SqliteBackend

logger = logging.getLogger(__name__)

FOLDER = ".travelcrawl/frontier"
"""Where frontiers are kept when JOBDIR names no other folder."""
KEYS = (
    ("SCHEDULER_QUEUE_KEY", "%(spider)s:requests"),
    ("SCHEDULER_DUPEFILTER_KEY", "%(spider)s:dupefilter"),
    ("REDIS_START_URLS_KEY", "%(name)s:start_urls"),
)
"""scrapy-redis's settings for the names of keys, and its defaults."""
RESERVED = frozenset(
    "suspects last entries crashes deaths workers turns served letters control finished sequence".split()  # noqa: SIM905
)
"""What follows a queue's key in names of keys (lua/common.lua)."""
SENTINEL = "+sentinel"
WRONG = (
    "TRAVELCRAWL_REDIS_URL is no address of Redis; write redis://[:password@]host:port/0 or"
    f" redis{SENTINEL}://[:password@]host:port,host:port/name/0, with rediss in place of redis for TLS"
)


def backend_from_crawler(crawler: Crawler) -> Backend:
    """Return the backend of a crawl: Redis where one is named, else a SQLite file for each spider and set of arguments."""
    assert crawler.spider
    settings = crawler.settings
    if redis_url(settings):
        return redis_backend(settings, crawler.spider.name)
    return SqliteBackend(path_of(settings["JOBDIR"], crawler.spider), crawler.spider.name)


def path_of(folder: str | None, spider: Any) -> Path:
    """Return the file of a spider's crawl: the same command finds the same file again."""
    arguments = json.dumps(getattr(spider, "asks_for", {}), sort_keys=True, ensure_ascii=False)
    crawl = hashlib.blake2b(arguments.encode(), digest_size=6).hexdigest()
    return Path(folder or FOLDER) / f"{spider.name}-{crawl}.sqlite"


def redis_url(settings: BaseSettings) -> str:
    """Return the address of Redis: TRAVELCRAWL_REDIS_URL, or scrapy-redis's REDIS_URL where a project has that."""
    return settings.get("TRAVELCRAWL_REDIS_URL") or settings.get("REDIS_URL") or ""


def keys_of(settings: BaseSettings, spider: str, crawl: str = "") -> Keys:
    """Return the names in Redis of a spider's crawl."""
    queue, dupefilter, starts = (settings.get(name) or default for name, default in KEYS)
    return Keys.of(spider, crawl, (queue, dupefilter, starts))


def crawl_id(settings: BaseSettings) -> str:
    """Return TRAVELCRAWL_CRAWL_ID. Raises UsageError where it would be mixed up with names that the frontier uses."""
    name = settings.get("TRAVELCRAWL_CRAWL_ID") or ""
    if name in RESERVED or not re.fullmatch(r"[\w.\[\]-]*", name):
        raise UsageError(f"TRAVELCRAWL_CRAWL_ID cannot be {name!r}; take letters, digits, - and _")
    return name


def redis_backend(settings: BaseSettings, spider: str, crawl: str | None = None) -> RedisBackend:
    """Return the Redis backend of a spider's crawl (TRAVELCRAWL_CRAWL_ID). Raises UsageError where the address is wrong."""
    url = redis_url(settings)
    keys = keys_of(settings, spider, crawl_id(settings) if crawl is None else crawl)
    replicas = settings.getint("TRAVELCRAWL_REDIS_REPLICAS", 1 if f"{SENTINEL}://" in url else 0)
    patience = Patience(lease=settings.getfloat("TRAVELCRAWL_LEASE", 60.0), replicas=replicas)
    return RedisBackend(connect(settings), spider, keys, patience)


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
