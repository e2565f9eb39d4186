"""Mafengwo: city lists, place pages with pagelets for position and reviews, travel notes (platforms.md 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import attrs

from sandbox.dialect import Dialect, Route, not_found, reviews_by_subject
from sandbox.http import Reply, Request, html_reply, json_reply
from sandbox.model import Listing, Note, Review, World
from sandbox.names import CITIES, City
from sandbox.platforms import mafengwo_notes as notes_pages
from sandbox.platforms import mafengwo_pages as pages

WWW, PAGELET = "www.mafengwo.cn", "pagelet.mafengwo.cn"
REVIEWS_A_PAGE, REVIEW_PAGES = 10, 5
"""Of poiCommentListApi: 50 reviews of a place at most are reachable."""
SIGHTS_A_PAGE = 15
NOTES_A_PAGE = 12


class Mafengwo(Dialect):
    """Lists, places, pagelets, notes."""

    platform: ClassVar[str] = "mafengwo"
    robots: ClassVar[dict[str, str]] = {
        WWW: "User-agent: *\nDisallow: /\nDisallow: /poi/detail.php\n\nSitemap: http://www.mafengwo.cn/sitemapIndex.xml\n"
    }

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.points = self.pins("GCJ-02")
        self.reviews = reviews_by_subject(self.shelf)
        self.sights: dict[int, list[Listing]] = {city.mafengwo: [] for city in CITIES}
        for listing in sorted(self.shelf.listings, key=lambda listing: -listing.place.fame):
            self.sights[listing.place.city.mafengwo].append(listing)
        self.city_notes: dict[int, list[Note]] = {city.mafengwo: [] for city in CITIES}
        for note in self.shelf.notes:
            self.city_notes[note.city.mafengwo].append(note)

    def routes(self) -> Iterable[Route]:
        """Return the platform's addresses."""
        return (
            Route(WWW, r"/poi/(\d+)\.html", self.poi),
            Route(WWW, r"/jd/(\d+)/gonglve\.html", self.sight_list),
            Route(WWW, r"/(?:cy|gw|yl)/(\d+)/gonglve\.html", self.other_list),
            Route(WWW, r"/ajax/router\.php", self.router),
            Route(WWW, r"/i/(\d+)\.html", self.note),
            Route(WWW, r"/travel-scenic-spot/mafengwo/(\d+)\.html", self.destination),
            Route(WWW, r"/mdd/(?:citylist/\d+\.html)?", self.cities),
            Route(WWW, r"/search/(?:s|q)\.php", self.search),
            Route(PAGELET, r"/poi/pagelet/poiCommentListApi", self.comments),
            Route(PAGELET, r"/poi/pagelet/poiLocationApi", self.location),
            Route(PAGELET, r"/poi/pagelet/(poiTicketsApi|poiSubPoiApi|poiAroundApi|poiSalesApi)", self.other),
            Route(PAGELET, r"/note/pagelet/recommendNoteApi", self.latest_notes),
        )

    def poi(self, _: Request, found: re.Match[str]) -> Reply:
        """Return the page of a place; every third has its first reviews in it, as pages saved by browsers have."""
        listing = self.listings.get(found[1])
        if listing is None:
            return not_found()
        reviews = ""
        if int(listing.ref) % 3 == 0:
            reviews = self._review_list(listing, 1)
        return html_reply(pages.poi(listing, reviews))

    def sight_list(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a city's page of sights: the best known, and a map with their positions."""
        city = _city(found[1])
        if city is None:
            return not_found()
        sights = self.sights[city.mafengwo]
        on_map = [{**pages.map_point(sight), **self._lat_lng(sight)} for sight in sights[:SIGHTS_A_PAGE]]
        return html_reply(pages.sight_list(city, sights[:5], sights[5:SIGHTS_A_PAGE], on_map))

    def other_list(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a city's page of food, shopping or entertainment, which this world has nothing for."""
        city = _city(found[1])
        return not_found() if city is None else html_reply(pages.empty_list(city))

    def router(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of all sights of a city, as the list page asks for them."""
        form = {**request.query, **request.form}
        city = _city(form.get("iMddid", ""))
        if form.get("sAct") != "KMdd_StructWebAjax|GetPoisByTag" or city is None:
            return json_reply({"succ": False, "error": {"errno": 100, "error": "参数错误"}})
        sights, number = self.sights[city.mafengwo], _whole(form.get("iPage")) or 1
        page = sights[(number - 1) * SIGHTS_A_PAGE : number * SIGHTS_A_PAGE]
        last = -(-len(sights) // SIGHTS_A_PAGE)
        data = {"list": pages.sight_grid(page), "page": pages.pagination(number, last, len(sights))}
        return json_reply({"succ": True, "data": data})

    def note(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a travel note."""
        note = self.notes.get(found[1])
        return not_found() if note is None else html_reply(notes_pages.note(note))

    def destination(self, _: Request, found: re.Match[str]) -> Reply:
        """Return a city's page with the notes about it."""
        city = _city(found[1])
        if city is None:
            return not_found()
        return html_reply(notes_pages.destination(city, self.city_notes[city.mafengwo], self.sights[city.mafengwo][:6]))

    def cities(self, _: Request, __: re.Match[str]) -> Reply:
        """Return the list of cities."""
        return html_reply(pages.city_list(CITIES))

    def search(self, request: Request, _: re.Match[str]) -> Reply:
        """Return places, or notes with ``t=notes``, whose name holds the words."""
        words = request.query.get("q", "").strip()
        if request.query.get("t") in {"notes", "note"}:
            notes = [note for note in self.shelf.notes if words and words in (note.title or "")]
            return html_reply(notes_pages.found_notes(words, notes[:15]))
        sights = [sight for sight in self.shelf.listings if words and words in sight.name]
        return html_reply(pages.found_places(words, sights[:15]))

    # Pagelets

    def comments(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of reviews."""
        params = _params(request)
        listing = self.listings.get(str(params.get("poi_id")))
        if listing is None:
            return _pagelet(request, "", {})
        number = _whole(params.get("page")) or 1
        return _pagelet(request, self._review_list(listing, number), {})

    def location(self, request: Request, _: re.Match[str]) -> Reply:
        """Return where a place and its neighbours are."""
        listing = self.listings.get(str(_params(request).get("poi_id")))
        if listing is None:
            return _pagelet(request, "", {})
        neighbours = [sight for sight in self.sights[listing.place.city.mafengwo] if sight is not listing][:8]
        around = [(sight, *self.points[sight.ref]) for sight in neighbours]
        poi = {"id": listing.ref, "name": listing.name, **self._lat_lng(listing), "type": 3}
        return _pagelet(request, pages.neighbours(around), {"poi": poi})

    def other(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a pagelet that has nothing to show."""
        return _pagelet(request, "", {})

    def latest_notes(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of the hot (type 0) or latest (type 3) notes; ``objid`` may name a city."""
        params = _params(request)
        city = _city(str(params.get("objid") or ""))
        notes: Sequence[Note] = self.city_notes[city.mafengwo] if city else self.shelf.notes
        if params.get("type") == 3:
            notes = sorted(notes, key=lambda note: note.published_at, reverse=True)
        number = _whole(params.get("page")) or 1
        page = notes[(number - 1) * NOTES_A_PAGE : number * NOTES_A_PAGE]
        last = -(-len(notes) // NOTES_A_PAGE)
        return _pagelet(request, notes_pages.note_items(page) + pages.pagination(number, last, len(notes)), {})

    def _review_list(self, listing: Listing, number: int) -> str:
        reviews = self.reviews.get(listing.ref, [])
        page: list[Review] = []
        if 1 <= number <= REVIEW_PAGES:
            page = reviews[(number - 1) * REVIEWS_A_PAGE : number * REVIEWS_A_PAGE]
        last = min(REVIEW_PAGES, -(-len(reviews) // REVIEWS_A_PAGE))
        return pages.review_list(page, number, last, listing.review_count or 0)

    def _lat_lng(self, listing: Listing) -> dict[str, str]:
        lon, lat = self.points[listing.ref]
        return {"lat": f"{lat:.6f}", "lng": f"{lon:.6f}"}


def _city(number: str) -> City | None:
    return next((city for city in CITIES if str(city.mafengwo) == number), None)


def _params(request: Request) -> dict[str, Any]:
    try:
        params = json.loads(request.query.get("params", "{}"))
    except ValueError:
        return {}
    return params if isinstance(params, dict) else {}


def _pagelet(request: Request, html: str, data: dict[str, Any]) -> Reply:
    answer = {"data": {"html": html, "controller_data": data}}
    callback = request.query.get("callback")
    if callback and re.fullmatch(r"[\w.$]+", callback):
        reply = json_reply(answer)
        return attrs.evolve(reply, body=f"{callback}(".encode() + reply.body + b");")
    return json_reply(answer)


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
