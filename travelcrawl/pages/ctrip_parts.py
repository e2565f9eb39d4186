"""What Ctrip's pages are made of: how its services are asked, and how a sight, a review, a position are read."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import attrs
from parsel import Selector
from web_poet import HttpResponse

from travelcrawl.items import Json, Link, Listing, Mention, Offer, Review
from travelcrawl.pages.fields import (
    MOST,
    absolute,
    attribute,
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
    words,
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
LEVEL = re.compile(r"(?<!\d)([1-5]A)(?![A-Za-z])")
POINTS = re.compile(r"(?<![\d.])([0-5]\.\d)\s*分")
SCORE = re.compile(r"^\D{0,9}(\d(?:\.\d+)?)")
PRICE = re.compile(r"[¥￥]\s*(\d{1,6}(?:\.\d+)?)")
DAY_OF_NOTE = re.compile(r"(\d{4})[.-](\d\d?)[.-](\d\d?)")
WRITTEN = re.compile(r"发表\D{0,9}(\d{4})[.-](\d\d?)[.-](\d\d?)")
MEMBER = re.compile(r"/members/([\w-]+)")
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


def legacy_of(data: Any) -> dict[str, Any] | None:
    """Return the list of the service of 2016, under ``Result`` or bare, None where an answer is another."""
    for holder in (dig(data, "Result"), data):
        if isinstance(holder, dict) and isinstance(holder.get("SightInfoList"), list):
            return holder
    return None


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


def facts_of(page: Selector) -> dict[str, str | None]:
    """Return the facts that the page of a sight shows, by what it calls them: of now, and of 2015-2022."""
    rows = [(row.css(".baseInfoTitle"), row.css(".baseInfoText")) for row in page.css(".baseInfoItem")]
    rows += [(row.css(".s_sight_classic"), row.css(".s_sight_con")) for row in page.css("li")[:MOST]]
    rows += [(row.css("dt"), row.css("dd")) for row in page.css("dl.s_sight_in_list")]
    named = {re.sub(r"[\s：:]", "", words(title) or ""): words(value) for title, value in rows}
    address = re.sub(r"^地址[：:]\s*", "", words(page.css(".s_sight_addr")[:1]) or "") or None
    return {"地址": address, **{name: value for name, value in named.items() if name}}


def shown_sights(document: Selector) -> Iterator[Listing | Offer]:
    """Yield the sights of a list as its page shows them: rows of 2015-2022, cards with hashed classes since."""
    rows = document.css(".list_mod2, [class*='sightItemCard_box']")[:MOST]
    for row in rows:
        link = row.xpath('.//a[contains(@href, "/sight/")][normalize-space() and not(.//img)]')[:1]
        address, told = attribute(link, "href") or "", words(row) or ""
        ref = found(SIGHT, address)
        if ref is None:
            continue
        listing = Listing(
            platform="ctrip",
            ref=ref,
            url=absolute("https://you.ctrip.com/", address.partition("?")[0]),
            name=attribute(link, "title") or words(link),
            address=words(row.css("dd.ellipsis")[:1]),
            level=found(LEVEL, told.replace(" ", "")),
            review_count=whole(found(REVIEWS, told)),
        )
        score = words(row.css(".score strong")[:1]) or found(POINTS, told)
        yield attrs.evolve(listing, **rating(score))
        price = found(PRICE, words(row.css(".price")[:1]) or "")
        if price:
            yield attrs.evolve(ticket(ref, float(price), "CNY"), lowest="起" in told or None)


def shown_note(page: Selector) -> dict[str, Any]:
    """Return what the page of a travel note for desktops shows (layouts of 2013-2019), {} where it is another."""
    body, head = page.css(".ctd_content, .ctd_main_body")[:1], page.css(".ctd_head_left, .ctd_head_con")[:1]
    told = "\n".join(line for one in body.css("p, h3")[:MOST] if (line := prose(one))) or prose(body)
    if not told:
        return {}
    facts = words(page.css(".ctd_content_controls")) or ""
    said, written = words(head) or "", words(head.css(".time")[:1]) or ""
    day = WRITTEN.search(said) or (None if "更新" in written else DAY_OF_NOTE.search(written))
    sights = Counter(SIGHT.findall(" ".join(body.css('a[href*="/sight/"]::attr(href)').getall())))
    cost = found(re.compile(r"人均\s*[：:]\s*(\d+)"), facts)
    return {
        "title": words(head.css("h1, h2")[:1]),
        "text": told,
        "complete": True,
        "author": found(MEMBER, head.css('a[href*="/members/"]::attr(href)').get() or ""),
        "published_at": "-".join(day.groups()) if day else None,
        "days": found(re.compile(r"天数\s*[：:]\s*(\d+)"), facts),
        "cost": cost,
        "currency": "CNY" if cost else None,
        "photos": texts(
            [absolute("https://you.ctrip.com/", one) for one in body.css("img::attr(data-original)").getall()]
        ),
        "mentions": [Mention(ref=ref, evidence="link", score=1.0, times=times) for ref, times in sights.items()]
        or None,
    }


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


def hotels_in(response: HttpResponse) -> list[dict[str, Any]] | None:
    """Return what a page says about a hotel, or about each of its list; None where it has no such state."""
    if "IBU_HOTEL" not in response.text:
        return None
    data = dig(state(response.text, r"\bIBU_HOTEL\s*=\s*(?=\{)"), "initData")
    listed = dig(data, "firstPageList", "hotelList", "list")
    if isinstance(listed, list):
        return [part for part in dicts(listed) if isinstance(part.get("base"), dict)]
    return [data] if isinstance(dig(data, "base"), dict) else None


def address_of(response: HttpResponse, pattern: re.Pattern[str]) -> str | None:
    """Return the address of a page that has the pattern: where it came from, or what it calls itself."""
    own = html(response.text).xpath('//link[@rel="canonical"]/@href | //meta[@property="og:url"]/@content').getall()
    own += re.findall(r'"@id"\s*:\s*"([^"]{1,500})"', response.text[:200_000])
    addresses = (absolute("https://you.ctrip.com/", one) for one in (str(response.url), *own))
    return next((one for one in addresses if one and pattern.search(one)), None)
