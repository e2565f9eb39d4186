"""Metres between points that are near each other, on a sphere."""

from __future__ import annotations

import math
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
"""Longitude and latitude, degrees."""
DEGREE = 111_195.0
"""Metres in a degree of latitude."""


def vector(one: Point, other: Point) -> tuple[float, float]:
    """Return metres east and north from one point to another, near enough to compare."""
    east = math.remainder(other[0] - one[0], 360) * math.cos(math.radians(one[1])) * DEGREE
    return east, (other[1] - one[1]) * DEGREE


def apart(one: Point, other: Point) -> float:
    """Return metres between two points, near enough to compare."""
    return math.hypot(*vector(one, other))
