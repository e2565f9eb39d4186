"""Dianping (大众点评): shops of lists, their pages for desktops and phones, and the reviews an anonymous visitor sees.

What machines read is plain (``shop_config``, attributes, codes in addresses), what people read is partly in glyphs
(dianping_parts). Positions are GCJ-02 (``shopGlat``, "G" as in Google's Chinese map; inferred, platforms.md).
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any

from parsel import Selector
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Rule, Verdict
from travelcrawl.items import Item, Link, Listing, SearchPage
from travelcrawl.pages.dianping_parts import (
    MOST_ROWS,
    HtmlPage,
    ShopPath,
    Shown,
    first_of,
    per_head,
    place_of,
    reviews_of,
    shop_ref,
    shop_url,
    stars,
    state_of,
)
from travelcrawl.pages.fields import absolute, attribute, dig, lonlat, text, texts, whole, words
from travelcrawl.pages.social import count, first, identifier, pictures, unique
from travelcrawl.pages.state import assigned

_HEADING = re.compile(r"<h1\b[^<>]{0,200}\bshopName\b")
_GUARD = r"verify\.meituan\.com|optimus-mtsi\.meituan\.com|spiderindefence"
_LOGIN = r"account\.dianping\.com|/pclogin|/mlogin"

RULES = (
    Rule(verdict=Verdict.CHALLENGED, location=_GUARD, why="redirected to a challenge of Meituan"),
    Rule(verdict=Verdict.CHALLENGED, url=_GUARD, why="a challenge of Meituan"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, location=_LOGIN, why="redirected to a login"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, url=_LOGIN, why="a login"),
    Rule(verdict=Verdict.CHALLENGED, json={"code": {406}}, why="a challenge (code {value})"),
    Rule(verdict=Verdict.FORBIDDEN, json={"code": {403}}, why="refused (code {value})"),
    Rule(verdict=Verdict.CHALLENGED, title=r"验证中心|身份核实", why="a challenge of Meituan"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, title=r"^\s*登录|[-_]\s*登录\s*$", why="a login"),
    Rule(verdict=Verdict.FORBIDDEN, status={403}, why="refused (HTTP 403)"),
    Rule(verdict=Verdict.GONE, marker=r"new_404_pc|页面无法访问", why="the page cannot be accessed"),
    Rule(verdict=Verdict.EMPTY, marker=r"没有找到(?:符合条件|相关|相应|您要)的?商户", why="no shops"),
    Rule(
        verdict=Verdict.SOFT_BLOCKED,
        status={200},
        is_json=False,
        url=r"//(?:www\.)?dianping\.com/shop/\w+/?(?:[?#]|$)",
        marker=r"(?s)\A(?!.*(?:shop_config|basic-info|PAGE_DATA))",
        why="a shop's page without the shop",
    ),
)


class ListPage(HtmlPage):
    """A list of shops, by category and region or by keyword; each is followed to its page, where the position is."""

    patterns = (r"//(?:www\.)?dianping\.com/(?:[a-z_]+/ch\d|search/(?:keyword|category)/\d)",)
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name", "listing.address", "listing.category", "listing.source_rating")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page with a list of shops."""
        return 'id="shop-all-list"' in response.text or "J_shop-list" in response.text

    async def to_item(self) -> SearchPage:
        """Read the shops, and say where theirs and the next page are."""
        header = assigned(self.response.text, "_DP_HeaderData")
        items: list[Item] = []
        links: list[Link] = []
        for row in self.document.css("#shop-all-list > ul > li, .J_shop-list > ul > li")[:MOST_ROWS]:
            ref = identifier(row.css("[data-shopid]::attr(data-shopid)").get()) or shop_ref(
                row.css("a::attr(href)").get()
            )
            if ref is not None:
                items += self._listed(row, ref, text(first(header, "cityChName", "cityCName")))
                links.append(Link(url=shop_url(ref), page="ShopPage", params={"ref": ref}))
        following = absolute(str(self.response.url), self.document.css(".page a.next::attr(href)").get())
        if following and links:
            links.append(Link(url=following, page="ListPage", params=dict(self.params)))
        said = re.search(r"找到(\d{1,9})家", self.document.css('meta[name="Description"]::attr(content)').get(""))
        return SearchPage(items=items, links=links, total=int(said.group(1)) if said else None)

    def _listed(self, row: Selector, ref: str, city: str | None) -> list[Item]:
        """Read one shop. Names of category and region are in glyphs, but their codes and the tables of both are not."""
        shown, rating = Shown(), stars(row.css(".comment, .nebula_star"))
        facts = row.css(".tag-addr")[:1]
        addresses = " ".join(facts.css("a::attr(href)").getall())
        category, region = (re.findall(pattern, addresses)[:1] for pattern in (r"/g(\d+)", r"/[rc](\d+)"))
        address = text(row.css("[data-address]::attr(data-address)").get())
        reviews = shown.value("review_count", row.css(".review-num b"))
        price = shown.value("per_head", row.css(".mean-price b"))
        kind = self._named("category", category) or shown.value("category", facts.css(".tag"))
        plain_address = shown.value("address", facts.css(".addr"))
        name = shown.value("name", row.css(".tit h4")) or text(row.css(".tit a::attr(title), img::attr(title)").get())
        listing = Listing(
            platform="dianping",
            ref=ref,
            url=shop_url(ref),
            name=name,
            category=kind,
            category_code="".join(category) or None,
            address=address or plain_address,
            city=city,
            district=self._named("district", region),
            source_rating=rating,
            rating_scale=50.0 if rating else None,
            review_count=count(reviews),
            tags=unique([self._named("area", region)]),
            photos=pictures(first_of(image, "data-src", "src") for image in row.css(".pic img")),
            hidden=shown.hidden(name=name, address=address, category=kind),
        )
        return [listing, *per_head(ref, price)]

    def _named(self, kind: str, codes: list[str]) -> str | None:
        return next((self._names[kind][code] for code in codes if code in self._names[kind]), None)

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        """Names of categories, districts and areas by code, from the navigation of the same page."""
        queries = {"category": "#classfy a, #classfy-sub a", "district": "#region-nav a", "area": "#bussi-nav a"}
        found = {kind: self.document.css(query) for kind, query in queries.items()}
        return {
            kind: {(attribute(node, "data-cat-id") or ""): name for node in nodes if (name := words(node))}
            for kind, nodes in found.items()
        }


