"""What Ctrip's services and pages are made of: the names and nesting of the real ones, invented content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from sandbox.model import Listing, Review
from sandbox.names import City

GUIDE = "you.ctrip.com"
NAMES = {"WGS84": "WGS-84", "GCJ02": "GCJ-02", "BD09": "BD-09"}
"""The platform's word for a datum → ours."""
_DATUMS = ("WGS84", "WGS84", "WGS84", "GCJ02", "BD09")
_IMAGES = "https://dimg04.c-ctrip.com/images"

Points: TypeAlias = Mapping[str, Mapping[str, tuple[float, float]]]
"""Datum → ref → longitude and latitude."""


def card(listing: Listing, points: Points) -> dict[str, Any]:
    """Return a sight as getAttractionList has it, in one of three datums."""
    datum = _DATUMS[int(listing.ref) % len(_DATUMS)]
    lon, lat = points[datum][listing.ref]
    city = listing.place.city
    card: dict[str, Any] = {
        "poiId": int(listing.ids["poi"]),
        "poiName": listing.name,
        "poiType": 3,
        "districtId": city.ctrip,
        "districtName": city.name,
        "zoneName": listing.place.district.areas[0],
        "distanceStr": f"距市中心{listing.place.id % 19 + 1}.{listing.place.id % 9}km",
        "commentScore": listing.rating or 0,
        "commentCount": listing.review_count,
        "heatScore": f"{listing.place.fame * 10:.1f}",
        "isFree": listing.price == 0,
        "sightLevelStr": listing.level or "",
        "coverImageUrl": f"{_IMAGES}/{listing.ref}_D_1180_558.jpg",
        "shortFeatures": [listing.summary] if listing.summary else [],
        "tagNameList": list(listing.tags),
        "coordinate": {"coordinateType": datum, "latitude": lat, "longitude": lon},
        "detailUrl": f"https://{GUIDE}{sight_path(listing)}?scene=online",
    }
    if listing.price is not None:
        card |= {"price": listing.price, "marketPrice": listing.price}
    return card


def old_card(listing: Listing, city: City, rank: int, points: Points) -> dict[str, Any]:
    """Return a sight as the list of 2016 has it, in all three datums."""
    pairs = {datum: points[datum][listing.ref] for datum in NAMES}
    price = float(listing.price or 0)
    return {
        "SightId": int(listing.ref),
        "SightEName": "",
        "SightName": listing.name,
        "CommentCount": listing.review_count,
        "CommentScore": listing.rating or 0.0,
        "DistrictId": city.ctrip,
        "DistrictName": city.name,
        "Rank": rank,
        "PriceType": 3 if not price else 1,
        "Price": price,
        "RmbPrice": price,
        "Currency": "RMB" if price else "",
        "CoverImage": f"{_IMAGES}/{listing.ref}_C_210_140.jpg",
        "Level": listing.level or "",
        "Lat": pairs["WGS84"][1],
        "Lng": pairs["WGS84"][0],
        "InChina": True,
        "RecommendDesc": listing.summary or "",
        "BCoord": {"Lng": pairs["BD09"][0], "Lat": pairs["BD09"][1]},
        "GDCoord": {"Lng": pairs["GCJ02"][0], "Lat": pairs["GCJ02"][1]},
        "Template": 1,
    }


def comment(review: Review, listing: Listing) -> dict[str, Any]:
    """Return a review."""
    sight, number = int(listing.ref), int(review.ref)
    return {
        "commentId": number,
        "poiInfo": None,
        "userInfo": {
            "userId": int(review.author.id),
            "clientAuth": f"{int(review.author.id):032X}",
            "userNick": review.author.name,
            "userImage": f"{_IMAGES}/{review.author.avatar}",
            "userMember": "黄金贵宾",
        },
        "extInfo": {"playTime": None, "duration": 0},
        "replyInfo": [],
        "resourceId": sight,
        "resourceType": 11,
        "businessId": int(listing.ids["poi"]),
        "businessType": 70,
        "districtId": listing.place.city.ctrip,
        "fromTypeText": "来自订单",
        "publishTime": _stamp(review.published_at),
        "publishTypeTag": f"{review.published_at:%Y-%m-%d} 发布点评",
        "usefulCount": review.likes,
        "replyCount": review.replies,
        "score": float(review.rating or 0),
        "scores": [{"name": name, "score": float(review.rating or 0)} for name in ("景色", "趣味", "性价比")],
        "images": [
            {"imageSrcUrl": f"{_IMAGES}/{photo}", "imageThumbUrl": f"{_IMAGES}/small-{photo}"}
            for photo in review.photos
        ],
        "videos": [],
        "content": review.text,
        "languageType": "zh-cn",
        "jumpH5Url": f"https://m.ctrip.com/webapp/you/comment/detail/{sight}/11/{number}.html",
        "ipLocatedName": listing.place.city.province[:2],
        "touristTypeDisplay": "朋友出游",
        "recommendItems": None,
        "isDeleted": False,
    }


def hit(listing: Listing, points: Points) -> dict[str, Any]:
    """Return a sight as the search has it."""
    lon, lat = points["WGS84"][listing.ref]
    return {
        "type": "sight",
        "id": int(listing.ref),
        "word": listing.name,
        "url": f"https://{GUIDE}{sight_path(listing)}",
        "lat": lat,
        "lon": lon,
        "cityId": listing.place.city.ctrip,
        "districtId": listing.place.city.ctrip,
    }


def district(city: City) -> dict[str, Any]:
    """Return a city as the search has it."""
    return {
        "type": "district",
        "id": city.ctrip,
        "word": city.name,
        "url": f"https://{GUIDE}/place/{city.pinyin}{city.ctrip}.html",
        "lat": city.districts[0].lat,
        "lon": city.districts[0].lon,
        "cityId": city.ctrip,
        "districtId": city.ctrip,
    }


def hotel_number(hotel: Listing) -> str:
    """Return the number in the address of a hotel."""
    return hotel.ref.removeprefix("hotel-")


def sight_path(listing: Listing) -> str:
    """Return the path of a sight."""
    city = listing.place.city
    return f"/sight/{city.pinyin}{city.ctrip}/{listing.ref}.html"


def status(*, ok: bool = True) -> dict[str, Any]:
    """Return what every service says about itself."""
    return {
        "Timestamp": "/Date(1793505600000+0800)/",
        "Ack": "Success" if ok else "Failure",
        "Errors": [],
        "Extension": [],
    }


def _stamp(moment: datetime) -> str:
    return f"/Date({int(moment.timestamp() * 1000)}+0800)/"


def script(state: Any) -> str:
    """Return state as it stands in a script."""
    return json.dumps(state, ensure_ascii=False).replace("</", "<\\/")
