"""Weibo: posts that a person names, a person's timeline, and what the hot search has on a word."""

from __future__ import annotations

from collections.abc import Iterable

from travelcrawl.items import Link
from travelcrawl.pages.weibo import MOBILE
from travelcrawl.spiders.base import TravelSpider
from travelcrawl.spiders.query import Query


class WeiboSpider(TravelSpider):
    """Posts named in ``urls`` (addresses, numbers, bids), timelines (addresses of people), hot words with a ``keyword`` or city."""

    name = "weibo"
    mobile = True
    addresses = {
        r"^(\d{16}|[A-Za-z0-9]{9})$": rf"{MOBILE}/statuses/show?id=\1",
        r"weibo\.c(?:om|n)/(?:u/|p/100505)(\d{5,12})\b": rf"{MOBILE}/api/container/getIndex?type=uid&value=\1",
        r"weibo\.c(?:om|n)/(?:status|detail)/(\w{9,20})\b": rf"{MOBILE}/statuses/show?id=\1",
        r"weibo\.com/\d{5,12}/(\w{9})\b": rf"{MOBILE}/statuses/show?id=\1",
    }
    offers_seeds = frozenset({"city", "keyword", "urls"})

    def seeds(self, query: Query) -> Iterable[Link]:
        """Yield the hot search, which answers only with a Referer (2026-10-02)."""
        word = query.keyword or (query.city.short if query.city else None)
        referer = {"Referer": "https://weibo.com/"}
        address = "https://weibo.com/ajax/side/hotSearch"
        yield Link(url=address, page="HotSearchPage", headers=referer, params={"keyword": word})
