"""Where Chinese maps are moved: mainland China, as a polygon."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import overload

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]

_WEST, _SOUTH, _CELL = 73.0, 15.0, 0.25
"""Where the grid of cells begins, and the side of a cell, degrees."""
_OUTSIDE, _INSIDE, _BORDER = 0, 1, 2


@cache
def mainland() -> shapely.Geometry:
    """Give the polygon, prepared for many questions: WGS-84, degrees.

    It holds the mainland, Hainan, Xisha and the sea 12 nautical miles out, so piers and islands too, and ends at the
    borders of Hong Kong, Macau, Kinmen, Matsu, Taiwan and the neighbours, to 2 m around the first four and 20 m
    elsewhere. Made from OpenStreetMap (© OpenStreetMap contributors, ODbL 1.0) by tools/build_mainland.py.
    """
    feature = json.loads(files(__package__).joinpath("mainland.geojson").read_text(encoding="utf-8"))
    shape = shapely.from_geojson(json.dumps(feature["geometry"]))
    shapely.prepare(shape)
    return shape


@overload
def in_mainland(lon: float, lat: float) -> bool: ...
@overload
def in_mainland(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]: ...
def in_mainland(lon: float | Floats, lat: float | Floats) -> bool | npt.NDArray[np.bool_]:
    """Say which points are on the mainland: WGS-84, degrees. NaN is nowhere."""
    if not isinstance(lon, np.ndarray):
        return bool(shapely.contains_xy(mainland(), lon, lat))
    column, row = np.floor((lon - _WEST) / _CELL), np.floor((np.asarray(lat) - _SOUTH) / _CELL)
    cells = _cells()
    on_grid = (column >= 0) & (column < cells.shape[1]) & (row >= 0) & (row < cells.shape[0])
    place = cells[np.where(on_grid, row, 0).astype(np.intp), np.where(on_grid, column, 0).astype(np.intp)]
    inside: npt.NDArray[np.bool_] = on_grid & (place == _INSIDE)
    border = on_grid & (place == _BORDER)
    inside[border] = shapely.contains_xy(mainland(), lon[border], np.asarray(lat)[border])
    return inside


@cache
def _cells() -> npt.NDArray[np.int8]:
    """Say for each cell, rows from south, columns from west, whether it is outside, inside or on the border.

    It spares most points the polygon: in_mainland answers twice as fast over the whole country.
    """
    east, north = 135.0, 54.0
    west_sides, south_sides = np.meshgrid(np.arange(_WEST, east, _CELL), np.arange(_SOUTH, north, _CELL))
    boxes = shapely.box(west_sides, south_sides, west_sides + _CELL, south_sides + _CELL)
    cells = np.full(boxes.shape, _BORDER, dtype=np.int8)
    cells[shapely.disjoint(mainland(), boxes)] = _OUTSIDE
    cells[shapely.contains_properly(mainland(), boxes)] = _INSIDE
    return cells
