"""One record of a place out of its listings: field by field the rule of ``fields.csv``, and who said what was taken.

The rules: ``first`` the first platform of the list that says it; ``agreed`` what most listings say, of equals the first;
``finest`` the adcode that names a district rather than a city, of equals the first; ``middle`` the position nearest to all
the others, of equals the first; ``union`` all values, each once; ``newest`` the listing that changed last, of equals the
first; ``weighted`` the mean by the number of reviews; ``sum``. Platforms that a rule does not name come last, by name.
Nothing hangs on the order of the listings.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

import attrs

from travelcrawl.geo.metres import Point, apart

Row: TypeAlias = Mapping[str, Any]
Said: TypeAlias = tuple[Any, Sequence[Row]]
"""What is taken, and the listings it is from."""


@attrs.frozen(kw_only=True)
class Rule:
    """How one field of a place is found."""

    field: str
    name: str
    """``first``, ``agreed`` …: a key of RULES."""
    platforms: tuple[str, ...]
    """Whose word is preferred, the best first."""

    def ordered(self, rows: Sequence[Row], field: str) -> list[Row]:
        """Return the listings that say a field, the preferred first."""
        said = [row for row in rows if row.get(field) not in (None, "", [])]
        if len(said) < 2:
            return said
        rank = {platform: number for number, platform in enumerate(self.platforms)}
        return sorted(said, key=lambda row: (rank.get(row["platform"], len(rank)), row["platform"], row["ref"]))


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of ``fields.csv``, in its order."""
    text = resources.files("travelcrawl.matching").joinpath("fields.csv").read_text("utf-8")
    return tuple(
        Rule(field=row["field"], name=row["rule"], platforms=tuple(row["platforms"].split()))
        for row in csv.DictReader(text.splitlines())
    )


def fuse(rows: Sequence[Row], offers: Sequence[Row] = ()) -> dict[str, Any]:
    """Return the fields of a place of some listings and their newest offers, and ``sources``: field → ``platform/ref`` of each source.

    ``rows`` have the columns of the layer listings, ``offers`` those of offers. A field that nobody says is None.
    """
    made: dict[str, Any] = {}
    sources: dict[str, list[str]] = {}
    for rule in rules():
        found = _price(offers) if rule.field == "price" else RULES[rule.name](rule, rows)
        value, by = found or (None, ())
        if by:
            sources[rule.field] = [f"{row['platform']}/{row['ref']}" for row in by]
        made |= _spread(rule.field, value)
    made["sources"] = sources
    return made


def _spread(field: str, value: Any) -> dict[str, Any]:
    """Return the columns of a field: a position has two, a price three."""
    if field == "position":
        return dict(zip(("lon", "lat"), value or (None, None), strict=True))
    if field == "price":
        return dict(zip(("price", "currency", "price_for"), value or (None, None, None), strict=True))
    return {field: value}


def _first(rule: Rule, rows: Sequence[Row]) -> Said | None:
    said = rule.ordered(rows, rule.field)
    return (said[0][rule.field], said[:1]) if said else None


def _agreed(rule: Rule, rows: Sequence[Row]) -> Said | None:
    said = rule.ordered(rows, rule.field)
    if not said:
        return None
    if len(said) == 1:
        return said[0][rule.field], said
    votes = Counter(str(row[rule.field]) for row in said)
    best = max(said, key=lambda row: votes[str(row[rule.field])])
    return best[rule.field], [row for row in said if row[rule.field] == best[rule.field]]


def _finest(rule: Rule, rows: Sequence[Row]) -> Said | None:
    said = sorted(rule.ordered(rows, rule.field), key=lambda row: str(row[rule.field]).endswith("00"))
    return (said[0][rule.field], said[:1]) if said else None


def _middle(rule: Rule, rows: Sequence[Row]) -> Said | None:
    said = [row for row in rule.ordered(rows, "lon") if row.get("lat") is not None]
    if not said:
        return None
    best = min(said, key=lambda row: round(sum(apart(_at(row), _at(other)) for other in said), 3))
    return (best["lon"], best["lat"]), [best]


def _at(row: Row) -> Point:
    return row["lon"], row["lat"]


def _union(rule: Rule, rows: Sequence[Row]) -> Said | None:
    said = rule.ordered(rows, rule.field)
    return (list(dict.fromkeys(value for row in said for value in row[rule.field])), said) if said else None


def _newest(rule: Rule, rows: Sequence[Row]) -> Said | None:
    said = rule.ordered(rows, rule.field)
    if not said:
        return None
    best = max(said, key=_changed)
    return best[rule.field], [best]


def _changed(row: Row) -> datetime:
    changed: datetime = row["last_changed"]
    return changed


def _weighted(rule: Rule, rows: Sequence[Row]) -> Said | None:
    """Return the mean by reviews; a rating without a number of them counts as one review."""
    said = rule.ordered(rows, rule.field)
    if not said:
        return None
    weights = [max(row.get("review_count") or 1, 1) for row in said]
    mean = sum(row[rule.field] * weight for row, weight in zip(said, weights, strict=True)) / sum(weights)
    return round(mean, 2), said


def _sum(rule: Rule, rows: Sequence[Row]) -> Said | None:
    said = rule.ordered(rows, rule.field)
    return (sum(row[rule.field] for row in said), said) if said else None


def _price(offers: Sequence[Row]) -> Said | None:
    """Return amount, currency and what it is for, of the newest offer; of several of one time the lowest."""
    said = [offer for offer in offers if offer["amount"] is not None]
    if not said:
        return None
    best = min(
        said, key=lambda offer: (-offer["seen_at"].timestamp(), offer["amount"], offer["platform"], offer["ref"])
    )
    return (best["amount"], best["currency"], best["what"]), [best]


RULES: Mapping[str, Callable[[Rule, Sequence[Row]], Said | None]] = {
    "first": _first,
    "agreed": _agreed,
    "finest": _finest,
    "middle": _middle,
    "union": _union,
    "newest": _newest,
    "weighted": _weighted,
    "sum": _sum,
}
