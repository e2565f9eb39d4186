"""Make hard pairs with known truth: a city's places as two platforms would list them.

Branches of one chain next door, tenants of one mall, parts of one hotel, namesakes, a shop that took another's room, names
shortened, renamed, miswritten or in another script, shared phones, coarse and wrong pins. All names are invented.
"""

from __future__ import annotations

import json
import math
import random
from importlib import resources
from typing import Any

import attrs

WORDS: dict[str, Any] = json.loads(resources.files("sandbox").joinpath("hardpairs.json").read_text("utf-8"))


@attrs.define(kw_only=True)
class Spot:
    """Where a place is: a house on a street, or a room in a mall."""

    area: str
    street: Any
    number: int
    mall: str = ""
    floor: int = 1
    unit: int = 0
    x: float = 0.0
    y: float = 0.0
    """Metres east and north of the city's middle."""


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
    osm: bool = False
    """House number after the street."""
    decimals: int = 6


class City:
    """A city of invented places; ``han`` decides its script."""

    def __init__(self, seed: int, *, han: bool, size: int, pairs: list[tuple[str, str, str]] | None = None) -> None:
        self.random = random.Random(seed)
        self.han = han
        self.words = WORDS["han" if han else "latin"]
        self.split = {name: value.split() for name, value in self.words.items() if isinstance(value, str)}
        self.width = (35.0 if han else 60.0) * math.sqrt(size)
        self.lon, self.lat = (118.8, 31.9) if han else (-79.4, 43.7)
        self.pairs = pairs or []
        chance = self.random
        self.region = chance.choice(self.split["cities"]).split("/") if han else []
        self.streets = [self._street() for _ in range(max(8, size // 40))]
        self.malls = [self._mall() for _ in range(max(4, size // 60))]
        self.places: list[Place] = []
        self.chains = [self._shortened(*self._name()) for _ in range(max(5, size // 50))]
        while len(self.places) < size:
            self._add(chance.random())

    def listings(self, profile: Profile) -> list[dict[str, str]]:
        """Return what a platform says, each with ``place``: the key of the real thing."""
        chance = self.random
        seen = [place for place in self.places if chance.random() < profile.cover]
        return [self._listing(place, profile, number) for number, place in enumerate(seen)]

    # -- the city ---------------------------------------------------------------------------------------------------

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
        spot = self._house()
        spot.mall = self.random.choice(self.split["areas"]) + (
            self.random.choice(self.split["malls"])
            if self.han
            else self.random.choice((" Mall", " Plaza", " Centre", " Square"))
        )
        return spot

    def _house(self) -> Spot:
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

    def _spot(self) -> Spot:
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
        spot = self._house()
        spot.unit = chance.choice((0, 0, chance.randint(1, 200)))
        return spot

    def _name(self) -> tuple[tuple[str, str], int]:
        if self.han:
            return self._han_name()
        chance = self.random
        if self.pairs and chance.random() < 0.6:
            one, other, _ = chance.choice(self.pairs)
            return (one, other), -1
        words = self.split | {"nouns": [chance.choice(self.split["nouns"]), self._word(), self._word()]}
        draw = chance.random()
        kind = chance.choice(words["kinds"])
        if draw < 0.35:
            name = f"{chance.choice(words['adjectives'])} {chance.choice(words['nouns'])} {kind}"
        elif draw < 0.6:
            name = f"{chance.choice((chance.choice(words['family']), self._word()))}{chance.choice((chr(39) + 's', '', ' & Sons'))} {kind}"
        elif draw < 0.7:
            name = f"{chance.choice(words['nouns'])} & {chance.choice(words['nouns'])}"
        elif draw < 0.85:
            name = f"The {chance.choice(words['nouns'])} {kind}"
        else:
            name = f"{chance.choice(words['areas'])} {kind}"
        return (name, name), -1

    def _word(self) -> str:
        """Return an invented word: real names are full of words that occur once."""
        syllables = (
            self.random.choice("b br c ch d dr f g gr h j k l m n p pr r s st t tr v w z".split())
            + self.random.choice("a e i o u ai ee ia".split())
            for _ in range(self.random.choice((1, 2, 2, 3)))
        )
        return ("".join(syllables) + self.random.choice(("", "n", "r", "s", "l", "x", "tt"))).capitalize()

    def _shortened(self, names: tuple[str, str], kind: int) -> tuple[tuple[str, str], int]:
        """Let some chains have a short name too (Starbucks Coffee, Starbucks)."""
        words = names[0].split()
        return (
            ((names[0], " ".join(words[:-1])), kind) if len(words) > 1 and self.random.random() < 0.3 else (names, kind)
        )

    def _han_name(self) -> tuple[tuple[str, str], int]:
        chance = self.random
        number = chance.choices(range(len(self.words["kinds"])), [kind["weight"] for kind in self.words["kinds"]])[0]
        kind = self.words["kinds"][number]
        product = chance.choice(kind["products"].split())
        suffix = chance.choice(kind["suffix"].split() or [""])
        brand = "".join(chance.sample(self.split["brand"], chance.choice((1, 2, 2, 2, 3))))
        draw = chance.random()
        if draw < 0.2:
            brand += chance.choice(self.split["family"])
        elif draw < 0.3:
            brand = chance.choice(self.split["areas"])
        elif draw < 0.34:
            latin = chance.choice(self.split["latin"])
            return (f"{latin}{brand}{product}", chance.choice((latin, f"{latin} {brand}", brand + product))), number
        name = brand + product + (suffix if chance.random() < 0.4 and not product.endswith(suffix[:1]) else "")
        if chance.random() < 0.2 and len(brand) > 1:
            return (name, chance.choice((brand, brand + suffix, name))), number
        return (name, name), number

    def _add(self, draw: float) -> None:
        chance = self.random
        spot = self._spot()
        if draw < (0.12 if self.han else 0.2):
            self._chain(spot)
        elif draw < 0.2 and self.han:
            name = chance.choice(self.split["generic"])
            self._place((name, name), 0, spot)
        elif draw < (0.26 if self.han else 0.23) and self.places:
            self._part(chance.choice(self.places))
        elif draw < (0.29 if self.han else 0.25) and self.places:
            old = chance.choice(self.places)
            names, kind = self._name()
            self._place(names, kind, attrs.evolve(old.spot, x=old.spot.x + 3), phone=chance.choice((old.phone, "")))
        elif draw < 0.5 and not self.han:
            self._civic(spot)
        else:
            names, kind = self._name()
            place = self._place(names, kind, spot)
            while chance.random() < 0.25:
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
            phone=phone or self._number(),
            hotline=hotline,
        )
        self.places.append(place)
        return place

    def _chain(self, spot: Spot) -> None:
        chance = self.random
        names, kind = self.chains[min(int(chance.expovariate(6 / len(self.chains))), len(self.chains) - 1)]
        hotline = f"400{sum(map(ord, names[0])) % 10_000_000:07d}" if chance.random() < 0.3 else ""
        self._place(names, kind, spot, branch=self._branch(spot), hotline=hotline)
        if chance.random() < 0.12:
            near = attrs.evolve(
                self._spot() if chance.random() < 0.3 else spot,
                number=spot.number + chance.randint(2, 60),
                unit=chance.randint(1, 60),
                floor=chance.choice((1, 2, 3)),
            )
            near.x, near.y = spot.x + chance.gauss(0, 180), spot.y + chance.gauss(0, 180)
            self._place(
                names,
                kind,
                near,
                branch=self._branch(near) + chance.choice(("", "二", "2") if self.han else ("", " 2")),
                hotline=hotline,
            )

    def _branch(self, spot: Spot) -> str:
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
            part = chance.choice(
                (
                    "Parking",
                    "Bar",
                    "ATM",
                    "Pharmacy",
                    "Gate 2",
                    "Fuel Station",
                    "Bakery",
                    "Spa",
                    "Garage",
                    "Patio",
                    "Conference Room",
                )
            )
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
            words[chance.randrange(len(words))] = chance.choice(self.split["nouns"])
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
                (spot.area, spot.area, spot.street[0], self._word(), chance.choice(self.split["areas"]))
            )
            if chance.random() < 0.25:
                base = f"{base} {chance.choice(self.split['areas'])}"
            name = f"{base} {chance.choice(self.words['civic'].split('|'))}" if chance.random() < 0.85 else base
        spot.x += chance.gauss(0, 120)
        spot.y += chance.gauss(0, 120)
        self._place((name, name), -2, spot)
        while chance.random() < 0.3:
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

    def _number(self) -> str:
        chance = self.random
        if not self.han:
            return f"({chance.choice((416, 647, 905))}) {chance.randint(200, 999)}-{chance.randint(0, 9999):04d}"
        if chance.random() < 0.5:
            return f"1{chance.choice((38, 59, 86, 77))}{chance.randint(0, 99_999_999):08d}"
        return f"025-{chance.randint(50_000_000, 89_999_999)}"

    # -- what a platform makes of it --------------------------------------------------------------------------------

    def _listing(self, place: Place, profile: Profile, number: int) -> dict[str, str]:
        chance = self.random
        name = self._written(place, profile)
        phone = ""
        if chance.random() < profile.phones:
            phone = place.phone if chance.random() < 0.85 else self._number()
            if place.hotline and chance.random() < 0.6:
                phone = place.hotline
            elif chance.random() < 0.15:
                phone += ";" + self._number()
        error = abs(chance.lognormvariate(math.log(profile.scatter), 0.9)) if chance.random() > 0.12 else 0.0
        if chance.random() < (0.025 if self.han else 0.015):
            error = chance.uniform(150, 1500 if self.han else 700)
        elif place.kind == -2:
            error *= 2.5
        turn = chance.uniform(0, 2 * math.pi)
        x, y = place.spot.x + error * math.cos(turn), place.spot.y + error * math.sin(turn)
        lon = self.lon + x / (111_320 * math.cos(math.radians(self.lat)))
        return {
            "source": profile.name,
            "id": f"{profile.name}{number}",
            "name": name,
            "address": self._address(place.spot, profile) if chance.random() < profile.addresses else "",
            "category": self._category(place, profile),
            "lon": f"{lon:.{profile.decimals}f}",
            "lat": f"{self.lat + y / 110_540:.{profile.decimals}f}",
            "datum": "WGS-84",
            "phone": phone,
            "website": "",
            "place": str(place.key),
        }

    def _category(self, place: Place, profile: Profile) -> str:
        if profile.categories < 0 or place.kind < 0 or not self.han:
            return place.category if profile.categories >= 0 else ""
        kind = self.words["kinds"][place.kind]
        said: str = self.random.choice(kind["classes"][profile.categories])
        product = next((one for one in kind["products"].split() if one in place.names[0]), "其他")
        return said.replace("{p}", product)

    def _written(self, place: Place, profile: Profile) -> str:
        chance = self.random
        name = place.names[chance.random() < 0.5]
        if chance.random() < profile.noise:
            name = self._noisy_han(name, place.kind) if self.han else self._noisy_latin(name, place)
            if chance.random() < 0.15:
                name = self._noisy_han(name, place.kind) if self.han else self._noisy_latin(name, place)
        if not self.han:
            if place.branch and chance.random() < profile.branches * 0.4:
                name += chance.choice((f" - {place.branch}", f" ({place.branch})", f" {place.branch}"))
            return name
        if chance.random() < profile.branches and place.kind not in (2, 5) and "-" not in name:
            name += chance.choice(("（{}店）", "({}店)", "（{}分店）", "({}店)")).format(
                place.branch or self._branch(place.spot)
            )
        elif chance.random() < 0.05:
            name += f"（{chance.choice(self.split['extra'])}，{chance.choice(self.split['extra'])}）"
        return name

    def _noisy_han(self, name: str, place_kind: int) -> str:
        chance = self.random
        draw = chance.random()
        if draw < 0.12 and len(name) > 4:
            return name[: -chance.choice((1, 2))]
        if draw < 0.28 and place_kind >= 0:
            return name + chance.choice(self.words["kinds"][place_kind]["products"].split())
        if draw < 0.56:
            extra = chance.choice(self.split["extra"])
            return name + chance.choice(("馆", "店", "小吃", "餐厅", "工作室", "·" + extra, extra))
        if draw < 0.62:
            return chance.choice(("老", "正宗", self.region[1][:-1], self.region[2][:-1], "中国", "新")) + name
        if draw < 0.72:
            for pair in chance.sample(self.split["homophones"], len(self.split["homophones"])):
                if pair[0] in name:
                    return name.replace(pair[0], pair[1], 1)
        if draw < 0.9:
            at = chance.randrange(1, max(2, len(name)))
            return name[:at] + chance.choice(("·", " ", ".", "•", "")) + name[at:]
        if draw < 0.97:
            other = "".join(chance.sample(self.split["brand"], 2)) + chance.choice(self.split["family"])
            return chance.choice((f"{other}（{name}）", f"{name}({other})", f"{name}·{other}"))
        kind = chance.choice(self.words["kinds"])
        return name[: max(2, len(name) // 2)] + chance.choice(kind["products"].split())

    def _noisy_latin(self, name: str, place: Place) -> str:
        """Write a name in another way. What a public place is called by its kind (park, school) is never left out: that would be another."""
        chance = self.random
        draw = chance.random() * (1.0 if place.kind != -2 else 0.53)
        words = name.split()
        if draw < 0.17:
            for long, short in chance.sample(self.words["short"], len(self.words["short"])):
                if long in name:
                    return name.replace(long, short, 1)
        if draw < 0.27:
            return name[4:] if name.startswith("The ") else f"The {name}"
        if draw < 0.35:
            at = chance.randrange(len(words))
            return " ".join(
                [*words[:at], words[at][:-1] if words[at].endswith("s") else words[at] + "s", *words[at + 1 :]]
            )
        if draw < 0.46 and len(name) > 5:
            at = chance.randrange(1, len(name) - 1)
            return name[:at] + chance.choice(
                (name[at + 1 :], name[at] + name[at:], chance.choice("aeiourstln") + name[at + 1 :])
            )
        if draw < 0.53:
            return chance.choice((name.replace(" ", "", 1), name.upper().replace("'", ""), name.replace("'s", "")))
        if draw < 0.8:
            tail = chance.choice(
                (chance.choice(self.words["tails"].split("|")), place.spot.area, chance.choice(self.split["kinds"]))
            )
            return f"{name} {tail}"
        if draw < 0.92 and len(words) > 1 and words[-1] in self.split["kinds"]:
            return " ".join(words[:-1])
        if draw < 0.96 and len(words) > 2:
            at = chance.randrange(len(words) - 1)
            return " ".join(words[:at] + words[at + 1 :])
        return " ".join([*words[:-1], chance.choice(self.split["kinds"])]) if len(words) > 1 else name

    def _address(self, spot: Spot, profile: Profile) -> str:
        chance = self.random
        if not self.han:
            street, long, short = spot.street
            if profile.osm:
                return f"{street} {long}, {spot.number}" + (
                    f" M{spot.number % 9}K 2V{len(street)}" if chance.random() < 0.2 else ""
                )
            text = f"{spot.number} {street} {chance.choice((long, short))}"
            if chance.random() < 0.1:
                text = f"{spot.number + chance.choice((-20, -10, -4, -2, 2, 4, 8, 16, 60))} {street} {short}"
            if chance.random() < 0.4:
                text += f", at {chance.choice(self.split['streets'])} {chance.choice(('St', 'Ave', 'Rd.'))}"
            if chance.random() < 0.1:
                text = f"{street} {short}, {chance.choice(self.split['streets'])}"
            return text + (f" M{spot.number % 9}K 2V{len(street)}" if chance.random() < 0.5 else "")
        draw = chance.random()
        before = chance.choice(
            ("", "", "南京市江宁区", "江宁区", "江苏省南京市江宁区", f"{spot.area}街道", f"江宁开发区{spot.area}街道")
        )
        number = f"{spot.number}号" if chance.random() < 0.85 else ""
        street = f"{spot.street}{number}"
        if draw < 0.05:
            return before + chance.choice(self.streets)[0] + f"{chance.randint(1, 300)}号"
        if draw < 0.12:
            return before + spot.street + chance.choice(self.split["near"])
        if draw < 0.15:
            return before or spot.area
        if not spot.mall:
            return (
                before
                + street
                + (f"{spot.unit}室" if spot.unit and chance.random() < 0.6 else chance.choice(("", "", "附近", "一楼")))
            )
        floor = self._floor(spot.floor) if chance.random() < 0.7 else ""
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
        return self.random.choice(ways)


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
