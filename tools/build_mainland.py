"""Build travelcrawl/geo/mainland.geojson: where Chinese maps are moved, the mainland with its coastal waters.

Needs the package in ``SOURCE`` and shapely, in an environment of its own:

    python tools/build_mainland.py travelcrawl/geo/mainland.geojson

The source is the boundaries of time zones of timezone-boundary-builder, release 2026c, made from OpenStreetMap
(© OpenStreetMap contributors, ODbL 1.0); the result is a derived database under the same licence. The zones
Asia/Shanghai and Asia/Urumqi reach 12 nautical miles out to sea, so that piers and islands count, and leave out Hong
Kong, Macau (with the university's ground on Hengqin), Kinmen, Matsu and all neighbours.
"""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from pathlib import Path

import shapely
from shapely.geometry import Polygon
from timezonefinder import TimezoneFinder

SOURCE = ("timezonefinder-data", "3.2026.3.post1")
MAINLAND = ("Asia/Shanghai", "Asia/Urumqi")
NOT_MAINLAND = ("Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei")
FINE, COARSE, GRID = 0.00002, 0.0002, 0.00001
"""Tolerance around Hong Kong, Macau, Kinmen and Matsu, tolerance elsewhere, step of what is written: degrees."""
LEAST_AREA = 1.0
"""Square degrees: the reefs far out in the South China Sea are left away, Hainan's Xisha islands stay."""


def zone(finder: TimezoneFinder, name: str) -> shapely.Geometry:
    """Give the area of a time zone."""
    parts = finder.get_geometry(tz_name=name, coords_as_pairs=True)
    return shapely.union_all([Polygon(rings[0], rings[1:]) for rings in parts])


def mainland(finder: TimezoneFinder) -> shapely.Geometry:
    """Give the mainland: coarse at its outer border, fine where another map begins inside it."""
    whole = shapely.union_all([zone(finder, name) for name in (*MAINLAND, *NOT_MAINLAND)])
    others = shapely.union_all([zone(finder, name) for name in NOT_MAINLAND])
    cut = shapely.difference(shapely.simplify(whole, COARSE), shapely.simplify(others, FINE))
    return shapely.multipolygons([part for part in shapely.set_precision(cut, GRID).geoms if part.area > LEAST_AREA])


def main() -> None:
    """Write the polygon as one GeoJSON feature that names its source and licence."""
    parser = argparse.ArgumentParser(description="Build the polygon of the mainland.")
    parser.add_argument("target", type=Path)
    target: Path = parser.parse_args().target
    package, wanted = SOURCE
    if version(package) != wanted:
        raise SystemExit(f"{package} {version(package)} is installed, but the polygon was checked with {wanted}")
    finder = TimezoneFinder(in_memory=True)
    shape = mainland(finder)
    feature = {
        "type": "Feature",
        "properties": {
            "name": "mainland China with coastal waters, WGS-84",
            "attribution": "© OpenStreetMap contributors",
            "license": "ODbL-1.0",
            "source": f"timezone-boundary-builder {finder.data_version} by {package} {wanted}; tools/build_mainland.py",
        },
        "geometry": json.loads(shapely.to_geojson(shape)),
    }
    target.write_text(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{shapely.get_num_coordinates(shape)} points, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
