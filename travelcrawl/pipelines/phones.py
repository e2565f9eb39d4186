"""Phone numbers in E.164, by phonenumbers. Nothing here raises.

What is no valid number is dropped, save the mainland's short numbers, which exist in no international form and are kept
as bare digits: 110, 119, 120, 122; 12xxx and 123xx hotlines (12301 tourism, 12345 cities, 12306 railway); 100xx and
95xxx nationwide services; 96xxx and 96xxxx provincial ones. Extensions are dropped. A local number without its area code
takes that of the number before it (``0512-65123456/65123457``); alone it is dropped, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import phonenumbers

from travelcrawl.pipelines.text import line

REGION = "CN"
"""Where a number without a country code is."""
MOST = 10
"""Numbers that are kept of one place."""
LONGEST = 40
"""Characters of one number."""
LONGEST_TEXT = 1000
"""Characters of one text that are read."""

_SEPARATORS = re.compile(
    r"[;；/|、,，\n或]|\s{2,}|\s(?=\+|0\d{2,3}[- ]?\d{7}|1[3-9]\d{9}|400)|(?<=\d{7})\s(?=[2-8]\d{6,7}(?!\d))"
)
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|#|x)\s*:?\s*\d{1,6}.*$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^(\(?0\d{2,3}\)?[- ]?\d{7,8}|400[- ]?\d{3}[- ]?\d{4})-\d{1,5}$")
_LABEL = re.compile(r"^[^\d+(]{1,20}")
_REMARK = re.compile(r"\([^)\d]*\)|[^\d+()\s-]{1,20}$")
_AREA = re.compile(r"^\(?(010|02\d|0[3-9]\d{2})\)?[- ]?\d{7,8}$")
_LOCAL = re.compile(r"^[2-8]\d{6,7}$")
_MAINLAND = re.compile(r"^(?:0[1-9]\d{8,10}|1[3-9]\d{9}|[48]00\d{7})$")
_E164 = re.compile(r"^\+\d{7,15}$")
_SHORT = re.compile(r"^(?:110|119|120|122|12[0-9]{3}|100\d{2}|95\d{3}|96\d{3,4})$")


def phones(texts: Iterable[str]) -> tuple[list[str], int]:
    """Return the numbers in some texts, each once, and how many parts of the texts were none."""
    found: dict[str, None] = {}
    dropped, area = 0, ""
    for part in _parts(texts):
        number = phone(area + part if area and _LOCAL.match(part) else part)
        if number is None:
            dropped += 1
        else:
            found[number] = None
        if known := _AREA.match(part):
            area = known[1]
    return list(found)[:MOST], dropped


@lru_cache(maxsize=8192)
def phone(text: str) -> str | None:
    """Return one number in E.164, a known short number as its digits, None for all else."""
    digits = re.sub(r"[-\s()]", "", text)
    if _SHORT.match(digits):
        return digits
    try:
        number = _mainland(digits) or phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _mainland(digits: str) -> phonenumbers.PhoneNumber | None:
    """Take the digits of a mainland number as they are: parsing takes four times as long as checking (2026-11-22)."""
    if not _MAINLAND.match(digits):
        return None
    return phonenumbers.PhoneNumber(country_code=86, national_number=int(digits.removeprefix("0")))


def _parts(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        if _E164.match(text):
            yield text
            continue
        for part in _SEPARATORS.split(text[:LONGEST_TEXT]):
            whole = line(part)
            if whole is None:
                continue
            bare = _EXTENSION.sub("", _LABEL.sub("", whole))
            bare = _DASHED_EXTENSION.sub(r"\1", _REMARK.sub("", bare).strip())
            if bare and len(bare) <= LONGEST:
                yield bare
            elif bare:
                yield ""
