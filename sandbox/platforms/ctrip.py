"""Ctrip: POST JSON of the mobile site, the old list with its three datums, sight pages, hotel pages (platforms.md 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sandbox.dialect import Dialect, Route, not_found, reviews_by_subject
from sandbox.http import Reply, Request, html_reply, json_reply
from sandbox.model import Listing, World
from sandbox.names import CITIES
from sandbox.platforms.ctrip_shapes import (
    GUIDE,
    NAMES,
    card,
    comment,
    district,
    hit,
    hotel_number,
    old_card,
    script,
    sight_path,
    status,
)

MOBILE, HOTELS = "m.ctrip.com", "hotels.ctrip.com"
PAGE = 20
"""Sights a page of getAttractionList holds at most."""
REVIEW_PAGES = 300
"""Pages of reviews that are reachable."""


class Ctrip(Dialect):
    """District lists, reviews, search, sight pages and hotel pages."""

    platform: ClassVar[str] = "ctrip"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.points = {datum: self.pins(name) for datum, name in NAMES.items()}
        self.reviews = reviews_by_subject(self.shelf)
        self.by_poi = {listing.ids["poi"]: listing for listing in self.shelf.listings if "poi" in listing.ids}
        self.sights = _by_city(listing for listing in self.shelf.listings if listing.place.sort == "sight")
        self.hotels = _by_city(listing for listing in self.shelf.listings if listing.place.sort == "hotel")

    def routes(self) -> Iterable[Route]:
        """Return the platform's addresses."""
        return (
            Route(MOBILE, r"/restapi/soa2/18109/json/getAttractionList", self.attractions),
            Route(MOBILE, r"/restapi/soa2/13444/json/getCommentCollapseList", self.comments),
            Route(MOBILE, r"/restapi/soa2/10159/json/getsightinfolistforapp670", self.old_list),
            Route(MOBILE, r"/restapi/soa2/(?:30668|26872)/search", self.search),
            Route(GUIDE, r"/sight/[a-z]+(\d+)/(\d+)\.html", self.sight),
            Route(GUIDE, r"/sight/[a-z]+(\d+)(?:/s0-p(\d+))?\.html", self.sight_list),
            Route(HOTELS, r"/hotels/(?:detail/)?(\d+)\.html", self.hotel),
            Route(HOTELS, r"/hotels/list", self.hotel_list),
        )

    def shared(self) -> Iterator[str]:
        """Yield the addresses of hotels."""
        for listing in self.shelf.listings:
            if not listing.linked:
                yield f"https://{HOTELS}/hotels/{hotel_number(listing)}.html"

    def attractions(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of a district's sights."""
        asked = request.json if isinstance(request.json, dict) else {}
        district, count = _whole(asked.get("districtId")), _whole(asked.get("count")) or PAGE
        index = _whole(asked.get("index")) or 1
        if request.method != "POST" or district is None or not 1 <= count <= PAGE:
            return json_reply({"ResponseStatus": status(ok=False), "attractionList": [], "hasMore": False})
        sights = self.sights.get(district, [])
        page = sights[(index - 1) * count : index * count]
        return json_reply(
            {
                "ResponseStatus": status(),
                "attractionList": [{"card": card(listing, self.points)} for listing in page],
                "totalCount": len(sights),
                "hasMore": index * count < len(sights),
            }
        )

    def comments(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of a sight's reviews."""
        asked = request.json.get("arg", {}) if isinstance(request.json, dict) else {}
        listing = self.by_poi.get(str(asked.get("poiId"))) or self.listings.get(str(asked.get("resourceId")))
        index, size = _whole(asked.get("pageIndex")) or 1, _whole(asked.get("pageSize")) or 10
        if request.method != "POST" or listing is None or not 1 <= size <= 50:
            return json_reply({"ResponseStatus": status(), "code": 201, "msg": "参数错误"})
        reviews = self.reviews.get(listing.ref, []) if index <= REVIEW_PAGES else []
        page = reviews[(index - 1) * size : index * size]
        result = {"totalCount": len(reviews), "items": [comment(review, listing) for review in page]}
        return json_reply({"ResponseStatus": status(), "code": 200, "msg": "操作成功", "result": result})

    def old_list(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of the list of 2016, with all three datums."""
        asked = request.json if isinstance(request.json, dict) else {}
        district = _whole(asked.get("DistrictId") or asked.get("districtId"))
        city = next((city for city in CITIES if city.ctrip == district), None)
        if city is None:
            return json_reply({"ResponseStatus": status(ok=False), "Result": None})
        size = min(_whole(asked.get("Count") or asked.get("PageSize")) or PAGE, PAGE)
        start = _whole(asked.get("Start")) or ((_whole(asked.get("PageIndex")) or 1) - 1) * size
        sights = self.sights.get(city.ctrip, [])
        result = {
            "DistrictId": city.ctrip,
            "TotalCount": len(sights),
            "DistrictName": city.name,
            "DistrictPinYin": city.pinyin,
            "Lat": city.districts[0].lat,
            "Lng": city.districts[0].lon,
            "SightInfoList": [
                old_card(listing, city, rank, self.points)
                for rank, listing in enumerate(sights[start : start + size], start + 1)
            ],
        }
        return json_reply({"ResponseStatus": status(), "Result": result})

    def search(self, request: Request, _: re.Match[str]) -> Reply:
        """Return districts and sights whose name holds the keyword."""
        asked = request.json if isinstance(request.json, dict) else {}
        word = str(asked.get("keyword") or request.query.get("keyword", "")).strip()
        found: list[dict[str, Any]] = []
        for city in CITIES if word else ():
            if word in city.full_name or word == city.pinyin:
                found.append(district(city))
            found += [hit(listing, self.points) for listing in self.sights.get(city.ctrip, []) if word in listing.name]
        return json_reply({"ResponseStatus": status(), "data": found[:30]})

    def sight(self, _: Request, found: re.Match[str]) -> Reply:
        """Return the page of a sight, which names the poiId that the reviews want."""
        listing = self.listings.get(found[2])
        if listing is None or str(listing.place.city.ctrip) != found[1]:
            return not_found()
        lon, lat = self.points["WGS84"][listing.ref]
        overview = {
            "poiId": int(listing.ids["poi"]),
            "poiName": listing.name,
            "poiType": "SIGHT",
            "districtId": listing.place.city.ctrip,
            "districtName": listing.place.city.name,
            "address": listing.address,
            "coordinate": {"coordinateType": "WGS84", "latitude": lat, "longitude": lon},
            "commentScore": listing.rating,
            "commentCount": listing.review_count,
            "sightLevelStr": listing.level or "",
            "sightTelList": list(listing.phones),
            "introduction": listing.summary,
            "openInfo": {"openTimeDesc": f"{listing.hours}开放"} if listing.hours else {},
            "comments": [comment(review, listing) for review in self.reviews.get(listing.ref, [])[:3]],
        }
        state = {"props": {"pageProps": {"initialState": {"overview": overview}}}, "page": "/sight/detail"}
        return html_reply(
            f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{listing.name}门票,地址,点评 - 携程攻略</title></head>"
            f"<body><div class='titleView'><h1>{listing.name}</h1></div><div class='baseInfoModule'>"
            f"<div class='baseInfoItem'><p class='baseInfoTitle'>地址</p><p class='baseInfoText'>{listing.address}</p></div>"
            f"</div><script id='__NEXT_DATA__' type='application/json'>{script(state)}</script></body></html>"
        )

    def sight_list(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a page of links to a district's sights."""
        sights, number = self.sights.get(int(found[1]), []), int(found[2] or 1)
        page = sights[(number - 1) * 15 : number * 15]
        if not page:
            return not_found()
        items = "".join(
            f"<div class='list_mod2'><dl><dt><a href='{sight_path(listing)}' title='{listing.name}'>{listing.name}</a>"
            f"</dt></dl></div>"
            for listing in page
        )
        pages = -(-len(sights) // 15)
        following = f"<a class='nextpage' href='s0-p{number + 1}.html'>下一页</a>" if number < pages else ""
        return html_reply(
            f"<!DOCTYPE html><html><head><title>{page[0].place.city.name}景点 - 携程攻略</title></head><body>"
            f"<div class='list_wide_mod2'>{items}</div><div class='pager_v1'>{following}<b class='numpage'>{pages}</b></div>"
            f"</body></html>"
        )

    def hotel(self, _: Request, found: re.Match[str]) -> Reply:
        """Return the page of a hotel with its state."""
        listing = self.listings.get(f"hotel-{found[1]}")
        if listing is None:
            return not_found()
        lon, lat = self.points["GCJ02"][listing.ref]
        state = {
            "initData": {
                "base": {
                    "hotelId": int(found[1]),
                    "hotelName": listing.name,
                    "hotelNameEn": listing.name_en or "",
                    "cityId": listing.place.city.ctrip,
                    "cityName": listing.place.city.name,
                    **({"star": int(listing.level)} if listing.level else {}),
                    "phone": ";".join(listing.phones),
                },
                "position": {"address": listing.address, "lat": str(lat), "lng": str(lon), "coordinateType": "GCJ02"},
                "comment": {"score": "" if listing.rating is None else f"{listing.rating:.1f}", "scoreMax": 5},
            }
        }
        return html_reply(
            f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{listing.name}预订价格 - 携程酒店</title></head>"
            f"<body><h1 class='detail-headline_name'>{listing.name}</h1>"
            f"<script>window.IBU_HOTEL={script(state)};</script></body></html>"
        )

    def hotel_list(self, request: Request, _: re.Match[str]) -> Reply:
        """Return links to the hotels of a city."""
        hotels = self.hotels.get(_whole(request.query.get("city")) or 0, [])
        items = "".join(
            f"<li><a href='/hotels/{hotel_number(listing)}.html'>{listing.name}</a></li>" for listing in hotels
        )
        return html_reply(
            f"<!DOCTYPE html><html><head><title>酒店 - 携程酒店</title></head><body><ul>{items}</ul></body></html>"
        )


def _by_city(listings: Iterable[Listing]) -> Mapping[int, Sequence[Listing]]:
    cities: dict[int, list[Listing]] = {}
    for listing in sorted(listings, key=lambda listing: -listing.place.fame):
        cities.setdefault(listing.place.city.ctrip, []).append(listing)
    return cities


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
