"""Areas that split: where a platform gives only so many records of an area, ask for its quarters.

Corners lie on a grid of a millionth of a degree (0.1 m), which is what platforms take, so that the quarters of a tile
are the tile again and nothing lies between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Self

import attrs

GRID = 1_000_000
"""Steps of the grid in a degree."""
FINEST = 100.0
"""Metres of the longer side below which a tile is not split: a building with more records than a platform gives stays cut."""
_METRES = 111_320.0
"""Metres in a degree of latitude."""


@attrs.frozen
class Tile:
    """A rectangle of longitude and latitude, degrees, in whatever datum its platform speaks."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(cls, points: Iterable[tuple[float, float]]) -> Self | None:
        """Return the smallest tile that covers all points (lon, lat), None where there are none."""
        points = list(points)
        if not points:
            return None
        lons, lats = zip(*points, strict=True)
        return cls(
            math.floor(min(lons) * GRID) / GRID,
            math.floor(min(lats) * GRID) / GRID,
            (math.floor(max(lons) * GRID) + 1) / GRID,
            (math.floor(max(lats) * GRID) + 1) / GRID,
        )

    @property
    def side(self) -> float:
        """Length of the longer side, metres."""
        width = (self.east - self.west) * math.cos(math.radians((self.south + self.north) / 2))
        return max(width, self.north - self.south) * _METRES

    @property
    def is_finest(self) -> bool:
        """True where splitting would make it smaller than FINEST."""
        return self.side < 2 * FINEST

    def covers(self, lon: float, lat: float) -> bool:
        """Say whether a point lies inside; a border between two tiles belongs to the eastern, northern one."""
        return self.west <= lon < self.east and self.south <= lat < self.north

    def split(self) -> tuple[Self, ...]:
        """Return its four quarters; halves where it is only a step of the grid wide or high, itself where it is both."""
        cls = type(self)
        lons = _halved(self.west, self.east)
        lats = _halved(self.south, self.north)
        return tuple(cls(west, south, east, north) for south, north in pairwise(lats) for west, east in pairwise(lons))


def _halved(start: float, end: float) -> list[float]:
    """Return the ends of an interval and its middle on the grid, where there is one."""
    first, last = round(start * GRID), round(end * GRID)
    middle = (first + last) // 2
    return sorted({start, end} | ({middle / GRID} if first < middle < last else set()))
