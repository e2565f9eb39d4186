"""Measure the conversion of datums: points a second and the error of there-and-back, beside two packages from PyPI.

    python -m bench.datum [--json] [--points N]

Points lie at random over the mainland (``country``) or in one city (``shanghai``). ``polygon`` decides by it which points
move, ``formula`` is told that all do, ``one by one`` calls with two numbers. The peers are measured where they are
installed (``pip install --no-deps coordTransform==0.2.1 coord-convert==0.2.1``); they decide by a box, and the second
takes one point at a time. The error is the largest of WGS-84 → datum → WGS-84, in metres.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from travelcrawl.geo.datum import BD09, DATUMS, GCJ02, WGS84, convert
from travelcrawl.geo.mainland import in_mainland

Numbers = npt.NDArray[np.float64]
PAIRS = [(source, target) for source in DATUMS for target in DATUMS if source != target]
AREAS = {"country": (73.5, 18.0, 134.8, 53.5), "shanghai": (121.2, 30.9, 121.8, 31.4)}
PEERS = {
    "coordTransform": {
        GCJ02: ("wgs84_to_gcj02", "gcj02_to_wgs84"),
        BD09: ("wgs84_to_bd09", "bd09_to_wgs84"),
    },
    "coord_convert.transform": {GCJ02: ("wgs2gcj", "gcj2wgs"), BD09: ("wgs2bd", "bd2wgs")},
}
ONE_BY_ONE = 20_000
ROUNDS = 3


def points(area: str, count: int) -> tuple[Numbers, Numbers]:
    """Give random points of the mainland in the area, WGS-84."""
    west, south, east, north = AREAS[area]
    chance = np.random.default_rng(20261122)
    lons, lats = chance.uniform(west, east, 3 * count), chance.uniform(south, north, 3 * count)
    inside = np.flatnonzero(in_mainland(lons, lats))[:count]
    return lons[inside], lats[inside]


def rate(function: Callable[..., object], *arguments: Any) -> int:
    """Give points a second of a function whose first argument has the points' longitudes, the best of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = perf_counter()
        function(*arguments)
        best = min(best, perf_counter() - start)
    return round(len(arguments[0]) / best)


def error(lons: Numbers, lats: Numbers, there_and_back: tuple[Any, Any]) -> float:
    """Give the largest distance from the points, metres."""
    east = (np.asarray(there_and_back[0]) - lons) * np.cos(np.radians(lats))
    return float(np.hypot(east, np.asarray(there_and_back[1]) - lats).max() * 111_320)


def one_by_one(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make of a function of one point one of many."""

    def of_many(lons: list[float], lats: list[float], *rest: str) -> Any:
        return tuple(zip(*[function(lon, lat, *rest) for lon, lat in zip(lons, lats, strict=True)], strict=True))

    return of_many


def ours(lons: Numbers, lats: Numbers) -> dict[str, dict[str, float]]:
    """Measure travelcrawl.geo.datum."""
    told: Callable[..., Any] = partial(convert, inside=True)
    found: dict[str, dict[str, float]] = {}
    for source, target in PAIRS:
        x, y = convert(lons, lats, WGS84, source)
        few = x[:ONE_BY_ONE].tolist(), y[:ONE_BY_ONE].tolist()
        found[f"{source} → {target}"] = {
            "polygon": rate(convert, x, y, source, target),
            "formula": rate(told, x, y, source, target),
            "one by one": rate(one_by_one(convert), *few, source, target),
        }
    for datum in (GCJ02, BD09):
        back = convert(*convert(lons, lats, WGS84, datum), datum, WGS84)
        found[f"{datum} → {WGS84}"]["error"] = error(lons, lats, back)
    return found


def peer(package: str, names: dict[str, tuple[str, str]], lons: Numbers, lats: Numbers) -> dict[str, dict[str, float]]:
    """Measure the functions of another package that lead from WGS-84 to each datum and back, by their names."""
    try:
        module = importlib.import_module(package)
    except ImportError:
        return {}
    found: dict[str, dict[str, float]] = {}
    takes_arrays = package == "coordTransform"
    many: Any = (lons, lats) if takes_arrays else (lons[:ONE_BY_ONE].tolist(), lats[:ONE_BY_ONE].tolist())
    for datum, both in names.items():
        there, back = (getattr(module, name) for name in both)
        if not takes_arrays:
            there, back = one_by_one(there), one_by_one(back)
        moved = there(*many)
        found[f"{WGS84} → {datum}"] = {"box": rate(there, *many)}
        found[f"{datum} → {WGS84}"] = {
            "box": rate(back, *moved),
            "error": error(np.asarray(many[0]), np.asarray(many[1]), back(*moved)),
        }
    return found


def table(results: dict[str, Any]) -> str:
    """Lay the results out for people."""
    lines = [f"{'':30}{'conversion':20}{'M points/s':44}worst error"]
    for name, rows in results.items():
        for conversion, row in rows.items():
            rates = "  ".join(f"{key} {value / 1e6:.2f}" for key, value in row.items() if key != "error")
            worst = f"{row['error'] * 1000:.3f} mm" if "error" in row else ""
            lines.append(f"{name:30}{conversion:20}{rates:44}{worst}")
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table (on stderr with --json) and the JSON."""
    parser = argparse.ArgumentParser(description="Measure the conversion of datums.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--points", type=int, default=500_000)
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    for area in AREAS:
        lons, lats = points(area, arguments.points)
        results[f"travelcrawl, {area}"] = ours(lons, lats)
    lons, lats = points("country", arguments.points)
    for package, names in PEERS.items():
        results[package] = peer(package, names, lons, lats)
    print(table(results), file=sys.stderr if arguments.json else sys.stdout)
    if arguments.json:
        print(json.dumps(results, ensure_ascii=False))


if __name__ == "__main__":
    main()
