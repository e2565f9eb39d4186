from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter

import pytest

from sandbox import World, build_world
from sandbox.client import ROOT
from sandbox.names import CITIES
from sandbox.platforms.amap import CAP

_DIGEST = "import hashlib, sandbox; print(hashlib.sha256(repr(sandbox.build_world(3, 80)).encode()).hexdigest())"


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_the_same_seed_is_the_same_world_in_every_process(hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", _DIGEST], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(repr(build_world(3, 80)).encode()).hexdigest()


def test_another_seed_is_another_world() -> None:
    assert build_world(3, 80).places != build_world(4, 80).places


def test_default_world_is_large_enough_and_within_the_caps() -> None:
    world = build_world()
    first = [listing for name in ("amap", "ctrip", "mafengwo") for listing in world.shelves[name].listings]
    queries = Counter(
        (listing.place.city.name, listing.place.kind.amap_code[:2]) for listing in first if listing.platform == "amap"
    )
    reviews = Counter(review.about_ref for review in world.shelves["mafengwo"].reviews)
    assert len(first) >= 1200
    assert max(queries.values()) < CAP
    assert max(reviews.values()) == 50, "five pages of ten are all that mafengwo shows"


def test_every_platform_sees_its_own_part(world: World) -> None:
    seen = {name: {listing.place.id for listing in shelf.listings} for name, shelf in world.shelves.items()}
    assert seen["amap"] & seen["ctrip"] & seen["mafengwo"]
    assert seen["ctrip"] - seen["mafengwo"]
    assert seen["mafengwo"] - seen["ctrip"]


def test_keys_are_unique_and_lead_somewhere(world: World) -> None:
    for shelf in world.shelves.values():
        listings = {listing.ref for listing in shelf.listings}
        notes = {note.ref for note in shelf.notes}
        assert len(listings) == len(shelf.listings)
        assert len(notes) == len(shelf.notes)
        assert len({review.ref for review in shelf.reviews}) == len(shelf.reviews)
        assert {review.about_ref for review in shelf.reviews} <= listings | notes
        assert {offer.ref for offer in shelf.offers} <= listings
        assert {listing.ref for note in shelf.notes for listing in note.mentions} <= listings


def test_reviews_of_one_thing_differ(world: World) -> None:
    for shelf in world.shelves.values():
        written = Counter((review.about_ref, review.text) for review in shelf.reviews if review.text)
        assert not written or max(written.values()) == 1


def test_some_notes_name_somebody_who_may_not_be_stored(world: World) -> None:
    notes = [note for shelf in world.shelves.values() for note in shelf.notes if note.companion]
    assert {note.platform for note in notes} == {"xiaohongshu", "douyin", "weibo"}
    for note in notes:
        assert note.companion is not None
        assert note.companion.name in note.written(f"@{note.companion.name}")[0]
        assert note.companion.name not in note.text


def test_places_lie_near_their_district_and_names_are_unique_in_a_city(world: World) -> None:
    for place in world.places:
        assert abs(place.lat - place.district.lat) < 0.02
        assert abs(place.lon - place.district.lon) < 0.025
    for city in CITIES:
        names = [place.name for place in world.places if place.city is city]
        assert len(names) == len(set(names))


def test_no_author_is_named_in_what_may_be_stored(world: World) -> None:
    names = {author.name for author in world.authors}
    assert len(names) == len(world.authors)
    for shelf in world.shelves.values():
        stored = [review.text or "" for review in shelf.reviews] + [note.text for note in shelf.notes]
        stored += [note.title or "" for note in shelf.notes]
        assert not any(name in text for text in stored for name in names)


@pytest.mark.parametrize("size", [0, 1, 4, 13])
def test_the_smallest_worlds_stand(size: int) -> None:
    assert len(build_world(1, size).places) >= 12
