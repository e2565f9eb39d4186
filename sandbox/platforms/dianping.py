"""Dianping: lists, shop pages with shop_config, first pages of reviews; numbers and words in glyphs (platforms.md 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar
from urllib.parse import unquote

from sandbox.dialect import Dialect, Route, reviews_by_subject
from sandbox.http import Reply, Request, html_reply, redirect
from sandbox.model import Listing, World
from sandbox.names import CITIES, City
from sandbox.platforms import dianping_pages as pages

WWW, MOBILE, ACCOUNT, GUARD = "www.dianping.com", "m.dianping.com", "account.dianping.com", "verify.meituan.com"
SHOPS_A_PAGE, LIST_PAGES = 15, 50
_SORTS = {"10": "restaurant", "35": "sight"}
"""Channel → sort of place; other channels (30, leisure) are empty here."""


class Dianping(Dialect):
    """What a visitor without a login sees; the rest leads to the login."""

    platform: ClassVar[str] = "dianping"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.points = self.pins("GCJ-02")
        self.reviews = reviews_by_subject(self.shelf)
        self.ranked = sorted(self.shelf.listings, key=lambda listing: -listing.place.fame)

    def routes(self) -> Iterable[Route]:
        """Return the platform's addresses."""
        return (
            Route(WWW, r"/shop/(\w+)/review_all(?:/p(\d+))?", self.reviews_page),
            Route(WWW, r"/shop/(\w+)", self.shop),
            Route(WWW, r"/search/keyword/(\d+)/0_([^/]+)(?:/p(\d+))?", self.search),
            Route(WWW, r"/([a-z]+)/ch(\d+)(?:/(?:g(\d+))?(?:r(\d+))?(?:p(\d+))?)?", self.shop_list),
            Route(WWW, r"/ajax/.*", self.login),
            Route(MOBILE, r"/shop/(\w+)", self.mobile_shop),
            Route(MOBILE, r"/.*", self.login),
            Route(ACCOUNT, r"/pclogin", self.login_page),
            Route(GUARD, r"/.*", self.challenge),
        )

    def shop_list(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a page of a city's shops in a channel, of a category or region."""
        pinyin, channel, category, region, number = found.groups()
        city = next((city for city in CITIES if city.pinyin == pinyin), None)
        if city is None:
            return self._gone()
        shops = [
            shop
            for shop in self.ranked
            if shop.place.city is city
            and shop.place.sort == _SORTS.get(channel)
            and category in {None, pages.category_code(shop)}
            and region in {None, pages.region_code(shop.place.district)}
        ]
        chosen = (f"g{category}" if category else "") + (f"r{region}" if region else "")
        return self._list(city, channel, f"/{pinyin}/ch{channel}/{chosen}p", shops, int(number or 1))

    def search(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a page of a city's shops whose name holds a word."""
        city = next((city for city in CITIES if str(city.dianping) == found[1]), None)
        if city is None:
            return self._gone()
        word = unquote(found[2])
        shops = [shop for shop in self.ranked if shop.place.city is city and word in shop.name]
        return self._list(city, "0", f"/search/keyword/{found[1]}/0_{found[2]}/p", shops, int(found[3] or 1))

    def _list(self, city: City, channel: str, path: str, shops: Sequence[Listing], number: int) -> Reply:
        last = min(LIST_PAGES, -(-len(shops) // SHOPS_A_PAGE))
        page = shops[(number - 1) * SHOPS_A_PAGE : number * SHOPS_A_PAGE] if number <= LIST_PAGES else []
        following = f"https://{WWW}{path}{number + 1}" if number < last else None
        return html_reply(pages.shop_list(city, channel, page, len(shops), following))

    def shop(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a shop's page for desktops."""
        shop = self.listings.get(found[1])
        return self._gone() if shop is None else html_reply(pages.shop(shop, *self.points[shop.ref]))

    def mobile_shop(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a shop's page for phones."""
        shop = self.listings.get(found[1])
        return self._gone() if shop is None else html_reply(pages.mobile_shop(shop))

    def reviews_page(self, request: Request, found: re.Match[str]) -> Reply:
        """Return the first page of a shop's reviews; the others want a login."""
        shop = self.listings.get(found[1])
        if shop is None:
            return self._gone()
        if int(found[2] or 1) > 1:
            return self.login(request, found)
        return html_reply(pages.reviews_page(shop, self.reviews.get(shop.ref, [])))

    def login(self, request: Request, _: re.Match[str]) -> Reply:
        """Send to the login."""
        return redirect(f"https://{ACCOUNT}/pclogin?redir={request.url}")

    def login_page(self, _: Request, __: re.Match[str]) -> Reply:
        """Return the page of the login."""
        return html_reply("<html><head><title>登录 - 大众点评网</title></head><body>登录</body></html>")

    def challenge(self, _: Request, __: re.Match[str]) -> Reply:
        """Return the page of a challenge."""
        return html_reply("<html><head><title>验证中心</title></head><body>spiderindefence</body></html>")

    def _gone(self) -> Reply:
        return html_reply(pages.gone(), 404)
