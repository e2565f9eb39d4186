"""How platforms write what they list: names and addresses shortened, miswritten and dressed up, pins moved."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs

from sandbox.hardmap import Spot
from sandbox.hardpairs import City, Place

_MISTOLD = 0.15
"""Share of floors that are told wrong, or counted from another street."""
_ONCE = 0.85
"""Share of the names written otherwise that are so in one way only."""


@attrs.frozen(kw_only=True)
class Profile:
    """How a platform lists."""

    name: str
    cover: float = 0.7
    branches: float = 0.5
    """Share of names that carry a branch."""
    addresses: float = 0.95
    phones: float = 0.0
    categories: int = 0
    """Which of the three dialects of categories; -1: none."""
    scatter: float = 25.0
    """Median error of a pin, metres."""
    noise: float = 0.3
    """Share of names that are written differently from the real one."""
    manner: Mapping[str, float] = attrs.field(factory=dict)
    """Weights of the families of ways to write a name (``latinnames.FAMILIES``, ``hannames.FAMILIES``); 1 where nothing is said."""
    repeats: float = 0.0
    """Share of places that are listed twice."""
    astray: float = 0.02
    """Share of pins that are wrong by a street or a quarter."""
    osm: bool = False
    """House number after the street."""
    decimals: int = 6


class Writer:
    """What one platform says about a city."""

    def __init__(self, city: City, profile: Profile) -> None:
        self.city = city
        self.profile = profile

    def listings(self) -> list[dict[str, str]]:
        """Return what the platform says, each with ``place``: the key of the real thing."""
        chance = self.city.random
        seen = [place for place in self.city.places if chance.random() < self.profile.cover]
        seen += [place for place in seen if chance.random() < self.profile.repeats]
        return [self._listing(place, self.profile, number) for number, place in enumerate(seen)]

    def _listing(self, place: Place, profile: Profile, number: int) -> dict[str, str]:
        chance = self.city.random
        name = self._written(place, profile)
        phone = ""
        if chance.random() < profile.phones:
            phone = place.phone if chance.random() < 0.93 else self.city.number()
            if place.hotline and chance.random() < 0.6:
                phone = place.hotline
            elif chance.random() < 0.15:
                phone += ";" + self.city.number()
        error = abs(chance.lognormvariate(math.log(profile.scatter), 0.9)) if chance.random() > 0.12 else 0.0
        if chance.random() < profile.astray:
            error = chance.uniform(100, chance.choice((300, 800, 1500 if self.city.han else 800)))
        elif place.kind == -2:
            error *= 2.5
        turn = chance.uniform(0, 2 * math.pi)
        x, y = place.spot.x + error * math.cos(turn), place.spot.y + error * math.sin(turn)
        lon = self.city.lon + x / (111_320 * math.cos(math.radians(self.city.lat)))
        return {
            "source": profile.name,
            "id": f"{profile.name}{number}",
            "name": name,
            "address": self._address(place.spot, profile) if chance.random() < profile.addresses else "",
            "category": self._category(place, profile),
            "lon": f"{lon:.{profile.decimals}f}",
            "lat": f"{self.city.lat + y / 110_540:.{profile.decimals}f}",
            "datum": "WGS-84",
            "phone": phone,
            "website": "",
            "place": str(place.key),
        }

    def _category(self, place: Place, profile: Profile) -> str:
        if profile.categories < 0 or place.kind < 0 or not self.city.han:
            return place.category if profile.categories >= 0 else ""
        kind = self.city.words["kinds"][place.kind]
        said: str = self.city.random.choice(kind["classes"][profile.categories])
        product = next((one for one in kind["products"].split() if one in place.names[0]), "其他")
        return said.replace("{p}", product)

    def _written(self, place: Place, profile: Profile) -> str:
        chance = self.city.random
        name = place.names[chance.random() < 0.5]
        street = place.spot.street if self.city.han else place.spot.street[0]
        near = [one for one in (place.spot.area, street, place.spot.mall) if one]
        while chance.random() < profile.noise:
            name = self.city.names.written(name, place.kind, near, profile.manner)
            if chance.random() < _ONCE:
                break
        if not self.city.han:
            if place.branch and chance.random() < profile.branches * 0.4:
                name += chance.choice((f" - {place.branch}", f" ({place.branch})", f" {place.branch}"))
            return name
        if chance.random() < profile.branches and place.kind not in (2, 5) and "-" not in name:
            name += chance.choice(("（{}店）", "({}店)", "（{}分店）", "({}店)")).format(
                place.branch or self.city.branch(place.spot)
            )
        elif chance.random() < 0.05:
            name += f"（{chance.choice(self.city.split['extra'])}，{chance.choice(self.city.split['extra'])}）"
        return name

    def _address(self, spot: Spot, profile: Profile) -> str:
        chance = self.city.random
        if not self.city.han:
            street, long, short = spot.street
            if profile.osm:
                return f"{street} {long}, {spot.number}" + (
                    f" M{spot.number % 9}K 2V{len(street)}" if chance.random() < 0.2 else ""
                )
            text = f"{spot.number} {street} {chance.choice((long, short))}"
            if chance.random() < 0.1:
                text = f"{spot.number + chance.choice((-20, -10, -4, -2, 2, 4, 8, 16, 60))} {street} {short}"
            if chance.random() < 0.4:
                text += f", at {chance.choice(self.city.split['streets'])} {chance.choice(('St', 'Ave', 'Rd.'))}"
            if chance.random() < 0.1:
                text = f"{street} {short}, {chance.choice(self.city.split['streets'])}"
            return text + (f" M{spot.number % 9}K 2V{len(street)}" if chance.random() < 0.5 else "")
        draw = chance.random()
        province, city, district = self.city.region
        town = f"{district[:-1]}开发区{spot.area}街道"
        before = chance.choice(
            ("", "", city + district, district, province + city + district, f"{spot.area}街道", town)
        )
        front = chance.choice(spot.fronts) if spot.fronts and chance.random() < 0.4 else (spot.street, spot.number)
        street = f"{front[0]}" + (f"{front[1]}号" if chance.random() < 0.85 else "")
        if draw < 0.05:
            return f"{before}{chance.choice(self.city.map.streets)[0]}{chance.randint(1, 300)}号"
        if draw < 0.12:
            return f"{before}{spot.street}{chance.choice(self.city.split['near'])}"
        if draw < 0.15:
            return before or spot.area
        if not spot.mall:
            return (
                before
                + street
                + (f"{spot.unit}室" if spot.unit and chance.random() < 0.6 else chance.choice(("", "", "附近", "一楼")))
            )
        level = spot.floor if chance.random() > _MISTOLD else spot.floor + chance.choice((-1, 1)) or -1
        floor = self._floor(level) if chance.random() < 0.7 else ""
        unit = f"{'ABCD'[spot.unit % 4]}{spot.unit:02d}" if chance.random() < 0.45 else ""
        return (
            before
            + chance.choice((street, street, ""))
            + chance.choice((spot.mall, spot.mall, spot.mall[:2]))
            + floor
            + unit
        )

    def _floor(self, floor: int) -> str:
        numeral = "零一二三四五六"[abs(floor)]
        ways = (
            (f"{floor}楼", f"{numeral}楼", f"{numeral}层", f"{floor}F", f"{floor}层")
            if floor > 0
            else ("负一层", "B1层", "地下1层", "B1")
        )
        return self.city.random.choice(ways)
