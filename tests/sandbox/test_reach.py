"""What page objects ask for is served, and nothing in the world is out of reach: a crawl without Scrapy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader
from w3lib.url import add_or_replace_parameters
from web_poet import HttpResponse, PageParams

from sandbox import World
from sandbox.http import Reply, Request
from sandbox.names import CITIES
from sandbox.platforms.amap import KEY
from sandbox.web import Web
from travelcrawl.items import Item, Link
from travelcrawl.pages.base import pages_of, parts_of

HOPS = 5


def fetch(web: Web, link: Link) -> tuple[str, Reply]:
    """Ask the web for what a link names; redirects are followed."""
    address = add_or_replace_parameters(link.url, {"key": KEY}) if "restapi.amap.com" in link.url else link.url
    headers = {name.lower(): value for name, value in link.headers.items()}
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
    waiting, seen = list(seeds), set()
    items: list[Item] = []
    statuses: Counter[int] = Counter()
    while waiting:
        link = waiting.pop()
        if (link.url, link.body) in seen:
            continue
        seen.add((link.url, link.body))
        address, reply = fetch(web, link)
        statuses[reply.status] += 1
        if reply.status == 200:
            answer = HttpResponse(url=address, body=reply.body, headers=dict(reply.headers))
            page = pages[link.page](response=answer, params=PageParams(link.params))
            found, links = parts_of(await page.to_item())
            items += found
            waiting += links
    return items, statuses


@pytest.mark.parametrize("platform", ["amap", "ctrip", "mafengwo"])
async def test_a_crawl_of_all_cities_finds_all_that_is_linked(world: World, platform: str) -> None:
    spider = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["travelcrawl.spiders"]})).load(platform)
    begun = [spider(city=city.adcode) for city in CITIES]
    seeds = [link for one in begun for link in one.seeds(one.query)]
    items, statuses = await crawl(Web(world), platform, seeds)
    shelf = world.shelves[platform]
    found = {(type(item).__name__, item.ref) for item in items}
    shown = {("Listing", one.ref) for one in shelf.listings if not one.ref.startswith("hotel-")}
    shown |= {("Review", one.ref) for one in shelf.reviews} | {("Note", one.ref) for one in shelf.notes}
    shown |= {("Offer", one.ref) for one in shelf.offers}
    assert set(statuses) == {200}
    assert shown - found == set()
    assert found - shown == set()
