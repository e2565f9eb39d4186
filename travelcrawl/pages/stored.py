"""What people put around an answer when they keep it, taken off; and what they cut off, put on again.

A stored answer is often not byte for byte what the platform sent: a browser shows JSON inside ``<pre>``, a program writes it
as a literal of its language, after a line of its log, as one element of a list or under ``{"0": …}``, and a note quotes
only ``data`` or one element of a list. The crawler never meets these forms: they are tried where a stored answer gives
nothing as it stands.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

from travelcrawl.pages.fields import from_json, html, state

LONGEST = 2 * 1024 * 1024
"""Bytes of a stored answer that are looked at; hostile ones of this length take 1.5 s (2026-11-22)."""
TRIES = 8
"""Places where JSON may begin that are tried."""
_BEGINS = re.compile(r"[{\[]")
_AFTER_NAME = re.compile(r"[=(:>]\s*(?=[{\[])|^(?=[{\[])", re.MULTILINE)


def forms(body: bytes, envelopes: tuple[str, ...] = ()) -> Iterator[tuple[bytes, bool]]:
    """Yield what an answer may have been before it was kept, and whether that only took something off.

    ``envelopes`` are the dotted paths at which the platform's answers hold what a note may quote alone (``data``,
    ``result.items[]``; ``[]`` stands for a list).
    """
    if len(body) > LONGEST:
        return
    given = _decoded(body)
    value = inside(given)
    if value is None:
        return
    bare = unwrapped(value)
    if bare is not value or not _is_bare(body):
        yield _encoded(bare), True
    for path in envelopes:
        yield _encoded(enveloped(bare, path)), False


def inside(given: str) -> Any:
    """Return the JSON value (object or list) that a text holds, whatever stands around it; None where it holds none."""
    given = given.strip("\ufeff \t\r\n\x00")
    if given[:1] == "<":
        shown = html(given).xpath("string(//body/pre | //body//*[@id='json'])").get("").strip()
        return inside(shown) if shown[:1] in ("{", "[") else None
    value = from_json(given)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        value = from_json(value)
    if isinstance(value, dict | list):
        return value
    return _literal(given) or _lines(given) or _within(given)


def unwrapped(value: Any) -> Any:
    """Return the only element of a list or of a dict under the key "0", and a dict by number as a list; else the value."""
    for _ in range(3):
        if isinstance(value, dict) and value and set(value) == set(map(str, range(len(value)))):
            value = list(value.values())
        if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict | list)):
            break
        value = value[0]
    return value


def enveloped(value: Any, path: str) -> Any:
    """Return the value where an answer has it: ``enveloped(v, "result.items[]")`` is ``{"result": {"items": [v]}}``.

    A list at a path with ``[]`` is that list, each of its elements under the keys that follow.
    """
    head, is_list, tail = path.partition("[]")
    if is_list:
        parts = value if isinstance(value, list) else [value]
        value = [_under(part, tail) for part in parts]
    return _under(value, head)


def _under(value: Any, path: str) -> Any:
    for key in reversed([key for key in path.split(".") if key]):
        value = {key: value}
    return value


def _literal(given: str) -> Any:
    """Return a literal of Python: what ``print(response.json())`` leaves."""
    if given[:1] not in ("{", "["):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Escapes that are none in Python, as in a literal of JavaScript.
            value = ast.literal_eval(given)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, dict | list) else None


def _lines(given: str) -> list[dict[str, Any]] | None:
    """Return the objects of JSON lines, None where a line is none."""
    try:
        values = [json.loads(line) for line in given.splitlines() if line.strip()] if given[:1] == "{" else []
    except (ValueError, RecursionError):
        return None
    return values if len(values) > 1 and all(isinstance(value, dict) for value in values) else None


def _within(given: str) -> Any:
    """Return the first value in a text that is an object, or a list of them: after a name, a log's line, a fence."""
    starts = [match.end() for match in _AFTER_NAME.finditer(given)][:TRIES]
    starts += [match.start() for match in _BEGINS.finditer(given[:4096])][:TRIES]
    for start in sorted(set(starts)):
        value = _literal(given[start:].rstrip("; \t\r\n")) or state(given, start)
        if (isinstance(value, dict) and value) or (
            isinstance(value, list) and any(isinstance(one, dict) for one in value)
        ):
            return value
    return None


def _decoded(body: bytes) -> str:
    """Return a body as text: UTF-8, UTF-16 with its mark, else what Chinese Windows writes."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")


def _is_bare(body: bytes) -> bool:
    """Say whether a body is a JSON object or list in UTF-8 and nothing else."""
    try:
        return isinstance(json.loads(body.decode("utf-8-sig")), dict | list)
    except (ValueError, RecursionError):
        return False


def _encoded(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")
    except (ValueError, RecursionError, TypeError):
        return b""
