"""What Ctrip's pages are made of: how its services are asked, and how a sight, a review, a position are read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import attrs
from web_poet import HttpResponse

from travelcrawl.items import Json, Link, Listing, Offer, Review
from travelcrawl.pages.fields import (
    absolute,
    datum,
    dicts,
    dig,
    first,
    found,
    html,
    lonlat,
    number,
    state,
    text,
    texts,
    whole,
)

SERVICE = "https://m.ctrip.com/restapi/soa2"
LAST_PAGE = 300
"""Pages that the lists of sights and of reviews reach (platforms.md 4)."""
SIGHTS_A_PAGE = 20
REVIEWS_A_PAGE = 10
# Any constant client id serves; no login, no signature (platforms.md 4).
HEAD: dict[str, Json] = {
    "cid": "09031000000000000001", "ctok": "", "cver": "1.0", "lang": "01", "sid": "8888", "syscode": "09", "auth": "",
    "xsid": "", "extension": [],
}  # fmt: skip


SIGHT = re.compile(r"\bsight/[^/?#]+/(\d+)")
TRAVELS = re.compile(r"\btravels/(?:[^/?#]+/)?(\d+)")
HOTEL = re.compile(r"(?:hotels?/|hotelId=)(\d+)")
POI_ID = re.compile(r"\bpoiid[\"']?\s*[:=]\s*[\"']?(\d+)", re.IGNORECASE)
REVIEWS = re.compile(r"(\d+)\s*条点评")
DAY = re.compile(r"(\d{4}-\d\d-\d\d)")
SIGHT_MARKS = ("baseInfoItem", "commentScoreNum", '"openInfo"', '"poiName"', "var poiid", "detailtop_r_info")


def attractions(district: int | str, index: int) -> Link:
    """Ask for a page of a district's sights."""
    body: dict[str, Json] = {
        "head": HEAD, "scene": "DISTRICT", "districtId": district, "index": index, "count": SIGHTS_A_PAGE, "sortType": 1,
        "filter": {"filterItems": []}, "returnModuleType": "product",
    }  # fmt: skip
    return asked("18109/json/getAttractionList", body, "AttractionList", {"district": district, "index": index})


def reviews_link(poi: str, ref: str, page: int) -> Link:
    """Ask for a page of a sight's reviews."""
    arg: dict[str, Json] = {
        "channelType": 2, "collapseType": 0, "commentTagId": 0, "pageIndex": page, "pageSize": REVIEWS_A_PAGE,
        "poiId": poi, "sourceType": 1, "sortType": 3, "starType": 0,
    }  # fmt: skip
    body: dict[str, Json] = {"arg": arg, "head": HEAD}
    return asked("13444/json/getCommentCollapseList", body, "ReviewList", {"poi": poi, "ref": ref, "page": page})


def search(word: str, city: str | None = None) -> Link:
    """Search for a city, whose district is followed, by its short name; or for a word, whose sights are."""
    params: dict[str, Json] = {"city": city} if city else {"keyword": word}
    path = f"30668/search?action=online&source=globalonline&keyword={quote(word)}"
    return asked(path, {"action": "online", "source": "globalonline", "keyword": word}, "DistrictSearch", params)


def asked(path: str, body: dict[str, Json], page: str, params: dict[str, Json]) -> Link:
    """Ask a service of the mobile site."""
    return Link(
        url=f"{SERVICE}/{path}",
        method="POST",
        body=json.dumps(body, ensure_ascii=False),
        headers={"Content-Type": "application/json"},
        page=page,
        params=params,
    )


def sight_of(card: dict[str, Any]) -> Listing | None:
    """Return the card of a sight as a listing, None where it has no number."""
    address = (first(card, "detailUrl") or text(dig(card, "detailUrlInfo", "url")) or "").partition("?")[0]
    ref = found(SIGHT, address) or first(card, "poiId")
    if ref is None:
        return None
    listing = Listing(
        platform="ctrip",
        ref=ref,
        url=absolute("https://you.ctrip.com/", address),
        name=first(card, "poiName"),
        name_en=first(card, "poiEnName"),
        category=first(card, "sightCategoryInfo"),
        city=first(card, "districtName"),
        address=first(card, "address"),
        opening_hours=first(card, "openInfo") or text(dig(card, "openInfo", "openTimeDesc")),
        review_count=whole(card.get("commentCount")),
        level=first(card, "sightLevelStr"),
        summary=first(card, "introduction") or "；".join(texts(card.get("shortFeatures")) or ()) or None,
        tags=texts(card.get("tagNameList")),
        phones=texts(card.get("sightTelList")),
        photos=texts([card.get("coverImageUrl")]),
    )
    return attrs.evolve(listing, **position(card.get("coordinate")), **rating(card.get("commentScore")))


def links_of(card: dict[str, Any], sight: Listing) -> Iterator[Link]:
    """Yield the page and the reviews of a sight."""
    if sight.url and found(SIGHT, sight.url):
        yield Link(url=sight.url, page="SightPage", params={"ref": sight.ref})
    poi = first(card, "poiId")
    if poi and sight.review_count != 0:
        yield reviews_link(poi, sight.ref, 1)


