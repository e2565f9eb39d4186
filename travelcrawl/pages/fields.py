"""How fields are read out of what sites write: the small steps that page objects share. Nothing here raises."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import chompjs
from parsel import Selector, SelectorList
from w3lib.url import add_or_replace_parameters

MOST = 2000
"""Things of a kind that a page is read for: no platform sends more at once, and a hostile answer must not take long."""


def given(value: Any) -> Any:
    """Return the value, or None where the site writes an empty one ("", [], {}, "null", "[]").

    Amap writes ``[]`` for an empty string (platforms.md 0.5, recording amap/poi-list-pois-array-1, 2020-03-25).
    """
    if isinstance(value, str):
        value = value.strip()
        return None if value in ("", "[]", "{}", "null", "undefined", "None") else value
    if isinstance(value, list | dict) and not value:
        return None
    return value


def text(value: Any) -> str | None:
    """Return the value as text, None where it is empty or no plain value."""
    value = given(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def split(value: Any, separators: str = ";|；") -> list[str] | None:
    """Return the parts of a joined text (``010-1;010-2``), None where there is none."""
    joined = text(value)
    if joined is None:
        return None
    for separator in separators[1:]:
        joined = joined.replace(separator, separators[0])
    return [part for part in (part.strip() for part in joined.split(separators[0])) if part] or None


def dig(value: Any, *path: str | int) -> Any:
    """Return what lies at a path of keys and indexes in nested dicts and lists, None where the path breaks off."""
    for key in path:
        if isinstance(key, int) and isinstance(value, list) and -len(value) <= key < len(value):
            value = value[key]
        elif isinstance(key, str) and isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value


def dicts(value: Any) -> list[dict[str, Any]]:
    """Return the dicts of a list (or the values of a dict of dicts), at most MOST of them; [] where it is neither."""
    if isinstance(value, dict):
        value = list(value.values())
    return [one for one in value[:MOST] if isinstance(one, dict)] if isinstance(value, list) else []


def first(holder: Any, *names: str) -> str | None:
    """Return the first of the fields of a dict that is given, as text, None where none is or it is no dict."""
    values = (text(holder.get(name)) for name in names) if isinstance(holder, dict) else ()
    return next((value for value in values if value is not None), None)


def found(pattern: re.Pattern[str], where: str) -> str | None:
    """Return the first group of a pattern in a text, None where it is not there."""
    match = pattern.search(where)
    return match.group(1) if match else None


def texts(values: Any) -> list[str] | None:
    """Return the texts of a list, empty ones left out, None where there is none."""
    found = [text(value) for value in values] if isinstance(values, list) else []
    return [one for one in found if one is not None] or None


def number(value: Any) -> float | None:
    """Return the value as a finite number, None where it is none. Text is read as a plain decimal (``4.6``)."""
    value = given(value)
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """Return the value as a whole number, None where it is none."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and abs(found) < 2**53 else None


def lonlat(lon: Any, lat: Any) -> tuple[float, float] | None:
    """Return longitude and latitude in degrees, None where they are missing, out of range or 0, 0 (sites write it for *unknown*)."""
    x, y = number(lon), number(lat)
    if x is None or y is None or abs(x) > 180 or abs(y) > 90 or (x == 0 and y == 0):
        return None
    return x, y


def datum(value: Any) -> str | None:
    """Return the datum a source names (``wgs84``, ``GCJ_02``, ``bd09ll``) as Listing.datum has it, None where it names none."""
    name = re.sub(r"[^a-z0-9]", "", (text(value) or "").lower())
    return next((ours for start, ours in _DATUMS.items() if name.startswith(start)), None)


_DATUMS = {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}


