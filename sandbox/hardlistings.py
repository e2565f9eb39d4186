"""How platforms write what they list: names and addresses shortened, miswritten and dressed up, pins moved."""

from __future__ import annotations

import math

import attrs

from sandbox.hardpairs import City, Place, Spot


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


class Writer:
    """What one platform says about a city."""

    def __init__(self, city: City, profile: Profile) -> None:
        self.city = city
        self.profile = profile

    def listings(self) -> list[dict[str, str]]:
        """Return what the platform says, each with ``place``: the key of the real thing."""
        chance = self.city.random
        seen = [place for place in self.city.places if chance.random() < self.profile.cover]
        return [self._listing(place, self.profile, number) for number, place in enumerate(seen)]

    def _listing(self, place: Place, profile: Profile, number: int) -> dict[str, str]:
        chance = self.city.random
        name = self._written(place, profile)
        phone = ""
        if chance.random() < profile.phones:
            phone = place.phone if chance.random() < 0.85 else self.city.number()
            if place.hotline and chance.random() < 0.6:
                phone = place.hotline
            elif chance.random() < 0.15:
                phone += ";" + self.city.number()
        error = abs(chance.lognormvariate(math.log(profile.scatter), 0.9)) if chance.random() > 0.12 else 0.0
        if chance.random() < (0.025 if self.city.han else 0.015):
            error = chance.uniform(150, 1500 if self.city.han else 700)
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
        if chance.random() < profile.noise:
            name = self._noisy_han(name, place.kind) if self.city.han else self._noisy_latin(name, place)
            if chance.random() < 0.15:
                name = self._noisy_han(name, place.kind) if self.city.han else self._noisy_latin(name, place)
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

    def _noisy_han(self, name: str, place_kind: int) -> str:
        chance = self.city.random
        draw = chance.random()
        if draw < 0.12 and len(name) > 4:
            return name[: -chance.choice((1, 2))]
        if draw < 0.28 and place_kind >= 0:
            return str(name + chance.choice(self.city.words["kinds"][place_kind]["products"].split()))
        if draw < 0.56:
            extra = chance.choice(self.city.split["extra"])
            return name + chance.choice(("馆", "店", "小吃", "餐厅", "工作室", "·" + extra, extra))
        if draw < 0.62:
            return (
                chance.choice(("老", "正宗", self.city.region[1][:-1], self.city.region[2][:-1], "中国", "新")) + name
            )
        if draw < 0.72:
            for pair in chance.sample(self.city.split["homophones"], len(self.city.split["homophones"])):
                if pair[0] in name:
                    return str(name.replace(pair[0], pair[1], 1))
        if draw < 0.9:
            at = chance.randrange(1, max(2, len(name)))
            return name[:at] + chance.choice(("·", " ", ".", "•", "")) + name[at:]
        if draw < 0.97:
            other = "".join(chance.sample(self.city.split["brand"], 2)) + chance.choice(self.city.split["family"])
            return chance.choice((f"{other}（{name}）", f"{name}({other})", f"{name}·{other}"))
        kind = chance.choice(self.city.words["kinds"])
        return str(name[: max(2, len(name) // 2)] + chance.choice(kind["products"].split()))

    def _noisy_latin(self, name: str, place: Place) -> str:
        """Write a name in another way, but never a public place without its kind: the school of Elm Park is not the park."""
        chance = self.city.random
        draw = chance.random() * (1.0 if place.kind != -2 else 0.53)
        words = name.split()
        if draw < 0.17:
            for long, short in chance.sample(self.city.words["short"], len(self.city.words["short"])):
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
        return self._redressed(name, place, draw)

    def _redressed(self, name: str, place: Place, draw: float) -> str:
        """Add or leave out what kind of business it is."""
        chance = self.city.random
        words = name.split()
        if draw < 0.8:
            tail = chance.choice(
                (
                    chance.choice(self.city.words["tails"].split("|")),
                    place.spot.area,
                    chance.choice(self.city.split["kinds"]),
                )
            )
            return f"{name} {tail}"
        if draw < 0.92 and len(words) > 1 and words[-1] in self.city.split["kinds"]:
            return " ".join(words[:-1])
        if draw < 0.96 and len(words) > 2:
            at = chance.randrange(len(words) - 1)
            return " ".join(words[:at] + words[at + 1 :])
        return " ".join([*words[:-1], chance.choice(self.city.split["kinds"])]) if len(words) > 1 else name

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
        number = f"{spot.number}号" if chance.random() < 0.85 else ""
        street = f"{spot.street}{number}"
        if draw < 0.05:
            return f"{before}{chance.choice(self.city.streets)[0]}{chance.randint(1, 300)}号"
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
        return self.city.random.choice(ways)
