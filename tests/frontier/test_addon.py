"""The frontier in another project: ten lines, written as its owner would."""

import json
from collections import Counter
from pathlib import Path

import pytest
import redis

from tests import programs
from tests.frontier.test_scheduler import Site, site
from tools.servers import RedisServer

__all__ = ["site"]
PROJECT = """
import sys, scrapy
from scrapy.crawler import AsyncCrawlerProcess

class Shop(scrapy.Spider):
    name = "shop"
    async def start(self):
        for n in range(1, 6):
            yield scrapy.Request(f"{sys.argv[1]}/{n}")
    def parse(self, response):
        yield {"n": int(response.url.rpartition("/")[2])}

process = AsyncCrawlerProcess({
    "ADDONS": {"travelcrawl.frontier.addon.FrontierAddon": 100},
    "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
    "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, "FEEDS": {"items.jl": {"format": "jsonlines"}},
    **dict(word.split("=", 1) for word in sys.argv[2:]),
})
process.crawl(Shop)
process.start()
"""


def run(folder: Path, site: Site, *words: str) -> Counter[int]:
    (folder / "shop.py").write_text(PROJECT)
    done = programs.run(str(folder / "shop.py"), site.url, *words, cwd=folder)
    assert "(finished)" in done.stderr, done.stderr
    assert "'frontier/acked': " in done.stderr
    return Counter(json.loads(line)["n"] for line in (folder / "items.jl").read_text().splitlines())


def test_with_nothing_beside_it(tmp_path: Path, site: Site) -> None:
    assert run(tmp_path, site) == Counter(range(1, 6))
    assert list((tmp_path / ".travelcrawl/frontier").glob("shop-*.sqlite"))


def test_with_the_settings_of_scrapy_redis(tmp_path: Path, site: Site, redis_server: RedisServer) -> None:
    starts = f"{tmp_path.name}:starts"
    with redis.Redis.from_url(redis_server.url) as client:
        client.rpush(starts, f"{site.url}/77")
        keys = [f"SCHEDULER_QUEUE_KEY={tmp_path.name}:%(spider)s", f"REDIS_START_URLS_KEY={starts}"]
        assert run(tmp_path, site, f"REDIS_URL={redis_server.url}", *keys) == Counter([*range(1, 6), 77])
        assert client.exists(f"{tmp_path.name}:shop:sequence")


@pytest.mark.parametrize("start", ["no address", '{"url": 3}', "{broken"])
def test_a_start_entry_that_cannot_be_read_is_a_dead_letter(
    tmp_path: Path, site: Site, redis_server: RedisServer, start: str
) -> None:
    starts = f"{tmp_path.name}:starts"
    with redis.Redis.from_url(redis_server.url) as client:
        client.rpush(starts, start)
        keys = [f"SCHEDULER_QUEUE_KEY={tmp_path.name}:%(spider)s", f"REDIS_START_URLS_KEY={starts}"]
        assert run(tmp_path, site, f"REDIS_URL={redis_server.url}", *keys) == Counter(range(1, 6))
        assert client.hlen(f"{tmp_path.name}:shop:letters") == 1
