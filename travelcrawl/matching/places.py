"""Which id each group of listings has: stable from crawl to crawl, and the same whatever the order or number of workers.

Every listing has a natural id, the UUID of its key. While a group is young it has the natural id of its least key, which hangs
on nothing but its listings. A listing that has stayed in one place for SETTLED is at home there: from then on the place
is claimed by those at home in it. Of several groups that claim one place the one with most of its listings gets it; of
several places that one group claims it keeps the one that most of its listings are at home in, then the oldest. What is
at home changes only once in SETTLED, so nothing that happens within a crawl can turn the outcome.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid5

import attrs

from travelcrawl.matching.cluster import Key

SETTLED = timedelta(days=7)
"""How long a listing has to stay in a place to be at home in it; a crawl should take less."""
_NAMESPACE = UUID("6f1d5c2e-3f0b-5d53-9c62-7a1f0c1b8e44")

Group: TypeAlias = tuple[Key, ...]


@attrs.frozen(kw_only=True)
class Link:
    """The place a listing is in."""

    place: str
    since: datetime
    """When it came there."""
    home: str | None = None
    """Where it was at home before it came there."""

    def home_at(self, now: datetime) -> str | None:
        """Return the place it is at home in."""
        return self.place if now - self.since >= SETTLED else self.home


@attrs.frozen(kw_only=True)
class Assignment:
    """Which group is which place."""

    places: Mapping[str, Group]
    """Id → the listings of the place, keys ascending."""
    merged: Mapping[str, str]
    """Place that is no more → the one that most of its listings are in now."""


def natural_id(key: Key, number: int = 0) -> str:
    """Return the UUID of a listing's key; further numbers give further ones, where others are at home in the first."""
    return str(uuid5(_NAMESPACE, "\n".join((*key, *([str(number)] if number else [])))))


def assign(
    groups: Iterable[Sequence[Key]],
    links: Mapping[Key, Link],
    now: datetime,
    *,
    founded: Mapping[str, datetime] | None = None,
    held: Iterable[str] = (),
) -> Assignment:
    """Give each group of listings its place.

    ``links`` say where listings were before. The groups have to be closed: they hold every listing of a place that one of
    them was or is at home in. ``founded`` says when places came to be; ``held`` are ids that others are at home in.
    """
    ordered = sorted(tuple(sorted(group)) for group in groups)
    homes = {key: home for key, link in links.items() if (home := link.home_at(now)) is not None}
    places = _claimed(ordered, homes, founded or {}, now)
    placed = set(places.values())
    taken = {*homes.values(), *held}
    places |= {_fresh(group, taken): group for group in ordered if group not in placed}
    now_in = {key: place for place, group in places.items() for key in group}
    return Assignment(places=places, merged=_merged(links, now_in, places))


def _claimed(
    groups: Sequence[Group], homes: Mapping[Key, str], founded: Mapping[str, datetime], now: datetime
) -> dict[str, Group]:
    claims = Counter((homes[key], group) for group in groups for key in group if key in homes)
    ranked = sorted(claims.items(), key=lambda claim: (-claim[1], founded.get(claim[0][0], now), claim[0]))
    places: dict[str, Group] = {}
    placed: set[Group] = set()
    for (home, group), _ in ranked:
        if home not in places and group not in placed:
            places[home] = group
            placed.add(group)
    return places


def _fresh(group: Group, taken: set[str]) -> str:
    number = 0
    while (place := natural_id(group[0], number)) in taken:
        number += 1
    return place


def _merged(links: Mapping[Key, Link], now_in: Mapping[Key, str], places: Mapping[str, Group]) -> dict[str, str]:
    left: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key, link in links.items():
        if link.place not in places and key in now_in:
            left[link.place][now_in[key]] += 1
    return {place: min(heirs, key=lambda heir: (-heirs[heir], heir)) for place, heirs in sorted(left.items(), key=str)}
