"""What page objects ask for is served, and nothing in the world is out of reach: a crawl without Scrapy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader
from w3lib.url import add_or_replace_parameters
from web_poet import HttpResponse, PageParams

from sandbox import World
from sandbox.dialect import Dialect
from sandbox.http import Reply, Request
from sandbox.names import CITIES
from sandbox.platforms import DIALECTS
from sandbox.platforms.amap import KEY
from sandbox.web import Web
from travelcrawl.items import Item, Link
from travelcrawl.pages.base import pages_of, parts_of

HOPS = 5
LOADER = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["travelcrawl.spiders"]}))


def fetch(web: Web, link: Link, agent: str) -> tuple[str, Reply]:
    """Ask the web for what a link names; redirects are followed."""
    address = add_or_replace_parameters(link.url, {"key": KEY}) if "restapi.amap.com" in link.url else link.url
    headers = {"user-agent": agent, **{name.lower(): value for name, value in link.headers.items()}}
    for _ in range(HOPS):
        parts = urlsplit(address)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        reply = web.answer(
            Request(
                method=link.method,
                scheme=parts.scheme,
                host=parts.hostname or "",
                target=target,
                headers=headers,
                body=(link.body or "").encode(),
            )
        )
        if reply.status not in (301, 302):
            return address, reply
        address = urljoin(address, reply.headers["Location"])
    raise AssertionError(f"{link.url} redirects without end")


async def crawl(web: Web, platform: str, seeds: Iterable[Link]) -> tuple[list[Item], Counter[int]]:
    """Follow all links; return what the pages read, and how often each status came."""
    pages = pages_of(platform)
    agent = "iPhone; Mobile" if LOADER.load(platform).mobile else "Macintosh"
    waiting, seen = list(seeds), set()
    items: list[Item] = []
    statuses: Counter[int] = Counter()
    while waiting:
        link = waiting.pop()
        key = (link.url, link.body, repr(link.params))
        if key in seen:
            continue
        seen.add(key)
        address, reply = fetch(web, link, agent)
        statuses[reply.status] += 1
        if reply.status == 200:
            answer = HttpResponse(url=address, body=reply.body, headers=dict(reply.headers))
            page = pages[link.page](response=answer, params=PageParams(link.params))
            found, links = parts_of(await page.to_item())
            items += found
            waiting += links
    return items, statuses


def begun(dialect: Dialect, folder: Path) -> Iterator[Link]:
    """Yield where the platform's spider begins: at every city, and at what people share."""
    spider = LOADER.load(dialect.platform)
    if "city" in spider.offers_seeds:
        for city in CITIES:
            one = spider(city=city.adcode)
            yield from one.seeds(one.query)
    if lines := list(dialect.shared()):
        file = folder / "shared.txt"
        file.write_text("\n".join(lines), encoding="utf-8")
        for line in spider(urls=str(file)).query.urls:
            yield spider(urls=str(file)).seed_url(line)


@pytest.mark.parametrize("kind", DIALECTS, ids=lambda kind: kind.platform)
async def test_a_crawl_finds_all_that_a_platform_shows(world: World, kind: type[Dialect], tmp_path: Path) -> None:
    dialect = kind(world)
    items, statuses = await crawl(Web(world), kind.platform, begun(dialect, tmp_path))
    shelf = dialect.shelf
    found = {(type(item).__name__, item.ref) for item in items}
    shown = {("Listing", one.ref) for one in shelf.listings} | {("Offer", one.ref) for one in shelf.offers}
    shown |= {("Review", one.ref) for one in shelf.reviews}
    shown |= {("Note", one.ref) for one in shelf.notes if not one.gone}
    assert set(statuses) == {200}
    assert shown - found == set()
    assert found - shown == set()


@pytest.mark.parametrize("kind", DIALECTS, ids=lambda kind: kind.platform)
def test_unknown_things_never_break_a_dialect(world: World, kind: type[Dialect]) -> None:
    dialect = kind(world)
    for host in dialect.hosts:
        for target in (
            "/",
            "/nothing/here",
            "/robots.txt",
            "/poi/0.html",
            "/shop/x",
            "/video/x",
            "/detail/1",
            "/?id=%FF",
        ):
            for body in (b"", b"{", b"[1]", b'{"arg": 1}'):
                reply = dialect.answer(Request(method="POST", host=host, target=target, body=body))
                assert 200 <= reply.status < 500
