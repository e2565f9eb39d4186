"""What a record adds to what is already stored: the rules of design.md 7, without any store.

A thing comes in parts (list page, detail, pagelet). ``None`` means not seen and never overwrites; of two parts the one
seen later wins, whatever order they come in; of two texts of a note the whole one does, as lists cut them. Columns that
belong together (a position and its datum, a rating and its scale) come from one part. The content hash is over the merged
row, without ``quality`` and ``seen_at``, which say nothing new about the thing. Where it stays the same the row is not
written; only ``last_seen`` moves, once a run.

Each store does the same steps with a batch of one layer: ``parts_of``, ``sift`` with the hashes it has, ``fold`` into
the rows it has; what is new and of one part is ``alone`` and goes straight in. Offers are another matter (stores/offers.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

import attrs

from travelcrawl.stores.base import Run
from travelcrawl.stores.layers import Layer
from travelcrawl.stores.origins import brief, credited
from travelcrawl.stores.values import Codec, Refused, Values, codec, time_of

Key: TypeAlias = tuple[Any, ...]


class Part(NamedTuple):
    """One record of a batch."""

    key: Key
    """``platform``, ``ref``."""
    digest: int | None
    """Content hash of a clean record; None: ``values`` have been made storable already."""
    values: Values
    seen: datetime


class Known(NamedTuple):
    """What a store says of a row it has."""

    content_hash: int
    stale: bool
    """True where the row was not yet seen in this run."""


@attrs.define(kw_only=True)
class Refusal:
    """A record that cannot be stored, and why."""

    record: Values
    cause: str


@attrs.define(kw_only=True)
class Changes:
    """What is to be written of a batch."""

    new: list[Values] = attrs.field(factory=list)
    changed: list[Values] = attrs.field(factory=list)
    seen: dict[Key, datetime] = attrs.field(factory=dict)
    """Unchanged rows not yet seen in this run, and when they were seen now."""
    unchanged: int = 0
    refused: list[Refusal] = attrs.field(factory=list)


def parts_of(codec: Codec, records: Iterable[Values], now: datetime, refused: list[Refusal]) -> list[Part]:
    """Return the records with their keys and content hashes; ``now`` is when those were seen that do not say it."""
    parts = []
    for record in records:
        try:
            parts.append(part_of(codec, record, now))
        except Refused as error:
            refused.append(Refusal(record=record, cause=str(error)))
    return parts


def part_of(codec: Codec, record: Values, now: datetime) -> Part:
    """Return a record with its key and content hash. Raises Refused."""
    platform, ref, seen_at = record.get("platform"), record.get("ref"), record.get("seen_at")
    digest = codec.digest(record) if type(platform) is str and type(ref) is str else None
    values = codec.storable(record) if digest is None else record
    seen = now if seen_at is None else _seen(seen_at)
    return Part((values["platform"], values["ref"]), digest, values, seen)


def _seen(value: Any) -> datetime:
    try:
        return time_of(value)
    except (ValueError, OverflowError) as error:
        raise Refused(f"seen_at is no time: {value!r}") from error


def sift(parts: Iterable[Part], known: Mapping[Key, Known], changes: Changes) -> list[Part]:
    """Return the parts that may say something new; note those whose content is what is stored.

    Once a part of a thing may change it, all later ones of that thing in the batch go the same way, in order.
    """
    rest: list[Part] = []
    moving: set[Key] = set()
    for part in parts:
        row = known.get(part.key)
        if row is None or part.digest != row.content_hash or part.key in moving:
            moving.add(part.key)
            rest.append(part)
            continue
        changes.unchanged += 1
        if row.stale:
            changes.seen[part.key] = part.seen
    return rest


def by_platform(keys: Iterable[Key]) -> Iterator[tuple[str, list[str]]]:
    """Yield each platform with its refs, in order."""
    for platform, group in groupby(sorted(keys), key=itemgetter(0)):
        yield platform, [ref for _, ref in group]


def alone(parts: Iterable[Part], known: Mapping[Key, Known]) -> tuple[list[Part], list[Part]]:
    """Return the parts that are the only one of a thing that is not stored yet; and the others."""
    found = list(parts)
    times = Counter(part.key for part in found)
    fresh = [part for part in found if times[part.key] == 1 and part.key not in known]
    return fresh, [part for part in found if times[part.key] > 1 or part.key in known]


def firsts(codec: Codec, parts: Iterable[Part], run: Run, refused: list[Refusal]) -> Iterator[Values]:
    """Yield the rows of things that are of one part: the next is made while the store takes the one before."""
    for part, values, digest in settled(codec, parts, refused):
        yield _first(values, digest or codec.digest(values), part.seen, run)


def settled(codec: Codec, parts: Iterable[Part], refused: list[Refusal]) -> Iterator[tuple[Part, Values, int | None]]:
    """Yield parts with what they say in storable form, and its content hash where it is known; the others are refused."""
    for part in parts:
        try:
            made = (dict(part.values), None) if part.digest is None else codec.settled(part.values, part.digest)
        except Refused as error:
            refused.append(Refusal(record=part.values, cause=str(error)))
            continue
        yield part, *made


def fold(codec: Codec, parts: Iterable[Part], rows: Mapping[Key, Values], changes: Changes, run: Run) -> None:
    """Merge parts into the stored rows and note what is to be written.

    ``rows`` are the stored rows of the parts' keys, as ``Codec.storable`` makes them, with the bookkeeping columns.
    """
    merged: dict[Key, Values] = {}
    for part, values, digest in settled(codec, parts, changes.refused):
        row = merged.get(part.key) or rows.get(part.key)
        if row is None:
            merged[part.key] = _first(values, digest, part.seen, run)
            continue
        made = merged[part.key] = merge(codec.layer, row, values, part.seen)
        made["origins"] = credited(codec.layer, row, made, part.seen, run.id)
    for key, row in merged.items():
        before = rows.get(key)
        if row["content_hash"] is None:
            row["content_hash"] = codec.digest(row)
        if before is not None and row["content_hash"] == before["content_hash"]:
            changes.unchanged += 1
            if before["last_seen"] < run.started_at:
                changes.seen[key] = row["last_seen"]
            continue
        row["last_changed"] = row["last_seen"]
        row["run"] = run.id
        if row["origins"]:
            row["origins"] = brief(row)
        (changes.new if before is None else changes.changed).append(row)


def _first(values: Values, digest: int | None, seen: datetime, run: Run) -> Values:
    values["content_hash"] = digest
    values["first_seen"] = values["last_seen"] = values["last_changed"] = seen
    values["run"] = run.id
    values["origins"] = None
    return values


def merge(layer: Layer, row: Values, part: Values, seen: datetime) -> Values:
    """Return the row with what a part adds that was seen at a time."""
    later: bool = seen >= row["last_seen"]
    said = {name: value for name, value in part.items() if value is not None and name not in layer.grouped}
    made = row | (said if later else {name: value for name, value in said.items() if row[name] is None})
    for group in layer.together:
        if _wins(group, row, part, later=later):
            made.update((name, part[name]) for name in group)
    if later and row.get("status") == GONE and part["status"] is None:
        made["status"] = None
    if row["hidden"] or part["hidden"]:
        hidden = dict.fromkeys([*(row["hidden"] or ()), *(part["hidden"] or ())])
        made["hidden"] = [name for name in hidden if made.get(name) is None] or None
    if part.get("category_class") in BROAD and row["category_class"] not in (None, *BROAD):
        made["category_class"] = row["category_class"]
    made |= _whole_text(row, part)
    if "mentions" in row:
        made["mentions"] = _united(row["mentions"], part["mentions"])
    qualities = [values["quality"] for values in (row, part) if values["quality"] is not None]
    made["quality"] = max(qualities, default=None)
    made["content_hash"] = None
    made["first_seen"] = min(row["first_seen"], seen)
    made["last_seen"] = max(row["last_seen"], seen)
    return made


def _whole_text(row: Values, part: Values) -> Values:
    """Return the text that is known to be whole, and that it is, where the other is known to be cut; else nothing."""
    for one, other in ((row, part), (part, row)):
        if one.get("complete") and other.get("complete") is False and one["text"] is not None:
            return {"complete": True, "text": one["text"]}
    return {}


GONE = "gone"
"""Status of a listing that its platform shows no more; who sees it again knows better."""
BROAD = frozenset({"sight", "hotel", "restaurant", "shop", "transport"})
"""Classes that a page gives for want of a finer one: Mafengwo's lists say sight, its pages park (2026-11-22)."""
METRE = 1e-5
"""Degrees."""
EVIDENCE = ("link", "tag", "hashtag", "text")
"""How a note names a place, the best first."""


