"""How a field is cleaned. A cleaner takes a value, its context and the name of the field; it never raises."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import attrs
from w3lib.url import safe_url_string

from travelcrawl.items import Mention
from travelcrawl.pipelines import hours, numbers, phones, positions, prices, text, times
from travelcrawl.pipelines.authors import author_hash

READ_AHEAD = 4
"""A text is read up to so many times its greatest length: HTML around it may be long."""
MOST_MENTIONS = 200
LONGEST_URL = 2048
LONGEST_KEY = 1000
NOTHING = frozenset(
    {"-", "--", "---", "—", "——", "/", "null", "none", "undefined", "nan", "n/a", "无", "未知", "待定"}
    | {f"暂无{what}" for what in ("", "信息", "数据", "地址", "电话", "介绍", "简介")}
)
"""What sites write where they have nothing."""

_URL = re.compile(r"https?://[A-Za-z0-9][\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*")
_BARE_HOST = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?:[/?#]\S*)?")
_ADCODE = re.compile(r"[1-9]\d{5}")
_STATUS = {
    "open": "open", "营业": "open", "营业中": "open", "正常营业": "open", "开放中": "open", "休息中": "open",
    "closed": "closed", "已关闭": "closed", "关闭": "closed", "停业": "closed", "已停业": "closed", "歇业": "closed",
    "歇业关闭": "closed", "永久关闭": "closed", "永久停业": "closed",
    "suspended": "suspended", "暂停营业": "suspended", "暂停开放": "suspended", "暂时关闭": "suspended",
    "装修中": "suspended", "尚未营业": "suspended", "筹建中": "suspended",
    "gone": "gone", "已删除": "gone", "已下架": "gone",
}  # fmt: skip


@attrs.define(kw_only=True)
class Context:
    """What a cleaner may know beside the value."""

    platform: str
    now: datetime
    """When the answer came: relative times count from it."""
    author_key: bytes
    notes: list[str] = attrs.field(factory=list)
    """What was refused or cut, as stats under ``clean/``."""


Cleaner: TypeAlias = Callable[[Any, Context, str], Any]
"""(value, context, name of the field) → clean value."""


def short(longest: int, *, may_be_nothing: bool = True) -> Cleaner:
    """Return a cleaner of names and labels; an obfuscated one is None."""

    def clean(value: Any, context: Context, field: str) -> str | None:
        if type(value) is str and 0 < len(value) <= longest and text.is_line(value):
            found: str | None = value
        elif isinstance(value, str) and text.is_obfuscated(value[: longest * READ_AHEAD]):
            context.notes.append(f"obfuscated/{field}")
            return None
        else:
            found = _bounded(text.line, value, longest, context, field)
        return None if found is None or (may_be_nothing and found.lower() in NOTHING) else found

    return clean


def long(longest: int) -> Cleaner:
    """Return a cleaner of running text."""

    def clean(value: Any, context: Context, field: str) -> str | None:
        return _bounded(text.prose, value, longest, context, field)

    return clean


def many(one: Cleaner, most: int) -> Cleaner:
    """Return a cleaner of lists: each value once, in order; an empty list is None."""

    def clean(value: Any, context: Context, field: str) -> list[Any] | None:
        values = value if isinstance(value, list | tuple) else [value]
        if len(values) > most:
            context.notes.append(f"cut/{field}")
        found = (one(part, context, field) for part in values[: most * 2])
        return list(dict.fromkeys(part for part in found if part is not None))[:most] or None

    return clean


def key(value: Any, _context: Context, _field: str) -> str | None:
    """Clean an id: not normalised. It is cut only where it is longer than what validate lets pass."""
    return text.key(value[:LONGEST_KEY] if isinstance(value, str) else value)


def url(value: Any, _context: Context, _field: str) -> str | None:
    """Clean an address: http(s) only, absolute, in ASCII; None where it cannot be one."""
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        return None
    if _URL.fullmatch(value):
        return value
    address = text.key(value)
    if address is None:
        return None
    if address.startswith("//"):
        address = f"https:{address}"
    elif _BARE_HOST.fullmatch(address):
        address = f"http://{address}"
    try:
        address = safe_url_string(address)
        parts = urlsplit(address)
    except (ValueError, UnicodeError):
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname and len(address) <= LONGEST_URL else None


def adcode(value: Any, context: Context, field: str) -> str | None:
    """Clean a code of GB/T 2260."""
    found = _word(value, context, field)
    return found if found is not None and _ADCODE.fullmatch(found) else None


def status(value: Any, context: Context, field: str) -> str | None:
    """Clean the state of a place to one of items.Listing's words."""
    found = _word(value, context, field)
    known = _STATUS.get(found.lower()) if found else None
    if found and known is None:
        context.notes.append(f"unknown/{field}")
    return known


