"""What Amap is asked, and how a question that it cuts off is asked in smaller parts.

A query gives 200 records at most. One of a city that reaches them is asked again district by district, one of a district in
tiles of the district's bounding box, a tile in its quarters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import attrs
from w3lib.url import add_or_replace_parameters

from travelcrawl.geo.divisions import districts_in, prefix_of
from travelcrawl.geo.tiles import Tile
from travelcrawl.items import Area, Json, Link
from travelcrawl.pages.fields import dicts, dig, lonlat, text

HOST = "https://restapi.amap.com"
FIELDS = "children,business,photos"
"""What v5 gives beyond the basics, where it is asked to."""
NAMES = ("types", "keywords", "city", "district", "since")
PAGE_SIZE = "25"
"""Records at once, the most that v5 takes (developer.amap.com, 2026-03-31)."""


@attrs.frozen(kw_only=True)
class Search:
    """A question: what, and where."""

    types: str = ""
    keywords: str = ""
    city: str = ""
    """adcode of the city that is wanted; records outside it are left out. Empty: the whole country."""
    district: str = ""
    """adcode of the district that the question is narrowed to."""
    since: str = ""
    """When the crawl began to ask, ISO 8601; it goes on to the parts of a question."""
    tile: Tile | None = None
    """GCJ-02; what it is narrowed to beyond that."""

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Self | None:
        """Return the question that a link's params carry, None where they carry none (a stored answer)."""
        asked = params.get("asked")
        if not isinstance(asked, dict):
            return None
        words = {name: text(asked.get(name)) or "" for name in NAMES}
        corners = asked.get("tile")
        return cls(**words, tile=Tile(*corners) if corners else None)

    @property
    def params(self) -> dict[str, Json]:
        """The question as params of a link."""
        asked: dict[str, Json] = {name: value for name, value in self._words.items() if value}
        if self.tile:
            asked["tile"] = list(attrs.astuple(self.tile))
        return {"asked": asked}

    @property
    def link(self) -> Link:
        """The first page of its answer."""
        if self.tile:
            west, south, east, north = (f"{corner:.6f}" for corner in attrs.astuple(self.tile))
            path, where = "polygon", {"polygon": f"{west},{north}|{east},{south}"}
        else:
            region = self.district or self.city
            path, where = "text", {"region": region, "city_limit": "true"} if region else {}
        what = {"keywords": self.keywords, "types": self.types}
        asked = {name: value for name, value in what.items() if value} | where
        paging = {"page_size": PAGE_SIZE, "page_num": "1", "show_fields": FIELDS}
        return Link(
            url=add_or_replace_parameters(f"{HOST}/v5/place/{path}", asked | paging), page="PoiPage", params=self.params
        )

    def wants(self, adcode: str | None) -> bool:
        """Say whether a place of a district is inside the wanted city; one that does not say is."""
        return not self.city or not adcode or adcode.startswith(prefix_of(self.city))

    def narrower(self) -> tuple[list[Link], str]:
        """Return the questions that together ask the same, and what to count: what became of the one that was cut off."""
        if self.tile is not None:
            if self.tile.is_finest:
                return [], "tiles/too_dense"
            return self.tiles(self.tile), "tiles/split"
        if self.district:
            return [self._bounds(self.district)], "tiles/district_split"
        if districts := districts_in(self.city):
            return [attrs.evolve(self, district=adcode).link for adcode in districts], "tiles/city_split"
        if self.city:
            return [self._bounds(self.city)], "tiles/city_split"
        return [], "tiles/no_area"

    def area(self, listings: int) -> Area | None:
        """Return the area that the whole answer covers; None where a keyword or the lack of a city leaves it open."""
        if self.keywords or not (self.types and self.city and self.since):
            return None
        corners = attrs.asdict(self.tile) if self.tile else {}
        within = self.city if self.tile else self.district or self.city
        where = ",".join(f"{corner:.6f}" for corner in corners.values()) or within
        return Area(
            platform="amap",
            tile=f"{self.types}@{where}",
            codes=[code.removesuffix("00").removesuffix("00") for code in self.types.split("|")],
            adcode=prefix_of(within),
            since=self.since,
            listings=listings,
            **corners,
        )

    def tiles(self, area: Tile) -> list[Link]:
        """Return the question for each quarter of an area."""
        return [attrs.evolve(self, tile=part).link for part in area.split()]

    def _bounds(self, adcode: str) -> Link:
        """Return where the bounding box of a division is told, of which the tiles are made: once for each question."""
        asked = {"keywords": adcode, "subdistrict": "0", "extensions": "all"}
        address = add_or_replace_parameters(f"{HOST}/v3/config/district", asked)
        return Link(url=address, page="DistrictPage", params=self.params, again=True)

    @property
    def _words(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in NAMES}


def bounds_of(data: Any) -> Tile | None:
    """Return the bounding box, GCJ-02, of the first division of an answer; None where it tells none."""
    return Tile.around(_corners(text(dig(dicts(dig(data, "districts")), 0, "polyline")) or ""))


def _corners(polyline: str) -> Iterator[tuple[float, float]]:
    """Yield the corners of ``lng,lat;lng,lat|…``: rings are divided by bars."""
    for corner in polyline.replace("|", ";").split(";"):
        lon, _, lat = corner.partition(",")
        if (point := lonlat(lon, lat)) is not None:
            yield point
