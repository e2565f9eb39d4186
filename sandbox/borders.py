"""Borders of the world's districts, invented around their real middles."""

from __future__ import annotations

import math

import numpy as np

from sandbox.names import District
from travelcrawl.geo.datum import convert

RADIUS = 2_400.0
"""Metres from the middle of a district to its border: places lie within 1,800 (world.py), pins some tens of metres off."""
_METRES = 111_320.0
_CORNERS = 16


def border(district: District, datum: str) -> list[tuple[float, float]]:
    """Return a closed ring around all that lies in a district: longitude and latitude, degrees, in a datum."""
    angles = [2 * math.pi * step / _CORNERS for step in range(_CORNERS + 1)]
    scale = math.cos(math.radians(district.lat))
    lons = np.array([district.lon + RADIUS * math.sin(angle) / (_METRES * scale) for angle in angles])
    lats = np.array([district.lat + RADIUS * math.cos(angle) / _METRES for angle in angles])
    x, y = (lons, lats) if datum == "WGS-84" else convert(lons, lats, "WGS-84", datum)
    return list(zip(x.tolist(), y.tolist(), strict=True))
