"""Which fields of which platform stopped appearing, or fell, between two crawls: pure, over records of stores and archives.

A field *fell* where the share of items that have it is lower by more than ``Limits.fall``, and *stopped* where no item has it
any more; both only where that is no chance: each side has ``Limits.enough`` items, and the two-proportion z-test
(NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3) gives at least ``Limits.sigmas``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from travelcrawl.items import TYPES

Group: TypeAlias = tuple[str, str]
"""Platform and type of item."""

UNTOLD = frozenset({"platform", "ref", "seen_at", "quality", "hidden", "about", "kind", "datum", "rating_scale"})
"""Fields that say nothing of what a page still holds, or go with another."""
FOUND = frozenset({"text", "hashtag"})
"""Evidence of mentions that a pipeline found, not the page."""
ITEM = ""
"""The field that stands for the item itself."""


@attrs.frozen(kw_only=True)
class Limits:
    """What counts as drift."""

    fall: float = 0.1
    """Share of items (0-1) by which a field may fall."""
    enough: int = 20
    """Items that each side needs."""
    sigmas: float = 3.0
    """Standard errors that the fall must be: 3 is one false alarm in 740."""


@attrs.define(kw_only=True)
class Coverage:
    """How many items there are, and how many have each field."""

    items: Counter[Group] = attrs.field(factory=Counter)
    having: Counter[tuple[str, str, str]] = attrs.field(factory=Counter)
    """Platform, type, field → items."""
    platforms: set[str] = attrs.field(factory=set)
    """Those that were asked, whether or not they gave an item."""

    def add(self, record: Mapping[str, Any]) -> None:
        """Count a record: the fields of an item and ``type``."""
        group = (str(record["platform"]), str(record["type"]))
        self.platforms.add(group[0])
        self.items[group] += 1
        for field in fields_of(group[1]):
            if has(record.get(field)):
                self.having[*group, field] += 1

    def share(self, group: Group, field: str) -> float:
        """Return the share of a group's items that have a field, 0-1."""
        return self.having[*group, field] / self.items[group] if self.items[group] else 0.0


@attrs.frozen(kw_only=True)
class Row:
    """One field of one type of one platform, old and new."""

    platform: str
    type: str
    field: str
    """ITEM: there is no such item any more."""
    old: float
    """Share of items that have it, 0-1."""
    new: float
    old_items: int
    new_items: int
    drift: str = ""
    """``stopped``, ``fell``, or '': it did not drift."""


def coverage_of(records: Iterable[Mapping[str, Any]], platforms: Iterable[str] = ()) -> Coverage:
    """Count records; ``platforms``, read last, are those that were asked beside those that gave something."""
    coverage = Coverage()
    for record in records:
        coverage.add(record)
    coverage.platforms.update(platforms)
    return coverage


def compare(old: Coverage, new: Coverage, limits: Limits | None = None) -> list[Row]:
    """Return a row for each field that one side has, by platform and type; of platforms that both asked."""
    limits = limits or Limits()
    groups = sorted(group for group in old.items | new.items if group[0] in old.platforms & new.platforms)
    return [row for group in groups for row in _rows(group, old, new, limits)]


def _rows(group: Group, old: Coverage, new: Coverage, limits: Limits) -> Iterator[Row]:
    sizes = {"old_items": old.items[group], "new_items": new.items[group]}
    if not sizes["new_items"]:
        drift = "stopped" if sizes["old_items"] >= limits.enough else ""
        yield Row(platform=group[0], type=group[1], field=ITEM, old=1.0, new=0.0, drift=drift, **sizes)
        return
    for field in fields_of(group[1]):
        shares = old.share(group, field), new.share(group, field)
        if any(shares):
            drift = _drift(*shares, sizes["old_items"], sizes["new_items"], limits)
            yield Row(platform=group[0], type=group[1], field=field, old=shares[0], new=shares[1], drift=drift, **sizes)


def _drift(old: float, new: float, old_items: int, new_items: int, limits: Limits) -> str:
    if min(old_items, new_items) < limits.enough or standard_errors(old, new, old_items, new_items) < limits.sigmas:
        return ""
    if new == 0:
        return "stopped"
    return "fell" if old - new > limits.fall else ""


def standard_errors(old: float, new: float, old_items: int, new_items: int) -> float:
    """Return by how many standard errors a share of so many items fell; 0 where it did not."""
    if new >= old:
        return 0.0
    pooled = (old * old_items + new * new_items) / (old_items + new_items)
    return (old - new) / math.sqrt(pooled * (1 - pooled) * (1 / old_items + 1 / new_items))


def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields of a type that tell something of its pages."""
    return tuple(field.name for field in attrs.fields(TYPES[kind]) if field.name not in UNTOLD)


def has(value: Any) -> bool:
    """Say whether a field is filled; of mentions only those that the page itself makes count."""
    if isinstance(value, list) and value and all(isinstance(one, Mapping) and "evidence" in one for one in value):
        return any(one["evidence"] not in FOUND for one in value)
    return value is not None and value not in ("", [], {})