def truth(value: Any, _context: Context, _field: str) -> bool | None:
    """Clean a truth value."""
    return value if isinstance(value, bool) else None


def count(value: Any, context: Context, field: str) -> int | None:
    """Clean a count."""
    found = numbers.count(value)
    if found is None:
        context.notes.append(f"unread/{field}")
    return found


def number(value: Any, context: Context, field: str) -> float | None:
    """Clean a quantity."""
    found = numbers.number(value)
    if found is None:
        context.notes.append(f"unread/{field}")
    return found


def duration(value: Any, _context: Context, _field: str) -> float | None:
    """Clean a length in seconds."""
    return numbers.duration(value)


def datum(value: Any, context: Context, field: str) -> str | None:
    """Clean the name of a datum."""
    found = positions.datum(value)
    if found is None:
        context.notes.append(f"unknown/{field}")
    return found


def phone_list(value: Any, context: Context, field: str) -> list[str] | None:
    """Clean phone numbers, joined or in a list."""
    values = value if isinstance(value, list | tuple) else [value]
    texts = [one for one in map(text.as_text, values[: phones.MOST * 2]) if one]
    found, dropped = phones.phones(texts)
    context.notes += [f"dropped/{field}"] * dropped
    return found or None


def opening_hours(value: Any, context: Context, field: str) -> str | None:
    """Clean opening hours: the OSM form where it is sure, else the source's text."""
    found: str | None = _source_hours(value, context, field)
    return None if found is None else hours.opening_hours(found) or found


_source_hours = short(1000)


def published(value: Any, context: Context, field: str) -> datetime | None:
    """Clean a time of publishing; an implausible one is None."""
    found = times.moment(value, context.now)
    if found is None:
        context.notes.append(f"unread/{field}")
    elif not times.is_plausible(found, context.now):
        context.notes.append(f"implausible/{field}")
        return None
    return found


def stay(value: Any, context: Context, _field: str) -> Any:
    """Clean a day of a stay, which lies ahead."""
    return times.day(value, context.now, ahead=True)


def past_day(value: Any, context: Context, _field: str) -> Any:
    """Clean a day in the past."""
    return times.day(value, context.now)


def author(value: Any, context: Context, _field: str) -> Any:
    """Put the hash in the place of an author."""
    return author_hash(context.platform, value, context.author_key)


def currency(value: Any, _context: Context, _field: str) -> str | None:
    """Clean a currency to its ISO 4217 code."""
    return prices.currency(value)


def mentions(value: Any, context: Context, field: str) -> list[Any] | None:
    """Clean the places a note speaks of; what is no Mention is left out."""
    found = []
    for one in value[:MOST_MENTIONS] if isinstance(value, list | tuple) else ():
        if not isinstance(one, Mention):
            context.notes.append(f"unread/{field}")
            continue
        name, ref = _mention_name(one.name, context, field), key(one.ref, context, field)
        if name or ref:
            score = min(max(numbers.number(one.score) or 0.0, 0.0), 1.0)
            found.append(
                attrs.evolve(one, name=name, ref=ref, evidence=_word(one.evidence, context, field) or "", score=score)
            )
    return found or None


_mention_name = short(200)
_word = short(20)


def _bounded(read: Callable[[Any], str | None], value: Any, longest: int, context: Context, field: str) -> str | None:
    """Read a text of which only so many characters are kept."""
    cut = isinstance(value, str) and len(value) > longest * READ_AHEAD
    found = read(value[: longest * READ_AHEAD] if cut else value)
    if found is not None and len(found) > longest:
        cut, found = True, read(found[:longest])
    if cut:
        context.notes.append(f"cut/{field}")
    return found
