"""Read once what a store holds, as far as a report tells it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean, median
from typing import Any, TypeAlias

import attrs

from travelcrawl.report.runs import RunRecord, newest, seconds_of
from travelcrawl.stores.reader import Reader

ITEMS = ("listings", "reviews", "notes", "offers")
COLUMNS = (*ITEMS, "requests", "blocked", "dead_letters")
"""What out/summary.json says of each platform (design.md, *Contracts*)."""
DISTRICT_FROM = 5
"""Listings a district needs before the map names it."""

Ref: TypeAlias = tuple[str, str]


@attrs.frozen(kw_only=True)
class Point:
    """A dot on the map: a place, or a listing where nothing was matched yet."""

    lon: float
    """Degrees, WGS-84."""
    lat: float
    """Degrees, WGS-84."""
    name: str
    platforms: frozenset[str]
    rating: float | None = None
    """0-5; the mean of its listings'."""


@attrs.frozen(kw_only=True)
class Area:
    """Where the listings of a city are."""

    name: str
    count: int
    """Listings with a position."""
    bounds: tuple[float, float, float, float]
    """South, west, north, east, degrees; one in fifty listings at each side may lie outside."""

    @classmethod
    def of(cls, name: str, points: list[Point]) -> Area:
        """Look where the points are."""
        outside = len(points) // 50
        lons, lats = sorted(point.lon for point in points), sorted(point.lat for point in points)
        bounds = (lats[outside], lons[outside], lats[-1 - outside], lons[-1 - outside])
        return cls(name=name, count=len(points), bounds=bounds)


@attrs.define(kw_only=True)
class Contents:
    """What a store holds. Counts are by platform."""

    items: dict[str, Counter[str]] = attrs.field(factory=lambda: {layer: Counter() for layer in ITEMS})
    """Layer → platform → rows."""
    points: list[Point] = attrs.field(factory=list)
    unplaced: int = 0
    """Listings (or places) without a position."""
    places: int = 0
    """Rows of the layer places; where there are none, listings with a position."""
    districts: dict[str, tuple[float, float]] = attrs.field(factory=dict)
    """Names of the districts listings say they are in → where to write them (lon, lat): at the north of those listings."""
    cities: list[Area] = attrs.field(factory=list)
    """Where the listings are, the city with the most first."""
    qualities: dict[str, list[float]] = attrs.field(factory=dict)
    """Quality scores (0-1) of the listings."""
    quarantine: Counter[Ref] = attrs.field(factory=Counter)
    """(platform, reason) → items."""
    runs: list[RunRecord] = attrs.field(factory=list)
    """Newest first."""

    @property
    def counted(self) -> list[RunRecord]:
        """The runs whose requests count: of each platform and its arguments the newest."""
        return newest(self.runs)

    @property
    def platforms(self) -> list[str]:
        """Every platform that anything is known of, by name."""
        named = {platform for counts in self.items.values() for platform in counts}
        return sorted(named | {run.platform for run in self.runs} | {platform for platform, _ in self.quarantine})

    def summary(self) -> dict[str, Any]:
        """Return out/summary.json in the form of design.md, *Contracts*."""
        counts = {platform: dict.fromkeys(COLUMNS, 0) for platform in self.platforms}
        for layer, by_platform in self.items.items():
            for platform, number in by_platform.items():
                counts[platform][layer] = number
        for run in self.counted:
            own = counts[run.platform]
            own["requests"] += run.requests
            own["blocked"] += run.blocked
            own["dead_letters"] += run.given_up.total()
        return {"platforms": counts, "places": self.places, "seconds": round(seconds_of(self.counted), 1)}


def contents_of(reader: Reader) -> Contents:
    """Read a store. Raises StoreError where it cannot be read."""
    found = Contents(runs=sorted(map(RunRecord.of, reader.read("runs")), key=lambda run: run.started_at, reverse=True))
    _read_listings(reader, found)
    if reader.count("places"):
        _read_places(reader, found)
    else:
        found.places = len(found.points)
    for layer in ("reviews", "notes", "offers"):
        found.items[layer].update(_platform(row) for row in reader.read(layer))
    for row in reader.read("quarantine"):
        found.quarantine.update((_platform(row), str(reason)) for reason in row.get("reasons") or ["no reason given"])
    return found


def _read_listings(reader: Reader, found: Contents) -> None:
    districts: defaultdict[str, list[Point]] = defaultdict(list)
    cities: defaultdict[str, list[Point]] = defaultdict(list)
    for row in reader.read("listings"):
        platform = _platform(row)
        found.items["listings"][platform] += 1
        if row.get("quality") is not None:
            found.qualities.setdefault(platform, []).append(float(row["quality"]))
        if (point := _point(row, frozenset({platform}), row.get("rating"))) is None:
            found.unplaced += 1
            continue
        found.points.append(point)
        if row.get("district"):
            districts[str(row["district"])].append(point)
        if row.get("city"):
            cities[str(row["city"])].append(point)
    found.districts = {name: _north(points) for name, points in districts.items() if len(points) >= DISTRICT_FROM}
    areas = [Area.of(name, points) for name, points in cities.items()]
    found.cities = sorted(areas, key=lambda area: (-area.count, area.name))


def _read_places(reader: Reader, found: Contents) -> None:
    """Put the places in the stead of the listings."""
    refs: defaultdict[str, list[Ref]] = defaultdict(list)
    for link in reader.read("links"):
        refs[str(link.get("place"))].append((_platform(link), str(link.get("ref"))))
    ratings = {(_platform(row), str(row.get("ref"))): row.get("rating") for row in reader.read("listings")}
    found.points, found.unplaced = [], 0
    for row in _standing(reader.read("places")):
        found.places += 1
        linked = refs[str(row.get("place"))]
        known = [rating for ref in linked if (rating := ratings.get(ref)) is not None]
        point = _point(row, frozenset(platform for platform, _ in linked), fmean(known) if known else None)
        if point is None:
            found.unplaced += 1
        else:
            found.points.append(point)


def _standing(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Leave out what became part of another place."""
    return (row for row in rows if not row.get("merged_into"))


def _platform(row: Mapping[str, Any]) -> str:
    return str(row.get("platform") or "unknown")


def _point(row: Mapping[str, Any], platforms: frozenset[str], rating: float | None) -> Point | None:
    lon, lat = row.get("lon"), row.get("lat")
    if lon is None or lat is None or not (abs(lon) <= 180 and abs(lat) <= 90):
        return None
    return Point(lon=float(lon), lat=float(lat), name=str(row.get("name") or ""), platforms=platforms, rating=rating)


def _north(points: list[Point]) -> tuple[float, float]:
    """Return where to write a name so that it covers few of the points: over their middle."""
    lats = sorted(point.lat for point in points)
    return median(point.lon for point in points), lats[len(lats) * 19 // 20]
