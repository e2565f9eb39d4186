"""Find the places that a text names: a gazetteer of stored listings, longest match first, within the city it is about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import attrs
from ahocorasick_rs import AhoCorasick, MatchKind

from travelcrawl.items import Mention

HASHTAG, TEXT = "hashtag", "text"
SHORTEST = 2
"""Characters a name has at least: 外滩 and 西湖 are places, one character never is."""
GENERIC = frozenset(
    [
        "公园",
        "酒店",
        "饭店",
        "广场",
        "博物馆",
        "寺",
        "步行街",
        "古镇",
        "商场",
        "超市",
        "海滩",
        "机场",
        "火车站",
        "地铁站",
        "美食",
        "小吃",
        "餐厅",
        "民宿",
        "客栈",
        "景区",
        "景点",
        "旅游",
        "攻略",
    ]
)
"""Words that are a kind of place, not a place, when they stand alone."""
_BRANCH = re.compile(r"[(（\[【].*?[)）\]】]")


@attrs.frozen
class Named:
    """A listing as the gazetteer knows it."""

    platform: str
    ref: str
    name: str
    city: str | None = None


class Gazetteer:
    """Names of listings, ready to be found in text.

    A name that several listings share within the city is a mention without ``ref``. A text whose city is not known is
    searched for names that lie in one city only, and its mentions score less.
    """

    def __init__(self, listings: Iterable[Named]) -> None:
        by_name: dict[str, dict[str | None, list[Named]]] = {}
        for listing in listings:
            name = core(listing.name)
            if len(name) >= SHORTEST and name not in GENERIC and not name.isdecimal():
                by_name.setdefault(name, {}).setdefault(listing.city, []).append(listing)
        self._names = list(by_name)
        self._listings = list(by_name.values())
        self._finder = AhoCorasick(self._names, matchkind=MatchKind.LeftmostLongest) if self._names else None

    def __len__(self) -> int:
        return len(self._names)

    def mentions(self, text: str, tags: Iterable[str], city: str | None, platform: str) -> list[Mention]:
        """Return the places named in the hashtags and the text, each once, in the order they are found."""
        found: dict[str, Mention] = {}
        for evidence, part in (*((HASHTAG, tag) for tag in tags), (TEXT, text)):
            for name, listings in self._find(part, whole=evidence == HASHTAG):
                here = listings.get(city) if city else next(iter(listings.values())) if len(listings) == 1 else None
                if here and name not in found:
                    found[name] = _mention(name, here, evidence, platform, sure=city is not None)
        return list(found.values())

    def _find(self, text: str, *, whole: bool) -> list[tuple[str, dict[str | None, list[Named]]]]:
        if self._finder is None:
            return []
        text = _plain(text)
        return [
            (self._names[index], self._listings[index])
            for index, start, end in self._finder.find_matches_as_indexes(text)
            if (end - start == len(text.strip()) if whole else _is_word(text, start, end))
        ]


def core(name: str) -> str:
    """Return a name as texts write it: without bracket and branch, NFKC, lower case."""
    return _BRANCH.sub("", _plain(name)).strip()


def _plain(text: str) -> str:
    """Return text as it is searched: NFKC, lower case, no lone surrogates (the finder is written in Rust and takes none)."""
    return unicodedata.normalize("NFKC", text).casefold().encode("utf-8", "replace").decode()


def _is_word(text: str, start: int, end: int) -> bool:
    """Say whether a match in Latin script stands alone (``Bar 1`` is not in ``Bar 12``); Han has no gaps between words."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_joins(before, text[start]) or _joins(text[end - 1], after))


def _joins(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def _mention(name: str, listings: list[Named], evidence: str, platform: str, *, sure: bool) -> Mention:
    """Make a mention.

    Score: 0.5 for a name of two characters, 0.1 more for each further one up to 0.9; a hashtag is worth 0.1 more; × 0.9
    where the name is several listings', × 0.7 where the city is not known.
    """
    score = min(0.9, 0.3 + 0.1 * len(name)) + (0.1 if evidence == HASHTAG else 0.0)
    own = [listing for listing in listings if listing.platform == platform]
    chosen = own if own else listings
    if len(chosen) > 1:
        score *= 0.9
    if not sure:
        score *= 0.7
    one = chosen[0] if len(chosen) == 1 else None
    return Mention(
        name=chosen[0].name,
        ref=one.ref if one else None,
        platform=one.platform if one and one.platform != platform else None,
        evidence=evidence,
        score=round(score, 2),
    )
