"""Where listings are compared: areas of about 36 km², each read with the listings around it.

An area is an H3 cell of resolution 6; listings without a position are compared with those of their city, which is an
area of its own. What a pair scores depends on the listings beside it (how rare a name is, which rivals there are), so an
area is always scored whole, with all within HALO of it: then the score hangs on what is stored and on nothing else, neither
on the order in which it came nor on who has scored it. A pair belongs to one area, that of its lesser key.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import attrs
import h3

from travelcrawl.geo.metres import DEGREE

RESOLUTION = 6
"""Cells with edges of 3.2-3.7 km (h3geo.org/docs/core-library/restable)."""
HALO = 2_000.0
"""Metres beyond a cell's box that are read too: what is farther apart is no match, but for the greatest error of datum (1.5 km)."""
CITY = "city:"


@attrs.frozen(kw_only=True)
class Box:
    """West, south, east, north, degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Say whether a point lies inside."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


def area_of(lon: float | None, lat: float | None, adcode: str | None) -> str | None:
    """Return the area a listing belongs to; None where neither position nor city is known: it is compared with nothing."""
    if lon is not None and lat is not None:
        return str(h3.latlng_to_cell(lat, lon, RESOLUTION))
    return f"{CITY}{adcode[:4]}" if adcode and len(adcode) >= 4 else None


def touched(lon: float | None, lat: float | None, adcode: str | None) -> Iterator[str]:
    """Yield the areas whose scores may change with a listing: those that read it, its own first."""
    own = area_of(lon, lat, adcode)
    if own is None:
        return
    yield own
    if lon is None or lat is None:
        return
    for cell in sorted(h3.grid_disk(own, 1)):
        if cell != own and box_of(cell).holds(lon, lat):
            yield cell
    if adcode and len(adcode) >= 4:
        yield f"{CITY}{adcode[:4]}"


@lru_cache(maxsize=4096)
def box_of(cell: str) -> Box:
    """Return the box around a cell and its halo. Near a pole it spans all longitudes; across 180° it is cut there."""
    corners = h3.cell_to_boundary(cell)
    lats, lons = [lat for lat, _ in corners], [lon for _, lon in corners]
    high = HALO / DEGREE
    wide = high / max(math.cos(math.radians(min(89.0, max(map(abs, lats)) + high))), 1e-3)
    if max(lons) - min(lons) > 180:
        return Box(west=-180.0, south=min(lats) - high, east=180.0, north=max(lats) + high)
    return Box(west=min(lons) - wide, south=min(lats) - high, east=max(lons) + wide, north=max(lats) + high)
