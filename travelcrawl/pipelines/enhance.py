"""Add what follows from what an item says: administrative division, shared class, H3 cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import h3

from travelcrawl.geo.divisions import division_of
from travelcrawl.pipelines.base import Step, evolve, fields_of
from travelcrawl.pipelines.categories import class_of

H3_RESOLUTION = 9
"""Cells of about 0.1 km²."""


def enhancements(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be added to a listing, or said in official names: ``成都`` becomes ``成都市``.

    The source's own adcode stays, as does its own class; nothing is derived from a position that is not there.
    """
    text = {name: value for name, value in fields.items() if isinstance(value, str)}
    found: dict[str, Any] = {}
    division = division_of(text.get("province"), text.get("city"), text.get("district"), text.get("address"))
    if division is not None:
        names = {"province": division.province, "city": division.city, "district": division.district}
        found = {name: value for name, value in names.items() if value is not None}
        found["adcode"] = text.get("adcode") or division.adcode
    if not text.get("category_class"):
        codes = (text.get(name) for name in ("category_code", "category", "name"))
        found["category_class"] = class_of(text.get("platform", ""), *codes)
    found["h3"] = cell_of(fields.get("lon"), fields.get("lat")) or fields.get("h3")
    return {name: value for name, value in found.items() if value is not None and value != fields.get(name)}


def cell_of(lon: Any, lat: Any) -> str | None:
    """Return the H3 cell of a position in WGS-84 degrees, None where it is none."""
    if not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    return str(h3.latlng_to_cell(lat, lon, H3_RESOLUTION))


class EnhancePipeline(Step):
    """Add division, class and cell to listings, and the official name to the city of notes.

    Stats: ``processed/enhancer/…``.
    """

    name = "enhancer"
    kinds: ClassVar[frozenset[str]] = frozenset({"listing", "note"})

    def process(self, kind: str, item: Any) -> Any:
        """Enhance an item."""
        fields = fields_of(item)
        if kind == "listing":
            return evolve(item, enhancements(fields))
        city = fields.get("city")
        division = division_of(None, city, None, None) if isinstance(city, str) else None
        return evolve(item, {"city": division.city} if division and division.city else {})
