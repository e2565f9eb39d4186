"""Rows of a GeoPackage: how the values of a layer are written in SQLite's types, and the statements that carry them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import orjson
from fudgeo.extension.spatial import ST_FUNCS

from travelcrawl.stores.layers import layers
from travelcrawl.stores.values import Values, json_text

POINT = struct.Struct("<2sBBiBIdd")
"""Header without envelope, then WKB, both little-endian: https://www.geopackage.org/spec140/#gpb_format."""
WGS_84 = 4326


def point(lon: float | None, lat: float | None) -> bytes | None:
    """Return the GeoPackage geometry of a position in WGS-84 degrees; None where there is none."""
    if lon is None or lat is None:
        return None
    return POINT.pack(b"GP", 0, 1, WGS_84, 1, 1, lon, lat)


def _from_point(offset: int, other: Callable[[bytes], float | None]) -> Callable[[bytes], float | None]:
    """Read a coordinate of a geometry as ``point`` makes it; fudgeo's function reads those of other programs."""
    double = struct.Struct("<d").unpack_from

    def coordinate(geometry: bytes) -> float | None:
        if len(geometry) == POINT.size and geometry[3] == geometry[8] == 1:
            return float(double(geometry, offset)[0])
        return other(geometry)

    return coordinate


def is_empty(geometry: bytes | None) -> int | None:
    """Say whether a geometry is empty: bit 4 of the flags."""
    return None if geometry is None else geometry[3] >> 4 & 1


FUNCTIONS = {
    "ST_IsEmpty": is_empty,
    **{name: _from_point(13, ST_FUNCS[name]) for name in ("ST_MinX", "ST_MaxX")},
    **{name: _from_point(21, ST_FUNCS[name]) for name in ("ST_MinY", "ST_MaxY")},
}
"""What the triggers of a spatial index call: a third faster to insert with than fudgeo's own (2026-11-22)."""


@lru_cache(maxsize=1024)
def time_text(value: datetime) -> str:
    """Return a time in UTC as GeoPackage writes DATETIME; the texts sort as the times do."""
    return f"{value.isoformat(timespec='milliseconds')[:-6]}Z"


ENCODE: dict[str, Callable[[Any], Any]] = {"json": json_text, "time": time_text, "day": date.isoformat}
DECODE: dict[str, Callable[[Any], Any]] = {
    "json": orjson.loads,
    "time": datetime.fromisoformat,
    "day": date.fromisoformat,
    "boolean": bool,
}


class RowForm:
    """The rows of one layer in a GeoPackage."""

    def __init__(self, name: str) -> None:
        self.layer = layers()[name]
        self.names = self.layer.names
        self._encode = [(column.name, ENCODE.get(column.kind)) for column in self.layer.columns]
        self._decode = [(column.name, DECODE.get(column.kind)) for column in self.layer.columns]
        columns = (*self.names, "geom") if self.layer.located else self.names
        self._parts = {
            "layer": name,
            "names": ", ".join(self.names),
            "columns": ", ".join(columns),
            "assignments": ", ".join(f"{column} = excluded.{column}" for column in self.names),
        }
        self._marks = f"({', '.join('?' * len(columns))})"
        self.select = f"SELECT {', '.join(self.names)} FROM {name}"  # noqa: S608 (names of our own layers)

    @cache  # noqa: B019 (one form a layer lives as long as the process)
    def sql(self, name: str, *, rows: int = 1, moved: bool = False) -> str:
        """Return a statement of ``stores/sql`` for this layer, for so many rows.

        ``moved`` is for an upsert that writes the geometry too, and so the spatial index.
        """
        parts = dict(self._parts, marks=", ".join([self._marks] * rows))
        if moved:
            parts["assignments"] += ", geom = excluded.geom"
        return sql(name).format_map(parts)

    def encode(self, row: Values) -> tuple[Any, ...]:
        """Return the values of a row as SQLite takes them, geometry last where the layer has one."""
        values = [
            value if (value := row[name]) is None or convert is None else convert(value)
            for name, convert in self._encode
        ]
        if self.layer.located:
            values.append(point(row["lon"], row["lat"]))
        return tuple(values)

    def decode(self, values: Sequence[Any]) -> Values:
        """Return a row from the values of its columns, in order."""
        return {
            name: value if value is None or convert is None else convert(value)
            for (name, convert), value in zip(self._decode, values, strict=True)
        }


@cache
def form(layer: str) -> RowForm:
    """Return the form of the rows of a layer."""
    return RowForm(layer)


@cache
def sql(name: str) -> str:
    """Return the text of a file of ``stores/sql``."""
    return resources.files("travelcrawl.stores").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
