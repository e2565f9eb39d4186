"""Positions in WGS-84 out of what a source gives in its own datum. A doubtful position is none: nothing is repaired."""

from __future__ import annotations

from typing import Any

from travelcrawl.geo.datum import BD09, GCJ02, WGS84, convert

DECIMALS = 7
"""Of a degree: one centimetre."""
_DATUMS = {
    "WGS84": WGS84,
    "EPSG4326": WGS84,
    "GPS": WGS84,
    "GCJ02": GCJ02,
    "GCJ02LL": GCJ02,
    "BD09": BD09,
    "BD09LL": BD09,
}


_OUTSIDE = ("71", "81", "82", "香港", "澳门", "澳門", "台湾", "台灣", "臺灣")
"""How adcode, province or city begin there. Near the border a shifted point may be the mainland's: the fields know better."""


def datum(value: Any) -> str | None:
    """Return the name of a datum as items.Listing writes it (``gcj02`` → ``GCJ-02``), None for an unknown one."""
    if not isinstance(value, str) or len(value) > len("EPSG:4326 "):
        return None
    return _DATUMS.get("".join(letter for letter in value.upper() if letter.isalnum()))


def is_outside(*named: Any) -> bool:
    """Say whether a place's own fields (adcode, province, city) put it in Hong Kong, Macau or Taiwan, which no datum shifts."""
    return any(isinstance(text, str) and text.startswith(_OUTSIDE) for text in named)


def position(
    lon: float | None, lat: float | None, source: str | None, *, inside: bool | None = None
) -> tuple[tuple[float, float] | None, str | None]:
    """Return ((longitude, latitude) in degrees WGS-84, None), or (None, why not).

    Reasons: ``half`` (only one of the two), ``zero`` (0, 0 is a default, not a place), ``out_of_range``, ``swapped``
    (latitude in the place of longitude, which shows beyond 90° and inside China), ``no_datum``. No reason where the
    source gives no position at all. ``inside`` False: it is known not to be on the mainland, whatever the position says.
    """
    if lon is None and lat is None:
        return None, None
    if lon is None or lat is None:
        return None, "half"
    if lon == 0 and lat == 0:
        return None, "zero"
    if _is_swapped(lon, lat):
        return None, "swapped"
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None, "out_of_range"
    if source is None:
        return None, "no_datum"
    if source != WGS84:
        lon, lat = convert(lon, lat, source, WGS84, inside=inside)
    return (round(float(lon), DECIMALS), round(float(lat), DECIMALS)), None


def _is_swapped(lon: float, lat: float) -> bool:
    """Say whether the two stand in each other's place: no land lies at 73-90° N, 18-54° E but China's mirror image."""
    if abs(lon) <= 90 < abs(lat) <= 180:
        return True
    return 73 <= lat <= 136 and 18 <= lon <= 54
