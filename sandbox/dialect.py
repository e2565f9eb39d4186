"""What the imitated platforms share: routes under real host names, robots files, positions in the platform's datum."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import ClassVar

import attrs
import numpy as np

from sandbox.http import Reply, Request, html_reply, text_reply
from sandbox.model import Listing, Review, Shelf, World
from travelcrawl.geo.datum import convert

Handler = Callable[[Request, re.Match[str]], Reply]


@attrs.frozen(slots=False)
class Route:
    """An address of a platform: host, regular expression that the whole path matches, and who answers."""

    host: str
    path: str
    answer: Handler

    @property
    def label(self) -> str:
        """Name of the class of addresses, for the books."""
        return getattr(self.answer, "__name__", "route").strip("_")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled."""
        return re.compile(self.path)


class Dialect:
    """One platform: answers requests to its hosts from its shelf of the world."""

    platform: ClassVar[str]
    robots: ClassVar[Mapping[str, str]] = {}
    """Host → its robots.txt (platforms.md 0.1). A host that is not named has none: 404."""
    by_city: ClassVar[bool] = True
    """False: nothing of it is listed by city, it is known by shared addresses only."""
    varies: ClassVar[tuple[str, ...]] = ()
    """Request headers that answers depend on."""
    fresh: ClassVar[bool] = False
    """True: no two answers are the same, none is kept ready."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shelf = world.shelves.get(self.platform, Shelf())
        self.listings = {listing.ref: listing for listing in self.shelf.listings}
        self.notes = {note.ref: note for note in self.shelf.notes}

    def shared(self) -> Iterator[str]:
        """Yield what people share of the things that no list leads to, a line each."""
        return iter(())

    def routes(self) -> Iterable[Route]:
        """Return the platform's addresses, the most special first."""
        raise NotImplementedError

    @cached_property
    def _routes(self) -> dict[str, list[Route]]:
        hosts: dict[str, list[Route]] = {}
        for route in self.routes():
            hosts.setdefault(route.host, []).append(route)
        return hosts

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts that this platform answers for."""
        return tuple(self._routes)

    def find(self, request: Request) -> tuple[Route, re.Match[str]] | None:
        """Return the route of a request."""
        for route in self._routes.get(request.host, ()):
            if found := route.pattern.fullmatch(request.path):
                return route, found
        return None

    def answer(self, request: Request) -> Reply:
        """Answer a request."""
        if request.path == "/robots.txt":
            robots = self.robots.get(request.host)
            return not_found() if robots is None else text_reply(robots)
        found = self.find(request)
        return not_found() if found is None else found[0].answer(request, found[1])

    def pins(self, datum: str) -> dict[str, tuple[float, float]]:
        """Return ref → longitude and latitude of all listings in a datum, rounded to six decimals as sites do."""
        return pins(self.shelf.listings, datum)


def pins(listings: Iterable[Listing], datum: str) -> dict[str, tuple[float, float]]:
    """Return ref → longitude and latitude in a datum, rounded to six decimals (0.1 m)."""
    listings = list(listings)
    lon = np.array([listing.lon for listing in listings])
    lat = np.array([listing.lat for listing in listings])
    if datum != "WGS-84" and listings:
        lon, lat = convert(lon, lat, "WGS-84", datum)
    points = zip(lon.tolist(), lat.tolist(), strict=True)
    return {listing.ref: (round(x, 6), round(y, 6)) for listing, (x, y) in zip(listings, points, strict=True)}


def reviews_by_subject(shelf: Shelf) -> dict[str, list[Review]]:
    """Return the reviews of each listing or note, in the shelf's order."""
    subjects: dict[str, list[Review]] = {}
    for review in shelf.reviews:
        subjects.setdefault(review.about_ref, []).append(review)
    return subjects


def not_found() -> Reply:
    """Answer that there is no such thing."""
    return html_reply("<html><head><title>404 Not Found</title></head><body>404</body></html>", 404)
