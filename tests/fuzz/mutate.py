"""How answers and items are broken: cut, shuffled, spliced, and their values replaced by hostile ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import attrs

from travelcrawl.items import TYPES, Item, Mention

DEEP = 100_000
LITERALS = [
    b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-0", b"9" * 5_000, b"1." + b"0" * 400, b'""', b"[]", b"{}", b"[[[]]]",
    b'"\\ud800"', b'"\\u0000"', '"\U0010ffff\u202e"'.encode(), b'"<script>alert(1)</script>"', b'"' + b"a" * 20_000 + b'"',
    b"[" * 3_000, b'{"a":' * 2_000, b"[" * 900 + b"]" * 900, b'{"a":' * 900 + b"1" + b"}" * 900, b'"/Date(99999999999999999999)/"',
    b'"http://["', b'"https://a.cn:99999999/"', '"１．２万"'.encode(), b"undefined", b"new Date(0)", b"function(){}", b'"2024-13-45"',
    b'"0000-00-00"', b"[null]", b"[[1]]", b'{"0":{}}', b'["\\udfff", 1e400]', b"-1", b'"nan"', b'"inf"', b"1_000", "\"٣٤\"".encode(),
]  # fmt: skip
"""What stands in the place of a value in JSON, JavaScript or an attribute."""
PIECES = [
    b"\x00", b"\xed\xa0\x80", b"\xff\xfe", b"\xef\xbb\xbf", b"&#xD800;", b"&#0;", b"&#99999999;", b"<!--", b"]]>", b"<a '1='2'>",
    b"<script>", b"</script>", b"<svg>", b"<" * 2_000, b"<p>" * 3_000, b"&" * 1_000, b"\\u", b"\\", b'"', b"'", b"`", b"/*", b"//",
    b"window.__INITIAL_STATE__=", b"\r\n\r\n", "￿".encode(), b"%ZZ", "万".encode() * 500,
]  # fmt: skip
VALUE = re.compile(rb'(?<=[:=])\s*("(?:[^"\\]|\\.){0,300}"|-?\d[\d.]*|true|false|null|\[\]|\{\})')
"""A value in JSON, in a JavaScript literal or of an attribute."""

Break = Callable[[bytes, Sequence[bytes], Random], bytes]


def broken(body: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """Return a body that was broken one to four times."""
    for _ in range(rng.randint(1, 4)):
        body = rng.choice(BREAKS)(body, others, rng)
    return body[:400_000]


def kept(body: bytes, rng: Random) -> bytes:
    """Return a body in a form that people keep answers in, sometimes a broken one."""
    text = body.decode("utf-8", "replace")
    try:
        literal = repr(json.loads(text))
    except (ValueError, RecursionError):
        literal = repr(text)
    forms = (
        f"<html><head></head><body><pre>{text}</pre></body></html>",
        f"2026-11-22 12:00:00 INFO answer: {text}\n",
        f"data = {literal}",
        json.dumps([text]),
        f"[{text}]",
        f'{{"0": {text}}}',
        f"```json\n{text}\n```",
        "=[{" * rng.choice((1, 50, 20_000)) + text,
        literal + rng.choice(("", "-" * 5_000, "<1" * 5_000, "]" * 50)),
    )
    chosen = rng.choice(forms)
    encoding = rng.choice(("utf-8", "utf-8", "utf-16", "gb18030"))
    return chosen.encode(encoding, "replace")[:400_000]


def _cut(body: bytes, _: Sequence[bytes], rng: Random) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


def _leave_out(body: bytes, _: Sequence[bytes], rng: Random) -> bytes:
    start, end = _span(body, rng)
    return body[:start] + body[end:]


def _repeat(body: bytes, _: Sequence[bytes], rng: Random) -> bytes:
    start, end = _span(body, rng)
    return body[:end] + body[start:end] * rng.choice((1, 1, 2, 50)) + body[end:]


def _shuffle(body: bytes, _: Sequence[bytes], rng: Random) -> bytes:
    separator = rng.choice((b"\n", b",", b">", b"}", b";"))
    parts = body.split(separator)
    rng.shuffle(parts)
    return separator.join(parts)


def _splice(body: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    other = rng.choice(others)
    start, _ = _span(body, rng)
    begin, end = _span(other, rng)
    return body[:start] + other[begin:end] + body[start:]


def _poison(body: bytes, _: Sequence[bytes], rng: Random) -> bytes:
    start, end = _span(body, rng)
    return body[:start] + rng.choice(PIECES) + body[rng.choice((start, end)) :]


def _replace_values(body: bytes, _: Sequence[bytes], rng: Random) -> bytes:
    share = rng.choice((0.02, 0.1, 0.5))
    return VALUE.sub(lambda found: rng.choice(LITERALS) if rng.random() < share else found[0], body)


def _replace_parts(body: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """Put hostile values in places of a JSON answer, so that it stays JSON."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return _replace_values(body, others, rng)
    for _ in range(rng.randint(1, 6)):
        data = _with(data, rng, 12)
    try:
        return json.dumps(data).encode()
    except (RecursionError, ValueError):
        return body


