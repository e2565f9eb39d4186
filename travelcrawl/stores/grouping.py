"""Put listings into places: the touched components of the graph of pairs, grouped anew, and what follows for their places."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from statistics import fmean
from typing import Any, TypeAlias

import attrs

from travelcrawl.matching.cluster import MEAN_LINK, Key, cluster
from travelcrawl.matching.fusion import fuse
from travelcrawl.matching.places import Assignment, Group, Link, assign, natural_id
from travelcrawl.stores.layers import layers
from travelcrawl.stores.places import PlaceStore
from travelcrawl.stores.values import Values, time_of

logger = logging.getLogger(__name__)

MODEL = "model"
"""``decided_by`` where no person has said anything."""
_NUMBERS = 3
"""How many ids of a listing are asked for before one is given."""


Pair: TypeAlias = tuple[Key, Key]
"""Two listings, the lesser key first."""


def pair_of(row: Values) -> Pair:
    """Return the keys of a row of pairs or decisions."""
    return (row["platform_a"], row["ref_a"]), (row["platform_b"], row["ref_b"])


def columns_of_pair(pair: Pair) -> Values:
    """Return the columns that name the two listings of a pair."""
    (platform_a, ref_a), (platform_b, ref_b) = pair
    return {"platform_a": platform_a, "ref_a": ref_a, "platform_b": platform_b, "ref_b": ref_b}


def key_of(row: Values) -> Key:
    """Return the key of a row of listings or links."""
    return row["platform"], row["ref"]


@attrs.define(kw_only=True)
class Component:
    """Listings that belong together by pairs, people's word or former places, with all that is known of them."""

    listings: dict[Key, Values] = attrs.field(factory=dict)
    links: dict[Key, Values] = attrs.field(factory=dict)
    pairs: dict[Pair, Values] = attrs.field(factory=dict)
    decisions: dict[Pair, Values] = attrs.field(factory=dict)

    def groups(self) -> list[Group]:
        """Return the listings, grouped: each group is a place."""
        scores = {pair: row["score"] for pair, row in self.pairs.items()}
        must = [pair for pair, row in self.decisions.items() if row["same"]]
        cannot = [pair for pair, row in self.decisions.items() if not row["same"]]
        grouped = cluster(as_one(scores, must), must=must, cannot=cannot)
        for alarm in grouped.alarms:
            logger.warning("%s", alarm)
        together = {key for group in grouped.groups for key in group}
        return [*grouped.groups, *((key,) for key in self.listings if key not in together)]


def as_one(scores: Mapping[Pair, float], must: Iterable[Pair]) -> dict[Pair, float]:
    """Return the scores with what people's links follow to: listings that are one are each as like a third as the likest.

    Otherwise a link to a listing that is like nothing would part its other side from the place it is in.
    """
    linked: dict[Key, set[Key]] = {}
    for one, other in must:
        joined = linked.get(one, {one}) | linked.get(other, {other})
        linked |= dict.fromkeys(joined, joined)
    made = dict(scores)
    for pair, score in scores.items():
        for one, other in (pair, pair[::-1]):
            for twin in linked.get(one, ()):
                if twin != other:
                    like = (min(twin, other), max(twin, other))
                    made[like] = max(made.get(like, 0.0), score)
    return made


def component_of(store: PlaceStore, keys: Iterable[Key]) -> Component:
    """Read all that hangs together with some listings: by pairs that may join, by people's word, by the places they are in."""
    found = Component()
    seen: set[Key] = set()
    places: set[str] = set()
    fresh = set(keys)
    while fresh:
        seen |= fresh
        near: set[Key] = set()
        for row in store.rows("pairs_at", "pairs", keys=sorted(fresh)):
            found.pairs[pair_of(row)] = row
            near.update(pair_of(row) if row["score"] >= MEAN_LINK else ())
        for row in store.rows("decisions_at", "decisions", keys=sorted(fresh)):
            found.decisions[pair_of(row)] = row
            near.update(pair_of(row) if row["same"] else ())
        links = list(store.rows("links_of", "links", keys=sorted(fresh)))
        known = {place for row in links for place in (row["place"], row["home"]) if place} - places
        links += store.rows("links_in", "links", ids=sorted(known)) if known else ()
        found.links |= {key_of(row): row for row in links}
        places |= known
        fresh = (near | {key_of(row) for row in links}) - seen
    found.listings = {key_of(row): row for row in store.rows("listings_of", "listings", keys=sorted(seen))}
    found.pairs = {pair: row for pair, row in found.pairs.items() if found.listings.keys() >= set(pair)}
    found.decisions = {pair: row for pair, row in found.decisions.items() if found.listings.keys() >= set(pair)}
    return found


def regroup(store: PlaceStore, keys: Iterable[Key], now: datetime, model: str) -> int:
    """Put listings, and all that hangs together with them, into places; return how many listings came to another place.

    Call it inside ``store.writing(alone=True)``.
    """
    now = time_of(now)
    component = component_of(store, keys)
    groups = component.groups()
    ids = sorted({place for row in component.links.values() for place in (row["place"], row["home"]) if place})
    candidates = sorted({natural_id(group[0], number) for group in groups for number in range(_NUMBERS)})
    before = {row["place"]: row for row in store.rows("places_of", "places", ids=sorted({*ids, *candidates}))}
    assignment = assign(
        groups,
        {key: link_of(row) for key, row in component.links.items()},
        now,
        founded={place: row["founded_at"] for place, row in before.items() if row["founded_at"]},
        held=_held(store, candidates, component),
    )
    moved = _write_links(store, component, assignment, now, model)
    _write_places(store, component, assignment, before, now)
    return moved


