"""Where Mafengwo's pages and pagelets are, and how they are asked for."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

from travelcrawl.items import Json, Link

SITE = "https://www.mafengwo.cn"
PAGELETS = "https://pagelet.mafengwo.cn"


def place_link(ref: str) -> Link:
    """Ask for the page of a place."""
    return Link(url=f"{SITE}/poi/{ref}.html", page="PoiPage", params={"ref": ref})


def location(ref: str) -> Link:
    """Ask for the position of a place."""
    return pagelet("poiLocationApi", {"poi_id": ref}, "LocationPagelet", ref, {})


def reviews_link(ref: str, page: int) -> Link:
    """Ask for a page of a place's reviews."""
    asked: dict[str, Json] = {"poi_id": ref, "page": page, "just_comment": 1}
    return pagelet("poiCommentListApi", asked, "ReviewPagelet", ref, {"page": page})


def pagelet(name: str, asked: dict[str, Json], page: str, ref: str, params: dict[str, Json]) -> Link:
    """Ask for a pagelet, unsigned; it wants to know the page it belongs to."""
    return Link(
        url=f"{PAGELETS}/poi/pagelet/{name}?params={quote(json.dumps(asked, separators=(',', ':')))}",
        page=page,
        headers={"Referer": f"{SITE}/poi/{ref}.html"},
        params={"ref": ref, **params},
    )


def destination(ref: str) -> Link:
    """Ask for the page of a destination."""
    return Link(url=f"{SITE}/travel-scenic-spot/mafengwo/{ref}.html", page="DestinationPage")


def list_link(ref: str, kind: str) -> Link:
    """Ask for a destination's places of a kind: jd (sights), cy (food), gw (shopping), yl (entertainment)."""
    return Link(url=f"{SITE}/{kind}/{ref}/gonglve.html", page="ListPage")


def search(word: str) -> Link:
    """Search for places by a word."""
    return Link(url=f"{SITE}/search/q.php?q={quote(word)}&t=poi", page="ListPage")


def city_list(city: str, kinds: list[str]) -> Link:
    """Ask for the list of cities, to follow one of them, by its short name."""
    return Link(url=f"{SITE}/mdd/", page="CityList", params={"city": city, "kinds": list[Json](kinds)})


def rest_of(ref: str, page: int, city: str | None) -> Link:
    """Ask for a page of all sights of a destination, unsigned, as its list page did in 2019."""
    body = {"sAct": "KMdd_StructWebAjax|GetPoisByTag", "iMddid": ref, "iTagId": "0", "iPage": str(page)}
    return Link(
        url=f"{SITE}/ajax/router.php",
        method="POST",
        body=urlencode(body),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Requested-With": "XMLHttpRequest",
            "Referer": f"{SITE}/jd/{ref}/gonglve.html",
        },
        page="RestOfList",
        params={"mdd": ref, "page": page, "city": city},
    )
