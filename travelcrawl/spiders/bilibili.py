"""Bilibili: videos that a person names; with permission for the API also popular videos with a word, and replies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scrapy.crawler import Crawler

from travelcrawl.access.robots import parse_permitted
from travelcrawl.errors import UsageError
from travelcrawl.items import Link
from travelcrawl.pages.bilibili import API
from travelcrawl.spiders.base import TravelSpider
from travelcrawl.spiders.query import Query

API_HOST = API.removeprefix("https://")


class BilibiliSpider(TravelSpider):
    """Videos named in ``urls`` (addresses, BV ids, av numbers); by ``keyword`` or city among the popular ones, by the API.

    robots.txt closes api.bilibili.com: it is asked only where TRAVELCRAWL_PERMITTED_HOSTS names it.
    """

    name = "bilibili"
    addresses = {
        r"(?:^|/video/|[?&]bvid=)(BV[0-9A-Za-z]{10})\b": r"https://www.bilibili.com/video/\1",
        r"(?i)(?:^|/video/)(av\d{1,16})\b": r"https://www.bilibili.com/video/\1",
    }
    offers_seeds = frozenset({"city", "keyword", "urls"})
    has_api = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> BilibiliSpider:
        """Build the spider; a keyword without permission for the API raises UsageError."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.has_api = API_HOST in parse_permitted(crawler.settings.get("TRAVELCRAWL_PERMITTED_HOSTS", ""))
        if (spider.query.keyword or spider.query.city) and not spider.has_api:
            raise UsageError(f"bilibili looks for words by {API_HOST} only, which robots.txt closes; give -a urls=…")
        return spider

    def seeds(self, query: Query) -> Iterable[Link]:
        """Yield the popular videos, of which those with the word are kept."""
        word = query.keyword or (query.city.short if query.city else None)
        address = f"{API}/x/web-interface/popular?ps=20&pn=1"
        yield Link(url=address, page="VideosPage", params={"keyword": word})

    def _followed(self, links: Iterable[Link]) -> Iterator[Link]:
        return super()._followed(link for link in links if self.has_api or not link.url.startswith(API))