class ReviewsPage(HtmlPage):
    """A page of all reviews of a shop."""

    patterns = (r"dianping\.com/shop/\w+/review_all",)
    gives = frozenset({"reviews"})
    expects = ("review.text", "review.author", "review.published_at")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page with a list of reviews."""
        return "reviews-items" in response.text

    async def to_item(self) -> SearchPage:
        """Read the reviews."""
        address = str(self.response.url)
        named = self.document.css('link[rel="canonical"]::attr(href), .shop-info a::attr(href)').getall()
        ref = text(self.params.get("ref")) or next(filter(None, map(shop_ref, [address, *named])), None)
        reviews = list(reviews_of(self.document, ref))
        following = absolute(address, self.document.css(".reviews-pages a.NextPage::attr(href)").get())
        links = [Link(url=following, page="ReviewsPage", params={"ref": ref})] if following and reviews and ref else []
        return SearchPage(items=list(reviews), links=links)


class ShopPage(HtmlPage):
    """A shop's page for desktops: the shop out of ``shop_config`` and what stands in plain beside it, its first reviews."""

    patterns = (r"//(?:www\.)?dianping\.com/shop/\w+/?(?:[?#]|$)",)
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name", "listing.address", "listing.source_lon", "listing.category", "listing.city")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page with a shop's state or its basic information."""
        return "shop_config" in response.text or 'id="basic-info"' in response.text

    async def to_item(self) -> SearchPage:
        """Read the shop and its reviews."""
        config = state_of(self.response.text)
        page = self.document
        named = [str(self.response.url), page.css('link[rel="canonical"]::attr(href)').get()]
        ref = identifier(first(config, "shopId", "shopUuid")) or next(filter(None, map(shop_ref, named)), None)
        if ref is None or not (config or page.css("#basic-info")):
            return SearchPage()
        shown = Shown()
        offers = per_head(ref, shown.value("per_head", page.css("#avgPriceTitle")))
        listing = self._listing(ref, config, shown)
        link = Link(url=f"{shop_url(ref)}/review_all", page="ReviewsPage", params={"ref": ref})
        return SearchPage(items=[listing, *offers, *reviews_of(page, ref)], links=[link])

    def _listing(self, ref: str, config: Any, shown: Shown) -> Listing:
        page, place = self.document, place_of(self.document)
        city = text(first(config, "cityCnName", "cityName")) or place.get("city")
        path = ShopPath.of(page, city or "")
        position = lonlat(first(config, "shopGlng"), first(config, "shopGlat"))
        rating = whole(first(config, "shopPower")) or stars(page.css(".brief-info"))
        full_name, short_name = (shown.said("name", first(config, name)) for name in ("fullName", "shopName"))
        name = full_name or path.name or short_name or shown.value("name", page.css("h1.shop-name"))
        address = shown.said("address", first(config, "address"))
        address = address or text(page.css(".address .item::attr(title)").get())
        address = address or shown.value("address", page.css("#address, .address .item"))
        kinds = unique([first(config, "categoryName"), first(config, "mainCategoryName")]) or path.categories
        district = shown.value("district", page.css('[itemprop="locality region"]')) or path.district
        return Listing(
            platform="dianping",
            ref=ref,
            url=shop_url(ref),
            name=name,
            aliases=texts([self._info("别名", "aliases", shown)]),
            category=";".join(kinds) or None,
            category_code=identifier(first(config, "mainCategoryId")),
            address=address,
            province=place.get("province"),
            city=city,
            district=district,
            source_lon=position and position[0],
            source_lat=position and position[1],
            datum=position and "GCJ-02",
            phones=re.findall(r"\d[\d-]{5,18}\d", shown.value("phones", page.css(".tel")) or "") or None,
            opening_hours=self._info("营业时间", "opening_hours", shown),
            source_rating=rating,
            rating_scale=50.0 if rating else None,
            review_count=count(shown.value("review_count", page.css("#reviewCount"))),
            tags=unique(region for region in path.regions if region != district),
            photos=pictures([first(config, "defaultPic")]),
            status="closed" if page.css(".shop-closed") else None,
            hidden=shown.hidden(name=name, address=address, district=district),
        )

    def _info(self, label: str, field: str, shown: Shown) -> str | None:
        """Return what stands after a label in the lines of the basic information."""
        lines = self.document.xpath(f'//p[contains(@class, "info")][span[contains(., "{label}")]]')
        return shown.value(field, lines.xpath('./span[contains(@class, "item")]'))


