"""Amap (高德): places of its Web Service API, v3 and v5, which say the same in slightly different words.

Numbers come as text and an empty text as ``[]`` (recording poi-list-pois-array-1, 2020-03-25); positions are GCJ-02. The
API has no reviews. Answers of geocode and district hold no places; those of regeo and inputtips hold some in part. What is
asked, and how a question that Amap cuts off is asked in parts, is in amap_parts.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import attrs
from w3lib.url import add_or_replace_parameters
from web_poet import HttpResponse

from travelcrawl.access.secrets import without
from travelcrawl.access.verdicts import Rule, Verdict
from travelcrawl.items import Area, Item, Link, Listing, Offer, SearchPage
from travelcrawl.pages.amap_parts import Search, bounds_of
from travelcrawl.pages.base import TravelPage, json_of
from travelcrawl.pages.fields import dicts, dig, given, lonlat, number, query, split, text, texts, whole

CAP = 200
"""Records that one query gives, however it is paged (developer.amap.com, 2026-03-31; older copies say 1,000)."""
PAGE_SIZE = {"page_size": 10, "offset": 20}
"""Parameter that sets how many come at once (v5, v3) → its default."""


class PoiPage(TravelPage[SearchPage]):
    """Answer of place/text, around, polygon or detail: places, their mean spending, their children, the next page.

    Also the places that regeo finds near a point and inputtips for the beginning of a word: those say less.
    """

    patterns = (r"restapi\.amap\.com/v[35]/(?:place/|geocode/regeo|assistant/inputtips)",)
    expects = ("listing.name", "listing.source_lon", "listing.category", "listing.adcode")
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit what holds a list of places, empty or not, under ``pois`` or bare."""
        return places_of(json_of(response)) is not None

    async def to_item(self) -> SearchPage:
        """Read the places."""
        places = places_of(self.data) or []
        search = Search.of(self.params)
        wanted = [place for place in places if search is None or search.wants(text(place.get("adcode")))]
        items = once(item for place in wanted for item in items_of(place))
        total = whole(dig(self.data, "count"))
        # v5 counts what it sends, v3 what it has (developer.amap.com, 2026-03-31).
        total = total if total is not None and total > len(places) else None
        links, count = self._onward(len(places), total, search)
        return SearchPage(items=items, links=links, total=total, count=count)

    def covered(self) -> Area | None:
        """Return the area of the question where this is the last page of its answer and nothing of it was cut off."""
        search, page = Search.of(self.params), whole(query(str(self.response.url), "page_num"))
        found = len(places_of(self.data) or [])
        if search is None or page is None or self._onward(found, None, search) != ([], None):
            return None
        size = whole(query(str(self.response.url), "page_size")) or PAGE_SIZE["page_size"]
        return search.area((page - 1) * size + found)

    def _onward(self, found: int, total: int | None, search: Search | None) -> tuple[list[Link], str | None]:
        """Return the next page where this one was full; after the last that Amap gives, the question in smaller parts."""
        address = str(self.response.url)
        for numbered, sized in (("page_num", "page_size"), ("page", "offset")):
            page = whole(query(address, numbered))
            size = whole(query(address, sized)) or PAGE_SIZE[sized]
            if page is None or page < 1 or size < 1 or found < size or page * size >= (total or CAP + 1):
                continue
            if page * size >= CAP:
                return search.narrower() if search else ([], None)
            url = add_or_replace_parameters(without(address, ("key", "sig")), {numbered: str(page + 1)})
            return [Link(url=url, page="PoiPage", params=dict(self.params))], None
        return [], None