def link_of(row: Values) -> Link:
    """Return what a row of links says of where its listing is and was."""
    return Link(place=row["place"], since=row["since"], home=row["home"])


def _held(store: PlaceStore, candidates: Sequence[str], component: Component) -> set[str]:
    """Return the ids that listings outside are at home in."""
    outside = (row for row in store.rows("links_in", "links", ids=candidates) if key_of(row) not in component.links)
    return {place for row in outside for place in (row["place"], row["home"]) if place}


def _write_links(store: PlaceStore, component: Component, assignment: Assignment, now: datetime, model: str) -> int:
    wanted = []
    moved = 0
    deciders = _deciders(component)
    for place, group in assignment.places.items():
        best = _best_pairs(component, group)
        for key in group:
            before = component.links.get(key)
            made = _link(key, place, best.get(key), deciders.get(key), model)
            if before is not None and all(before[name] == value for name, value in made.items()):
                continue
            moved += before is None or before["place"] != place
            wanted.append(made | {"decided_at": now} | _stay(before, place, now))
    store.put("links", wanted)
    return moved


def _stay(before: Values | None, place: str, now: datetime) -> Values:
    """Return since when a listing is in its place, and where it was at home before."""
    if before is None:
        return {"since": now, "home": None}
    if before["place"] == place:
        return {"since": before["since"], "home": before["home"]}
    return {"since": now, "home": link_of(before).home_at(now)}


def _link(key: Key, place: str, best: tuple[Key, Values] | None, decided_by: str | None, model: str) -> Values:
    made: Values = {"platform": key[0], "ref": key[1], "place": place, "score": None, "evidence": None, "model": model}
    if best is not None:
        other, pair = best
        made |= {"score": pair["score"], "evidence": {"with": list(other), "features": pair["evidence"]}}
    if decided_by:
        made["score"] = 1.0
    return made | {"decided_by": decided_by or MODEL}


def _best_pairs(component: Component, group: Group) -> dict[Key, tuple[Key, Values]]:
    """Return for each listing of a group the other that speaks most for it, and their pair."""
    best: dict[Key, tuple[Key, Values]] = {}
    for pair in combinations(group, 2):
        if (row := component.pairs.get(pair)) is None:
            continue
        for key, other in (pair, pair[::-1]):
            if key not in best or (-row["score"], other) < (-best[key][1]["score"], best[key][0]):
                best[key] = (other, row)
    return best


def _deciders(component: Component) -> dict[Key, str]:
    """Return who said of which listing that it is one with another."""
    said = sorted((row for row in component.decisions.values() if row["same"]), key=lambda row: str(row["decided_at"]))
    return {key: row["decided_by"] for row in said for key in pair_of(row)}


def _write_places(
    store: PlaceStore, component: Component, assignment: Assignment, before: Mapping[str, Values], now: datetime
) -> None:
    offers: defaultdict[Key, list[Values]] = defaultdict(list)
    names = ("platform", "ref", "what", "amount", "currency", "seen_at")
    for found in store.scalars("offers_of", keys=sorted(component.listings)):
        offer = dict(zip(names, found, strict=True))
        offer["seen_at"] = time_of(offer["seen_at"])
        offers[key_of(offer)].append(offer)
    wanted = []
    for place, group in assignment.places.items():
        rows = [component.listings[key] for key in group if key in component.listings]
        made = fuse(rows, [offer for key in group for offer in offers[key]])
        made |= {
            "place": place,
            "platforms": sorted({platform for platform, _ in group}),
            "listings": len(group),
            "confidence": _confidence(component, group),
            "merged_into": None,
        }
        old = before.get(place)
        if old is None or any(old[name] != value for name, value in made.items()):
            wanted.append(made | {"founded_at": (old and old["founded_at"]) or now, "updated_at": now})
    blank: dict[str, Any] = dict.fromkeys(layers()["places"].names)
    for place, heir in assignment.merged.items():
        founded = before[place]["founded_at"] if place in before else now
        wanted.append(
            blank | {"place": place, "listings": 0, "merged_into": heir, "founded_at": founded, "updated_at": now}
        )
    store.put("places", wanted)
    store.change("merged", ({"place": place, "heir": heir, "now": now} for place, heir in assignment.merged.items()))


def _confidence(component: Component, group: Group) -> float:
    """Return the mean score of the pairs of different platforms; people's word counts as 1, a pair never scored as 0."""
    scores = []
    for one, other in combinations(group, 2):
        said, row = component.decisions.get((one, other)), component.pairs.get((one, other))
        if one[0] != other[0] or said is not None:
            scores.append(1.0 if said is not None and said["same"] else row["score"] if row else 0.0)
    return round(fmean(scores), 4) if scores else 1.0
