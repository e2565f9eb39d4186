"""Where the places of an invented city are: houses on streets, rooms in malls."""

from __future__ import annotations

import math
import random
from typing import Any

import attrs


@attrs.define(kw_only=True)
class Spot:
    """Where a place is: a house on a street, or a room in a mall."""

    area: str
    street: Any
    number: int
    mall: str = ""
    floor: int = 1
    unit: int = 0
    fronts: list[tuple[Any, int]] = attrs.field(factory=list)
    """Other addresses of a mall: street and number."""
    x: float = 0.0
    y: float = 0.0
    """Metres east and north of the city's middle."""


class CityMap:
    """The streets and malls of a city. ``roomy`` says how far apart things are (1 as in a dense city)."""

    def __init__(
        self,
        chance: random.Random,
        words: dict[str, Any],
        split: dict[str, list[str]],
        *,
        han: bool,
        size: int,
        roomy: float,
    ) -> None:
        self.random = chance
        self.words = words
        self.han = han
        self.split = split
        self.width = roomy * (35.0 if han else 60.0) * math.sqrt(size)
        self.streets = [self._street() for _ in range(max(8, size // 40))]
        self.malls = [self._mall() for _ in range(max(4, size // 60))]

    def _street(self) -> tuple[Any, float, float, float, str]:
        chance = self.random
        half = self.width / 2
        if self.han:
            name: Any = chance.choice(self.split["areas"])[: chance.choice((1, 2, 2))] + chance.choice(
                self.split["roads"]
            )
        else:
            name = (chance.choice(self.split["streets"]), *chance.choice(self.words["street_kinds"]))
        area = chance.choice(self.split["areas"])
        return name, chance.uniform(-half, half), chance.uniform(-half, half), chance.uniform(0, math.pi), area

    def _mall(self) -> Spot:
        spot = self.house()
        spot.mall = self.random.choice(self.split["areas"]) + (
            self.random.choice(self.split["malls"])
            if self.han
            else self.random.choice((" Mall", " Plaza", " Centre", " Square"))
        )
        chance = self.random
        for _ in range(chance.choice((0, 0, 1, 2, 3))):
            street = spot.street if chance.random() < 0.7 else chance.choice(self.streets)[0]
            spot.fronts.append((street, max(1, spot.number + chance.choice((-4, -2, -1, 1, 2, 4, 6)))))
        return spot

    def house(self) -> Spot:
        """Return a house on a street."""
        street, x, y, angle, area = self.random.choice(self.streets)
        number = self.random.randint(1, 400)
        side = self.random.choice((-12, 12))
        along = number * 5.0
        return Spot(
            area=area,
            street=street,
            number=number,
            x=x + along * math.cos(angle) - side * math.sin(angle),
            y=y + along * math.sin(angle) + side * math.cos(angle),
        )

    def spot(self) -> Spot:
        """Return where something may be: a room in a mall, or a house on a street."""
        chance = self.random
        if chance.random() < (0.45 if self.han else 0.12):
            mall = chance.choice(self.malls)
            return attrs.evolve(
                mall,
                floor=chance.choice((-1, 1, 1, 2, 3, 4, 5)),
                unit=chance.randint(1, 60),
                x=mall.x + chance.gauss(0, 25),
                y=mall.y + chance.gauss(0, 25),
            )
        spot = self.house()
        spot.unit = chance.choice((0, 0, chance.randint(1, 200)))
        return spot