class DistrictPage(TravelPage[SearchPage]):
    """Answer of config/district: the bounding box of a district, of which the tiles of a question are made."""

    patterns = (r"restapi\.amap\.com/v3/config/district",)
    is_json: ClassVar[bool] = True

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit what holds a list of divisions."""
        return isinstance(dig(json_of(response), "districts"), list)

    async def to_item(self) -> SearchPage:
        """Lead to the tiles of the question that the link carried."""
        search = Search.of(self.params)
        if search is None:
            return SearchPage()
        area = bounds_of(self.data)
        return SearchPage(links=search.tiles(area)) if area else SearchPage(count="tiles/no_bounds")


def places_of(data: Any) -> list[dict[str, Any]] | None:
    """Return the places of an answer, None where it is not of this kind."""
    if isinstance(data, list):
        return dicts(data) if any(is_place(one) for one in data) else None
    for path in (("pois",), ("poiList", "pois")):
        if isinstance(found := dig(data, *path), list):
            return dicts(found)
    if isinstance(tips := dig(data, "tips"), list):
        # Words and lines of buses are among them, without id or position.
        return [tip for tip in dicts(tips) if is_place(tip) and position_of(tip)]
    if isinstance(data, dict) and ("regeocode" in data or "regeocodes" in data):
        parts = [data.get("regeocode"), *dicts(data.get("regeocodes"))]
        near = [place for part in parts for place in dicts(dig(part, "pois")) if is_place(place)]
        # Areas have the code of their kind in "type".
        areas = [area for part in parts for area in dicts(dig(part, "aois")) if is_place(area)]
        return [*near, *({**area, "typecode": area.get("type"), "type": None} for area in areas)]
    return None


def is_place(value: Any) -> bool:
    """Say whether a value has what a place cannot lack."""
    return isinstance(value, dict) and bool(text(value.get("id")) and text(value.get("name"))) and "location" in value


def once(items: Iterable[Item]) -> list[Item]:
    """Return each listing once: a child that is in the list itself says more there, but not always whose child it is."""
    found: dict[tuple[type[Item], str], Item] = {}
    for item in items:
        key = (type(item), item.ref)
        earlier = found.setdefault(key, item)
        if isinstance(earlier, Listing) and isinstance(item, Listing):
            full, other = (earlier, item) if earlier.category or not item.category else (item, earlier)
            found[key] = attrs.evolve(full, parent=full.parent or other.parent)
    return list(found.values())


def items_of(place: dict[str, Any]) -> Iterator[Item]:
    """Yield the listing of a place, those of its children (in part) and what is spent there per head."""
    listing = listing_of(place)
    if listing is None:
        return
    yield listing
    for child in dicts(place.get("children")):
        part = listing_of(child, parent=listing.ref)
        if part is not None:
            yield part
    cost = text(said(place, "cost"))
    if number(cost):
        yield Offer(platform="amap", ref=listing.ref, what="per_head", amount=cost, currency="CNY", unit="person")


def listing_of(place: dict[str, Any], parent: str | None = None) -> Listing | None:
    """Return a place as a listing, None where it has no id, or nothing else of a place."""
    ref, name, position = text(place.get("id")), text(place.get("name")), position_of(place)
    if ref is None or (name is None and position is None):
        return None
    rating = text(said(place, "rating"))
    return Listing(
        platform="amap",
        ref=ref,
        url=f"https://www.amap.com/place/{ref}",
        name=name,
        aliases=split(said(place, "alias"), "|;"),
        category=text(place.get("type")),
        category_code=text(place.get("typecode")) or text(place.get("subtype")),
        address=text(place.get("address")),
        province=text(place.get("pname")),
        city=text(place.get("cityname")),
        district=text(place.get("adname")),
        adcode=text(place.get("adcode")),
        source_lon=position and position[0],
        source_lat=position and position[1],
        datum=position and "GCJ-02",
        phones=split(said(place, "tel"), ";,|/"),
        website=text(place.get("website")),
        opening_hours=text(said(place, "opentime_week", "opentime_today", "open_time")),
        source_rating=rating,
        rating_scale=5.0 if rating else None,
        tags=split(said(place, "tag", "keytag", "rectag"), ",;|，、"),
        photos=texts([photo.get("url") for photo in dicts(place.get("photos"))]),
        parent=text(place.get("parent")) or parent,
    )


def said(place: dict[str, Any], *names: str) -> Any:
    """Return the first of the fields that is given: v5 keeps them in ``business``, v3 in ``biz_ext`` or the place itself."""
    for name in names:
        for holder in (place.get("business"), place.get("biz_ext"), place):
            value = given(holder.get(name)) if isinstance(holder, dict) else None
            if value is not None:
                return value
    return None


def position_of(place: dict[str, Any]) -> tuple[float, float] | None:
    """Return the position, GCJ-02: text, or, as the library for browsers gives it, a pair by name."""
    location = place.get("location")
    if isinstance(location, dict):
        return lonlat(location.get("lng"), location.get("lat"))
    lon, _, lat = (text(location) or "").partition(",")
    return lonlat(lon, lat)


_REFUSED = {
    "10001": "INVALID_USER_KEY",
    "10002": "SERVICE_NOT_AVAILABLE",
    "10005": "INVALID_USER_IP",
    "10006": "INVALID_USER_DOMAIN",
    "10007": "INVALID_USER_SIGNATURE",
    "10008": "INVALID_USER_SCODE",
    "10009": "USERKEY_PLAT_NOMATCH",
    "10010": "IP_QUERY_OVER_LIMIT",
    "10011": "NOT_SUPPORT_HTTPS",
    "10012": "INSUFFICIENT_PRIVILEGES",
    "10013": "USER_KEY_RECYCLED",
    "40002": "SERVICE_EXPIRED",
}
_SPENT = {"10003": "DAILY_QUERY_OVER_LIMIT", "10044": "USER_DAILY_QUERY_OVER_LIMIT"}
_UNPAID = {"40000": "QUOTA_PLAN_RUN_OUT", "40003": "ABROAD_QUOTA_PLAN_RUN_OUT"}
_TOO_FAST = {
    "10004": "ACCESS_TOO_FREQUENT",
    "10014": "QPS_HAS_EXCEEDED_THE_LIMIT",
    "10015": "GATEWAY_TIMEOUT",
    "10019": "CQPS_HAS_EXCEEDED_THE_LIMIT",
    "10020": "CKQPS_HAS_EXCEEDED_THE_LIMIT",
    "10021": "CUQPS_HAS_EXCEEDED_THE_LIMIT",
}
_BROKEN = {"10016": "SERVER_IS_BUSY", "10017": "RESOURCE_UNAVAILABLE"}
_ENDS: Mapping[str, Any] = {"ends_run": True}
_TABLE: tuple[tuple[Mapping[str, str], Verdict, str, Mapping[str, Any]], ...] = (
    (_REFUSED, Verdict.FORBIDDEN, "the key is refused", _ENDS),
    (_SPENT, Verdict.RATE_LIMITED, "the quota of the day is used up", {**_ENDS, "resets": "Asia/Shanghai"}),
    (_UNPAID, Verdict.RATE_LIMITED, "the quota bought is used up", _ENDS),
    (_TOO_FAST, Verdict.RATE_LIMITED, "too many requests", {}),
    (_BROKEN, Verdict.SITE_DOWN, "the service fails", {}),
)
ENVELOPES = ("pois[]", "regeocode")
"""Where its answers hold what a note may quote alone (pages/stored.py)."""

RULES = (
    *(
        Rule(verdict=verdict, why=f"{why}: {name} (infocode {code})", json={"infocode": (code,)}, **more)
        for codes, verdict, why, more in _TABLE
        for code, name in codes.items()
    ),
    # Answers before 2015 carry no infocode (geocoder's fixtures).
    *(
        Rule(verdict=verdict, why=f"{why}: {{value}}", json={"info": tuple(codes.values())}, **more)
        for codes, verdict, why, more in _TABLE
    ),
    Rule(verdict=Verdict.SITE_DOWN, why="the engine behind the service fails", marker=r'"infocode"\s*:\s*"?3\d{4}"?\b'),
    Rule(verdict=Verdict.MALFORMED, why="our parameters are wrong", marker=r'"infocode"\s*:\s*"?20\d{3}"?\b'),
    Rule(verdict=Verdict.SOFT_BLOCKED, why="refused with status 0", json={"status": ("0",)}, is_json=True),
    Rule(verdict=Verdict.MALFORMED, why="not JSON, which this API always answers in", status={200}, is_json=False),
    Rule(verdict=Verdict.EMPTY, why="no result (count 0)", json={"status": ("1",), "count": ("0",)}),
)
"""Infocodes: lbs.amap.com/api/webservice/guide/tools/info, 2026-07-02. A refused key stops the platform: no other question
would be answered either, and a login would not help."""