def _united(row: list[Any] | None, part: list[Any] | None) -> list[Any] | None:
    """Return the mentions of all parts of a note, each place once, by the best evidence.

    Each part names what its own text names: the place tag of the post's page must outlast the page of the long text.
    """
    if not row or not part:
        return row or part
    best: dict[str, Values] = {}
    for mention in (*row, *part):
        plain = attrs.asdict(mention) if attrs.has(type(mention)) else mention
        if isinstance(plain, dict):
            key = str(plain.get("ref") or plain.get("name"))
            best[key] = min(best.get(key, plain), plain, key=_standing)
    return sorted(best.values(), key=_standing)


def _standing(mention: Values) -> tuple[int, float, str]:
    """Return what mentions are sorted by: the best evidence first, so that the order of the parts does not matter."""
    evidence, score = mention.get("evidence"), mention.get("score")
    rank = EVIDENCE.index(evidence) if evidence in EVIDENCE else len(EVIDENCE)
    return rank, -score if isinstance(score, float) else 0.0, str(mention.get("ref") or mention.get("name"))


def _wins(group: tuple[str, ...], row: Values, part: Values, *, later: bool) -> bool:
    """Say whether the part's columns of a group replace the row's.

    A part without the group's first column (a position that could not be converted) never replaces one that has it.
    """
    if all(part[name] is None for name in group):
        return False
    used = group[0]
    if used == "lon" and _is_same_point(row, part):
        return False
    if (part[used] is None) != (row[used] is None):
        return row[used] is None
    return later or all(row[name] is None for name in group)


def _is_same_point(row: Values, part: Values) -> bool:
    """Say whether two positions differ by less than about a metre: pages of one platform give the same point in two datums.

    Ctrip's lists say BD-09, its sights WGS-84: without this a listing moved to and fro in every crawl (2026-11-22).
    """
    return all(
        row[name] is not None and part[name] is not None and abs(row[name] - part[name]) < METRE
        for name in ("lon", "lat")
    )


def difference(before: Values, now: Values) -> dict[str, list[Any]]:
    """Return what changed of a row: each column of the content with what it was and what it is."""
    return {name: [before[name], now[name]] for name in codec("listings").layer.content if before[name] != now[name]}
