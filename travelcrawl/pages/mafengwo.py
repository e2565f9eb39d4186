"""Mafengwo (马蜂窝): lists of a destination's places, place pages and their pagelets, travel notes, the list of cities.

Positions are GCJ-02 inside the mainland (neighbours of 故宫 lie 34 m from it; platforms.md 2), although the page draws a
Baidu map; abroad, where GCJ-02 is WGS-84, too. A place's own position comes only from its location pagelet. There is no
mean rating on any page, and none is computed here.
"""

from __future__ import annotations

from typing import ClassVar

import attrs
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Rule, Verdict
from travelcrawl.items import Item, Link, SearchPage
from travelcrawl.pages.base import TravelPage, json_of
from travelcrawl.pages.fields import attribute, dig, first, found, html, text, texts, whole, words
from travelcrawl.pages.mafengwo_links import SITE, destination, list_link, location, place_link, rest_of, reviews_link
from travelcrawl.pages.mafengwo_parts import (
    DESTINATION,
    LIST_MARKS,
    NOTE,
    NOTE_MARKS,
    asked_for,
    destination_of,
    facts_of,
    named,
    note_number,
    note_of,
    outermost,
    place_of,
    placed,
    places_near,
    poi_of,
    ranked,
    reviews_in,
    ticket_of,
)

REVIEW_PAGES = 5
"""Pages of reviews that can be reached (platforms.md 2)."""


class PoiPage(TravelPage[SearchPage]):
    """The page of a place: its facts, and, in a page that a browser has filled, its neighbours and reviews."""

    patterns = (r"mafengwo\.cn/poi/\d+\.html",)
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name", "review.text", "review.published_at", "review.source_rating")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit the page of one place."""
        page = response.text
        return poi_of(response) is not None and any(
            mark in page for mark in ("mod-detail", "mod-location", "row-top", "mod-reviews")
        )

    async def to_item(self) -> SearchPage:
        """Read the place."""
        page, ref = self.document, poi_of(self.response)
        if ref is None or not self.fits(self.response):
            return SearchPage()
        facts = facts_of(page)
        place = place_of(self.response, page, ref, facts)
        inner = {one.ref: attrs.evolve(one, parent=ref) for one in named(page.css(".mod-innerScenic"), place.city)}
        near = {one.ref: one for one in places_near(page)}
        # Both lists may have a place: one says whose part it is, the other where it lies.
        near |= {one: attrs.evolve(near[one], parent=ref, city=place.city) for one in near.keys() & inner.keys()}
        others = [one for one in {**inner, **near}.values() if one.ref != ref]
        reviews = {one.ref: one for one in reviews_in(page, ref)}
        items: list[Item] = [place, *ticket_of(ref, facts.get("门票")), *others, *reviews.values()]
        return SearchPage(items=items, links=[location(ref), reviews_link(ref, 1)])


class LocationPagelet(TravelPage[SearchPage]):
    """The pagelet with the map of a place: its position and its neighbours."""

    patterns = (r"/poiLocationApi\b",)
    expects = ("listing.source_lon",)
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a pagelet that gives a place to its controller."""
        return isinstance(dig(json_of(response), "data", "controller_data", "poi"), dict)

    async def to_item(self) -> SearchPage:
        """Read the positions."""
        place = dig(self.data, "data", "controller_data", "poi")
        ref = first(place, "id", "poi_id", "poiid") or asked_for(self)
        near = places_near(html(text(dig(self.data, "data", "html")) or ""))
        if ref is None or not isinstance(place, dict):
            return SearchPage(items=list[Item](near))
        own = placed(ref, first(place, "name"), place.get("lng"), place.get("lat"), first(place, "type"))
        return SearchPage(items=[own, *(one for one in near if one.ref != ref)])


class ReviewPagelet(TravelPage[SearchPage]):
    """The pagelet with the reviews of a place, of which five pages can be reached."""

    patterns = (r"/poiCommentListApi\b",)
    gives = frozenset({"reviews"})
    expects = ("review.text", "review.published_at", "review.source_rating", "review.about_ref")
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a pagelet that holds a list of reviews."""
        inside = text(dig(json_of(response), "data", "html")) or ""
        return "rev-item" in inside or "rev-list" in inside or "暂无" in inside

    async def to_item(self) -> SearchPage:
        """Read the reviews."""
        page = html(text(dig(self.data, "data", "html")) or "")
        ref = asked_for(self) or first(dig(self.data, "data", "controller_data"), "poi_id")
        reviews = list(reviews_in(page, ref))
        number_ = whole(self.params.get("page"))
        pages = whole(words(page.css(".m-pagination .count > span")[:1])) or REVIEW_PAGES
        more = ref is not None and number_ is not None and reviews and number_ < min(pages, REVIEW_PAGES)
        total = whole(first(dig(self.data, "data", "controller_data"), "comment_count"))
        links = [reviews_link(ref, number_ + 1)] if more and ref and number_ else []
        return SearchPage(items=list[Item](reviews), links=links, total=total)


