"""The access layer in another project: ten lines, written as its owner would."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import attrs
import pytest

from tests import programs
from tests.loopback import LoopbackHandler, LoopbackSite, Page, serving

PROJECT = """
import sys, scrapy
from scrapy.crawler import AsyncCrawlerProcess

class Shop(scrapy.Spider):
    name = "shop"
    start_urls = sys.argv[1].split(",")
    def parse(self, response):
        yield {"url": response.url}

process = AsyncCrawlerProcess({
    "ADDONS": {"travelcrawl.middlewares.addon.AccessAddon": 200},
    "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, "FEEDS": {"items.jl": {"format": "jsonlines"}},
    **dict(word.split("=", 1) for word in sys.argv[2:]),
})
process.crawl(Shop)
process.start()
"""


@attrs.frozen
class Seen:
    """A request as the world outside saw it."""

    url: str
    is_direct: bool
    headers: dict[str, str]
    at: float


class World(LoopbackSite):
    """All sites, and a proxy to them: what comes to it as to a site was sent directly."""

    def __init__(self) -> None:
        super().__init__(Handler)
        self.seen: list[Seen] = []

    def urls(self) -> Counter[str]:
        return Counter(seen.url for seen in self.seen)


class Handler(LoopbackHandler):
    server: World

    def page(self) -> Page:
        direct = not self.path.startswith("http://")
        url = f"http://{self.headers['Host']}{self.path}" if direct else self.path
        self.server.seen.append(Seen(url, direct, {k.lower(): v for k, v in self.headers.items()}, monotonic()))
        status, headers, body = 200, {"Set-Cookie": "seen=yes"}, b"<html>a page</html>"
        if url.endswith("/robots.txt"):
            body = b"User-agent: *\nDisallow: /secret\n"
        elif url.endswith("/short"):
            status, headers = 302, {"Location": f"http://{self.server.address}/long"}
        elif url.endswith("/busy") and self.server.urls()[url] == 1:
            status, headers = 429, {"Retry-After": "0"}
        return status, body, headers


@pytest.fixture
def world() -> Iterator[World]:
    with serving(World()) as world:
        yield world


def run(folder: Path, urls: list[str], *words: str) -> tuple[Counter[str], str]:
    """Return the addresses of the items, and the log."""
    (folder / "shop.py").write_text(PROJECT)
    done = programs.run(str(folder / "shop.py"), ",".join(urls), *words, cwd=folder)
    assert "(finished)" in done.stderr, done.stderr
    lines = (folder / "items.jl").read_text().splitlines() if (folder / "items.jl").exists() else []
    return Counter(json.loads(line)["url"] for line in lines), done.stderr


def test_with_nothing_set(tmp_path: Path, world: World) -> None:
    pages = [f"http://{world.address}/{number}" for number in range(5)]
    items, _ = run(tmp_path, pages)
    assert items == world.urls() == Counter(pages)
    assert {seen.headers["user-agent"].partition("/")[0] for seen in world.seen} == {"Mozilla"}


@pytest.mark.parametrize("frontier", [False, True])
def test_nothing_leaves_directly_and_no_credentials_are_shown(tmp_path: Path, world: World, frontier: bool) -> None:
    secrets = ["hunter2", "swordfish"]
    proxies = [f"http://{user}:{secret}@{world.address}" for user, secret in zip("ab", secrets, strict=True)]
    words = [f"TRAVELCRAWL_PROXIES={','.join(proxies)}", "ROBOTSTXT_OBEY=1", "LOG_LEVEL=DEBUG", "COOKIES_DEBUG=1"]
    addons = '"travelcrawl.middlewares.addon.AccessAddon": 200'
    if frontier:
        words += ["ADDONS={" + addons + ', "travelcrawl.frontier.addon.FrontierAddon": 100}', "JOBDIR=job"]
    pages = [f"http://shop.invalid/{word}" for word in ("short", "busy", "secret", *range(10))]
    items, log = run(tmp_path, pages, *words)
    assert sum(items.values()) == len(pages) - 1
    assert not any(seen.is_direct for seen in world.seen)
    assert {f"http://{world.address}/long", f"http://{world.address}/robots.txt"} < set(world.urls())
    assert "http://shop.invalid/secret" not in world.urls()
    kept = "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "job").glob("**/*") if path.is_file())
    for secret in (*secrets, *{seen.headers["proxy-authorization"].split()[1] for seen in world.seen}):
        assert secret not in log + kept
    worn = {
        (seen.headers["proxy-authorization"], seen.headers["host"]): seen.headers["user-agent"] for seen in world.seen
    }
    for seen in world.seen:
        assert worn[seen.headers["proxy-authorization"], seen.headers["host"]] == seen.headers["user-agent"]


def test_each_session_keeps_its_own_cookies(tmp_path: Path, world: World) -> None:
    proxies = f"TRAVELCRAWL_PROXIES=http://a:1@{world.address},http://b:1@{world.address}"
    run(tmp_path, [f"http://shop.invalid/{number}" for number in range(12)], proxies, "CONCURRENT_REQUESTS=1")
    met: set[str] = set()
    for seen in world.seen:
        who = seen.headers["proxy-authorization"]
        assert ("cookie" in seen.headers) == (who in met)
        met.add(who)


def test_what_the_project_says_stays(tmp_path: Path, world: World) -> None:
    pages = [f"http://{world.address}/{number}" for number in range(6)]
    run(tmp_path, pages, "USER_AGENT=shopbot/1 (+http://shop.example)", "DOWNLOAD_DELAY=0.2", "COOKIES_ENABLED=0")
    assert {seen.headers["user-agent"] for seen in world.seen} == {"shopbot/1 (+http://shop.example)"}
    assert not any("cookie" in seen.headers for seen in world.seen)
    # All together: of two that were well apart the site may hear at once on a busy machine.
    assert world.seen[-1].at - world.seen[0].at > 0.25
