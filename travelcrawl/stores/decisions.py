"""People's word on listings: one place, or never one. It is kept for ever and wins over every score."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from travelcrawl.errors import UsageError
from travelcrawl.matching.cluster import Key
from travelcrawl.matching.matcher import REVIEW, SAME
from travelcrawl.stores.grouping import Pair, columns_of_pair, component_of, key_of, pair_of
from travelcrawl.stores.places import PlaceStore
from travelcrawl.stores.values import Values, time_of


def decide(store: PlaceStore, said: Mapping[Pair, bool], by: str, now: datetime) -> None:
    """Keep what somebody says of pairs of listings (True: one place), in the stead of what was said of them before.

    Raises UsageError, and keeps nothing, where a listing is not there or what is said contradicts what else is kept.
    """
    ordered = {(min(pair), max(pair)): same for pair, same in said.items()}
    keys = sorted({key for pair in ordered for key in pair})
    if alone := next((one for one, other in ordered if one == other), None):
        raise UsageError(f"{name_of(alone)} cannot be compared with itself")
    with store.writing(alone=True):
        there = {key_of(row) for row in store.rows("listings_of", "listings", keys=keys)}
        if missing := [key for key in keys if key not in there]:
            raise UsageError(f"there is no listing {name_of(missing[0])}; say platform/ref")
        component = component_of(store, keys)
        before = {pair: row["same"] for pair, row in component.decisions.items()}
        _check(before | ordered)
        scores = {pair_of(row): row["score"] for row in store.rows("pairs_at", "pairs", keys=keys)}
        rows = [_row(pair, same, by, time_of(now), scores.get(pair)) for pair, same in ordered.items()]
        store.put("decisions", rows)
        store.wait("group", keys=keys)


def _row(pair: Pair, same: bool, by: str, now: datetime, score: float | None) -> Values:
    return {
        **columns_of_pair(pair),
        "same": same,
        "decided_by": by,
        "decided_at": now,
        "score": score,
    }


def _check(said: Mapping[Pair, bool]) -> None:
    """Raise UsageError where listings that people have linked, one by one, are said to be never one place."""
    head: dict[Key, Key] = {}

    def find(key: Key) -> Key:
        while (above := head.get(key, key)) != key:
            key = above
        return key

    for (one, other), same in said.items():
        if same:
            head[find(one)] = find(other)
    for (one, other), same in said.items():
        if not same and find(one) == find(other):
            links = [pair for pair, linked in said.items() if linked and find(pair[0]) == find(one)]
            held = ", ".join(f"{name_of(a)} = {name_of(b)}" for a, b in links)
            raise UsageError(
                f"{name_of(one)} and {name_of(other)} cannot be parted while people's links hold them together: {held}"
            )


def name_of(key: Key) -> str:
    """Return a listing as people write it: ``amap/B0FFF``."""
    return "/".join(key)


def key_said(text: str) -> Key:
    """Return the listing that somebody writes as ``platform/ref``. Raises UsageError."""
    platform, slash, ref = text.partition("/")
    if not (platform and slash and ref):
        raise UsageError(f"{text!r} is no listing; write it as platform/ref, such as amap/B0FFF")
    return platform, ref


def standing(store: PlaceStore, said: str) -> tuple[Values, list[Values]]:
    """Return a place and its links, named by its id or one of its listings; an id that was merged leads on.

    Raises UsageError where there is none.
    """
    links = list(store.rows("links_of", "links", keys=[key_said(said)])) if "/" in said else []
    wanted = links[0]["place"] if links else said
    found = list(store.rows("places_of", "places", ids=[wanted]))
    if found and found[0]["merged_into"]:
        found = list(store.rows("places_of", "places", ids=[found[0]["merged_into"]]))
    if not found:
        raise UsageError(f"there is no place {said!r}; say its id, or one of its listings as platform/ref")
    place = found[0]["place"]
    links = [row for row in store.rows("links_in", "links", ids=[place]) if row["place"] == place]
    return found[0], sorted(links, key=key_of)


def merging(one: Sequence[Values], other: Sequence[Values]) -> dict[Pair, bool]:
    """Return what has to be said so that two places, given by their links, are one: of each two of their listings. Raises UsageError."""
    keys = [key_of(row) for row in (*one, *other)]
    if len(set(keys)) < len(keys):
        raise UsageError("that is one place already")
    return dict.fromkeys(itertools.combinations(sorted(keys), 2), True)


def splitting(links: Sequence[Values], away: Iterable[Key]) -> dict[Pair, bool]:
    """Return what has to be said so that some listings leave a place, given by its links. Raises UsageError."""
    keys, leaving = {key_of(row) for row in links}, set(away)
    if strange := leaving - keys:
        raise UsageError(f"{name_of(min(strange))} is not in that place")
    if leaving == keys:
        raise UsageError("some listing has to stay; name only those that leave")
    return {(one, other): False for one in leaving for other in keys - leaving}


@attrs.frozen(kw_only=True)
class Gold:
    """How the model stands against what people said."""

    pairs: int
    same: int
    """How many of them are one place."""
    precision: float | None
    """Of those that score at least REVIEW, the share that is one place; None where there is none."""
    recall: float | None
    sure_precision: float | None
    """The same of those that score at least SAME."""
    sure_recall: float | None


def gold(store: PlaceStore) -> Gold:
    """Compare the scores of all pairs that people decided with what they said."""
    with store.reading():
        rows = [(bool(same), float(score)) for same, score in store.scalars("gold")]
    said = sum(same for same, _ in rows)

    def shares(least: float) -> tuple[float | None, float | None]:
        found = [same for same, score in rows if score >= least]
        return (sum(found) / len(found) if found else None), (sum(found) / said if said else None)

    precision, recall = shares(REVIEW)
    sure_precision, sure_recall = shares(SAME)
    return Gold(
        pairs=len(rows),
        same=said,
        precision=precision,
        recall=recall,
        sure_precision=sure_precision,
        sure_recall=sure_recall,
    )
