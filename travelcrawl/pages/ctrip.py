"""Ctrip (携程): sights of a district, sight pages, reviews, hotels, the search for a district, travel notes.

A sight has two numbers: the one in its address (``SightId``, ``resourceId``, ``productId``), which is its ``ref`` here, and
``poiId``, by which its reviews are asked for; where an answer gives ``poiId`` only, that is the ``ref``. Hotels are
numbered apart, so theirs begins with ``hotel-``. Where no recording exists, keys and classes are those public crawlers
read (platforms.md 4, 2026-11-22), and what is missing is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import attrs
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Rule, Verdict
from travelcrawl.items import Item, Link, Listing, Note, SearchPage
from travelcrawl.pages.base import TravelPage, json_of
from travelcrawl.pages.ctrip_html import address_of, shown_note, shown_sights, told_note, with_shown
from travelcrawl.pages.ctrip_links import (
    LAST_PAGE,
    REVIEWS_A_PAGE,
    SIGHTS_A_PAGE,
    attractions,
    links_of,
    reviews_link,
)
from travelcrawl.pages.ctrip_parts import (
    POI_ID,
    SIGHT,
    SIGHT_MARKS,
    TRAVELS,
    cards_of,
    details_of,
    hotel_of,
    hotels_in,
    legacy_of,
    legacy_sight,
    review_of,
    reviews_in,
    sight_of,
    sights_of,
    suggested,
    ticket,
    ticket_of,
    with_tickets,
)
from travelcrawl.pages.fields import dicts, dig, first, found, holding, number, states, text, whole


class AttractionList(TravelPage[SearchPage]):
    """Sights of a district, up to 20 a page."""

    patterns = (r"/getAttractionList\b", r"/getSightRecreationList\b")
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name", "listing.source_lon", "listing.review_count")
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit what holds a list of attractions."""
        return cards_of(json_of(response)) is not None

    async def to_item(self) -> SearchPage:
        """Read the cards of the sights."""
        cards = cards_of(self.data) or []
        read = sights_of(cards)
        items = with_tickets(read)
        links = [link for card, sight in read for link in links_of(card, sight)]
        return SearchPage(
            items=items, links=[*links, *self._next(len(cards))], total=whole(dig(self.data, "totalCount"))
        )

    def _next(self, cards: int) -> Iterator[Link]:
        district, index = whole(self.params.get("district")), whole(self.params.get("index"))
        if district is None or index is None or index >= LAST_PAGE or not cards:
            return
        total, more = whole(dig(self.data, "totalCount")), dig(self.data, "hasMore")
        if more is True or (more is None and total is not None and index * SIGHTS_A_PAGE < total):
            yield attractions(district, index + 1)


class SightListPage(TravelPage[SearchPage]):
    """The page with the sights of a district: the state in its scripts where it has one, else what it shows."""

    patterns = (r"you\.ctrip\.com/sight/[^/?#]+?\d+(?:/s\d[^/]*)?\.html",)
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name",)

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit HTML with rows of sights."""
        page = response.text
        return "<" in page[:500] and "/sight/" in page and ("list_mod2" in page or "sightItemCard_box" in page)

    async def to_item(self) -> SearchPage:
        """Read the sights; each is followed to its page."""
        listed = (one for data in states(self.document) for one in holding(data, "attractionList"))
        read = sights_of(cards_of(next(listed, None)) or [])
        items = with_tickets(read)
        items = items or list(shown_sights(self.document))
        links = [link for one in items if isinstance(one, Listing) for link in links_of({}, one)]
        return SearchPage(items=items, links=links)


class LegacySightList(TravelPage[SearchPage]):
    """Sights of a district as the service of 2016 gave them, each with its position in three datums."""

    patterns = (r"/getsightinfolistforapp670\b",)
    expects = ("listing.name", "listing.source_lon", "listing.review_count")
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit what holds a list of sights."""
        return legacy_of(json_of(response)) is not None

    async def to_item(self) -> SearchPage:
        """Read the sights."""
        result = legacy_of(self.data) or {}
        pinyin = first(result, "DistrictPinYin")
        items: list[Item] = []
        for one in dicts(result.get("SightInfoList")):
            sight, price = legacy_sight(one, pinyin), number(one.get("Price"))
            if sight is None:
                continue
            items.append(sight)
            if price:
                items.append(ticket(sight.ref, price, first(one, "Currency") or "CNY"))
        return SearchPage(items=items, total=whole(dig(result, "TotalCount")))


