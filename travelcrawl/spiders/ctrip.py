"""Ctrip (携程): sights of a city with their reviews; hotels and notes by their addresses."""

from __future__ import annotations

from collections.abc import Iterator

from travelcrawl.items import Link
from travelcrawl.pages.ctrip_links import attractions, search
from travelcrawl.spiders.base import TravelSpider
from travelcrawl.spiders.query import Query


class CtripSpider(TravelSpider):
    """Asks for the sights of a city's district; a city that is not in the table is searched for by name."""

    name = "ctrip"
    allowed_domains = ["ctrip.com"]
    # Numbers in the addresses of you.ctrip.com, the same in three public crawlers of 2018-2026 (stored code, 2026-11-22).
    cities = {
        "110000": "1", "310000": "2", "120000": "154", "500000": "158", "440100": "152", "440300": "26", "440400": "27",
        "440600": "207", "510100": "104", "511100": "103", "513200": "744", "330100": "14", "330200": "83", "330400": "272",
        "330600": "18", "330900": "479", "320100": "9", "320200": "10", "320500": "11", "321000": "12", "610100": "7",
        "420100": "145", "430100": "148", "430800": "23", "433100": "496", "350100": "164", "350200": "21", "460100": "37",
        "460200": "61", "530100": "29", "530700": "32", "532800": "30", "532900": "31", "450300": "28", "450500": "140",
        "520100": "33", "540100": "36", "630100": "237", "640100": "239", "370100": "128", "370200": "5", "370300": "536",
        "371000": "169", "140100": "167", "140200": "275", "130300": "132", "410100": "157", "410300": "198", "341000": "19",
        "210100": "155", "210200": "4", "220100": "216", "220200": "267", "230100": "151", "810000": "38", "820000": "39",
    }  # fmt: skip
    categories = {"sight": "DISTRICT"}
    offers_seeds = frozenset({"city", "keyword", "urls"})
    looks_up_cities = True

    def seeds(self, query: Query) -> Iterator[Link]:
        """Yield the first page of the city's sights, and the search for the keyword."""
        if query.keyword:
            yield search(query.keyword)
        elif query.city and query.city.adcode in self.cities:
            yield attractions(int(self.cities[query.city.adcode]), 1)
        elif query.city:
            yield search(query.city.short, query.city.short)
