"""Amap's Web Service API: v3 and v5 of place search, with its key, its caps and its strings for numbers (platforms.md 1)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta, timezone
from typing import Any, ClassVar

import shapely

from sandbox.borders import border
from sandbox.dialect import Dialect, Route
from sandbox.http import Reply, Request, json_reply
from sandbox.model import Listing, World
from sandbox.names import City, District

KEY = "0123456789abcdef0123456789abcdef"
"""The one key that the sandbox honours."""
HOST = "restapi.amap.com"
CAP = 200
"""Records that one query gives, however it is paged (amap's documentation, 2026-03-31)."""
PAGE = 25
"""Records a page holds at most."""
_CHINA = timezone(timedelta(hours=8))
_METRES = 111_320.0
_ERRORS = {
    "10001": "INVALID_USER_KEY",
    "10002": "SERVICE_NOT_AVAILABLE",
    "20000": "INVALID_PARAMS",
    "20001": "MISSING_REQUIRED_PARAMS",
}


def error(code: str) -> Reply:
    """Answer as amap does where it refuses: HTTP 200 and an infocode."""
    return json_reply({"status": "0", "info": _ERRORS[code], "infocode": code})


class Amap(Dialect):
    """Both versions of place/text, around, polygon and detail, and the borders of districts."""

    platform: ClassVar[str] = "amap"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.points = self.pins("GCJ-02")

    def routes(self) -> Iterable[Route]:
        """Return the API's addresses."""
        return (
            Route(HOST, r"/(v[35])/place/text", self._keyed(self.text)),
            Route(HOST, r"/(v[35])/place/around", self._keyed(self.around)),
            Route(HOST, r"/(v[35])/place/polygon", self._keyed(self.polygon)),
            Route(HOST, r"/(v[35])/place/detail", self._keyed(self.detail)),
            Route(HOST, r"/(v3)/config/district", self._keyed(self.district)),
            Route(HOST, r"/.*", self.unavailable),
        )

    def _keyed(self, answer: Callable[[Request, str], Reply]) -> Callable[[Request, re.Match[str]], Reply]:
        def keyed(request: Request, found: re.Match[str]) -> Reply:
            return answer(request, found[1]) if request.query.get("key") == KEY else error("10001")

        keyed.__name__ = f"place_{answer.__name__}"
        return keyed

    def text(self, request: Request, version: str) -> Reply:
        """Search by keyword or type, in a region."""
        query = request.query
        if not query.get("keywords") and not query.get("types"):
            return error("20001")
        region = query.get("region" if version == "v5" else "city", "")
        limited = query.get("city_limit" if version == "v5" else "citylimit", "false").lower() in {"true", "1"}
        found = self._matching(query)
        inside = [listing for listing in found if _in_region(listing, region)]
        outside = [] if limited else [listing for listing in found if listing not in inside]
        return self._page(request, version, inside + outside)

    def around(self, request: Request, version: str) -> Reply:
        """Search in a circle, the nearest first."""
        centre = _points(request.query.get("location", ""))
        radius = _number(request.query.get("radius"), 5000)
        if len(centre) != 1 or not 0 <= radius <= 50_000:
            return error("20000" if "location" in request.query else "20001")
        far = {listing.ref: _metres(centre[0], self.points[listing.ref]) for listing in self._matching(request.query)}
        near = sorted((ref for ref, metres in far.items() if metres <= radius), key=lambda ref: (far[ref], ref))
        return self._page(request, version, [self.listings[ref] for ref in near], far)

    def polygon(self, request: Request, version: str) -> Reply:
        """Search in a polygon, or in a rectangle given by two corners."""
        corners = _points(request.query.get("polygon", ""))
        if len(corners) < 2:
            return error("20000" if "polygon" in request.query else "20001")
        area = shapely.box(*corners[0], *corners[1]) if len(corners) == 2 else shapely.Polygon(corners)
        shapely.prepare(area)
        found = self._matching(request.query)
        inside = [listing for listing in found if shapely.intersects_xy(area, *self.points[listing.ref])]
        return self._page(request, version, inside)

    def detail(self, request: Request, version: str) -> Reply:
        """Return the things of some ids."""
        refs = request.query.get("id", "").split("|")[:10]
        if refs == [""]:
            return error("20001")
        return self._page(request, version, [self.listings[ref] for ref in refs if ref in self.listings])

    def district(self, request: Request, _: str) -> Reply:
        """Return a district or a city with its border, where that is asked for."""
        word = request.query.get("keywords", "")
        found = [
            _division(city, district, with_border=request.query.get("extensions") == "all")
            for city in self.world.cities
            for district in (None, *city.districts)
            if word in ((district.adcode, district.name) if district else (city.adcode, city.full_name, city.name))
        ]
        answer = {"status": "1", "info": "OK", "infocode": "10000", "count": str(len(found))}
        return json_reply({**answer, "suggestion": {"keywords": [], "cities": []}, "districts": found})

    def unavailable(self, request: Request, _: re.Match[str]) -> Reply:
        """Answer a misspelt path."""
        return error("10002") if request.query.get("key") == KEY else error("10001")

    def _matching(self, query: Mapping[str, str]) -> list[Listing]:
        types, word = [code for code in query.get("types", "").split("|") if code], query.get("keywords", "")
        return [
            listing
            for listing in self.shelf.listings
            if (not types or any(_is_of(listing, code) for code in types))
            and (not word or word in listing.name or word in listing.place.kind.amap_type)
        ]

    def _page(
        self, request: Request, version: str, found: Sequence[Listing], far: Mapping[str, float] | None = None
    ) -> Reply:
        query = request.query
        default, names = (10, ("page_size", "page_num")) if version == "v5" else (20, ("offset", "page"))
        size, number = _number(query.get(names[0]), default), _number(query.get(names[1]), 1)
        if not 1 <= size <= PAGE or not 1 <= number <= 100:
            return error("20000")
        reachable = found[:CAP]
        page = reachable[int((number - 1) * size) : int(number * size)]
        shape = self._poi_v5 if version == "v5" else self._poi_v3
        answer: dict[str, Any] = {
            "status": "1",
            "info": "OK",
            "infocode": "10000",
            # v3 counts the whole result, v5 the records of this page (documentation of POI 2.0).
            "count": str(len(page) if version == "v5" else len(found)),
            "pois": [shape(listing, query, (far or {}).get(listing.ref)) for listing in page],
        }
        if version == "v3":
            answer["suggestion"] = {"keywords": [], "cities": []}
        return json_reply(answer)

    def _poi_v5(self, listing: Listing, query: Mapping[str, str], metres: float | None) -> dict[str, Any]:
        place = listing.place
        poi: dict[str, Any] = {
            "parent": "",
            "address": listing.address or [],
            "distance": "" if metres is None else str(round(metres)),
            **_region(listing),
            "type": place.kind.amap_type,
            "typecode": place.kind.amap_code,
            "name": listing.name,
            "location": self._location(listing),
            "id": listing.ref,
        }
        shown = set(query.get("show_fields", "").split(","))
        if "business" in shown:
            poi["business"] = {
                "business_area": place.branch or "",
                "tel": ";".join(listing.phones),
                "tag": ",".join(listing.tags),
                "keytag": place.kind.word,
                "rectag": place.kind.word,
                "rating": _text(listing.rating, 1),
                "cost": _text(listing.price, 2),
                "parking_type": "",
                "alias": "|".join(listing.aliases),
                "opentime_today": listing.hours or "",
                "opentime_week": f"周一至周日 {listing.hours}" if listing.hours else "",
            }
        if "children" in shown:
            poi["children"] = []
        if "photos" in shown:
            poi["photos"] = [{"title": "", "url": f"http://store.is.autonavi.com/showpic/{listing.ref.lower()}"}]
        if "navi" in shown:
            poi["navi"] = {"navi_poiid": listing.ids["navi"], "entr_location": self._location(listing)}
        return poi

    def _poi_v3(self, listing: Listing, query: Mapping[str, str], metres: float | None) -> dict[str, Any]:
        place = listing.place
        poi: dict[str, Any] = {
            "id": listing.ref,
            "parent": [],
            "name": listing.name,
            "type": place.kind.amap_type,
            "typecode": place.kind.amap_code,
            "biz_type": [],
            "address": listing.address or [],
            "location": self._location(listing),
            "tel": ";".join(listing.phones) or [],
            "distance": [] if metres is None else str(round(metres)),
            **_region(listing),
            "shopinfo": "0",
        }
        if query.get("extensions") == "all":
            poi |= {
                "tag": ",".join(listing.tags) or [],
                "postcode": [],
                "website": listing.website or [],
                "email": [],
                "entr_location": self._location(listing),
                "exit_location": [],
                "navi_poiid": listing.ids["navi"],
                "business_area": place.branch or [],
                "timestamp": listing.updated.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S"),
                "alias": "|".join(listing.aliases) or [],
                "indoor_map": "0",
                "biz_ext": {
                    "rating": _text(listing.rating, 1) or [],
                    "cost": _text(listing.price, 2) or [],
                    **({"open_time": listing.hours} if listing.hours else {}),
                },
                "children": [],
                "photos": [{"title": [], "url": f"http://store.is.autonavi.com/showpic/{listing.ref.lower()}"}],
            }
        return poi

    def _location(self, listing: Listing) -> str:
        lon, lat = self.points[listing.ref]
        return f"{lon:.6f},{lat:.6f}"


def _region(listing: Listing) -> dict[str, str]:
    city, district = listing.place.city, listing.place.district
    return {
        "pname": city.province,
        "pcode": f"{city.adcode[:2]}0000",
        "cityname": city.full_name,
        "citycode": city.citycode,
        "adname": district.name,
        "adcode": district.adcode,
    }


def _division(city: City, district: District | None, *, with_border: bool) -> dict[str, Any]:
    inside = city.districts if district is None else (district,)
    rings = [border(one, "GCJ-02") for one in inside]
    lon, lat = (sum(one[axis] for ring in rings for one in ring) / sum(map(len, rings)) for axis in (0, 1))
    polyline = "|".join(";".join(f"{x:.6f},{y:.6f}" for x, y in ring) for ring in rings)
    return {
        "citycode": city.citycode,
        "adcode": city.adcode if district is None else district.adcode,
        "name": city.full_name if district is None else district.name,
        **({"polyline": polyline} if with_border else {}),
        "center": f"{lon:.6f},{lat:.6f}",
        "level": "city" if district is None else "district",
        "districts": [],
    }


def _in_region(listing: Listing, region: str) -> bool:
    city, district = listing.place.city, listing.place.district
    if re.fullmatch(r"\d{6}", region):
        return district.adcode.startswith(re.sub(r"(00)+$", "", region))
    return not region or region in {city.citycode, city.name, city.full_name, city.pinyin, district.name}


def _is_of(listing: Listing, code: str) -> bool:
    """Say whether a listing is of a type: a code (of any level: 110000 is all of 11) or a word of the type's name."""
    if code.isdecimal():
        return listing.place.kind.amap_code.startswith(re.sub(r"(00)+$", "", code))
    return code in listing.place.kind.amap_type.split(";")


def _text(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _number(text: str | None, default: float) -> float:
    try:
        return float(text) if text else default
    except ValueError:
        return -1.0


def _points(text: str) -> list[tuple[float, float]]:
    found = re.findall(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)", text)
    return [(float(lon), float(lat)) for lon, lat in found]


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    scale = math.cos(math.radians(one[1]))
    return math.hypot((one[0] - other[0]) * _METRES * scale, (one[1] - other[1]) * _METRES)
