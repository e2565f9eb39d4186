"""Mafengwo (马蜂窝): places of a city with their reviews, and travel notes. Its robots.txt asks everybody to stay away."""

from __future__ import annotations

from collections.abc import Iterator

from travelcrawl.items import Link
from travelcrawl.pages.mafengwo_links import city_list, destination, list_link, search
from travelcrawl.spiders.base import TravelSpider
from travelcrawl.spiders.query import Query


class MafengwoSpider(TravelSpider):
    """Begins at a city's lists and its page of notes; a city that is not in the table is looked up in the list of cities."""

    name = "mafengwo"
    allowed_domains = ["mafengwo.cn"]
    # Numbers of destinations: wst-ki/mafengwo_data, cache/cities_data.csv (2024-02).
    cities = {
        "110000": "10065", "310000": "10099", "120000": "10320", "500000": "10208", "440100": "10088", "440300": "10198",
        "440400": "10269", "440500": "13063", "510100": "10035", "513200": "11642", "330100": "10156", "320100": "10684",
        "320200": "10140", "320400": "10802", "320500": "10207", "320700": "10804", "321000": "10128", "610100": "10195",
        "420100": "10133", "422800": "10521", "430800": "10267", "431000": "10792", "350200": "10132", "350500": "11246",
        "460100": "10513", "460200": "10030", "530100": "10807", "530700": "10186", "532800": "10809", "532900": "10487",
        "450300": "10095", "450500": "10796", "522600": "10381", "540100": "10442", "540400": "10814", "542500": "10073",
        "620100": "10783", "620200": "11353", "620700": "11340", "623000": "10076", "630100": "10800", "370200": "10444",
        "370600": "11243", "371000": "10256", "371100": "10805", "140200": "11241", "130300": "11499", "130800": "10432",
        "410300": "10094", "341000": "10440", "360100": "11754", "360200": "10589", "150700": "10774", "230100": "10068",
        "210200": "10301", "210600": "10584", "211100": "10728", "810000": "10189",
    }  # fmt: skip
    categories = {"sight": "jd", "food": "cy", "shopping": "gw", "entertainment": "yl"}
    offers_seeds = frozenset({"city", "keyword", "urls"})
    looks_up_cities = True

    def seeds(self, query: Query) -> Iterator[Link]:
        """Yield the lists of the city's places and its page of notes, or the search for the keyword."""
        kinds = [self.categories[query.category]] if query.category else list(self.categories.values())
        if query.keyword:
            yield search(query.keyword)
        elif query.city and query.city.adcode in self.cities:
            ref = self.cities[query.city.adcode]
            yield destination(ref)
            yield from (list_link(ref, kind) for kind in kinds)
        elif query.city:
            yield city_list(query.city.short, kinds)
