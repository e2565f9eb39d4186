"""How Ctrip is asked: the services of its mobile site, and what follows a sight."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from travelcrawl.items import Json, Link, Listing
from travelcrawl.pages.ctrip_parts import SIGHT
from travelcrawl.pages.fields import first, found

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


def links_of(card: dict[str, Any], sight: Listing) -> Iterator[Link]:
    """Yield the page and the reviews of a sight."""
    if sight.url and found(SIGHT, sight.url):
        yield Link(url=sight.url, page="SightPage", params={"ref": sight.ref})
    poi = first(card, "poiId")
    if poi and sight.review_count != 0:
        yield reviews_link(poi, sight.ref, 1)
