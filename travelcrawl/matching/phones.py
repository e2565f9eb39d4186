"""Telephone numbers as E.164."""

from __future__ import annotations

import functools
import re

import phonenumbers

_SPLIT = re.compile(r"[;,，；、/|]|\s{2,}|\bor\b|或|转\d*|(?:ext|x)\.?\s*\d+", re.IGNORECASE)
_SIGNS = re.compile(r"[^\d+]")
_CN_MOBILE = re.compile(r"(?:86)?(1[3-9]\d{9})")
_CN_LANDLINE = re.compile(r"(?:86)?0?((?:10|2\d)\d{8}|[3-9]\d{2}\d{7,8})")
_CN_SERVICE = re.compile(r"([48]00\d{7})")
_NANP = re.compile(r"1?([2-9]\d{2}[2-9]\d{6})")
_NORTH_AMERICA = frozenset(("US", "CA", "PR", "JM"))
_SHORTEST, _LONGEST = 7, 14
_MOBILE = 11
_SINGLE = re.compile(r"\+?[\d().-]+(?: [\d().-]+)*")
NONE: frozenset[str] = frozenset()


def phone_numbers(said: str, region: str = "") -> frozenset[str]:
    """Return the numbers in a text in E.164; ``region`` (ISO 3166-1) reads those without country code.

    A number that cannot be read so is kept as its national digits without ``+``; shorter than seven digits: left out.
    """
    if not said:
        return NONE
    if _SINGLE.fullmatch(said) and len(digits := _SIGNS.sub("", said)) <= _LONGEST:
        return frozenset((_e164(digits, region),)) if len(digits) >= _SHORTEST else NONE
    found = set()
    for part in _SPLIT.split(said):
        digits = _SIGNS.sub("", part)
        if len(digits) >= _SHORTEST:
            found.add(_e164(digits[:20], region))
    return frozenset(found)


def _e164(digits: str, region: str) -> str:
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    national = digits.lstrip("+")
    if (region == "CN" and not digits.startswith("+")) or digits.startswith("+86"):
        if _is_mobile(national):
            return "+86" + national
        for pattern in (_CN_MOBILE, _CN_SERVICE, _CN_LANDLINE):
            if found := pattern.fullmatch(national):
                return "+86" + found[1]
        return national.lstrip("0")
    if digits.startswith("+"):
        return digits
    if (region in _NORTH_AMERICA or not region) and (found := _NANP.fullmatch(national)):
        return "+1" + found[1]
    return _parsed(national, region) or national.lstrip("0")


@functools.lru_cache(maxsize=4096)
def _parsed(digits: str, region: str) -> str:
    """Return the number as the library reads it, empty where it cannot; it costs about 50 µs, so only for the rarer regions."""
    if not region:
        return ""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def key(number: str) -> int:
    """Return a Chinese mobile's eleven digits, else the last eight: what stays the same without country and area code."""
    digits = number.lstrip("+").removeprefix("86")
    return int(digits if _is_mobile(digits) else digits[-8:])


def _is_mobile(digits: str) -> bool:
    return len(digits) == _MOBILE and digits[0] == "1" and digits[1] >= "3"
