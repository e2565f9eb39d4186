"""What all contenders read from the pages of the foreign web: the same code, so that they differ in access alone.

It is written as a spider's parse methods usually are: where a page is not what it should be, a value is None or an exception is raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from parsel import Selector

Link = tuple[str, str]
"""Kind of page (``list`` or ``place``), address."""
FIELDS = ("ref", "city", "name", "address", "phone", "rating", "price", "lat", "lon")


def kind_of(url: str) -> str:
    """Say whether an address is a list's or a place's."""
    return "place" if re.search(r"/place/|/v1/places/\d|/p/\d|/stay/", url) else "list"


def links(url: str, text: str) -> Iterator[Link]:
    """Yield where a list page leads."""
    for link in _LINKS[urlsplit(url).netloc](text):
        yield kind_of(urljoin(url, link)), urljoin(url, link)


def place(url: str, text: str) -> dict[str, Any]:
    """Return what a page says of its place."""
    host = urlsplit(url).netloc
    return {"site": host, **_PLACES[host](url, text)}


def is_whole(item: dict[str, Any]) -> bool:
    """Say whether a place has all its values, as a careful spider does."""
    return all(item.get(name) not in (None, "") for name in FIELDS)


def _lantern_links(text: str) -> list[str]:
    return Selector(text).css("a.place::attr(href), a.page::attr(href)").getall()


def _saltmarsh_links(text: str) -> list[str]:
    data = json.loads(text)
    return [f"/v1/places/{row['id']}" for row in data.get("items", ())] + [one for one in [data.get("next")] if one]


def _hillfare_links(text: str) -> list[str]:
    return Selector(text).css("tr[data-id] a::attr(href), a[rel=next]::attr(href)").getall()


def _tidebook_links(text: str) -> list[str]:
    state = _state(text)
    following = [f"/browse/{state['city']}/p{page}" for page in range(2, state["pages"] + 1)]
    return [row["path"] for row in state["results"]] + following


def _state(text: str) -> Any:
    return json.loads(Selector(text).css("script#state::text").get() or "")


def _lantern(url: str, text: str) -> dict[str, Any]:
    page = Selector(text)
    facts = dict(zip(page.css("dt::text").getall(), page.css("dd::text").getall(), strict=False))
    lat, _, lon = (facts.get("Position") or "").partition(", ")
    return {
        "ref": url.rpartition("/")[2].removesuffix(".html"),
        "city": facts.get("Town"),
        "name": page.css("h1::text").get(),
        "address": facts.get("Address"),
        "phone": facts.get("Phone"),
        "rating": facts.get("Guests say"),
        "price": (facts.get("From") or "").removesuffix(" €"),
        "lat": lat,
        "lon": lon,
    }


def _saltmarsh(url: str, text: str) -> dict[str, Any]:
    data = json.loads(text).get("place", {})
    position = data.get("position", {})
    fields = {name: data.get(name) for name in ("city", "name", "address", "phone", "rating", "price")}
    return {"ref": url.rpartition("/")[2], **fields, "lat": position.get("lat"), "lon": position.get("lng")}


def _hillfare(url: str, text: str) -> dict[str, Any]:
    page = Selector(text)
    return {
        "ref": url.rpartition("/")[2],
        "name": page.css("h2.name::text").get(),
        **{name: page.css(f"td.{name}::text").get() for name in ("city", "address", "phone", "rating", "price")},
        "lat": page.css("meta[itemprop=latitude]::attr(content)").get(),
        "lon": page.css("meta[itemprop=longitude]::attr(content)").get(),
    }


def _tidebook(_: str, text: str) -> dict[str, Any]:
    stay = _state(text)["stay"]
    return {name: stay.get(name) for name in FIELDS}


_LINKS: dict[str, Callable[[str], list[str]]] = {
    "www.lanternroute.example": _lantern_links,
    "api.saltmarsh.example": _saltmarsh_links,
    "m.hillfare.example": _hillfare_links,
    "www.tidebook.example": _tidebook_links,
}
_PLACES: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "www.lanternroute.example": _lantern,
    "api.saltmarsh.example": _saltmarsh,
    "m.hillfare.example": _hillfare,
    "www.tidebook.example": _tidebook,
}