def _with(data: Any, rng: Random, depth: int) -> Any:
    if depth and isinstance(data, dict) and data and rng.random() < 0.9:
        key = rng.choice(list(data))
        return {**data, key: _with(data[key], rng, depth - 1)}
    if depth and isinstance(data, list) and data and rng.random() < 0.9:
        place = rng.randrange(len(data))
        return [*data[:place], _with(data[place], rng, depth - 1), *data[place + 1 :]]
    return hostile(rng)


def _span(body: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(body) + 1)
    return start, min(len(body), start + rng.choice((1, 8, 80, 800)))


BREAKS: tuple[Break, ...] = (
    _cut, _leave_out, _repeat, _shuffle, _splice, _poison, _replace_values, _replace_values, _replace_parts, _replace_parts,
)  # fmt: skip


def hostile(rng: Random) -> Any:
    """Return a value that no field expects."""
    return rng.choice(HOSTILE)()


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


HOSTILE: list[Callable[[], Any]] = [
    lambda: None, lambda: True, lambda: 0, lambda: -1, lambda: 10**400, lambda: -(10**18), lambda: 2**63, lambda: 1e308,
    lambda: float("nan"), lambda: float("inf"), lambda: "", lambda: " ", lambda: "\x00", lambda: "\ud800", lambda: "a\udfff\x00b",
    lambda: "<script>alert('x')</script>", lambda: "9" * 5_000, lambda: "1.2万", lambda: "¥1,234.5起", lambda: "3天前",
    lambda: "/Date(99999999999999999)/", lambda: "2024-02-30", lambda: "9999-12-31T23:59:59Z", lambda: "24:00-25:61", lambda: "(" * 3_000,
    lambda: "0" * 3_000 + "-", lambda: "周一至" * 2_000, lambda: "1;" * 5_000, lambda: "http://[::1", lambda: "\u202e\u0301" * 1_000,
    list, dict, lambda: [None], lambda: [[]], lambda: _nested(200), lambda: {"a": {"b": {}}}, lambda: [1, "a", None, {}],
    lambda: "+86" * 500, lambda: "１２３", lambda: "Ⅻ", lambda: "-" * 4_000, lambda: "10 " * 3_000, lambda: "å" * 30_000,
]  # fmt: skip
"""What JSON can hold."""
FOREIGN: list[Callable[[], Any]] = [
    *HOSTILE, lambda: b"bytes", lambda: datetime(1, 1, 1, tzinfo=UTC), lambda: datetime(9999, 12, 31), lambda: date(1, 1, 1),  # noqa: DTZ001
    object, lambda: {1, 2}, lambda: ("a",), lambda: [Mention(evidence="link", score=float("nan"))], lambda: [b"x"],
]  # fmt: skip
"""What code can put into a field, too."""


def hostile_item(rng: Random) -> Item:
    """Return an item of any type with hostile values in some of its fields, and plain ones in others."""
    kind = rng.choice(list(TYPES.values()))
    plain = {"platform": "amap", "ref": "1", "what": "ticket", "name": "虚构楼", "text": "好", "datum": "GCJ-02"}
    plain |= {"source_lon": 104.1, "source_lat": 30.6, "phones": ["028-86123456"], "evidence": "link", "author": "甲"}
    names = [field.name for field in attrs.fields(kind)]
    values: dict[str, Any] = {name: plain[name] for name in names if name in plain}
    for name in rng.sample(names, rng.randint(1, len(names))):
        values[name] = rng.choice(FOREIGN)()
    return kind(**{"platform": "amap", "ref": "1", **values})
