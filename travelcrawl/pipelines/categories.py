"""The shared class of a listing, out of eight platforms' own categories: categories.csv, read once.

A row is ``platform`` (``*`` for all), ``by``, ``pattern``, ``class``. ``by`` is ``code`` (the platform's category code; with
``*`` behind it, codes that begin so), ``word`` (the end of a level of the category) or ``name`` (the end of the name).
Amap's codes are those of its POI table (lbs.amap.com, *POI 分类编码*), dianping's and mafengwo's those in the addresses
of their lists (recordings, 2026-11-22).
"""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from importlib.resources import files

ANY = "*"
_LEVELS = re.compile(r"[;|/,>、\s]+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
LONGEST_PATTERN = 12
"""Characters of a pattern that is looked for at the end of a word or name."""

Table = dict[tuple[str, str, str], str]


def class_of(platform: str, code: str | None, category: str | None, name: str | None) -> str | None:
    """Return the shared class by the platform's code, else its words from the finest level up, else the name's end.

    None where none of them is known: a class is never guessed.
    """
    return (
        (_by_code(platform, code) if code else None)
        or (_by_words(platform, category) if category else None)
        or (_by_end(platform, "name", _BRACKETS.sub("", name).strip().lower()) if name else None)
    )


def classes() -> frozenset[str]:
    """Return all shared classes."""
    return frozenset(_table().values())


@cache
def _table() -> Table:
    with files(__package__).joinpath("categories.csv").open(encoding="utf-8") as file:
        return {(row["platform"], row["by"], row["pattern"].lower()): row["class"] for row in csv.DictReader(file)}


@lru_cache(maxsize=2048)
def _by_code(platform: str, code: str) -> str | None:
    table = _table()
    # Amap joins the codes of a place of several kinds; the first is its main one.
    first = code.partition("|")[0].strip().lower()
    found = table.get((platform, "code", first))
    ends = range(len(first), 0, -1)
    return found or next((table[at] for end in ends if (at := (platform, "code", first[:end] + ANY)) in table), None)


@lru_cache(maxsize=2048)
def _by_words(platform: str, category: str) -> str | None:
    for word in reversed(_LEVELS.split(category.lower())):
        if word and (found := _by_end(platform, "word", word)):
            return found
    return None


def _by_end(platform: str, by: str, text: str) -> str | None:
    """Return the class of the longest pattern that the text ends with, the platform's own before the shared ones."""
    table = _table()
    for start in range(max(0, len(text) - LONGEST_PATTERN), len(text)):
        end = text[start:]
        found = table.get((platform, by, end)) or table.get((ANY, by, end))
        if found:
            return found
    return None
