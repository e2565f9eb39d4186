"""What Ctrip's answers are made of: how a sight, a hotel, a review, a price, a position are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs
from web_poet import HttpResponse

from travelcrawl.items import Item, Listing, Offer, Review
from travelcrawl.pages.fields import (
    absolute,
    datum,
    dicts,
    dig,
    first,
    found,
    from_json,
    html,
    lonlat,
    number,
    prose,
    split,
    state,
    text,
    texts,
    whole,
)

SIGHT = re.compile(r"\bsight/[^/?#]+/(\d+)")
TRAVELS = re.compile(r"\btravels/(?:[^/?#]+/)?(\d+)")
HOTEL = re.compile(r"(?:hotels?/|hotelId=)(\d+)")
POI_ID = re.compile(r"\bpoiid[\"']?\s*[:=]\s*[\"']?(\d+)", re.IGNORECASE)
REVIEWS = re.compile(r"(\d+)\s*条点评")
DAY = re.compile(r"(\d{4}-\d\d-\d\d)")
SIGHT_MARKS = ("baseInfoItem", "commentScoreNum", '"openInfo"', '"poiName"', "var poiid", "detailtop_r_info")


def cards_of(data: Any) -> list[dict[str, Any]] | None:
    """Return the cards of a list of sights in the words of ``getAttractionList``, None where an answer is none.

    Some entries have their card as text (``cardStr``); ``getSightRecreationList`` has other words for the same (public
    crawlers, 2025).
    """
    if isinstance(found := dig(data, "attractionList"), list):
        cards = [one.get("card") or from_json(text(one.get("cardStr")) or "") for one in dicts(found)]
        return dicts(cards)
    if isinstance(found := dig(data, "result", "sightRecreationList"), list):
        return [recreation_of(one) for one in dicts(found)]
    return None


def sights_of(cards: list[dict[str, Any]]) -> list[tuple[dict[str, Any], Listing]]:
    """Return the sights of a list, each once, with the last of its cards."""
    return list({sight.ref: (card, sight) for card in cards if (sight := sight_of(card)) is not None}.values())


def with_tickets(read: list[tuple[dict[str, Any], Listing]]) -> list[Item]:
    """Return the sights of a list, each followed by what it costs."""
    items: list[Item] = []
    for card, sight in read:
        items += [sight, *ticket_of(card, sight.ref)]
    return items


def legacy_of(data: Any) -> dict[str, Any] | None:
    """Return the list of the service of 2016, under ``Result`` or bare, None where an answer is another."""
    for holder in (dig(data, "Result"), data):
        if isinstance(holder, dict) and isinstance(holder.get("SightInfoList"), list):
            return holder
    return None


def legacy_sight(sight: dict[str, Any], pinyin: str | None) -> Listing | None:
    """Return a sight of the service of 2016, None where it has no number. ``pinyin``: its district's, for the address."""
    ref, district = first(sight, "SightId"), first(sight, "DistrictId")
    if ref is None:
        return None
    listing = Listing(
        platform="ctrip",
        ref=ref,
        url=f"https://you.ctrip.com/sight/{pinyin}{district}/{ref}.html" if pinyin and district else None,
        name=first(sight, "SightName"),
        name_en=first(sight, "SightEName"),
        city=first(sight, "DistrictName"),
        level=first(sight, "Level"),
        summary=first(sight, "RecommendDesc"),
        review_count=whole(sight.get("CommentCount")),
        photos=texts([sight.get("CoverImage")]),
    )
    return attrs.evolve(listing, **position(sight), **rating(sight.get("CommentScore")))


def recreation_of(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of ``getSightRecreationList`` as a card: ``id`` is the number in the sight's address, ``gD…`` GCJ-02."""
    place = entry.get("coordInfo")
    return {
        **entry,
        "sightId": entry.get("id"),
        "poiName": entry.get("name"),
        "poiEnName": entry.get("eName"),
        "openInfo": entry.get("openTime"),
        "coordinate": {
            "longitude": dig(place, "gDLon"),
            "latitude": dig(place, "gDLat"),
            "coordinateType": "GCJ02",
        },
    }


def details_of(data: Any) -> dict[str, Any]:
    """Return what the modules of ``getPoiMoreDetail`` say of a sight, as a card; {} where it is another answer."""
    modules: dict[str, Any] = {}
    for template in dicts(dig(data, "templateList")):
        for module in dicts(template.get("moduleList")):
            modules |= {name: part for name, part in module.items() if isinstance(part, dict)}
    basic, opened = modules.get("poiBasicModule"), modules.get("poiOpenModule")
    if not isinstance(basic, dict) or first(basic, "poiId") is None:
        return {}
    told = text(dig(modules.get("introductionModule"), "introduction"))
    return {
        **basic,
        "poiEnName": first(basic, "poiEName", "poiEnName"),
        "sightTelList": basic.get("telephoneList"),
        "openInfo": first(opened, "openTime", "openTimeDesc", "openDesc"),
        "introduction": prose(html(told)) if told else None,
    }


def hotel_of(part: dict[str, Any], address: str) -> Listing | None:
    """Return a hotel of a page, the only one or one of a list, None where it has no number."""
    base, place, comment = (part.get(name) for name in ("base", "position", "comment"))
    ref = first(base, "hotelId", "masterHotelId", "id") or found(HOTEL, address)
    if ref is None:
        return None
    said = found(REVIEWS, first(comment, "content") or "")
    listing = Listing(
        platform="ctrip",
        ref=f"hotel-{ref}",
        url=f"https://hotels.ctrip.com/hotels/{ref}.html",
        name=first(base, "hotelName", "name") or text(dig(base, "hotelNames", 0)),
        name_en=first(base, "hotelNameEn", "hotelEnName", "enName") or text(dig(base, "hotelNames", 1)),
        category="酒店",
        address=first(place, "address") or first(base, "address"),
        city=first(base, "cityName") or first(place, "cityName"),
        phones=split(first(base, "tel", "phone")),
        review_count=whole(first(comment, "count", "commentCount", "totalCount")) or whole(said),
        level=first(base, "star"),
    )
    score = first(comment, "score", "commentScore") or first(part.get("score"), "number")
    return attrs.evolve(listing, **position(place), **rating(score))


def sight_of(card: dict[str, Any]) -> Listing | None:
    """Return the card of a sight as a listing, None where it has no number."""
    address = (first(card, "detailUrl") or text(dig(card, "detailUrlInfo", "url")) or "").partition("?")[0]
    ref = found(SIGHT, address) or first(card, "sightId", "poiId")
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


def hotels_in(response: HttpResponse) -> list[dict[str, Any]] | None:
    """Return what a page says about a hotel, or about each of its list; None where it has no such state."""
    if "IBU_HOTEL" not in response.text:
        return None
    data = dig(state(response.text, r"\bIBU_HOTEL\s*=\s*(?=\{)"), "initData")
    listed = dig(data, "firstPageList", "hotelList", "list")
    if isinstance(listed, list):
        return [part for part in dicts(listed) if isinstance(part.get("base"), dict)]
    return [data] if isinstance(dig(data, "base"), dict) else None