class MobileShopPage(HtmlPage):
    """A shop's page for phones: name, mean spending, hours and a few reviews; no position."""

    patterns = (r"//m\.dianping\.com/(?:shop|shopshare)/\w+/?(?:[?#]|$)",)
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name", "listing.address", "listing.city", "listing.source_rating")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page with the phone's state of a shop."""
        page = response.text
        return "shopName" in page and ("PAGE_DATA" in page or _HEADING.search(page) is not None)

    async def to_item(self) -> SearchPage:
        """Read the shop and its reviews."""
        page, state = self.document, assigned(self.response.text, "PAGE_DATA")
        named = [page.css('link[rel="canonical"]::attr(href)').get(), str(self.response.url)]
        ref = identifier(first(state, "shopId")) or next(filter(None, map(shop_ref, named)), None)
        if ref is None or not page.css("h1.shopName"):
            return SearchPage()
        shown = Shown()
        offers = per_head(ref, shown.value("per_head", page.css(".star_review .price")))
        listing = self._listing(ref, identifier(first(state, "categoryId")), shown)
        return SearchPage(items=[listing, *offers, *reviews_of(page, ref)])

    def _listing(self, ref: str, category: str | None, shown: Shown) -> Listing:
        page, place, detail = self.document, place_of(self.document), self._detail
        rating = stars(page.css(".star_review"))
        address = text(dig(detail, "address"))
        plain_address = shown.value("address", page.css(".addressText"))
        dialled = (
            address.removeprefix("tel:")
            for address in page.css('a.tel::attr(href), a[href^="tel:"]::attr(href)').getall()
        )
        # The visible count is in glyphs, that of the link to all reviews is not (2019-04).
        reviews = count(words(page.css(".remainReviews"))) or count(shown.value("review_count", page.css(".itemNum")))
        return Listing(
            platform="dianping",
            ref=ref,
            url=shop_url(ref),
            name=shown.value("name", page.css("h1.shopName")) or text(dig(detail, "shopName")),
            category=shown.value("category", page.css(".subType")),
            category_code=category,
            address=address or plain_address,
            province=place.get("province"),
            city=place.get("city"),
            phones=unique([*dialled, dig(detail, "phoneNum")]),
            opening_hours=words(page.css(".businessHour")),
            source_rating=rating,
            rating_scale=50.0 if rating else None,
            review_count=reviews,
            tags=unique([shown.value("tags", page.css(".mainType"))]),
            photos=pictures([page.css(".singlePic::attr(src)").get() or dig(detail, "thumbUrl")]),
            hidden=shown.hidden(address=address, review_count=reviews),
        )

    @property
    def _detail(self) -> Any:
        """What the page keeps for its scripts, as JSON."""
        try:
            return json.loads(self.document.css("#shop-detail::text").get(""))
        except (ValueError, RecursionError):
            return None
