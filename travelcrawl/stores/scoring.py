"""Score one area of a store: its listings as matching takes them, their pairs as the rows that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from travelcrawl.matching.areas import CITY, area_of
from travelcrawl.matching.cluster import Key
from travelcrawl.matching.evidence import evidence
from travelcrawl.matching.features import features
from travelcrawl.matching.matcher import REVIEW, Scored, scored
from travelcrawl.matching.normalise import VERSION
from travelcrawl.matching.score import model
from travelcrawl.matching.shift import Anchor, anchors
from travelcrawl.stores.grouping import columns_of_pair, key_of, pair_of
from travelcrawl.stores.values import Values

DIGITS = 4
"""Decimal places of a score: what is beyond them is no change."""


def version() -> str:
    """Return what names the model in the store: its version and that of the normal form."""
    return f"{model().version}.{VERSION}"


@attrs.frozen(kw_only=True, eq=False)
class Area:
    """An area that was scored."""

    listings: tuple[Key, ...]
    """Those it read, keys ascending."""
    pairs: dict[tuple[Key, Key], Values]
    """The pairs that belong to it, as rows without evidence."""
    parts: dict[tuple[Key, Key], Values]
    anchors: tuple[Anchor, ...]
    found: Scored
    at: dict[tuple[Key, Key], int]
    """Where a pair stands in ``found``."""


def scored_area(area: str, listings: Sequence[Values]) -> Area | None:
    """Score the listings of an area, given by key; None where there are none of its own."""
    keys = [key_of(row) for row in listings]
    areas = [area_of(row["lon"], row["lat"], row["adcode"]) for row in listings]
    if area not in areas:
        return None
    found = scored(columns_of(listings))
    home = dict(zip(keys, areas, strict=True))
    scores = found.score.round(DIGITS).tolist()
    own = {pair: number for number, pair in enumerate(found.pairs) if _owner(home[pair[0]], home[pair[1]]) == area}
    cities = [row["city"] or row["adcode"] or "" for row in listings]
    return Area(
        listings=tuple(keys),
        pairs={pair: _pair_row(pair, scores[number], area) for pair, number in own.items()},
        parts={pair: _part_row(pair, area) for pair in found.parts if _owner(home[min(pair)], home[max(pair)]) == area},
        anchors=tuple(anchors(found.table, cities, [one == area for one in areas])),
        found=found,
        at=own,
    )


def with_evidence(area: Area, pairs: Iterable[tuple[Key, Key]]) -> list[Values]:
    """Return the rows of some pairs, with evidence where they may be one place."""
    rows = [area.pairs[pair] for pair in pairs]
    telling = [row for row in rows if row["score"] >= REVIEW]
    numbers = [area.at[pair_of(row)] for row in telling]
    # Of all pairs, then those asked for: how far a pair is behind its nearest namesake hangs on which pairs are looked at.
    x = features(area.found.table, area.found.a, area.found.b)[numbers]
    for row, said in zip(telling, evidence(model(), x), strict=True):
        row["evidence"] = said
    return rows


def columns_of(listings: Sequence[Values]) -> dict[str, list[str]]:
    """Return listings as matching takes them: columns of text, positions in WGS-84."""
    return {
        "source": [row["platform"] for row in listings],
        "id": [row["ref"] for row in listings],
        "name": [row["name"] or "" for row in listings],
        "address": [row["address"] or "" for row in listings],
        "category": [row["category"] or row["category_class"] or "" for row in listings],
        "lon": ["" if row["lon"] is None else repr(row["lon"]) for row in listings],
        "lat": ["" if row["lat"] is None else repr(row["lat"]) for row in listings],
        "datum": ["WGS-84"] * len(listings),
        "phone": [";".join(map(str, row["phones"] or ())) for row in listings],
        "website": [row["website"] or "" for row in listings],
    }


def _owner(one: str | None, other: str | None) -> str | None:
    """Return the area a pair belongs to: the lesser key's, or the city of whichever has no position."""
    return other if other and other.startswith(CITY) and not (one and one.startswith(CITY)) else one


def _pair_row(pair: tuple[Key, Key], score: float, area: str) -> Values:
    return {
        **columns_of_pair(pair),
        "score": score,
        "evidence": None,
        "model": version(),
        "area": area,
    }


def _part_row(pair: tuple[Key, Key], area: str) -> Values:
    (platform, ref), (part_platform, part_ref) = pair
    return {"platform": platform, "ref": ref, "part_platform": part_platform, "part_ref": part_ref, "area": area}
