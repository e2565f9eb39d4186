"""Invented names in Latin script, and the many ways in which two platforms write one of them.

A way belongs to a family (FAMILIES); how often each occurs is a platform's manner, so that whoever learns from invented
cities can leave a family out and see how it fares with ways that nobody thought of.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

FAMILIES = ("shorten", "article", "misspell", "join", "kind", "tail", "place", "order", "drop")
PUBLIC = ("shorten", "article", "misspell", "join", "order")
"""What may happen to the name of a public place: the school of Elm Park is not Elm Park."""
_VOWELS = "aeiou"
_LONG = 5


class LatinNames:
    """Make names, and write them in other ways; ``pairs`` are names of real places, each in two forms."""

    def __init__(self, chance: random.Random, words: dict[str, Any], pairs: Sequence[tuple[str, str, str]]) -> None:
        self.random = chance
        self.words = words
        self.split = {name: value.split() for name, value in words.items() if isinstance(value, str)}
        self.lists = {name: words[name].split("|") for name in ("civic", "campus", "tails", "owners")}
        self.pairs = pairs
        self.bank = [
            word
            for pair in pairs
            for word in pair[0].split()
            if word.isalpha() and word[0].isupper() and word.isascii()
        ]
        self.town = self.noun()

    def make(self) -> tuple[tuple[str, str], int]:
        """Return a name in two honest forms, and -1: no kind is known."""
        chance, split = self.random, self.split
        if self.pairs and chance.random() < 0.5:
            one, other, _ = chance.choice(self.pairs)
            return (one, other), -1
        noun, kind = self.noun(), chance.choice(split["kinds"])
        draw = chance.random()
        if draw < 0.3:
            name = f"{chance.choice((chance.choice(split['adjectives']), self.noun()))} {noun} {kind}"
        elif draw < 0.5:
            family = chance.choice((chance.choice(split["family"]), self.word(), noun))
            name = f"{family}{chance.choice((chr(39) + 's', chr(39) + 's', '', ' & Sons'))} {kind}"
        elif draw < 0.58:
            name = f"{noun} {chance.choice(('&', 'and'))} {self.noun()}"
        elif draw < 0.66:
            name = f"The {noun} {kind}"
        elif draw < 0.78:
            name = f"{noun} {kind}"
        elif draw < 0.9:
            name = chance.choice((noun, f"{noun} {self.noun()}"))
        else:
            name = f"{chance.choice(split['areas'])} {kind}"
        return (name, name), -1

    def noun(self) -> str:
        """Return a word that names something: an ordinary one, a real name's, or an invented one."""
        draw = self.random.random()
        if self.bank and draw < 0.5:
            return self.random.choice(self.bank)
        return self.random.choice(self.split["nouns"]) if draw < 0.7 else self.word()

    def word(self) -> str:
        """Return an invented word: real names are full of words that occur once."""
        syllables = (
            self.random.choice(self.split["onsets"]) + self.random.choice(self.split["vowels"])
            for _ in range(self.random.choice((1, 2, 2, 3)))
        )
        return ("".join(syllables) + self.random.choice(("", "n", "r", "s", "l", "x", "tt"))).capitalize()

    def written(self, name: str, kind: int, near: Sequence[str], manner: Mapping[str, float]) -> str:
        """Return a name in another way, of a family drawn by the weights of ``manner`` (1 where it says nothing).

        ``near`` are names of what is around: area, street, mall.
        """
        families = PUBLIC if kind == -2 else FAMILIES
        weights = [manner.get(family, 1.0) for family in families]
        if not any(weights) or not name.strip():
            return name
        family = self.random.choices(families, weights)[0]
        if family in ("place", "order"):
            return self._place(name, near) if family == "place" else self._order(name)
        return str(getattr(self, f"_{family}")(name))

    def _shorten(self, name: str) -> str:
        chance = self.random
        if chance.random() < 0.5:
            for long, short in chance.sample(self.words["short"], len(self.words["short"])):
                if long in name:
                    return name.replace(long, short, 1)
        words = name.split()
        at = chance.randrange(len(words))
        word = words[at]
        if len(words) > 2 and chance.random() < 0.25:
            begin = chance.randrange(len(words) - 1)
            return " ".join([*words[:begin], "".join(one[0] for one in words[begin:]).upper()])
        if len(word) > _LONG:
            bare = word[0] + "".join(one for one in word[1:] if one not in _VOWELS)
            words[at] = chance.choice((bare, word[: chance.randint(3, 4)], word[: chance.randint(3, 4)] + "."))
        return " ".join(words)

    def _article(self, name: str) -> str:
        chance = self.random
        for one, other in (("&", "and"), (" and ", " & "), ("'s", "s"), ("'s", ""), ("-", " ")):
            if one in name and chance.random() < 0.6:
                return name.replace(one, other, 1)
        return name[4:] if name.startswith("The ") else f"The {name}"

    def _misspell(self, name: str) -> str:
        chance = self.random
        words = name.split()
        at = chance.randrange(len(words))
        word = words[at]
        if chance.random() < 0.35:
            words[at] = word[:-1] if word.endswith("s") else word + "s"
        elif len(word) > 3:
            place = chance.randrange(1, len(word) - 1)
            words[at] = word[:place] + chance.choice(
                (
                    word[place + 1 :],
                    word[place] + word[place:],
                    chance.choice("aeiourstln") + word[place + 1 :],
                    word[place + 1] + word[place] + word[place + 2 :],
                )
            )
        return " ".join(words)

    def _join(self, name: str) -> str:
        return self.random.choice(
            (
                name.replace(" ", "", 1),
                name.upper().replace("'", ""),
                name.lower(),
                name.replace(" ", "-", 1),
                name.title(),
            )
        )

    def _kind(self, name: str) -> str:
        chance = self.random
        words = name.split()
        for one, other in chance.sample(self.words["alike"], len(self.words["alike"])):
            if one in words and chance.random() < 0.6:
                return name.replace(one, other)
        if len(words) > 1 and words[-1] in self.split["kinds"]:
            return " ".join(words[:-1]) if chance.random() < 0.8 else f"{name} {chance.choice(self.split['kinds'])}"
        return f"{name} {chance.choice(self.split['kinds'])}"

    def _tail(self, name: str) -> str:
        chance = self.random
        if chance.random() < 0.25:
            return chance.choice((f"{self.noun()}'s {name}", f"{name} by {self.noun()}", f"{self.noun()} {name}"))
        return f"{name} {chance.choice((chance.choice(self.lists['tails']), self.noun()))}"

    def _place(self, name: str, near: Sequence[str]) -> str:
        where = self.random.choice(near)
        return self.random.choice(
            (
                f"{name} {where}",
                f"{name} {where}",
                f"{name} - {where}",
                f"{name} ({where})",
                f"{where} {name}",
                f"{name} at {where}",
            )
        )

    def _order(self, name: str) -> str:
        """Put what kind of thing it is first, or whose it is."""
        chance = self.random
        words = name.split()
        if len(words) > 2 and " ".join(words[-2:]) in self.lists["civic"]:
            base, kind = " ".join(words[:-2]), " ".join(words[-2:])
        elif len(words) > 1 and (words[-1] in self.lists["civic"] or words[-1] in self.split["kinds"]):
            base, kind = " ".join(words[:-1]), words[-1]
        else:
            return f"{chance.choice(self.lists['owners'])} {name}" if chance.random() < 0.5 else f"{name} {self.town}"
        return chance.choice(
            (
                f"{self.town} {kind} - {base} Branch",
                f"{self.town} {kind} ({base})",
                f"{kind} {base}",
                f"{kind} of {base}",
                f"{self.town} {name}",
                f"{chance.choice(self.lists['owners'])} {name}",
            )
        )

    def _drop(self, name: str) -> str:
        words = name.split()
        if len(words) < 2:
            return name
        at = self.random.randrange(1, len(words))
        return " ".join(words[:at] if self.random.random() < 0.5 else words[:at] + words[at + 1 :])
