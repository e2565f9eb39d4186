"""A foreign web: invented hosts that are no platform of ours, with known truth, for judging parts of the crawler alone.

Four hosts differ in layout (two of HTML, one of JSON, one of HTML with its state in a script) and in how their lists go on. Each can
also answer from a false view of itself, as a site that feeds decoys does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from random import Random
from typing import Protocol

import attrs

SIZE = 1_500
"""Places in the default foreign web, all hosts together."""
CITIES = ("ostrava", "valmiera", "coimbra", "tarvisio", "ghent", "kotor")
_FIRST = (
    "Amber",
    "Quiet",
    "Copper",
    "Northern",
    "Linden",
    "Harbour",
    "Painted",
    "Silver",
    "Old",
    "Juniper",
    "Marble",
    "Little",
)
_SECOND = (
    "Heron",
    "Anchor",
    "Mill",
    "Orchard",
    "Gate",
    "Compass",
    "Fountain",
    "Ferry",
    "Garden",
    "Lantern",
    "Bridge",
    "Crown",
)
_KINDS = ("Hotel", "Guesthouse", "Museum", "Inn", "Gallery", "Hostel", "Tower", "Baths")
_ROADS = ("Station Road", "Castle Lane", "River Walk", "Market Square", "Chapel Street", "Dyke Row", "Linden Avenue")
_REFS = range(100_000, 1_000_000)


@attrs.frozen(kw_only=True)
class Place:
    """What a foreign site says of one place. Position in WGS-84 degrees."""

    ref: str
    city: str
    name: str
    address: str
    phone: str
    rating: float
    price: int
    lat: float
    lon: float

    @property
    def facts(self) -> dict[str, str | float | int]:
        """All that a crawl has to bring home, under the names that spiders use."""
        return attrs.asdict(self)


class View(Protocol):
    """What a site shows: to most the truth."""

    def rows(self, city: str) -> Sequence[Place]:
        """Return the places that the lists of a city show."""

    def place(self, ref: str) -> Place | None:
        """Return a place."""


class Catalogue:
    """All places of one host: the true view."""

    def __init__(self, host: str, seed: int, size: int) -> None:
        rng = Random(f"{seed}:foreign places of {host}")
        refs = rng.sample(_REFS, size)
        self.places: Mapping[str, Place] = {
            str(ref): _place(str(ref), CITIES[number % len(CITIES)], rng) for number, ref in enumerate(refs)
        }

    @cached_property
    def _by_city(self) -> Mapping[str, Sequence[Place]]:
        return {city: [place for place in self.places.values() if place.city == city] for city in CITIES}

    def rows(self, city: str) -> Sequence[Place]:
        """Return the places of a city, none where there is no such city."""
        return self._by_city.get(city, ())

    def place(self, ref: str) -> Place | None:
        """Return a place, None where there is none."""
        return self.places.get(ref)


class FalseView:
    """What a site shows to those it wants rid of: plausible values that are wrong, lists that lack rows or hold false ones.

    No field is missing and lists keep their pages, so that nothing but a second opinion tells it from the truth.
    """

    LOST, MADE_UP = 0.25, 0.1
    """Shares of the rows of a list that are left out, and that lead to places which do not exist."""

    def __init__(self, catalogue: Catalogue, salt: str) -> None:
        self.catalogue = catalogue
        self.salt = salt

    def rows(self, city: str) -> Sequence[Place]:
        """Return some of the places of a city, and others."""
        shown = []
        for place in self.catalogue.rows(city):
            chance = Random(f"{self.salt}:row {place.ref}").random()
            if chance < self.LOST:
                continue
            shown.append(self._made_up(place) if chance < self.LOST + self.MADE_UP else place)
        return shown

    def place(self, ref: str) -> Place | None:
        """Return a place with one to three wrong values; also one that does not exist, where the lists show it."""
        true = self.catalogue.place(ref)
        if true is None:
            return self._invented.get(ref)
        rng = Random(f"{self.salt}:place {ref}")
        other = _place(ref, true.city, rng)
        wrong = rng.sample(("name", "address", "phone", "rating", "price", "lat"), rng.randint(1, 3))
        changed = attrs.evolve(true, **{field: getattr(other, field) for field in wrong})
        return attrs.evolve(changed, price=true.price + rng.randint(1, 40)) if changed == true else changed

    def _made_up(self, place: Place) -> Place:
        rng = Random(f"{self.salt}:made up {place.ref}")
        ref = str(rng.choice(_REFS))
        return place if ref in self.catalogue.places else _place(ref, place.city, rng)

    @cached_property
    def _invented(self) -> Mapping[str, Place]:
        rows = [row for city in CITIES for row in self.rows(city)]
        return {row.ref: row for row in rows if row.ref not in self.catalogue.places}


def _place(ref: str, city: str, rng: Random) -> Place:
    number = CITIES.index(city)
    return Place(
        ref=ref,
        city=city,
        name=f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {rng.choice(_KINDS)}",
        address=f"{rng.choice(_ROADS)} {rng.randint(1, 199)}",
        phone=f"+99 {rng.randint(20, 89)} {rng.randint(100_000, 999_999)}",
        rating=round(rng.uniform(2.5, 5.0), 1),
        price=rng.randint(9, 480),
        lat=round(42 + 2 * number + rng.uniform(-0.2, 0.2), 5),
        lon=round(14 + number + rng.uniform(-0.2, 0.2), 5),
    )


@lru_cache(maxsize=64)
def catalogue(host: str, seed: int, size: int) -> Catalogue:
    """Return the catalogue of a host, the same for the same seed and size on any machine."""
    return Catalogue(host, seed, size)