class SightPage(TravelPage[SearchPage]):
    """The page of one sight: the state in its scripts, and what only the page shows."""

    patterns = (r"ctrip\.com/.*\bsight/[^/?#]+/\d+",)
    gives = frozenset({"listings", "reviews"})
    expects = ("listing.name", "listing.source_lon")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit HTML that numbers a sight and shows its facts."""
        page = response.text
        return (
            found(POI_ID, page) is not None
            and any(mark in page for mark in SIGHT_MARKS)
            and "attractionList" not in page
            and "<" in page[:500]
        )

    async def to_item(self) -> SearchPage:
        """Read the sight, and the reviews in its page."""
        numbered = found(POI_ID, self.response.text)
        if numbered is None or not self.fits(self.response):
            return SearchPage()
        # The state of neighbours lies deeper than that of the sight.
        card = next((card for data in states(self.document) for card in holding(data, "poiId", "poiName")), {})
        poi = first(card, "poiId") or numbered
        address = address_of(self.response, SIGHT) or ""
        ref = text(self.params.get("ref")) or found(SIGHT, address) or poi
        sight = sight_of({**card, "poiId": poi, "detailUrl": address})
        reviews = [review for one in reviews_in(card.get("comments")) if (review := review_of(one, ref)) is not None]
        items: list[Item] = [with_shown(attrs.evolve(sight, ref=ref), self.document)] if sight is not None else []
        return SearchPage(items=[*items, *ticket_of(card, ref), *reviews], links=[reviews_link(poi, ref, 1)])


class ReviewList(TravelPage[SearchPage]):
    """Reviews of a sight, 10 a page."""

    patterns = (r"/getCommentCollapseList\b",)
    gives = frozenset({"reviews"})
    expects = ("review.text", "review.published_at", "review.source_rating", "review.about_ref")
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit what holds reviews, in their envelope or bare."""
        data = json_of(response)
        counted = whole(dig(data, "result", "totalCount")) is not None and "items" in dig(data, "result")
        return counted or isinstance(dig(data, "result", "items"), list) or bool(reviews_in(data))

    async def to_item(self) -> SearchPage:
        """Read the reviews."""
        entries = reviews_in(dig(self.data, "result", "items") or self.data)
        ref, total = text(self.params.get("ref")), whole(dig(self.data, "result", "totalCount"))
        items: list[Item] = [review for entry in entries if (review := review_of(entry, ref)) is not None]
        return SearchPage(items=items, links=list(self._next(len(entries), total)), total=total)

    def _next(self, entries: int, total: int | None) -> Iterator[Link]:
        poi, ref, page = text(self.params.get("poi")), text(self.params.get("ref")), whole(self.params.get("page"))
        if poi is None or ref is None or page is None or page >= LAST_PAGE or not entries:
            return
        if total is None or page * REVIEWS_A_PAGE < total:
            yield reviews_link(poi, ref, page + 1)


class HotelPage(TravelPage[SearchPage]):
    """The page of one hotel, or of a list of them: base, position and comment of ``window.IBU_HOTEL``."""

    patterns = (r"hotels\.ctrip\.com/hotels?/(?:(?:detail\b.*hotelId=)?\d+|list)",)
    expects = ("listing.name", "listing.source_lon", "listing.address")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit HTML with the state of one hotel, or of a list."""
        return hotels_in(response) is not None

    async def to_item(self) -> SearchPage:
        """Read the hotels."""
        hotels = hotels_in(self.response) or []
        address = str(self.response.url) if len(hotels) == 1 else ""
        found_ = (hotel_of(part, address) for part in hotels)
        return SearchPage(items=list({one.ref: one for one in found_ if one is not None}.values()))


class SightDetail(TravelPage[SearchPage]):
    """What the service of the mobile site says of one sight: its facts and its introduction."""

    patterns = (r"/getPoiMoreDetail\b",)
    expects = ("listing.name",)
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit an answer with the basic module of a sight."""
        return bool(details_of(json_of(response)))

    async def to_item(self) -> SearchPage:
        """Read the sight."""
        card = details_of(self.data)
        sight = sight_of(card) if card else None
        return SearchPage(items=[sight] if sight else [])


