"""Match what waits in a store, a small step at a time, beside any number of others that do the same.

What is new or changed waits in the table ``waiting``, written in the transaction that wrote the listing. Three steps
lead it into a place, each one transaction, so that a kill between them leaves only work: *spread* finds the areas that a
change touches, *score* scores one area whole, *regroup* puts the listings whose pairs have changed into places. An area is
read at one moment and scored outside of any transaction; where another has scored it meanwhile what waited is gone, and
the result is thrown away. Grouping is done by one at a time.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter

import attrs

from travelcrawl.matching.areas import CITY, box_of, touched
from travelcrawl.matching.cluster import Key
from travelcrawl.matching.matcher import REVIEW, decide
from travelcrawl.matching.shift import Anchor
from travelcrawl.stores.grouping import key_of, pair_of, regroup
from travelcrawl.stores.places import PlaceStore
from travelcrawl.stores.scoring import scored_area, version, with_evidence
from travelcrawl.stores.values import Values
from travelcrawl.stores.writer import utc_now

logger = logging.getLogger(__name__)

SPREAD, AREAS, REGROUPED = 5_000, 64, 1_000
"""What is taken at a time: changes, areas to choose from, listings to be put into places."""
READ = (
    "platform",
    "ref",
    "name",
    "address",
    "category",
    "category_class",
    "lon",
    "lat",
    "adcode",
    "city",
    "phones",
    "website",
)
"""Columns of listings that tell which place they are, as ``listings_in_box`` reads them."""


class Matchmaker:
    """Match what waits in a store. ``watch`` has the anchors of each area scored, for the watch over the datums."""

    def __init__(self, store: PlaceStore, clock: Callable[[], datetime] = utc_now) -> None:
        self.store = store
        self.clock = clock
        self.watch: dict[str, tuple[Anchor, ...]] = {}
        self._since: dict[str, float] = {}
        self.matched = 0
        """Listings that came to a place, or to another one."""
        self.decisions: Counter[str] = Counter()
        """``same`` and ``review`` → pairs scored so that were new or had another score before."""

    def step(self, patience: float = 0.0) -> bool:
        """Do one step; False where nothing waits that others do not do already. Raises StoreError.

        An area is left alone until it has waited for ``patience`` seconds: things come in parts, and their rivals soon after.
        """
        return self.spread() or self.score(patience) or self.regroup()

    def finish(self) -> None:
        """Match all that waits and that others do not match already. Raises StoreError."""
        while self.step():
            pass

    def spread(self) -> bool:
        """Find the areas that changes touch."""
        with self.store.reading():
            if not self.store.scalars("changed", most=1):
                return False
        with self.store.writing():
            changes = self.store.scalars("changed", most=SPREAD)
            areas: dict[tuple[str, Key | None], None] = {}
            nowhere: dict[Key, None] = {}
            for _, platform, ref, lon, lat, adcode in changes:
                own, *others = [*touched(lon, lat, adcode)] or [""]
                if own:
                    areas[own, (platform, ref)] = None
                else:
                    nowhere[platform, ref] = None
                areas.update(((area, None), None) for area in others)
            known: dict[str, bool] = {}
            wanted = [
                one for one in areas if one[1] or not one[0].startswith(CITY) or self._has_placeless(one[0], known)
            ]
            self.store.wait("area", areas=wanted)
            self.store.wait("group", keys=nowhere)
            self.store.scalars("done", ids=[str(change[0]) for change in changes])
        return True

    def score(self, patience: float = 0.0) -> bool:
        """Score one area, the one that waits longest of those that nobody scores."""
        now = time.monotonic()
        waiting = [area for area, _ in self.store_areas()]
        self._since = {area: self._since.get(area, now) for area in waiting}
        for area in waiting:
            if now - self._since[area] < patience:
                continue
            with self.store.holding(area) as held:
                if held:
                    self._since.pop(area)
                    self._score(area)
                    return True
        return False

    def store_areas(self) -> list[Sequence[str]]:
        """Return the areas that wait, the longest first."""
        with self.store.reading():
            return self.store.scalars("areas", most=AREAS)

    def _score(self, area: str) -> None:
        with self.store.reading():
            waiting = self.store.scalars("area", area=area)
            listings = self.listings_in(area)
            pairs = {pair_of(row): row for row in self.store.rows("pairs_in", "pairs", area=area)}
            parts = {_part_of(row): row for row in self.store.rows("parts_in", "parts", area=area)}
        if not waiting:
            return
        made = scored_area(area, listings)
        if made is not None:
            self.watch[area] = made.anchors
        now_pairs, now_parts = (made.pairs, made.parts) if made else ({}, {})
        changed = [pair for pair, row in now_pairs.items() if pair not in pairs or _differ(pairs[pair], row)]
        dropped = [row for pair, row in pairs.items() if pair not in now_pairs]
        told = {*changed, *(pair_of(row) for row in dropped)}
        keys = {key for pair in told for key in pair} | {(row[1], row[2]) for row in waiting if row[1] is not None}
        ids = [str(row[0]) for row in waiting]
        rows = with_evidence(made, changed) if made else []
        with self.store.writing():
            if self.store.scalars("still", ids=ids)[0][0] < len(ids):
                return
            self.store.change("drop_pair", (_named(row, "pairs") for row in dropped))
            self.store.change(
                "drop_part", (_named(row, "parts") for pair, row in parts.items() if pair not in now_parts)
            )
            self.store.put("pairs", rows)
            self.store.put("parts", [row for pair, row in now_parts.items() if pair not in parts])
            self.store.wait("group", keys=sorted(keys))
            self.store.scalars("done", ids=ids)
        self.decisions.update(decide(row["score"]) for row in rows if row["score"] >= REVIEW)

    def regroup(self) -> bool:
        """Put listings into places."""
        with self.store.reading():
            if not self.store.scalars("groups", most=1):
                return False
        with self.store.writing(alone=True):
            rows = self.store.scalars("groups", most=REGROUPED)
            keys = {(platform, ref) for _, step, platform, ref in rows if step == "group"}
            told = {(platform, ref) for _, step, platform, ref in rows if step == "fuse"} - keys
            keys |= {key_of(row) for row in self.store.rows("links_of", "links", keys=sorted(told))}
            self.matched += regroup(self.store, keys, self.clock(), version())
            self.store.scalars("done", ids=[str(row[0]) for row in rows])
        return True

    def listings_in(self, area: str) -> list[Values]:
        """Return the listings that an area is scored with, by key: the columns READ."""
        if area.startswith(CITY):
            code = area.removeprefix(CITY)
            if not self._has_placeless(area, {}):
                return []
            found = self.store.scalars("listings_in_city", adcode=code, beyond=f"{code}:")
        else:
            found = self.store.scalars("listings_in_box", **attrs.asdict(box_of(area)))
        rows = [dict(zip(READ, row, strict=True)) for row in sorted(found, key=itemgetter(0, 1))]
        for row in rows:
            row["phones"] = self.store.listed(row["phones"])
        return rows

    def _has_placeless(self, area: str, known: dict[str, bool]) -> bool:
        """Say whether a city has listings without a position."""
        if area not in known:
            code = area.removeprefix(CITY)
            known[area] = bool(self.store.scalars("placeless", adcode=code, beyond=f"{code}:"))
        return known[area]


def _differ(before: Values, now: Values) -> bool:
    return bool(before["score"] != now["score"] or before["model"] != now["model"])


def _part_of(row: Values) -> tuple[Key, Key]:
    return (row["platform"], row["ref"]), (row["part_platform"], row["part_ref"])


def _named(row: Values, layer: str) -> Values:
    """Return what a row is dropped by."""
    names = (
        ("platform_a", "ref_a", "platform_b", "ref_b")
        if layer == "pairs"
        else ("platform", "ref", "part_platform", "part_ref")
    )
    return {name: row[name] for name in (*names, "area")}
