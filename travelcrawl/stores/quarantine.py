"""What becomes of a record that cannot be stored where it belongs: nothing is lost, and nothing stops for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from travelcrawl.stores.base import Run
from travelcrawl.stores.values import (
    LARGEST_RECORD,
    LONGEST_KEY,
    Values,
    codec,
    json_of,
    json_text,
    short,
    text_of,
    time_of,
)

LONGEST_TEXT = 1024 * 1024
"""Characters of one text that quarantine keeps of an item; the raw answer is in the archive."""


def quarantined(record: Values, cause: str) -> Values:
    """Return the quarantine record of a record that cannot be stored."""
    return {"type": "quarantine", "item_type": record.get("type"), "reasons": [cause], "item": record}


def quarantine_row(record: Values, now: datetime, run: Run) -> Values:
    """Return the row of a quarantine record: ``item_type``, ``reasons`` and ``item``; the rest is taken from the item.

    Never raises for what is in the item. The content hash leaves out when the item was seen, so that the same fault of
    the same thing is one row however often it is fetched.
    """
    item = _plain_item(record.get("item"))
    try:
        seen = time_of(record.get("seen_at") or item.get("seen_at"))
    except (ValueError, OverflowError):
        seen = now
    reasons = record.get("reasons")
    row = {
        "item_type": _name(record.get("item_type") or item.get("type")),
        "platform": _name(record.get("platform") or item.get("platform")),
        "ref": _name(record.get("ref") or item.get("ref")),
        "reasons": json_of([reasons] if isinstance(reasons, str) else list(reasons or [])),
        "item": {name: value for name, value in item.items() if name != "seen_at"},
    }
    row["content_hash"] = codec("quarantine").digest(row | {"content_hash": None})
    return row | {"seen_at": seen, "run": run.id, "item": item}


def _plain_item(item: Any) -> Values:
    """Return what can be kept of an item."""
    said = {text_of(name): value for name, value in dict(item or {}).items() if value is not None}
    try:
        plain: Values = {name: json_of(_cut(value)) for name, value in said.items()}
        if len(json_text(plain)) < LARGEST_RECORD // 8:
            return plain
    except (ValueError, OverflowError, RecursionError, TypeError):
        pass
    return {name: text_of(short(value)) for name, value in said.items()}


def _name(value: Any) -> str | None:
    return None if value is None else text_of(value if isinstance(value, str) else short(value))[:LONGEST_KEY]


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}… ({len(value)} characters)"
    return value
