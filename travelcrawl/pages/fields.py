"""How fields are read out of what sites write: the small steps that page objects share. Nothing here raises."""

from __future__ import annotations

from typing import Any


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
    """Return the dicts of a list (or the values of a dict of dicts), [] where it is neither."""
    if isinstance(value, dict):
        value = list(value.values())
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
