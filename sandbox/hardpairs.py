"""Make hard pairs with known truth: a city's places as two platforms would list them.

Branches of one chain next door, tenants of one mall, parts of one hotel, namesakes, a shop that took another's room, names
shortened, renamed, miswritten or in another script, shared phones, coarse and wrong pins. All names are invented.
"""

from __future__ import annotations

import json
import random
from importlib import resources
from typing import Any

import attrs

from sandbox.hannames import HanNames
from sandbox.hardmap import CityMap, Spot
from sandbox.latinnames import LatinNames

WORDS: dict[str, Any] = json.loads(resources.files("sandbox").joinpath("hardpairs.json").read_text("utf-8"))


@attrs.define(kw_only=True)
class Place:
    """The real thing."""

    key: int
    names: tuple[str, str]
    """Two honest ways to write the name; the same twice where there is one."""
    spot: Spot
    kind: int = -1
    branch: str = ""
    phone: str = ""
    hotline: str = ""
    category: str = ""


class City:
    """A city of invented places.

    ``han`` decides its script, ``roomy`` how far apart things are (1 as in a dense city), and ``pairs`` are names of real
    places in two forms each, with a category, for a Latin city's names to be like.
    """

    def __init__(
        self,
        seed: int,
        *,
        han: bool,
        size: int,
        pairs: list[tuple[str, str, str]] | None = None,
        roomy: float = 1.0,
    ) -> None:
        self.random = random.Random(seed)
        self.han = han
        self.words = WORDS["han" if han else "latin"]
        self.split = {name: value.split() for name, value in self.words.items() if isinstance(value, str)}
        self.lon, self.lat = (118.8, 31.9) if han else (-79.4, 43.7)
        chance = self.random
        self.region = chance.choice(self.split["cities"]).split("/") if han else []
        self.names: HanNames | LatinNames = (
            HanNames(chance, self.words, self.region) if han else LatinNames(chance, self.words, pairs or [])
        )
        self.map = CityMap(chance, self.words, self.split, han=han, size=size, roomy=roomy)
        self.places: list[Place] = []
        self.chains = [self._shortened(*self.names.make()) for _ in range(max(5, size // 50))]
        while len(self.places) < size:
            self._add(chance.random())

    def _shortened(self, names: tuple[str, str], kind: int) -> tuple[tuple[str, str], int]:
        """Let some chains have a short name too (Starbucks Coffee, Starbucks)."""
        words = names[0].split()
        return (
            ((names[0], " ".join(words[:-1])), kind) if len(words) > 1 and self.random.random() < 0.3 else (names, kind)
        )

    def _add(self, draw: float) -> None:
        chance = self.random
        spot = self.map.spot()
        if draw < (0.12 if self.han else 0.2):
            self._chain(spot)
        elif draw < 0.2 and self.han:
            name = chance.choice(self.split["generic"])
            self._place((name, name), 0, spot)
        elif draw < (0.26 if self.han else 0.23) and self.places:
            self._part(chance.choice(self.places))
        elif draw < (0.29 if self.han else 0.25) and self.places:
            old = chance.choice(self.places)
            names, kind = self.names.make()
            self._place(names, kind, attrs.evolve(old.spot, x=old.spot.x + 3), phone=chance.choice((old.phone, "")))
        elif draw < 0.5 and not self.han:
            self._civic(spot)
        else:
            names, kind = self.names.make()
            place = self._place(names, kind, spot)
            while chance.random() < (0.25 if self.han else 0.08):
                self._sibling(place)

    def _place(
        self, names: tuple[str, str], kind: int, spot: Spot, *, branch: str = "", phone: str = "", hotline: str = ""
    ) -> Place:
        place = Place(
            key=len(self.places),
            names=names,
            kind=kind,
            spot=spot,
            branch=branch,
            phone=phone or self.number(),
            hotline=hotline,
        )
        self.places.append(place)
        return place

    def _chain(self, spot: Spot) -> None:
        chance = self.random
        names, kind = self.chains[min(int(chance.expovariate(6 / len(self.chains))), len(self.chains) - 1)]
        hotline = f"400{sum(map(ord, names[0])) % 10_000_000:07d}" if chance.random() < 0.3 else ""
        self._place(names, kind, spot, branch=self.branch(spot), hotline=hotline)
        if chance.random() < 0.12:
            near = attrs.evolve(
                self.map.spot() if chance.random() < 0.3 else spot,
                number=spot.number + chance.randint(2, 60),
                unit=chance.randint(1, 60),
                floor=chance.choice((1, 2, 3)),
            )
            near.x, near.y = spot.x + chance.gauss(0, 180), spot.y + chance.gauss(0, 180)
            self._place(
                names,
                kind,
                near,
                branch=self.branch(near) + chance.choice(("", "二", "2") if self.han else ("", " 2")),
                hotline=hotline,
            )

    def branch(self, spot: Spot) -> str:
        """Return what a chain calls its branch at a spot."""
        if not self.han:
            return spot.area
        mall = spot.mall[: self.random.choice((2, len(spot.mall)))]
        return self.random.choice((mall or spot.street, spot.street, spot.area, spot.area + mall))

    def _part(self, whole: Place) -> None:
        chance = self.random
        spot = attrs.evolve(whole.spot, x=whole.spot.x + chance.gauss(0, 50), y=whole.spot.y + chance.gauss(0, 50))
        phone = whole.phone if chance.random() < 0.5 else ""
        if self.han:
            part = chance.choice(self.split["parts"])
            base = whole.names[0] if chance.random() < 0.7 or not whole.spot.mall else whole.spot.mall
            name = chance.choice((f"{base}-{part}", f"{base}{part}", f"{base}({part})"))
        else:
            part = chance.choice(self.words["parts"].split("|"))
            name = f"{whole.names[0]} {part}"
        self._place((name, name), whole.kind, spot, phone=phone)

    def _sibling(self, place: Place) -> None:
        """Add another place whose name differs in one telling character or word, near by."""
        chance = self.random
        spot = attrs.evolve(
            place.spot,
            unit=chance.randint(1, 80),
            x=place.spot.x + chance.gauss(0, 90),
            y=place.spot.y + chance.gauss(0, 90),
        )
        name = place.names[0]
        if self.han and chance.random() < 0.7 and place.kind >= 0:
            product = next((one for one in self.words["kinds"][place.kind]["products"].split() if one in name), "")
            brand = "".join(chance.sample(self.split["brand"], chance.choice((2, 2, 3))))
            name = brand + (product or name[-2:])
        elif self.han:
            at = chance.randrange(min(2, len(name)))
            name = name[:at] + chance.choice(self.split["brand"]) + name[at + 1 :]
        else:
            words = name.split()
            words[chance.randrange(len(words))] = self.noun()
            name = " ".join(words)
        self._place((name, name), place.kind, spot)

    def _civic(self, spot: Spot) -> None:
        chance = self.random
        if chance.random() < 0.2:
            name = chance.choice(self.words["campus"].split("|"))
            if chance.random() < 0.5:
                name = f"{spot.area} {name}"
        else:
            base = chance.choice(
                (spot.area, spot.area, spot.street[0], self.noun(), self.noun(), chance.choice(self.split["areas"]))
            )
            if chance.random() < 0.25:
                base = f"{base} {chance.choice(self.split['areas'])}"
            name = f"{base} {chance.choice(self.words['civic'].split('|'))}" if chance.random() < 0.85 else base
        spot.x += chance.gauss(0, 120)
        spot.y += chance.gauss(0, 120)
        self._place((name, name), -2, spot)
        while chance.random() < 0.2:
            self._satellite(name, spot)

    def _satellite(self, name: str, spot: Spot) -> None:
        """Add something called after a place near by: the rink of a park, the station at a mall."""
        chance = self.random
        kind = chance.choice((*self.words["civic"].split("|"), *self.split["kinds"]))
        base = chance.choice((name, name.rsplit(" ", 1)[0]))
        called = chance.choice(
            (
                f"{base} {kind}",
                f"{base} {kind}",
                f"{chance.choice(self.split['family'])} {base}",
                f"{base} & {spot.street[0]}",
            )
        )
        near = attrs.evolve(
            spot,
            number=spot.number + chance.randint(0, 20),
            x=spot.x + chance.gauss(0, 60),
            y=spot.y + chance.gauss(0, 60),
        )
        self._place((called, called), -2, near)

    def noun(self) -> str:
        """Return a word that names something (Latin cities)."""
        return self.names.noun() if isinstance(self.names, LatinNames) else ""

    def number(self) -> str:
        """Return an invented telephone number."""
        chance = self.random
        if not self.han:
            return f"({chance.choice((416, 647, 905))}) {chance.randint(200, 999)}-{chance.randint(0, 9999):04d}"
        if chance.random() < 0.5:
            return f"1{chance.choice((38, 59, 86, 77))}{chance.randint(0, 99_999_999):08d}"
        return f"025-{chance.randint(50_000_000, 89_999_999)}"


def labelled(listings: list[dict[str, str]]) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    """Return the true links of listings, as ((source, id), (source, id)) in ascending order."""
    by_place: dict[str, list[tuple[str, str]]] = {}
    for one in listings:
        by_place.setdefault(one["place"], []).append((one["source"], one["id"]))
    return {
        (min(a, b), max(a, b))
        for group in by_place.values()
        for at, a in enumerate(group)
        for b in group[at + 1 :]
        if a[0] != b[0]
    }