def from_json(body: str) -> Any:
    """Return what a text of JSON or JSONP (``callback({…});``) says, None where it is neither."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        body = body.lstrip()
        wrapped = _JSONP.match(body)
    return state(body, wrapped.end()) if wrapped else None


_JSONP = re.compile(r"(?:/\*.{0,40}?\*/)?\s*[\w$.]{1,99}\s*\(\s*(?=[{\[])", re.DOTALL)


def state(script: str, start: int | str) -> Any:
    """Return the JSON value or JavaScript literal that begins at a position of a script, or after a pattern found in it.

    None where there is none.
    """
    if isinstance(start, str):
        found = re.search(start, script)
        if found is None:
            return None
        start = found.end()
    try:
        return json.JSONDecoder().raw_decode(script, start)[0]
    except (ValueError, RecursionError):
        pass
    try:
        return chompjs.parse_js_object(script[start:])
    except (ValueError, RecursionError, TypeError):
        return None


def holding(value: Any, *keys: str) -> Iterator[dict[str, Any]]:
    """Yield the dicts in nested data that hold all the keys, outermost first, of the first 100,000 values."""
    level, seen = [value], 0
    while level and seen < 100_000:
        deeper: list[Any] = []
        for one in level:
            if isinstance(one, dict) and all(key in one for key in keys):
                yield one
            inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            deeper += [part for part in inner if isinstance(part, dict | list)]
        seen += len(deeper)
        level = deeper


def states(document: Selector) -> Iterator[Any]:
    """Yield what the scripts of a page hold as data: JSON scripts, and values given to ``window.…`` or a variable."""
    for script in document.xpath("//script[not(@src)]")[:100]:
        code = "".join(script.xpath("text()").getall())
        if "json" in (attribute(script, "type") or ""):
            yield from_json(code)
            continue
        # A script with more assignments than this is code, and each costs a copy of what follows it.
        for start in islice(_GIVEN.finditer(code), 20):
            yield state(code, start.end())


_GIVEN = re.compile(r"\b(?:window(?:\.|\[[\"'])|var |let |const )[\w$]+(?:[\"']\])?\s*=\s*(?=[{\[])")


def html(markup: str) -> Selector:
    """Return HTML as a selector, whatever it holds (a lone surrogate would stop the parser)."""
    return Selector(text=markup.encode("utf-8", "replace").decode(), type="html")


def attribute(node: Selector | SelectorList[Selector], name: str) -> str | None:
    """Return an attribute of a node, or of the first of several; None where it is not given.

    ``Selector.attrib`` reads all of them and raises where one has a name that XML has no place for (fuzzed, 2026-11-22).
    """
    return text(node.xpath(f"@{name}").get())


def words(node: Selector | SelectorList[Selector]) -> str | None:
    """Return the text under a node or nodes as one line, blanks collapsed, without scripts; None where there is none."""
    parts = node.xpath(".//text()[not(parent::script or parent::style)]").getall()
    return " ".join(" ".join(parts).split()) or None


def prose(node: Selector | SelectorList[Selector]) -> str | None:
    """Return the text under a node or nodes with its line breaks, without the blanks that templates put around links.

    Chinese is written without blanks, so one between two of its characters is never the author's.
    """
    # One axis: libxml2 takes quadratic time for the union of two (20,000 lines: 2.5 s; 2026-11-22).
    parts = node.xpath(".//node()[self::br or self::text()[not(parent::script or parent::style)]]")
    written = "".join(" ".join(one.root.split("\n")) if isinstance(one.root, str) else "\n" for one in parts)
    lines = (_BETWEEN.sub("", " ".join(line.split())) for line in written.split("\n"))
    return "\n".join(line for line in lines if line) or None


_CHINESE = "[\u2e80-\u9fff\uf900-\ufaff\ufe30-\uffef“”‘’…—→]"
_BETWEEN = re.compile(f"(?<={_CHINESE}) (?={_CHINESE})")


def absolute(base: str, address: Any) -> str | None:
    """Return an address of the web as a whole one, None where it is none."""
    given_address = text(address)
    if given_address is None:
        return None
    try:
        whole_address = urljoin(base, given_address)
        return whole_address if urlsplit(whole_address).scheme in ("http", "https") else None
    except ValueError:
        return None


def query(address: str, name: str) -> str | None:
    """Return a parameter of an address, None where it has none."""
    try:
        return parse_qs(urlsplit(address).query).get(name, [None])[0]
    except ValueError:
        return None


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    """Return an address with other parameters; as it is, where it is none (a stored answer may come from anywhere)."""
    try:
        return add_or_replace_parameters(address, dict(parameters))
    except ValueError:
        return address
