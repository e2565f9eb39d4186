"""What docs/security.md says of strangers: whoever can write to Redis chooses among a platform's pages, not among hosts."""

import os
from pathlib import Path

import pytest

from tests import programs
from tests.loopback import LoopbackHandler, LoopbackSite, Page, serving
from tools.servers import RedisServer


class Inside(LoopbackHandler):
    """Stands for a server of the network that no page may lead to."""

    asked: list[str]

    def page(self) -> Page:
        self.asked.append(self.path)
        return 200, b"<html>secret</html>", {}


@pytest.mark.parametrize("spider", ["ctrip", "xiaohongshu"])
def test_an_address_that_a_stranger_queued_is_not_asked(redis_server: RedisServer, tmp_path: Path, spider: str) -> None:
    handler = type("This", (Inside,), {"asked": []})
    with serving(LoopbackSite(handler)) as site:
        with redis_server.connect() as client:
            client.rpush(f"{spider}:start_urls:{tmp_path.name}", f"{site.url}/latest/meta-data")
        env = {
            **os.environ,
            "TRAVELCRAWL_REDIS_URL": redis_server.url,
            "TRAVELCRAWL_CRAWL_ID": tmp_path.name,
            "TRAVELCRAWL_STORE": str(tmp_path / "travel.gpkg"),
            "TRAVELCRAWL_PERMITTED_HOSTS": f"{site.address.split(':')[0]}=test",
            "TRAVELCRAWL_SECRET_FILE": str(tmp_path / "secret"),
            "TRAVELCRAWL_AUDIT": "0",
        }
        done = programs.run("-m", "scrapy", "crawl", spider, "-s", "PROMETHEUS_ENABLED=False", env=env)
    assert handler.asked == [], done.stderr
    assert "Traceback" not in done.stderr
