"""Invented names in Han script, and the many ways in which two platforms write one of them (see ``latinnames``)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

FAMILIES = ("cut", "product", "dress", "prefix", "misspell", "separate", "second", "latin", "rename")


class HanNames:
    """Make names, and write them in other ways."""

    def __init__(self, chance: random.Random, words: dict[str, Any], region: Sequence[str]) -> None:
        self.random = chance
        self.words = words
        self.region = region
        self.split = {name: value.split() for name, value in words.items() if isinstance(value, str)}

    def make(self) -> tuple[tuple[str, str], int]:
        """Return a name in two honest forms, and its kind."""
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
        elif draw < 0.36:
            latin = chance.choice(
                (chance.choice(self.split["latin"]), self._foreign(), f"{self._foreign()} {self._foreign().lower()}")
            )
            joined = latin.replace(" ", "")
            other = chance.choice((latin, f"{joined} {brand}", brand + product, f"{brand}{product}{joined}"))
            return (f"{latin}{brand}{product}", other), number
        name = brand + product + (suffix if chance.random() < 0.4 and not product.endswith(suffix[:1]) else "")
        if chance.random() < 0.2 and len(brand) > 1:
            return (name, chance.choice((brand, brand + suffix, name))), number
        return (name, name), number

    def _foreign(self) -> str:
        chance = self.random
        return "".join(chance.choice("bdfghklmnprstvz") + chance.choice("aeiou") for _ in range(3)).capitalize()

    def written(self, name: str, kind: int, near: Sequence[str], manner: Mapping[str, float]) -> str:
        """Return a name in another way, of a family drawn by the weights of ``manner`` (1 where it says nothing).

        ``near`` are names of what is around: area, street, mall.
        """
        weights = [manner.get(family, 1.0) for family in FAMILIES]
        if not any(weights):
            return name
        family = self.random.choices(FAMILIES, weights)[0]
        if family == "prefix":
            return self._prefix(name, near)
        if family == "product":
            return self._product(name, kind)
        return str(getattr(self, f"_{family}")(name))

    def _cut(self, name: str) -> str:
        return name[: -self.random.choice((1, 2))] if len(name) > 4 else name

    def _product(self, name: str, kind: int) -> str:
        chance = self.random
        products = self.words["kinds"][kind]["products"].split() if kind >= 0 else self.split["extra"]
        said = chance.sample(products, chance.choice((1, 1, 2)))
        mark = chance.choice(("", "", "·", "·", " ", "•"))
        return chance.choice((name + mark + mark.join(said), f"{name}（{'、'.join(said)}）"))

    def _dress(self, name: str) -> str:
        extra = self.random.choice(self.split["extra"])
        return name + self.random.choice(("馆", "店", "小吃", "餐厅", "工作室", "·" + extra, extra, f"（{extra}）"))

    def _prefix(self, name: str, near: Sequence[str]) -> str:
        town = [self.region[1][:-1], self.region[2][:-1]]
        return self.random.choice(("老", "正宗", "中国", "新", *town, *town, *near)) + name

    def _misspell(self, name: str) -> str:
        chance = self.random
        for pair in chance.sample(self.split["homophones"], len(self.split["homophones"])):
            if pair[0] in name:
                return str(name.replace(pair[0], pair[1], 1))
        at = chance.randrange(len(name))
        return (
            name[:at] + chance.choice(("", chance.choice(self.split["brand"]))) + name[at + 1 :]
            if len(name) > 3
            else name
        )

    def _separate(self, name: str) -> str:
        at = self.random.randrange(1, max(2, len(name)))
        return name[:at] + self.random.choice(("·", " ", ".", "•", "の", "")) + name[at:]

    def _second(self, name: str) -> str:
        other = "".join(self.random.sample(self.split["brand"], 2)) + self.random.choice(self.split["family"])
        return self.random.choice((f"{other}（{name}）", f"{name}({other})", f"{name}·{other}"))

    def _latin(self, name: str) -> str:
        latin = self._foreign()
        return self.random.choice((f"{latin}{name}", f"{name}{latin}", f"{latin} {name}", f"{name}({latin})"))

    def _rename(self, name: str) -> str:
        kind = self.random.choice(self.words["kinds"])
        return str(name[: max(2, len(name) // 2)] + self.random.choice(kind["products"].split()))
