"""Match everything anew aside, and say what would move; and let everything wait to be matched anew."""

from __future__ import annotations

import itertools
from collections import Counter

import attrs

from travelcrawl.matching.areas import CITY, area_of
from travelcrawl.matching.cluster import Key, cluster
from travelcrawl.matching.places import assign
from travelcrawl.matching.shift import Anchor
from travelcrawl.stores.grouping import as_one, key_of, link_of, pair_of
from travelcrawl.stores.matchmaker import Matchmaker
from travelcrawl.stores.scoring import scored_area
from travelcrawl.stores.values import time_of


@attrs.frozen(kw_only=True)
class Rebuilt:
    """What matching anew would change."""

    listings: int
    moved: int
    """Listings that would come to another place than the one they are in."""
    new: int
    """Listings that have no place yet."""
    places: int
    """Places that stand now."""
    ended: int
    """Places that would be no more."""
    founded: int
    """Places that would be new."""

    def __str__(self) -> str:
        """Return a sentence."""
        share = self.moved / self.listings if self.listings else 0.0
        return (
            f"{self.moved:,} of {self.listings:,} listings ({share:.2%}) would move to another place, {self.new:,} have none yet; "
            f"of {self.places:,} places {self.ended:,} would end, {self.founded:,} would be new"
        )


def rebuild(maker: Matchmaker) -> Rebuilt:
    """Score every area as it is now, group all listings, and compare with the places they are in; nothing is written.

    Holds all pairs in memory: about 1 kB a listing.
    """
    store = maker.store
    scores: dict[tuple[Key, Key], float] = {}
    keys = {(platform, ref) for platform, ref, *_ in store.scalars("where")}
    for area in all_areas(maker):
        made = scored_area(area, maker.listings_in(area))
        scores |= {pair: row["score"] for pair, row in made.pairs.items()} if made else {}
    links = {key_of(row): row for row in store.rows("links_all", "links")}
    said = {pair_of(row): row["same"] for row in store.rows("decisions_all", "decisions")}
    must = [pair for pair, same in said.items() if same]
    grouped = cluster(as_one(scores, must), must=must, cannot=[pair for pair, same in said.items() if not same]).groups
    together = {key for group in grouped for key in group}
    groups = [*grouped, *((key,) for key in keys if key not in together)]
    founded = {place: time_of(when) for place, when in store.scalars("founded") if when}
    places = assign(groups, {key: link_of(row) for key, row in links.items()}, maker.clock(), founded=founded).places
    now_in = {key: place for place, group in places.items() for key in group}
    before = {row["place"] for row in links.values()}
    return Rebuilt(
        listings=len(keys),
        moved=sum(key in links and links[key]["place"] != now_in[key] for key in keys),
        new=len(keys - links.keys()),
        places=len(before),
        ended=len(before - places.keys()),
        founded=len(places.keys() - before),
    )


def all_areas(maker: Matchmaker) -> list[str]:
    """Return every area that has listings of its own."""
    found = Counter(area_of(lon, lat, adcode) for _, _, lon, lat, adcode in maker.store.scalars("where"))
    return sorted(area for area in found if area)


def apply(maker: Matchmaker) -> None:
    """Let every area wait to be scored, with the listings in it."""
    store = maker.store
    with store.writing():
        wanted: list[tuple[str, Key | None]] = []
        nowhere: list[Key] = []
        for platform, ref, lon, lat, adcode in store.scalars("where"):
            area = area_of(lon, lat, adcode)
            if area is None:
                nowhere.append((platform, ref))
            else:
                wanted.append((area, (platform, ref)))
        store.wait("area", areas=wanted)
        store.wait("group", keys=nowhere)


def all_anchors(maker: Matchmaker) -> tuple[Anchor, ...]:
    """Return the anchors of every area, as it is now."""
    made = (scored_area(area, maker.listings_in(area)) for area in all_areas(maker) if not area.startswith(CITY))
    return tuple(itertools.chain.from_iterable(area.anchors for area in made if area))
