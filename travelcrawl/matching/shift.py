"""Watch the datums: how far the pins of two platforms lie apart, and which error of datum explains it.

Taken are pairs whose name occurs once on either platform: their score, which falls with the distance, has no say. The
median of their offsets is 0 where both datums are right, however coarse the pins; GCJ-02 taken as WGS-84 moves it by
160-700 m, BD-09 by 0.7-1.5 km (matching.md 5).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean, median

import attrs

from travelcrawl.geo.datum import BD09, GCJ02, WGS84, convert
from travelcrawl.geo.metres import Point, vector
from travelcrawl.matching.block import distance, namesakes
from travelcrawl.matching.normalise import Table

SHIFTED = 100.0
"""Metres of a median offset from which a datum is wrong (operations.md, *DatumShift*)."""
FARTHEST = 3_000.0
"""Metres within which one name is one place."""
LEAST_PAIRS = 10
"""Pairs of two platforms in a city below which nothing is said."""
SHORTEST = 3
"""Characters that a name must have more than."""
FITS = 0.25
"""Share of an offset by which it may miss what an error of datum would make of it."""


@attrs.frozen(kw_only=True)
class Anchor:
    """One place on two platforms, known by its name."""

    platform: str
    other: str
    """The platforms, by name."""
    city: str
    at: Point
    """Longitude and latitude on the first, degrees, WGS-84."""
    east: float
    north: float
    """Metres from the first to the other."""


@attrs.frozen(kw_only=True)
class Offset:
    """How two platforms stand to each other in a city."""

    platform: str
    other: str
    city: str
    pairs: int
    at: Point
    east: float
    north: float
    """Median metres from the first to the other."""

    @property
    def metres(self) -> float:
        """Length of the offset."""
        return math.hypot(self.east, self.north)

    @property
    def is_shifted(self) -> bool:
        """True where one of the two datums must be wrong."""
        return self.metres > SHIFTED


@attrs.frozen(kw_only=True)
class Suspect:
    """A platform whose datum is wrong in a city."""

    platform: str
    city: str
    metres: float
    others: tuple[str, ...]
    """The platforms it was compared with."""
    cause: str
    """The likely error, a key of CAUSES; empty where none fits."""
    instead: str = ""
    """The other platform, where nothing says which of the two it is."""

    def __str__(self) -> str:
        """Return a sentence."""
        who = f"{self.platform} or {self.instead}" if self.instead else self.platform
        why = f"likely {self.cause}" if self.cause else "no known error of datum fits"
        return f"{who}: the pins in {self.city or 'no known city'} lie {self.metres:.0f} m from those of {', '.join(self.others)}; {why}"


def anchors(table: Table, cities: Sequence[str], own: Sequence[bool] | None = None) -> list[Anchor]:
    """Return the pairs of listings that have one name, which occurs once on either platform.

    ``cities`` and ``own`` have one entry a row; only pairs whose first platform's listing is one's own are returned.
    """
    a, b, _ = namesakes(table)
    telling = (table.frequency[a] == 1) & (table.core_length[a] > SHORTEST)
    telling &= ~table.nameless[a] & (distance(table, a, b) <= FARTHEST) & (table.part[a] == table.part[b])
    # Branches of a chain have one core: their whole names must be the same too.
    found = [
        (one, other) if table.source[one] < table.source[other] else (other, one)
        for one, other in zip(a[telling].tolist(), b[telling].tolist(), strict=True)
        if table.branch[one] == table.branch[other]
    ]
    return [_anchor(table, cities[one] or cities[other], one, other) for one, other in found if own is None or own[one]]


def _anchor(table: Table, city: str, one: int, other: int) -> Anchor:
    lon, lat = float(table.lon[one]), float(table.lat[one])
    east, north = vector((lon, lat), (float(table.lon[other]), float(table.lat[other])))
    names = (table.sources[int(table.source[row])] for row in (one, other))
    return Anchor(
        **dict(zip(("platform", "other"), names, strict=True)), city=city, at=(lon, lat), east=east, north=north
    )


def offsets(found: Iterable[Anchor], least: int = LEAST_PAIRS) -> list[Offset]:
    """Return the median offset of each two platforms in each city that have enough in common."""
    groups: defaultdict[tuple[str, str, str], list[Anchor]] = defaultdict(list)
    for anchor in found:
        groups[anchor.platform, anchor.other, anchor.city].append(anchor)
    return [
        Offset(
            platform=platform,
            other=other,
            city=city,
            pairs=len(group),
            at=(median(anchor.at[0] for anchor in group), median(anchor.at[1] for anchor in group)),
            east=median(anchor.east for anchor in group),
            north=median(anchor.north for anchor in group),
        )
        for (platform, other, city), group in sorted(groups.items())
        if len(group) >= least
    ]


def suspects(found: Iterable[Offset]) -> list[Suspect]:
    """Say whose datum is wrong: in each city the platform that is shifted against most others, and so on until none is."""
    by_city: defaultdict[str, list[Offset]] = defaultdict(list)
    for offset in found:
        by_city[offset.city].append(offset)
    blamed = []
    for offsets_here in by_city.values():
        shifted = [offset for offset in offsets_here if offset.is_shifted]
        level = Counter(name for offset in offsets_here if not offset.is_shifted for name in _names(offset))
        while shifted:
            against = Counter(name for offset in shifted for name in _names(offset))
            ranked = sorted(against, key=lambda name: (-against[name], level[name], name))
            mine = [offset for offset in shifted if ranked[0] in _names(offset)]
            other = next((name for name in ranked[1:] if name in _names(mine[0])), "")
            unclear = len(mine) == 1 and level[ranked[0]] == level[other] and against[other] == 1
            blamed.append(_suspect(ranked[0], mine, other if unclear else ""))
            shifted = [offset for offset in shifted if offset not in mine]
    return blamed


def _names(offset: Offset) -> tuple[str, str]:
    return offset.platform, offset.other


def _suspect(platform: str, found: Sequence[Offset], instead: str) -> Suspect:
    """Turn the offsets so that they point to the platform, and look for what explains their mean."""
    signs = [1 if offset.other == platform else -1 for offset in found]
    east = fmean(sign * offset.east for sign, offset in zip(signs, found, strict=True))
    north = fmean(sign * offset.north for sign, offset in zip(signs, found, strict=True))
    return Suspect(
        platform=platform,
        city=found[0].city,
        metres=math.hypot(east, north),
        others=tuple(next(name for name in _names(offset) if name != platform) for offset in found),
        cause=cause_of(found[0].at, east, north),
        instead=instead,
    )


def cause_of(at: Point, east: float, north: float) -> str:
    """Return the error of datum that moves a point by about so many metres; empty where none does."""
    missed = {}
    for cause, move in CAUSES.items():
        made = vector(at, move(*at))
        missed[cause] = math.hypot(made[0] - east, made[1] - north)
    best = min(missed, key=lambda cause: missed[cause])
    return best if missed[best] <= FITS * math.hypot(east, north) else ""


def _taken(said: str, as_: str) -> Callable[[float, float], Point]:
    """Return what becomes of a true point that is given in one datum and converted from another."""
    return lambda lon, lat: convert(*convert(lon, lat, WGS84, said), as_, WGS84)


CAUSES: Mapping[str, Callable[[float, float], Point]] = {
    "GCJ-02 taken as WGS-84": _taken(GCJ02, WGS84),
    "WGS-84 taken as GCJ-02: shifted back twice": _taken(WGS84, GCJ02),
    "BD-09 taken as GCJ-02": _taken(BD09, GCJ02),
    "BD-09 taken as WGS-84": _taken(BD09, WGS84),
    "GCJ-02 taken as BD-09": _taken(GCJ02, BD09),
    "WGS-84 taken as BD-09": _taken(WGS84, BD09),
    "GCJ-02 shifted twice": lambda lon, lat: convert(*convert(lon, lat, WGS84, GCJ02), WGS84, GCJ02),
}
"""What becomes of a true point under each error of datum."""
