"""What a page says of a thing, beside what the page that led to it showed of it: a second opinion that costs no request."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from html import unescape
from urllib.parse import urlsplit
from zlib import crc32

import attrs

from travelcrawl.access.readings import Fields
from travelcrawl.access.usual import Oddity

FEW = 8
"""Things from which on it is known whether a field of theirs is shown ahead."""
MOSTLY = 0.9
"""Share of them of which it has to be."""
PLENTY = 2
"""Fields, one of which is mostly the number that is in the address as well."""
AROUND = 600
"""Characters before and after a link that may belong to it, where no other link is nearer."""
MOST_WORK = 100_000_000
"""Characters times links of a page, which are searched in up to 50 ms."""
MOST = 50_000
"""Links that are remembered: some 10 MB."""
_WORD = re.compile(r"\w+(?:\.\d+)*")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@attrs.frozen
class Seen:
    """How a page compares with its link."""

    wrong: tuple[str, ...] = ()
    """Fields whose value is not there, though such links mostly show it."""
    right: int = 0
    """How many of the fields that such links mostly show have their value there."""

    @property
    def oddity(self) -> Oddity | None:
        """Return what is odd about the page."""
        what = ", ".join(self.wrong)
        return Oddity(f"{what} otherwise than where it was linked", is_less=False) if what else None

    @property
    def is_borne_out(self) -> bool:
        """Say whether its link bears it out: more than PLENTY of its fields are there."""
        return not self.wrong and self.right > PLENTY


class Shown:
    """Learn which fields of things are shown where a link leads to them, and find the things that say otherwise.

    A list shows a name and a price beside a link, as anchor text, cells or JSON; mostly another egress than the one that has
    brought the list brings the thing. Links that another worker found, or another run, are not known here and not compared.
    """

    def __init__(self) -> None:
        self._words: dict[Hashable, array[int]] = {}
        self._seen = Counter[tuple[str, str]]()
        self._shown = Counter[tuple[str, str]]()
        self._lies: list[list[tuple[str, str]]] = []
        """The fields that each was about."""

    @property
    def worth(self) -> float:
        """What it is worth that a link bears a thing out, 0-1: all while most lies show there, little once others were found."""
        known = [lie for lie in self._lies if any(self._seen[field] >= FEW for field in lie)]
        told = sum(any(map(self._is_usual, lie)) for lie in known)
        return min(1.0, 2 * (1 + told) / (2 + len(known)))

    def lied(self, kind: str, names: Collection[str]) -> None:
        """Learn from a lie: which fields of a page of a kind were false."""
        self._lies.append([(kind, name) for name in names])

    def note(self, text: str, links: Mapping[Hashable, str]) -> None:
        """Remember what a page shows around its links: key of a request → its URL. A page with too much of both is passed over."""
        if len(text) * len(links) > MOST_WORK:
            return
        places = sorted((place, key) for key, url in links.items() if (place := _place(text, url)) >= 0)
        for number, (place, key) in enumerate(places):
            begin = places[number - 1][0] if number else 0
            end = places[number + 1][0] if number + 1 < len(places) else len(text)
            around = text[max(begin, place - AROUND) : min(end, place + AROUND)]
            self._words.pop(key, None)
            self._words[key] = array("I", sorted(_words(around)))
        while len(self._words) > MOST:
            del self._words[next(iter(self._words))]

    def compare(self, kind: str, key: Hashable, fields: Fields) -> Seen:
        """Compare what a page says of its thing with what its link showed; learn from it."""
        if (words := self._words.get(key)) is None:
            return Seen()
        known, wrong, right = set(words), [], 0
        for name, value in fields:
            if len(text := str(value)) < 2:
                continue
            field = kind, name
            is_shown = _words(text) <= known
            if self._is_usual(field):
                right += is_shown
                wrong += [] if is_shown else [name]
            self._seen[field] += 1
            self._shown[field] += is_shown
        return Seen(tuple(wrong), right)

    def _is_usual(self, field: tuple[str, str]) -> bool:
        """Say whether links mostly show a field of a kind of page."""
        return self._seen[field] >= FEW and self._shown[field] >= MOSTLY * self._seen[field]


def _place(text: str, url: str) -> int:
    """Return where a link stands in a page: its path and query, its path, or the last part of that; -1: nowhere."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2].partition(".")[0]
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    found = (text.find(one) for one in (target, target.replace("&", "&amp;"), last) if len(one) > 1)
    return next((place for place in found if place >= 0), -1)


def _words(text: str) -> set[int]:
    if "\\u" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return {crc32(word.encode()) for word in _WORD.findall(unescape(text).lower())}