class DistrictSearch(TravelPage[SearchPage]):
    """Answer of the search for a word: sights, and districts, of which the one that was looked for is followed."""

    patterns = (r"/soa2/(?:30668|26872)/search\b",)
    gives = frozenset({"listings", "reviews"})
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a list of typed suggestions."""
        return any(one.get("type") in ("district", "sight") for one in dicts(dig(json_of(response), "data")))

    async def to_item(self) -> SearchPage:
        """Read the sights and find the district."""
        city = text(self.params.get("city"))
        items: list[Item] = []
        links: list[Link] = []
        districts: dict[str, int] = {}
        for one in dicts(dig(self.data, "data")):
            name, number_ = first(one, "word", "name", "districtName"), whole(one.get("id"))
            if one.get("type") == "sight":
                sights = suggested(one, name)
                items += sights
                links += [link for sight in sights for link in links_of(one, sight) if self.params.get("keyword")]
            elif one.get("type") == "district" and city and name and number_ and name.startswith(city):
                districts.setdefault(name, number_)
        # 成都 before 成都县.
        nearest = min(districts, key=len, default=None)
        return SearchPage(items=items, links=[*links, *([attractions(districts[nearest], 1)] if nearest else [])])


class NotePage(TravelPage[SearchPage]):
    """A travel note: its page for desktops, or, as far as its JSON-LD goes (title, beginning, day, pictures), for phones."""

    patterns = (r"ctrip\.com/.*\btravels/",)
    gives = frozenset({"notes"})
    expects = ("note.title", "note.published_at")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page of ``/travels/`` with a note; pages of questions and answers have Baidu's JSON-LD too and are no notes."""
        page = response.text
        is_note = "cambrian.jsonld" in page or "ctd_content" in page or "ctd_main_body" in page
        return is_note and address_of(response, TRAVELS) is not None

    async def to_item(self) -> SearchPage:
        """Read the note."""
        address = address_of(self.response, TRAVELS)
        if address is None or not self.fits(self.response):
            return SearchPage()
        said = told_note(self.document) | shown_note(self.document)
        if not said:
            return SearchPage()
        return SearchPage(items=[Note(platform="ctrip", ref=found(TRAVELS, address) or address, url=address, **said)])


ENVELOPES = (
    "result",
    "Result",
    "result.items[]",
    "Result.SightInfoList[]",
    "attractionList[]",
    "attractionList[].card",
)
"""Where its answers hold what a note may quote alone (pages/stored.py)."""

RULES = (
    Rule(
        verdict=Verdict.SOFT_BLOCKED,
        why="refused with business code {value}",
        url=r"/soa2/13444/",
        json_not={"code": ("200",)},
    ),
    Rule(
        verdict=Verdict.SOFT_BLOCKED,
        why="refused with business code {value}",
        is_json=True,
        json={"result": (None,)},
        json_not={"code": ("200", "0")},
    ),
    Rule(verdict=Verdict.SOFT_BLOCKED, why="not acknowledged: {value}", json_not={"ResponseStatus.Ack": ("Success",)}),
    Rule(
        verdict=Verdict.SOFT_BLOCKED,
        why="an answer without its result",
        url=r"/soa2/13444/",
        is_json=True,
        json={"result": ()},
        lacks='"commentId"',
    ),
    # The answer to what the hotel service takes for a robot (seen by a public crawler, 2026).
    Rule(verdict=Verdict.SOFT_BLOCKED, why="taken for a robot", marker=r'"?htlSpiderActionErrorCode"?\s*:\s*"?203\b'),
    Rule(verdict=Verdict.LOGIN_REQUIRED, why="the login page", url=r"//passport\.ctrip\.com/"),
)
"""Signs of a refusal: platforms.md 4, *Blocking*."""
