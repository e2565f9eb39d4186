"""The table of China's divisions, as divisions.csv holds it (made by tools/build_divisions.py)."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import attrs


@attrs.frozen(kw_only=True)
class Row:
    """One division: a province, a municipality, a city or a district."""

    adcode: str
    """Six digits, after GB/T 2260."""
    name: str
    level: str
    """``province``, ``municipality`` (a province without cities: 北京市, 香港特别行政区), ``city``, ``district``."""
    parent: str
    """Adcode one level up; empty for a province or municipality."""
    short: str
    """The name as people say it: ``成都``, ``凉山``, ``锦江``."""
    pinyin: str
    """Of ``short``, without tones; empty for a district."""
    traditional: str
    """The name in traditional characters where it differs, else empty."""
    lon: float | None
    """Longitude of the rough centre, degrees, WGS-84."""
    lat: float | None
    """Latitude of the rough centre, degrees, WGS-84."""

    @property
    def is_city(self) -> bool:
        """Say whether a crawl can be of it: municipalities count as cities."""
        return self.level in ("city", "municipality")


@cache
def rows() -> dict[str, Row]:
    """Read the table once: rows by adcode, in the order of the codes."""
    with files(__package__).joinpath("divisions.csv").open(encoding="utf-8") as file:
        lines = (line for line in file if not line.startswith("#"))
        return {fields["adcode"]: _row(fields) for fields in csv.DictReader(lines)}


def _row(fields: dict[str, str]) -> Row:
    """Make a row of what the file says, empty coordinates being None."""
    text = {name: fields[name] for name in ("adcode", "name", "level", "parent", "short", "pinyin", "traditional")}
    lon, lat = (float(fields[name]) if fields[name] else None for name in ("lon", "lat"))
    return Row(**text, lon=lon, lat=lat)
