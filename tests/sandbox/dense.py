"""A world with more places of one type in one city than a query of Amap gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

import attrs

from sandbox import World, build_world
from sandbox.model import Listing
from sandbox.names import District

TYPE = "110101"
CITY = "510100"
BESIDE = (0.0031, 0.0017)
"""Degrees by which a crowd lies off the middle of its district, where the first tiles meet."""


def dense_world(crowds: dict[str, int], spread: float = 500.0) -> World:
    """Put as many listings of TYPE as ``crowds`` says (district's adcode → how many) about the middles of districts."""
    world = build_world(7, 40)
    shelf = world.shelves["amap"]
    model = next(one for one in shelf.listings if one.place.kind.amap_code == TYPE)
    districts = {one.adcode: one for city in world.cities for one in city.districts}
    cities = {one.adcode: city for city in world.cities for one in city.districts}
    others = [one for one in shelf.listings if one.place.kind.amap_code != TYPE]
    rng = Random(3)
    crowd = [
        attrs.evolve(one, place=attrs.evolve(one.place, district=districts[adcode], city=cities[adcode]))
        for adcode, count in crowds.items()
        for one in _crowd(model, districts[adcode], count, spread, rng)
    ]
    shelves = {**world.shelves, "amap": attrs.evolve(shelf, listings=(*others, *crowd), offers=())}
    return attrs.evolve(world, shelves=shelves)


def _crowd(model: Listing, district: District, count: int, spread: float, rng: Random) -> Iterator[Listing]:
    for number in range(count):
        bearing, metres = rng.uniform(0, 2 * math.pi), min(abs(rng.gauss(0, spread)), 1800)
        lon = district.lon + metres * math.sin(bearing) / (111_320 * math.cos(math.radians(district.lat)))
        lat = district.lat + metres * math.cos(bearing) / 111_320
        ref = f"B0{district.adcode}{number:04d}"
        lon, lat = round(lon + BESIDE[0], 6), round(lat + BESIDE[1], 6)
        yield attrs.evolve(model, ref=ref, name=f"虚构园{number}", lon=lon, lat=lat, price=None)
