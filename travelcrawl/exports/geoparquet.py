"""Exports as GeoParquet 1.1: https://geoparquet.org/releases/v1.1.0/."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from travelcrawl.errors import UsageError
from travelcrawl.stores.base import Record
from travelcrawl.stores.gpkg_rows import POINT, point
from travelcrawl.stores.layers import Layer, layers
from travelcrawl.stores.values import json_text

if TYPE_CHECKING:
    import pyarrow as pa

AT_ONCE = 1000
"""Rows turned into columns at once."""
ROW_GROUP = 10_000
"""Rows of a row group: about 10 MiB of listings in memory."""
WKB = POINT.size - 21
"""Where the WKB begins in the geometry of a GeoPackage: the header of POINT goes before it."""
CORNERS = ("xmin", "ymin", "xmax", "ymax")


def write_geoparquet(path: Path, kind: str, rows: Iterable[Record]) -> None:
    """Write GeoParquet; a kind without positions as plain Parquet. Raises UsageError without pyarrow, OSError.

    Beside the WKB there is the column ``bbox``, by whose statistics readers skip row groups. What no row has seen is a
    column of nulls, so that files of different days have one schema.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 (the extra export)
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise UsageError(
            "GeoParquet needs pyarrow, which is not installed; run: pip install 'travelcrawl[export]'"
        ) from None
    layer = layers()[kind]
    schema = _schema(layer, pa)
    extent = Extent()
    with path.open("wb") as file, parquet.ParquetWriter(file, schema, compression="zstd", version="2.6") as writer:
        batches = (
            pa.RecordBatch.from_arrays(list(_columns(layer, group, schema, pa)), schema=schema)
            for group in _groups(extent.over(layer, rows), AT_ONCE)
        )
        for group in _groups(batches, ROW_GROUP // AT_ONCE):
            writer.write_table(pa.Table.from_batches(group, schema), ROW_GROUP)
        if layer.located:
            writer.add_key_value_metadata({"geo": json.dumps(_metadata(extent))})


class Extent:
    """The corners of all points that have gone through."""

    def __init__(self) -> None:
        self.corners: list[float] = []

    def over(self, layer: Layer, rows: Iterable[Record]) -> Iterator[Record]:
        """Yield the rows and note their points."""
        for row in rows:
            if layer.located and row["lon"] is not None and row["lat"] is not None:
                x, y = row["lon"], row["lat"]
                west, south, east, north = self.corners or (x, y, x, y)
                self.corners = [min(west, x), min(south, y), max(east, x), max(north, y)]
            yield row


def _metadata(extent: Extent) -> dict[str, Any]:
    """Return the metadata of the file; without ``crs`` it is OGC:CRS84, longitude and latitude in WGS-84."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["Point"],
        "covering": {"bbox": {corner: ["bbox", corner] for corner in CORNERS}},
    }
    if extent.corners:
        column["bbox"] = extent.corners
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _schema(layer: Layer, pa: Any) -> pa.Schema:
    kinds = {
        "text": pa.string(),
        "integer": pa.int64(),
        "hash": pa.int64(),
        "real": pa.float64(),
        "boolean": pa.bool_(),
        "time": pa.timestamp("ms", "UTC"),
        "day": pa.date32(),
        "json": pa.string(),
    }
    fields = [
        pa.field(column.name, kinds[column.kind], metadata={"description": column.comment}) for column in layer.columns
    ]
    if layer.located:
        corners = pa.struct([pa.field(corner, pa.float64(), nullable=False) for corner in CORNERS])
        fields += [pa.field("geometry", pa.binary()), pa.field("bbox", corners)]
    return pa.schema(fields)


def _columns(layer: Layer, rows: list[Record], schema: pa.Schema, pa: Any) -> Iterator[pa.Array]:
    for column in layer.columns:
        values = [row[column.name] for row in rows]
        if column.kind == "json":
            values = [None if value is None else json_text(value) for value in values]
        yield pa.array(values, schema.field(column.name).type)
    if layer.located:
        points = [point(row["lon"], row["lat"]) for row in rows]
        yield pa.array([None if one is None else one[WKB:] for one in points], pa.binary())
        yield pa.array([_corners(row) for row in rows], schema.field("bbox").type)


def _corners(row: Record) -> Mapping[str, float] | None:
    if row["lon"] is None or row["lat"] is None:
        return None
    return dict(zip(CORNERS, (row["lon"], row["lat"]) * 2, strict=True))


def _groups(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(rows)
    for first in rest:
        yield list(chain([first], islice(rest, size - 1)))
