"""Choose where requests wait."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from travelcrawl.errors import UsageError
from travelcrawl.frontier.backend import Backend
from travelcrawl.frontier.redis import Keys, Patience, RedisBackend
from travelcrawl.frontier.server import SENTINEL, connect, redis_url
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
