"""Dianping: lists by category of a city, or by keyword; each shop's page and its reviews behind them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from travelcrawl.errors import UsageError
from travelcrawl.items import Link
from travelcrawl.pages.dianping_parts import HOME
from travelcrawl.spiders.base import TravelSpider
from travelcrawl.spiders.query import Query


class DianpingSpider(TravelSpider):
    """Shops by ``city`` and ``category``, or ``city`` and ``keyword``, and shops named in ``urls``."""

    name = "dianping"
    # Each number stands in two public sources at the least: yhangf/PythonCrawler spiderAPI/dianping.py, Sniper970119/
    # dianping_spider docs/location.md, addresses of lists in others' code; read 2026-11-22. 南京 and 成都: recordings of 2019.
    cities = {
        "310000": "1", "110000": "2", "330100": "3", "440100": "4", "320100": "5", "320500": "6", "440300": "7",
        "510100": "8", "500000": "9", "120000": "10", "330200": "11", "320200": "13", "350100": "14", "350200": "15",
        "420100": "16", "610100": "17", "210100": "18", "210200": "19", "370200": "21", "370100": "22", "330300": "101",
        "330700": "105", "340100": "110", "410100": "160", "520100": "258", "430100": "344",
    }  # fmt: skip
    categories = {"food": "ch10", "leisure": "ch30", "sight": "ch35"}
    addresses = {
        r"^(\d{4,12}|[A-Za-z0-9]{16})$": rf"{HOME}/shop/\1",
        r"dianping\.com/shopshare/(\w+)": rf"{HOME}/shop/\1",
    }
    offers_seeds = frozenset({"city", "urls"})

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        if self.query.keyword and not self.query.city:
            raise UsageError("dianping searches one city: give -a city=… beside the keyword")

    def seeds(self, query: Query) -> Iterable[Link]:
        """Yield the first page of each list. Lists go by the city's name in Latin script, searches by its number."""
        assert query.city
        if query.keyword:
            keyword = quote(query.keyword, safe="")
            yield Link(url=f"{HOME}/search/keyword/{self.city_id(query.city)}/0_{keyword}", page="ListPage")
            return
        for category in [query.category] if query.category else self.categories:
            yield Link(url=f"{HOME}/{query.city.pinyin}/{self.categories[category]}", page="ListPage")
