"""How the imitated platforms lie: each has a second face, of a world like the true one with other values and fewer rows."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import attrs

from sandbox.dialect import Dialect
from sandbox.http import Reply, Request
from sandbox.model import Listing, Shelf, World
from sandbox.platforms import dialects_of

_LOST = 0.25
"""Share of the listings that the lists of a false world lack."""


class FalseWorlds:
    """Answers from false worlds, one a salt: lists from one that has lost listings, all else from one with wrong values."""

    def __init__(self, world: World, platforms: Mapping[str, str]) -> None:
        self.world = world
        self.platforms = platforms
        self._dialects: dict[str, tuple[dict[str, Dialect], dict[str, Dialect]]] = {}

    def lie(self, request: Request, _: str) -> Reply | None:
        """Answer falsely. All egresses are told the same: a world is too large to build one for each."""
        platform = self.platforms[request.host]
        thin, full = self._dialects.get("all") or self._dialects.setdefault("all", self._build())
        reply = thin[platform].answer(request)
        return reply if reply.status == 200 else full[platform].answer(request)

    def _build(self) -> tuple[dict[str, Dialect], dict[str, Dialect]]:
        full = attrs.evolve(self.world, shelves={name: _wrong(shelf) for name, shelf in self.world.shelves.items()})
        thin = attrs.evolve(full, shelves={name: _thin(shelf) for name, shelf in full.shelves.items()})
        return _by_platform(thin), _by_platform(full)


def _by_platform(world: World) -> dict[str, Dialect]:
    return {dialect.platform: dialect for dialect in dialects_of(world)}


def _wrong(shelf: Shelf) -> Shelf:
    listings = [_wrong_listing(listing) for listing in shelf.listings]
    known = {listing.ref: listing for listing in listings}
    notes = [
        attrs.evolve(note, mentions=tuple(known[one.ref] for one in note.mentions), likes=_more(note.likes))
        for note in shelf.notes
    ]
    return attrs.evolve(shelf, listings=tuple(listings), notes=tuple(notes))


def _wrong_listing(listing: Listing) -> Listing:
    rng = Random(f"false {listing.platform} {listing.ref}")
    return attrs.evolve(
        listing,
        rating=None
        if listing.rating is None
        else round(min(5.0, max(1.0, listing.rating + rng.choice((-0.6, 0.4)))), 1),
        price=None if listing.price is None else listing.price + rng.randint(1, 40),
        review_count=_more(listing.review_count),
        lon=round(listing.lon + rng.uniform(0.002, 0.01), 7),
    )


def _more(count: int | None) -> int | None:
    return None if count is None else count + 7


def _thin(shelf: Shelf) -> Shelf:
    kept = {one.ref for one in shelf.listings if Random(f"thin {one.platform} {one.ref}").random() >= _LOST}
    kept |= {listing.ref for note in shelf.notes for listing in note.mentions}
    return attrs.evolve(
        shelf,
        listings=tuple(listing for listing in shelf.listings if listing.ref in kept),
        offers=tuple(offer for offer in shelf.offers if offer.ref in kept),
        reviews=tuple(one for one in shelf.reviews if one.about == "note" or one.about_ref in kept),
    )
