"""Exports as text: GeoJSON, the same line by line, and CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from travelcrawl.stores.base import Record
from travelcrawl.stores.gpkg_rows import time_text
from travelcrawl.stores.layers import Layer, layers
from travelcrawl.stores.values import Values, json_text

WITHOUT_KEY = frozenset({"offers"})
"""Layers whose key names a series of rows."""
CSV_TEXT: dict[str, Callable[[Any], Any]] = {
    "json": json_text,
    "time": time_text,
    "day": date.isoformat,
    "boolean": lambda value: "true" if value else "false",
}


def feature(layer: Layer, row: Record) -> bytes:
    """Return a row as a GeoJSON feature (RFC 7946); positions are WGS-84, geometry is null where there is none.

    The 64-bit hash is a text: JavaScript keeps whole numbers only up to 2^53.
    """
    properties = {name: str(value) if name == "content_hash" else value for name, value in row.items()}
    made: Values = {"type": "Feature"}
    if layer.name not in WITHOUT_KEY:
        made["id"] = "/".join(str(row[name]) for name in layer.key)
    made["geometry"] = None
    if layer.located and row["lon"] is not None and row["lat"] is not None:
        made["geometry"] = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
    return orjson.dumps(made | {"properties": properties}, option=orjson.OPT_UTC_Z)


def write_geojson(path: Path, kind: str, rows: Iterable[Record]) -> None:
    """Write one FeatureCollection. Raises OSError."""
    between = b"\n"
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        for row in rows:
            file.write(between + feature(layers()[kind], row))
            between = b",\n"
        file.write(b"\n]}\n")


def write_lines(path: Path, kind: str, rows: Iterable[Record]) -> None:
    """Write a feature a line. Raises OSError."""
    with path.open("wb") as file:
        file.writelines(feature(layers()[kind], row) + b"\n" for row in rows)


def write_csv(path: Path, kind: str, rows: Iterable[Record]) -> None:
    """Write CSV (RFC 4180, UTF-8, a header); lists and objects are JSON, what was not seen is empty. Raises OSError."""
    columns = [(column.name, CSV_TEXT.get(column.kind)) for column in layers()[kind].columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name for name, _ in columns])
        for row in rows:
            writer.writerow(
                [value if (value := row[name]) is None or said is None else said(value) for name, said in columns]
            )
