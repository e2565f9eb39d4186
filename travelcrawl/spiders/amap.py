"""Amap (高德): the official API, which needs a key of its own (AMAP_KEY) and gives listings only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Self

from scrapy.crawler import Crawler

from travelcrawl.errors import UsageError
from travelcrawl.items import Link
from travelcrawl.pages.amap_parts import FIELDS, HOST, Search
from travelcrawl.spiders.base import TravelSpider
from travelcrawl.spiders.query import Query


class AmapSpider(TravelSpider):
    """Searches by city and type code; each code is a question of its own, and one that is cut off is asked in smaller areas."""

    name = "amap"
    allowed_domains = ["restapi.amap.com"]
    # Type codes: amap_poicode, lbs.amap.com/api/webservice/download (names in comments of the same order).
    categories = {
        "sight": "110100|110200|140100|140200|140400|140500",  # 公园广场 风景名胜 博物馆 展览馆 美术馆 图书馆
        "hotel": "100100|100200",  # 宾馆酒店 旅馆招待所
        "food": "050100|050200|050300|050400|050500|050600|050700|050800|050900",  # 中餐厅 … 甜品店
        "shopping": "060100|060400|061000",  # 商场 超级市场 特色商业街
        "entertainment": "080300|080500|080600",  # 娱乐场所 度假疗养场所 影剧院
    }
    addresses = {r"^(B[0-9A-Z]{9})$": rf"{HOST}/v5/place/detail?id=\1&show_fields={FIELDS}"}
    offers_seeds = frozenset({"city", "keyword", "urls"})

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build with the key. Raises UsageError where there is none."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if not crawler.settings.get("AMAP_KEY"):
            raise UsageError("amap needs a key of its Web Service API: set AMAP_KEY in the environment")
        spider.secrets = {"key": crawler.settings["AMAP_KEY"]}
        return spider

    def seeds(self, query: Query) -> Iterator[Link]:
        """Yield the question for each type, or for the keyword."""
        city = self.city_id(query.city) if query.city else ""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        chosen = [query.category] if query.category else [] if query.keyword else list(self.categories)
        for code in [code for one in chosen for code in self.categories[one].split("|")] or [""]:
            yield Search(types=code, keywords=query.keyword or "", city=city, since=now).link
