"""What values the fields of things have, so that a page with one that is off is looked at first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from math import inf, log

import attrs

from travelcrawl.access.readings import IDS, Fields, digest
from travelcrawl.access.usual import Oddity

MANY = 20
"""Values of a field from which on it is known what they are like."""
NEW = 0.005
"""Chance that the next value is like none before, below which such a one is off. By Good and Turing it is about the share of
what was seen once (Good 1953, The population frequencies of species and the estimation of population parameters)."""
MOST = 50
"""Different shapes of a field, beyond which they say nothing."""
LONG = 60
"""Characters of a text without a shape."""
WIDE = 10.0
"""Quotient of the highest and the lowest number from which on their logarithms are compared."""
ALIKE = 3
"""Fields besides ids that have to be the same for two things to be the same."""
_LETTERS, _DIGITS, _SPACE = re.compile(r"[^\W\d_]+"), re.compile(r"\d+"), re.compile(r"\s+")


def shape(text: str) -> str:
    """Return what a text looks like: ``+0 0 0`` for a telephone, ``a a`` for two words."""
    return _SPACE.sub(" ", _DIGITS.sub("0", _LETTERS.sub("a", text.strip())))


def substance(fields: Fields) -> int | None:
    """Return a digest of what a page says of its thing besides its id; None: too little to tell it from another."""
    said = sorted(map(repr, _said(fields)))
    return digest(said) if len(said) >= ALIKE else None


def _said(fields: Fields) -> Fields:
    """Return the fields that say something of a page's thing."""
    return [(name, value) for name, value in fields if value != "" and name.rpartition(".")[2] not in IDS]


@attrs.define
class _Shapes:
    """How often values of each shape were seen, and how many of the shapes once."""

    seen: Counter[str] = attrs.field(factory=Counter)
    once: int = 0
    total: int = 0

    def is_off(self, one: str) -> bool:
        """Say whether there was none like this, where that is to be expected no more."""
        return one not in self.seen and self.total >= MANY and self.once <= NEW * self.total and len(self.seen) <= MOST

    def learn(self, one: str) -> None:
        """Learn that a value had this shape."""
        if one in self.seen or len(self.seen) <= MOST:
            self.seen[one] += 1
            self.once += {1: 1, 2: -1}.get(self.seen[one], 0)
        self.total += 1


@attrs.define
class _Range:
    """The lowest and the highest number."""

    low: float = inf
    high: float = -inf
    total: int = 0

    def is_off(self, one: float) -> bool:
        """Say whether a number is farther from all others than they are from each other."""
        if self.total < MANY or self.low <= one <= self.high:
            return False
        low, high = self.low, self.high
        if low > 0 and high > WIDE * low:
            if one <= 0:
                return True
            low, high, one = log(low), log(high), log(one)
        return not 2 * low - high <= one <= 2 * high - low

    def learn(self, one: float) -> None:
        """Learn that a value was this number."""
        self.low, self.high, self.total = min(self.low, one), max(self.high, one), self.total + 1


@attrs.define
class _Field:
    shapes: _Shapes = attrs.field(factory=_Shapes)
    numbers: _Range = attrs.field(factory=_Range)

    def is_off(self, look: str, number: float | None) -> bool:
        return self.shapes.is_off(look) or (number is not None and self.numbers.is_off(number))

    def learn(self, look: str, number: float | None) -> None:
        self.shapes.learn(look)
        if number is not None:
            self.numbers.learn(number)


class Values:
    """Learn what values each field has. Memory: a few kB a field, for ``most`` of them.

    Off is a number that is far from all before it, and a text of a shape that none had, where there were only a few.
    """

    def __init__(self, most: int = 2_000) -> None:
        self.most = most
        self._fields: dict[tuple[str, str], _Field] = {}

    def odd(self, kind: str, fields: Fields) -> Oddity | None:
        """Say which values of a page's thing are off; learn from them where none is."""
        read = [*self._read(kind, fields)]
        if off := [name for name, field, look, number in read if field.is_off(look, number)]:
            return Oddity(f"{', '.join(off[:3])} unlike all before", is_less=False)
        for _, field, look, number in read:
            field.learn(look, number)
        return None

    def learn(self, kind: str, fields: Fields) -> None:
        """Learn from values that are true."""
        for _, field, look, number in self._read(kind, fields):
            field.learn(look, number)

    def _read(self, kind: str, fields: Fields) -> Iterator[tuple[str, _Field, str, float | None]]:
        """Yield name, what is known of it, shape and number of each field that is short enough to have them."""
        for name, value in _said(fields):
            key, text = (kind, name), str(value)
            if len(text) <= LONG and (key in self._fields or len(self._fields) < self.most):
                number = _number(value)
                yield name, self._fields.setdefault(key, _Field()), shape(text) if number is None else "0", number


def _number(value: str | float) -> float | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < inf else None
