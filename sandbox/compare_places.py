"""Compare the places of a store with the truth: which listings are one, and which the matcher has put together."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs

from sandbox.model import World
from sandbox.truth import Key, b_cubed, places

LEAST_B3 = 0.99
"""B³ F below which a whole world is matched wrong."""
LEAST_LISTINGS = 1000
"""Listings below which it is shown and not judged: how rare a name is shows only in a city."""


@attrs.frozen(kw_only=True)
class Places:
    """How the places stand against the truth. Shares are 0-1."""

    listings: int
    places: int
    true_places: int
    precision: float
    """Of the pairs put together, those that are one place."""
    recall: float
    """Of the pairs that are one place, those put together."""
    b3: float
    """B³ F: the mean over listings, so that great places do not count for more than they hold."""
    largest: int
    homeless: int
    """Listings without a place."""
    twice: int
    """Places that a platform is in twice."""

    @property
    def is_right(self) -> bool:
        """True where every listing has a place, no place has a platform twice, and a whole world is matched right."""
        return not self.homeless and not self.twice and (self.b3 >= LEAST_B3 or self.listings < LEAST_LISTINGS)

    def __str__(self) -> str:
        """Return a sentence."""
        return (
            f"{self.listings:,} listings are {self.places:,} places, in truth {self.true_places:,}: pairwise precision "
            f"{self.precision:.2%}, recall {self.recall:.2%}, B³ F {self.b3:.2%}, largest {self.largest}; without a place "
            f"{self.homeless}, a platform twice in {self.twice}"
        )


def compare_places(store: Path, world: World) -> Places:
    """Compare the links of a GeoPackage with a world; listings that it does not have count on neither side."""
    truth = places(world)
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        known = {key for key in connection.execute("SELECT platform, ref FROM listings") if key in truth}
        said = {
            (platform, ref): place
            for platform, ref, place in connection.execute("SELECT platform, ref, place FROM links")
        }
    linked = {key: said[key] for key in sorted(known) if key in said}
    return scored(linked, {key: truth[key] for key in linked}, homeless=len(known) - len(linked))


def scored(said: Mapping[Key, Hashable], truth: Mapping[Key, Hashable], *, homeless: int = 0) -> Places:
    """Return how groups of listings stand against the true ones."""
    groups: defaultdict[Hashable, list[Key]] = defaultdict(list)
    for key, place in said.items():
        groups[place].append(key)
    ours, true = Counter(said.values()), Counter(truth[key] for key in said)
    together = _pairs(Counter((place, truth[key]) for key, place in said.items()))
    return Places(
        listings=len(said),
        places=len(ours),
        true_places=len(true),
        precision=_share(together, _pairs(ours)),
        recall=_share(together, _pairs(true)),
        b3=b_cubed(groups.values(), truth)[2] if said else 1.0,
        largest=max(ours.values(), default=0),
        homeless=homeless,
        twice=sum(max(Counter(platform for platform, _ in group).values()) > 1 for group in groups.values()),
    )


def _pairs(sizes: Mapping[Any, int]) -> int:
    """Return how many ordered pairs groups of these sizes have within."""
    return sum(size * (size - 1) for size in sizes.values())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
