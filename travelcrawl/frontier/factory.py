"""Choose where requests wait."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler

from travelcrawl.errors import UsageError
from travelcrawl.frontier.backend import Backend
from travelcrawl.frontier.sqlite import SqliteBackend

FOLDER = ".travelcrawl/frontier"
"""Where frontiers are kept when JOBDIR names no other folder."""


def backend_from_crawler(crawler: Crawler) -> Backend:
    """Return the backend of a crawl: a SQLite file, one for each spider and set of arguments."""
    assert crawler.spider
    settings = crawler.settings
    if settings["TRAVELCRAWL_REDIS_URL"]:
        raise UsageError("TRAVELCRAWL_REDIS_URL is set, but the sharded frontier is not built yet; unset it")
    return SqliteBackend(path_of(settings["JOBDIR"], crawler.spider), crawler.spider.name)


def path_of(folder: str | None, spider: Any) -> Path:
    """Return the file of a spider's crawl: the same command finds the same file again."""
    arguments = json.dumps(getattr(spider, "arguments", {}), sort_keys=True, ensure_ascii=False)
    crawl = hashlib.blake2b(arguments.encode(), digest_size=6).hexdigest()
    return Path(folder or FOLDER) / f"{spider.name}-{crawl}.sqlite"
