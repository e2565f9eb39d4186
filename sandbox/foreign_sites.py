"""The layouts of the foreign web: one class a host, which answers from any view of its places."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from random import Random
from typing import Any, ClassVar

import attrs

from sandbox.dialect import Dialect, Route, not_found
from sandbox.foreign import CITIES, SIZE, Catalogue, FalseView, Place, View, catalogue
from sandbox.http import Reply, Request, html_reply, json_reply
from sandbox.model import World

_REF = r"(?P<ref>\d+)"
_CITY = r"(?P<city>[a-z]+)"
NOWHERE = World(seed=0, size=0, cities=(), places=(), shelves={}, authors=())


@attrs.frozen(kw_only=True)
class Stretch:
    """What one list page shows."""

    city: str
    page: int
    last: int
    """Number of the list's last page."""
    rows: Sequence[Place]


class ForeignSite(Dialect):
    """A host of the foreign web. Every answer has parts of its own (a token, a count of visitors), as real pages have."""

    fresh = True
    host: ClassVar[str]
    scheme: ClassVar[str] = "http"
    page_size: ClassVar[int] = 20
    robots_text: ClassVar[str] = "User-agent: *\nDisallow: /account\nDisallow: /search\n"

    def __init__(self, places: Catalogue, seed: int) -> None:
        super().__init__(NOWHERE)
        self.catalogue = places
        self._chance = Random(f"{seed}:tokens of {self.host}")
        self._false: dict[str, FalseView] = {}
        self._view: View = places

    def __init_subclass__(cls) -> None:
        cls.platform = cls.host
        cls.robots = {cls.host: cls.robots_text}

    def seeds(self) -> Iterator[str]:
        """Yield the addresses that a crawl begins with: the first list page of each city."""
        for city in CITIES:
            yield f"{self.scheme}://{self.host}{self.list_path(city, 1)}"

    def lie(self, request: Request, salt: str) -> Reply:
        """Answer as to somebody who is fed decoys; the same salt tells the same lies."""
        view = self._false.setdefault(salt, FalseView(self.catalogue, f"{self.host} {salt}"))
        self._view = view
        try:
            return self.answer(request)
        finally:
            self._view = self.catalogue

    def routes(self) -> Iterable[Route]:
        """Return lists and places."""
        yield Route(self.host, self.list_pattern, self._list)
        yield Route(self.host, self.place_pattern, self._place)

    list_pattern: ClassVar[str]
    place_pattern: ClassVar[str]

    def list_path(self, city: str, page: int) -> str:
        """Return path and query of a list page."""
        raise NotImplementedError

    def show_list(self, part: Stretch) -> Reply:
        """Lay a list page out."""
        raise NotImplementedError

    def show_place(self, place: Place) -> Reply:
        """Lay a place out."""
        raise NotImplementedError

    def page_of(self, said: Mapping[str, str]) -> int:
        """Return the number of the list page, from 1, that path and query ask for; 0: none."""
        return _number(said.get("page", "1"))

    def _list(self, request: Request, found: re.Match[str]) -> Reply:
        said = {**request.query, **found.groupdict()}
        city, page = said.get("city", ""), self.page_of(said)
        rows = self._view.rows(city)
        # A false list keeps the number of pages of the true one: it loses rows, not pages.
        last = -(-len(self.catalogue.rows(city)) // self.page_size)
        if not 1 <= page <= last:
            return not_found()
        size = -(-len(rows) // last)
        return self.show_list(Stretch(city=city, page=page, last=last, rows=rows[(page - 1) * size : page * size]))

    def _place(self, _: Request, found: re.Match[str]) -> Reply:
        place = self._view.place(found["ref"])
        return not_found() if place is None else self.show_place(place)

    def token(self) -> str:
        """Return what is another in every answer."""
        return f"{self._chance.getrandbits(64):016x}"

    def visitors(self) -> int:
        """Return a count that is another in every answer."""
        return self._chance.randint(3, 99)

    def html(self, title: str, body: str) -> Reply:
        """Wrap a page."""
        return html_reply(
            f'<!doctype html><html><head><title>{escape(title)}</title><meta name="csrf" content="{self.token()}"></head><body>'
            f'<nav><a href="/">Home</a> <a href="/account">Account</a></nav>{body}'
            f"<footer>{self.visitors()} people are looking at this page</footer></body></html>"
        )


class LanternRoute(ForeignSite):
    """HTML; each list page links to all pages of its list; a place is a list of definitions."""

    host = "www.lanternroute.example"
    list_pattern = rf"/places/{_CITY}"
    place_pattern = rf"/place/{_REF}\.html"

    def list_path(self, city: str, page: int) -> str:
        """Return the address of a page of a city."""
        return f"/places/{city}?page={page}"

    def show_list(self, part: Stretch) -> Reply:
        """Show cards and a pager."""
        cards = "".join(
            f'<li class="card"><a class="place" href="/place/{row.ref}.html">{escape(row.name)}</a><b>{row.price} €</b></li>'
            for row in part.rows
        )
        pager = "".join(
            f'<a class="page" href="{self.list_path(part.city, n)}">{n}</a>' for n in range(1, part.last + 1)
        )
        return self.html(f"Places in {part.city}", f"<ul>{cards}</ul><div>{pager}</div>")

    def show_place(self, place: Place) -> Reply:
        """Show definitions."""
        facts = {"Town": place.city, "Address": place.address, "Phone": place.phone, "From": f"{place.price} €"}
        facts |= {"Guests say": f"{place.rating}", "Position": f"{place.lat}, {place.lon}"}
        rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
        return self.html(f"{place.name} | Lantern Route", f"<h1>{escape(place.name)}</h1><dl>{rows}</dl>")


class Saltmarsh(ForeignSite):
    """A JSON API; a list gives the address of its next page."""

    host = "api.saltmarsh.example"
    page_size = 25
    list_pattern = r"/v1/places"
    place_pattern = rf"/v1/places/{_REF}"

    def list_path(self, city: str, page: int) -> str:
        """Return the address of a stretch of a city."""
        return f"/v1/places?city={city}&offset={(page - 1) * self.page_size}"

    def page_of(self, said: Mapping[str, str]) -> int:
        """Read it from the offset."""
        return _number(said.get("offset", "0")) // self.page_size + 1

    def show_list(self, part: Stretch) -> Reply:
        """Show short rows."""
        following = (
            f"{self.scheme}://{self.host}{self.list_path(part.city, part.page + 1)}" if part.page < part.last else None
        )
        items = [{"id": int(row.ref), "name": row.name, "price": row.price} for row in part.rows]
        return json_reply({"trace": self.token(), "items": items, "next": following})

    def show_place(self, place: Place) -> Reply:
        """Show all."""
        data: dict[str, Any] = {**place.facts, "id": int(place.ref), "position": {"lat": place.lat, "lng": place.lon}}
        for name in ("ref", "lat", "lon"):
            del data[name]
        return json_reply({"trace": self.token(), "place": data})


class Hillfare(ForeignSite):
    """HTML over TLS; each list page links to the next one only; a place is a table and meta tags."""

    host = "m.hillfare.example"
    scheme = "https"
    page_size = 16
    list_pattern = rf"/c/{_CITY}/(?P<page>\d+)"
    place_pattern = rf"/p/{_REF}"

    def list_path(self, city: str, page: int) -> str:
        """Return the address of a page of a city."""
        return f"/c/{city}/{page}"

    def show_list(self, part: Stretch) -> Reply:
        """Show rows of a table, and where it goes on."""
        lines = "".join(
            f'<tr data-id="{row.ref}"><td><a href="/p/{row.ref}">{escape(row.name)}</a></td><td>{row.rating}</td></tr>'
            for row in part.rows
        )
        following = (
            f'<a rel="next" href="{self.list_path(part.city, part.page + 1)}">more</a>' if part.page < part.last else ""
        )
        return self.html(f"{part.city}, page {part.page}", f"<table>{lines}</table>{following}")

    def show_place(self, place: Place) -> Reply:
        """Show a table; the position is in meta tags."""
        facts = {"city": place.city, "address": place.address, "phone": place.phone}
        facts |= {"rating": f"{place.rating}", "price": f"{place.price}"}
        rows = "".join(
            f'<tr><th>{name}</th><td class="{name}">{escape(value)}</td></tr>' for name, value in facts.items()
        )
        geo = f'<meta itemprop="latitude" content="{place.lat}"><meta itemprop="longitude" content="{place.lon}">'
        return self.html(
            f"Hillfare: {place.name}", f'{geo}<h2 class="name">{escape(place.name)}</h2><table>{rows}</table>'
        )


class Tidebook(ForeignSite):
    """HTML whose content is JSON in a script, as server-rendered applications send it."""

    host = "www.tidebook.example"
    list_pattern = rf"/browse/{_CITY}/p(?P<page>\d+)"
    place_pattern = rf"/stay/[a-z-]+-{_REF}"

    def list_path(self, city: str, page: int) -> str:
        """Return the address of a page of a city."""
        return f"/browse/{city}/p{page}"

    def show_list(self, part: Stretch) -> Reply:
        """Show addresses of places and how many pages there are."""
        results = [{"path": f"/stay/{_slug(row.name)}-{row.ref}", "title": row.name} for row in part.rows]
        return self._state(
            f"Stays in {part.city}", {"city": part.city, "results": results, "page": part.page, "pages": part.last}
        )

    def show_place(self, place: Place) -> Reply:
        """Show all."""
        return self._state(place.name, {"stay": place.facts})

    def _state(self, title: str, state: dict[str, Any]) -> Reply:
        data = json.dumps({**state, "served": self.token()}, ensure_ascii=False).replace("<", "\\u003c")
        return self.html(
            title, f'<div id="root">{escape(title)}</div><script id="state" type="application/json">{data}</script>'
        )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() else 0


def _slug(name: str) -> str:
    return re.sub(r"[^a-z]+", "-", name.lower()).strip("-")


SITES: tuple[type[ForeignSite], ...] = (LanternRoute, Saltmarsh, Hillfare, Tidebook)


@attrs.frozen(kw_only=True)
class ForeignWeb:
    """The hosts of a foreign web and their truth."""

    sites: tuple[ForeignSite, ...]

    @property
    def truth(self) -> dict[tuple[str, str], Place]:
        """Return (host, ref) → what is true of it."""
        return {(site.host, ref): place for site in self.sites for ref, place in site.catalogue.places.items()}

    @property
    def seeds(self) -> list[str]:
        """Return the addresses that a crawl begins with."""
        return [seed for site in self.sites for seed in site.seeds()]

    @property
    def pages(self) -> dict[str, int]:
        """Return host → pages that a crawl has to fetch at the least: lists and places."""
        return {
            site.host: len(site.catalogue.places)
            + sum(-(-len(site.catalogue.rows(city)) // site.page_size) for city in CITIES)
            for site in self.sites
        }


def foreign_web(seed: int, size: int = SIZE, hosts: Sequence[str] = ()) -> ForeignWeb:
    """Build the foreign web of a seed: about ``size`` places in all, on some of its hosts (empty: all).

    Raises ValueError with one sentence where a host is not of this web.
    """
    known = {site.host: site for site in SITES}
    for host in hosts:
        if host not in known:
            raise ValueError(f"the foreign web has no host {host!r}; there are {', '.join(known)}")
    chosen = [known[host] for host in hosts] or list(SITES)
    share = -(-size // len(chosen))
    return ForeignWeb(sites=tuple(site(catalogue(site.host, seed, share), seed) for site in chosen))