def suggested(one: dict[str, Any], name: str | None) -> list[Listing]:
    """Return a sight that the search suggests; which datum its position has is not known."""
    ref = found(SIGHT, first(one, "url") or "") or first(one, "productId", "poiId", "id")
    if ref is None:
        return []
    address = absolute("https://you.ctrip.com/", first(one, "url"))
    listing = Listing(platform="ctrip", ref=ref, url=address, name=name, city=first(one, "districtName"))
    return [attrs.evolve(listing, **position(one))]


def ticket_of(card: dict[str, Any], ref: str) -> Iterator[Offer]:
    """Yield what a sight costs, where its card says so; a price of 0 means free only where ``isFree`` does too."""
    price = number(card.get("price"))
    if price or card.get("isFree") is True:
        lowest = True if price and "起" in (first(card, "priceTypeDesc") or "") else None
        yield attrs.evolve(ticket(ref, price or 0.0, "CNY"), lowest=lowest)


def ticket(ref: str, price: float, currency: str) -> Offer:
    """Return the price of a ticket."""
    return Offer(platform="ctrip", ref=ref, what="ticket", amount=price, currency=currency, unit="person")


def position(place: Any) -> dict[str, Any]:
    """Return the fields of a position: of the three that the service of 2016 gives the one that needs no conversion first.

    Lat/Lng is WGS-84, GDCoord GCJ-02, BCoord BD-09 (proved on recording poi-list-1, 2016-02-04). Elsewhere the datum is
    what ``coordinateType`` says, unknown where it says nothing.
    """
    named = datum(dig(place, "coordinateType"))
    for pair, system in (
        ((dig(place, "longitude"), dig(place, "latitude")), named),
        ((dig(place, "Lng"), dig(place, "Lat")), "WGS-84"),
        ((dig(place, "GDCoord", "Lng"), dig(place, "GDCoord", "Lat")), "GCJ-02"),
        ((dig(place, "BCoord", "Lng"), dig(place, "BCoord", "Lat")), "BD-09"),
        ((dig(place, "lng"), dig(place, "lat")), named),
        ((dig(place, "lon"), dig(place, "lat")), named),
    ):
        known = lonlat(*pair)
        if known is not None:
            return {"source_lon": known[0], "source_lat": known[1], "datum": system}
    return {}


def rating(score: Any) -> dict[str, Any]:
    """Return the fields of a rating of 5, a plain number or as browsers show it (``{"source": "5.0", …}``); 0 is none."""
    value = number(dig(score, "source") if isinstance(score, dict) else score)
    return {"source_rating": value, "rating_scale": 5.0} if value else {}


def reviews_in(data: Any) -> list[dict[str, Any]]:
    """Return what is a review in a list, or in a dict of them."""
    if isinstance(data, dict) and "commentId" in data:
        data = [data]
    return [one for one in dicts(data) if "commentId" in one and "content" in one]


def review_of(entry: dict[str, Any], ref: str | None) -> Review | None:
    """Return a review, None where it has no number. ``ref``: what it is about, where the request knew."""
    number_, user = first(entry, "commentId"), entry.get("userInfo")
    if number_ is None or entry.get("isDeleted") is True:
        return None
    pictures = [first(image, "imageSrcUrl", "imageThumbUrl") for image in dicts(entry.get("images"))]
    review = Review(
        platform="ctrip",
        ref=number_,
        about_ref=ref or (first(entry, "resourceId") if whole(entry.get("resourceType")) == 11 else None),
        author=first(user, "userId", "uid", "clientAuth", "userNick"),
        text=first(entry, "content"),
        published_at=first(entry, "publishTime") or found(DAY, first(entry, "publishTypeTag") or ""),
        likes=whole(entry.get("usefulCount")),
        replies=whole(entry.get("replyCount")),
        photos=texts(pictures),
    )
    return attrs.evolve(review, **rating(entry.get("score")))


def hotel_state(response: HttpResponse) -> dict[str, Any]:
    """Return what the page of a hotel says about it, {} where it is none."""
    if "IBU_HOTEL" not in response.text:
        return {}
    data = dig(state(response.text, r"\bIBU_HOTEL\s*=\s*(?=\{)"), "initData")
    return data if isinstance(data, dict) and isinstance(data.get("base"), dict) else {}


def address_of(response: HttpResponse, pattern: re.Pattern[str]) -> str | None:
    """Return the address of a page that has the pattern: where it came from, or what it calls itself."""
    own = html(response.text).xpath('//link[@rel="canonical"]/@href | //meta[@property="og:url"]/@content').getall()
    own += re.findall(r'"@id"\s*:\s*"([^"]{1,500})"', response.text[:200_000])
    addresses = (absolute("https://you.ctrip.com/", one) for one in (str(response.url), *own))
    return next((one for one in addresses if one and pattern.search(one)), None)