class ListPage(TravelPage[SearchPage]):
    """Places of a destination (the first ones, with how many reviews they have, and the way to the rest) or of a search."""

    patterns = (r"mafengwo\.cn/(?:jd|cy|gw|yl)/\d+/", r"mafengwo\.cn/search/[qs]\.php")
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name",)

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page that lists places and is not that of one."""
        page = response.text
        return "/poi/" in page and '"poiid"' not in page and any(mark in page for mark in LIST_MARKS)

    async def to_item(self) -> SearchPage:
        """Read the places."""
        page = self.document
        city = words(page.css(".crumb .item .hd")[-1:])
        # A row that somebody has cut out of the list stands alone.
        alone = page.xpath('//h3[a[contains(@href, "/poi/")]][.//*[@class="rev-total"]]/..')
        top = outermost(page.css(".row-top5 .item") or alone)
        listings = {one.ref: one for item in top for one in ranked(item, city)}
        for one in named(page, city):
            listings.setdefault(one.ref, one)
        links = [place_link(ref) for ref in listings]
        ref = destination_of(self.response)
        if ref is not None and "GetPoisByTag" in self.response.text:
            links.append(rest_of(ref, 1, city))
        return SearchPage(items=list[Item](listings.values()), links=links)


class RestOfList(TravelPage[SearchPage]):
    """A page of all places of a destination, as the list page asks for it by script."""

    patterns = (r"mafengwo\.cn/ajax/router\.php",)
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name",)
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit JSON that holds a list and its paging as HTML."""
        data = dig(json_of(response), "data")
        return isinstance(dig(data, "list"), str) and isinstance(dig(data, "page"), str)

    async def to_item(self) -> SearchPage:
        """Read the places."""
        city, ref, number_ = text(self.params.get("city")), text(self.params.get("mdd")), whole(self.params.get("page"))
        listings = {one.ref: one for one in named(html(text(dig(self.data, "data", "list")) or ""), city)}
        paging = html(text(dig(self.data, "data", "page")) or "")
        counts = paging.css(".count span::text").getall()
        following = {whole(one) for one in paging.css("[data-page]::attr(data-page)").getall()}
        links = [place_link(one) for one in listings]
        if ref and number_ is not None and number_ + 1 in following:
            links.append(rest_of(ref, number_ + 1, city))
        return SearchPage(items=list[Item](listings.values()), links=links, total=whole(counts[-1]) if counts else None)


class NotePage(TravelPage[SearchPage]):
    """A travel note, as far as the page holds it (long ones load the rest by script), with the places it links."""

    patterns = (r"mafengwo\.cn/i/\d+\.html",)
    gives = frozenset({"notes"})
    expects = ("note.title", "note.text", "note.published_at", "note.author")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit the page of one note."""
        page = response.text
        return note_number(response) is not None and any(mark in page for mark in NOTE_MARKS)

    async def to_item(self) -> SearchPage:
        """Read the note."""
        ref = note_number(self.response)
        if ref is None or not self.fits(self.response):
            return SearchPage()
        return SearchPage(items=[note_of(self.response, self.document, ref)])


class DestinationPage(TravelPage[SearchPage]):
    """The page of a destination: where its lists of places and its notes are."""

    patterns = (r"mafengwo\.cn/travel-scenic-spot/mafengwo/\d+\.html", r"/recommendNoteApi\b")
    gives = frozenset({"listings", "reviews", "notes"})

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page that lists notes of a destination."""
        return "tn-list" in response.text or "_j_tn_content" in response.text

    async def to_item(self) -> SearchPage:
        """Find the notes and the list of sights."""
        # The pagelet of recommended notes has its list as JSON.
        page = html(text(dig(self.data, "data", "html")) or self.response.text)
        notes = dict.fromkeys(NOTE.findall(" ".join(page.css('a[href*="/i/"]::attr(href)').getall())))
        links = [Link(url=f"{SITE}/i/{ref}.html", page="NotePage") for ref in notes]
        ref = destination_of(self.response)
        return SearchPage(links=[*links, *([list_link(ref, "jd")] if ref else [])])


class CityList(TravelPage[SearchPage]):
    """The list of destinations, by which a city is found that the spider's table does not have."""

    patterns = (r"mafengwo\.cn/mdd/(?:$|\?|citylist/)",)
    gives = frozenset({"listings", "reviews", "notes"})

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page with many destinations and no place."""
        return response.text.count("/travel-scenic-spot/mafengwo/") > 20 and "/poi/" not in response.text

    async def to_item(self) -> SearchPage:
        """Follow the city that was looked for."""
        city = text(self.params.get("city"))
        for one in self.document.css('a[href*="/travel-scenic-spot/mafengwo/"]') if city else ():
            ref = found(DESTINATION, attribute(one, "href") or "")
            if ref and (words(one) or "").startswith(city or ""):
                kinds = texts(self.params.get("kinds")) or ["jd"]
                return SearchPage(links=[destination(ref), *(list_link(ref, kind) for kind in kinds)])
        return SearchPage()


ENVELOPES = ("data", "data.controller_data")
"""Where its answers hold what a note may quote alone (pages/stored.py)."""

RULES = (
    Rule(verdict=Verdict.CHALLENGED, status={521}, why="Jiasule wants a script run (HTTP 521)"),
    Rule(verdict=Verdict.CHALLENGED, marker=r"__jsl_clearance", why="Jiasule wants a script run"),
    # Its first answer spells the cookie in pieces: document.cookie=('_')+('_')+('j')+('s')+…
    Rule(
        verdict=Verdict.CHALLENGED,
        marker=r"(?s)\A\s*<script>\s*document\.cookie\s*=.{1,5000}location",
        why="Jiasule wants a script run",
    ),
    Rule(verdict=Verdict.CHALLENGED, marker=r"<script[^>]{0,99}/probe\.js\b", why="a browser check (probe.js)"),
    # Akamai's check since 2026, on every page (a public crawler's note).
    Rule(verdict=Verdict.CHALLENGED, status={202}, why="a browser check (HTTP 202)"),
    Rule(
        verdict=Verdict.SOFT_BLOCKED,
        url=r"//www\.mafengwo\.cn/(?!ajax/)",
        status={200},
        is_json=False,
        lacks="马蜂窝",
        why="a page that does not name the site",
    ),
)
"""Signs of a refusal: platforms.md 2, *Blocking*. Its scripts are not run here."""
