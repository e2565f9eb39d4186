"""What the pages of notes and comments share: counts, moments, pictures, and text without the names of people."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, ClassVar

from web_poet import HttpResponse

from travelcrawl.items import SearchPage
from travelcrawl.pages.base import TravelPage, json_of
from travelcrawl.pages.fields import dicts, given, html, text

MOST_ROWS = 1000
"""Things of a list that are read; the sites give 50 at the most, and hostile lists have any number."""
PLACE_TAG = 0.9
"""Score of a mention that the author made by a place tag: it names the place, but not which listing of ours it is."""


class ApiPage(TravelPage[SearchPage]):
    """A page that reads an answer of JSON which ``holds`` something it knows."""

    gives = frozenset({"notes"})
    is_json: ClassVar[bool] = True

    @staticmethod
    def holds(data: Any) -> Any:
        """Return what the page reads in a parsed answer; None or False where that is not there (an empty list is)."""
        raise NotImplementedError

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit an answer that holds what the page reads."""
        found = cls.holds(json_of(response))
        return found is not None and found is not False


def rows(value: Any) -> list[dict[str, Any]]:
    """Return the things of a list, as far as they are read."""
    return dicts(value)[:MOST_ROWS]


def first(holder: Any, *names: str) -> Any:
    """Return the first of a dict's values that is given, whatever word the source has for it."""
    if not isinstance(holder, dict):
        return None
    return next((value for value in (given(holder.get(name)) for name in names) if value is not None), None)


def identifier(value: Any) -> str | None:
    """Return an id of letters, digits, ``_``, ``-`` as text; None for anything else and for 0."""
    found = text(value)
    return found if found and re.fullmatch(r"[\w-]{1,80}", found, re.ASCII) and found != "0" else None


LARGEST = 1e18
"""No time or duration is as large, in whatever unit; Python's larger integers are no floats."""


def count(value: Any) -> int | str | None:
    """Return how many: a whole number ≥ 0, or the number in the source's text with its unit (``1.2万``); None where it says none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value >= 0 else None
    if isinstance(value, int):
        return value if value >= 0 else None
    found = _COUNT.search(value[:200]) if isinstance(value, str) else None
    return found.group().replace(" ", "") if found else None


_COUNT = re.compile(r"(?<![-\d.])\d[\d,.]*(?:\s?[千万亿wWkK])?\+?")


def moment(value: Any) -> int | float | str | None:
    """Return when, as the source says it: seconds, milliseconds or text. None where it says nothing (0 too)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if 0 < value < LARGEST else None
    return text(value) if isinstance(value, str) else None


def seconds(value: Any) -> float | int | None:
    """Return a duration in seconds, from a number or from ``4:02``, ``1:04:02``; None where it is none or 0."""
    if isinstance(value, str):
        parts = value.strip().split(":")
        if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) < 9 for part in parts):
            return None
        return sum(int(part) * 60**power for power, part in enumerate(reversed(parts))) or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 < value < LARGEST else None


def picture(address: Any) -> str | None:
    """Return the address of a picture as a whole one; None where it is none, or is signed and expires (it would differ each time)."""
    found = text(address)
    if found is None or len(found) > 2000 or re.search(r"[?&]x-(?:expires|signature)=", found):
        return None
    if found.startswith("//"):
        return f"https:{found}"
    return found if found.startswith(("https://", "http://")) else None


def pictures(addresses: Iterable[Any]) -> list[str] | None:
    """Return the addresses of pictures, each once, None where there is none."""
    return unique(picture(address) for address in addresses)


def unique(values: Iterable[Any]) -> list[str] | None:
    """Return the texts among values, each once, in order; None where there is none."""
    return list(dict.fromkeys(found for found in map(text, values) if found)) or None


def unnamed(value: Any, names: Iterable[Any] = ()) -> str | None:
    """Return a text in which each ``@name`` is only ``@``: people are never stored by name (design.md, decision 4).

    ``names`` are those that the source itself marks as people: they may hold blanks and signs.
    """
    found = text(value)
    if found is None:
        return None
    for name in sorted({name for name in map(text, names) if name}, key=len, reverse=True):
        found = found.replace(f"@{name}", "@")
    return _NAME.sub("@", found)


_NAME = re.compile(r"(?<![A-Za-z0-9._%+-])@[\w·-]{1,40}")
"""What the sites make a link of after ``@``, but not the host of an e-mail address."""


def plain(markup: Any, names: Iterable[Any] = ()) -> str | None:
    """Return the text of a piece of HTML: lines kept, pictures of signs by their name (``[羞嗒嗒]``), people unnamed."""
    found = text(markup)
    if found is None or not re.search(r"[<&]", found):
        return unnamed(found, names)
    root = html(_BREAK.sub("\n", found)).root
    parts = root.xpath("//text()[not(parent::script or parent::style)] | //img/@alt", smart_strings=False)
    lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
    return unnamed("\n".join(lines).strip(), names)


_BREAK = re.compile(r"<(?:br|/p|/div)\b[^<>]{0,99}>", re.IGNORECASE)


def hashtags(value: Any) -> list[str]:
    """Return the topics that a text has between two ``#``."""
    found = text(value) or ""
    return [name.strip() for name in re.findall(r"#([^#\n]{1,60})#", found) if name.strip()]
