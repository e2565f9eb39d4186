"""Say of every field of a row when it was said and in which run: a thing comes in parts, and changes.

A row keeps this only of what is older than its last change (``origins``), since most rows are of one part and need nothing:
a field that no origin names was said at ``last_changed`` by ``run``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from travelcrawl.stores.layers import Layer
from travelcrawl.stores.values import Values


def credited(layer: Layer, row: Values, made: Values, seen: datetime, run: str) -> list[Values] | None:
    """Return the origins of a merged row: those of the row before, and the part that was seen at a time for what it changed.

    They are of all fields; ``brief`` leaves out those of the last change.
    """
    new = [name for name in layer.told if made[name] != row[name]]
    if not new:
        origins: list[Values] | None = made["origins"]
        return origins
    found: dict[tuple[str, str], list[str]] = {}
    for origin in whole(layer, row):
        if kept := [name for name in origin["fields"] if name not in new]:
            found[origin["seen_at"], origin["run"]] = kept
    if said := [name for name in new if made[name] is not None]:
        found.setdefault((moment(seen), run), []).extend(said)
    return _sorted(found.items())


def whole(layer: Layer, row: Values) -> list[Values]:
    """Return the origins of all fields of a row that have a value."""
    origins: list[Values] = row.get("origins") or []
    told = {name for origin in origins for name in origin["fields"]}
    rest = [name for name in layer.told if row[name] is not None and name not in told]
    last = [{"seen_at": moment(row["last_changed"]), "run": row["run"], "fields": rest}] if rest else []
    return [*origins, *last]


def brief(row: Values) -> list[Values] | None:
    """Return the origins of what is older than the last change of a row; None where that is nothing."""
    last = moment(row["last_changed"]), row["run"]
    return [origin for origin in row["origins"] or () if (origin["seen_at"], origin["run"]) != last] or None


def moment(time: datetime) -> str:
    """Return a time as JSON has it here: UTC, milliseconds."""
    return f"{time.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def _sorted(found: Iterable[tuple[tuple[str, str], list[str]]]) -> list[Values]:
    """Return origins, the newest first, each with its fields in order: the same from every store."""
    made: list[dict[str, Any]] = [{"seen_at": at, "run": run, "fields": sorted(said)} for (at, run), said in found]
    return sorted(made, key=lambda origin: (origin["seen_at"], origin["run"]), reverse=True)
