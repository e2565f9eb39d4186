"""The same world some days later: other prices and ratings, places closed and moved. The rest stays as it was."""

from __future__ import annotations

import math

import attrs

from sandbox.model import Listing, Offer, Shelf, World
from sandbox.world import stream

SHARE = 0.05
"""Of the listings and offers of a platform that change."""
CLOSED = 3
MOVED = 2
FAR = 300.0
"""Metres that a place moves to the east."""
DEARER = 10.0
"""Yuan that a price rises."""
_METRES = 111_320.0


@attrs.frozen(kw_only=True)
class Changes:
    """What is different, by platform and ref."""

    ratings: frozenset[tuple[str, str]]
    prices: frozenset[tuple[str, str, str]]
    """With what is sold."""
    closed: frozenset[tuple[str, str]]
    """Places that are gone: no list has them, and no address of theirs answers."""
    moved: frozenset[tuple[str, str]]


def changed(world: World) -> tuple[World, Changes]:
    """Return the world as it is later, and what is different; the same for the same world."""
    rng = stream(world.seed, "changes")
    places = rng.sample(world.places, CLOSED + MOVED)
    closed, moved = ({place.id for place in some} for some in (places[:CLOSED], places[CLOSED:]))
    shelves: dict[str, Shelf] = {}
    found = Changes(ratings=frozenset(), prices=frozenset(), closed=frozenset(), moved=frozenset())
    for platform, shelf in world.shelves.items():
        shelves[platform], own = _shelf(world.seed, platform, shelf, closed, moved)
        found = Changes(
            **{field.name: getattr(found, field.name) | getattr(own, field.name) for field in attrs.fields(Changes)}
        )
    return attrs.evolve(world, shelves=shelves), found


def _shelf(seed: int, platform: str, shelf: Shelf, closed: set[int], moved: set[int]) -> tuple[Shelf, Changes]:
    rng = stream(seed, f"changes of {platform}")
    gone = {one.ref for one in shelf.listings if one.place.id in closed}
    open_ = [one for one in shelf.listings if one.ref not in gone]
    rated = [one.ref for one in open_ if one.rating is not None and one.place.id not in moved]
    ratings = set(rng.sample(rated, math.ceil(len(rated) * SHARE)))
    sold = [(offer.ref, offer.what) for offer in shelf.offers if offer.ref not in gone and offer.amount > 0]
    prices = set(rng.sample(sold, math.ceil(len(sold) * SHARE)))
    made = Shelf(
        listings=tuple(_listing(one, ratings, {ref for ref, _ in prices}, moved) for one in open_),
        reviews=tuple(one for one in shelf.reviews if one.about_ref not in gone),
        notes=shelf.notes,
        offers=tuple(_offer(one, prices) for one in shelf.offers if one.ref not in gone),
    )
    return made, Changes(
        ratings=frozenset((platform, ref) for ref in ratings),
        prices=frozenset((platform, *key) for key in prices),
        closed=frozenset((platform, ref) for ref in gone),
        moved=frozenset((platform, one.ref) for one in open_ if one.place.id in moved),
    )


def _listing(listing: Listing, ratings: set[str], priced: set[str], moved: set[int]) -> Listing:
    if listing.place.id in moved:
        step = FAR / (_METRES * math.cos(math.radians(listing.lat)))
        listing = attrs.evolve(listing, lon=round(listing.lon + step, 7))
    if listing.ref in ratings and listing.rating is not None:
        # Half a star, which shows on platforms that draw half stars too.
        listing = attrs.evolve(listing, rating=round(listing.rating + (0.5 if listing.rating < 4 else -0.5), 1))
    if listing.ref in priced and listing.price is not None:
        listing = attrs.evolve(listing, price=listing.price + DEARER)
    return listing


def _offer(offer: Offer, prices: set[tuple[str, str]]) -> Offer:
    return attrs.evolve(offer, amount=offer.amount + DEARER) if (offer.ref, offer.what) in prices else offer
