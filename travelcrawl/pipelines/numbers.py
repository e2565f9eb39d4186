"""Counts, quantities and ratings out of what sites write. Nothing here raises; what cannot be told is None."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any

LARGEST_COUNT = 10**12
"""Views of the most seen video are below 10^11."""
LONGEST = 64
"""Characters of a text that is read as a number."""
BEST_RATING = 5.0

SCALES = {"亿": 10**8, "万": 10**4, "w": 10**4, "千": 10**3, "k": 10**3, "百": 10**2}
DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,18}(?:\.\d{1,18})?"
CHINESE = "[零〇一二两三四五六七八九十百千万亿]{1,20}"
_COUNT = re.compile(rf"(-\s*)?({DIGITS}) ?([亿万千百wk])?(?![a-z])", re.IGNORECASE)
_CHINESE_COUNT = re.compile(rf"(?:约|近|超过|共)?({CHINESE})[多余]?[+个条人次篇天家张晚分元]*")
_NUMBER = re.compile(
    r"[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.\d{0,20})?|\.\d{1,20})(?:e[-+]?\d{1,2})?", re.IGNORECASE
)
_RATING = re.compile(r"(\d{1,3}(?:\.\d{1,9})?) ?(?:分|星|/ ?(\d{1,3}))?")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")


def count(value: Any) -> int | None:
    """Return how many: ``1.2万`` 12000, ``999+`` 999, ``1,234条`` 1234, ``两千`` 2000.

    None where the text holds no number, more than one, a negative one or one above 10^12.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _whole(value)
    text = folded(value)
    if text is None:
        return None
    found = _COUNT.findall(text)
    if len(found) != 1:
        return chinese(_CHINESE_COUNT.fullmatch(text)) if not found else None
    minus, digits, scale = found[0]
    return None if minus else _whole(scaled(digits, scale))


def number(value: Any) -> float | None:
    """Return a finite quantity of a number or of a text that is nothing else."""
    if isinstance(value, str):
        text = folded(value)
        if text is None or not _NUMBER.fullmatch(text):
            return None
        value = float(text.replace(",", ""))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def duration(value: Any) -> float | None:
    """Return seconds of a number of seconds or of ``12:34``, ``1:02:03``."""
    text = folded(value)
    if text is not None and (found := _CLOCK.fullmatch(text)):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    length = number(value)
    return length if length is not None and length >= 0 else None


def source_rating(value: Any) -> tuple[float | None, float | None]:
    """Return a rating as the source gives it, and its scale where the text names it: ``4.6分`` (4.6, None), ``8/10`` (8, 10)."""
    text = folded(value)
    if text is not None and (found := _RATING.fullmatch(text)):
        return float(found[1]), float(found[2]) if found[2] and int(found[2]) else None
    return number(value), None


def rating(source: float | None, scale: float | None) -> tuple[float | None, str | None]:
    """Return a rating on 0-5, or None and why not.

    The platforms' stars begin at 1 (or half a one): they write 0 where nobody has rated yet, so 0 is no rating.
    """
    if source is None or source == 0:
        return None, None
    if scale is None:
        return None, "no_scale"
    if not 0 < scale <= 1000 or not 0 < source <= scale:
        return None, "out_of_range"
    return round(source / scale * BEST_RATING, 4), None


def folded(value: Any) -> str | None:
    """Return a short text in NFKC without blanks around it, None for a long one and for what is no text."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    return unicodedata.normalize("NFKC", value).strip() or None


def scaled(digits: str, scale: str) -> Decimal:
    """Return ``1,234.5`` and ``万`` as a number, exactly."""
    return Decimal(digits.replace(",", "")) * SCALES.get(scale.lower(), 1)


def chinese(found: re.Match[str] | None) -> int | None:
    """Return the number that the first group writes in Chinese."""
    if found is None:
        return None
    try:
        return _whole(_reader()(found[1], "smart"))
    except (ValueError, KeyError, IndexError):
        return None


@cache
def _reader() -> Callable[[str, str], float]:
    """Return cn2an's function; loading it takes 0.3 s, a fifth of a spider's start (2026-11-22), and few pages need it."""
    read: Callable[[str, str], float] = import_module("cn2an").cn2an
    return read


def _whole(value: float | Decimal) -> int | None:
    # The comparison is exact for every int; NaN and infinity fail it.
    return int(value) if 0 <= value <= LARGEST_COUNT and value == int(value) else None
