"""Matching inside a store: the same places whatever the order, the number of workers and the store, and after a kill."""

import itertools
import json
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from sandbox.compare_places import scored
from tests import programs
from tests.stores.matching import NOON, Key, match, places_in, put, store, trickle, world_listings
from travelcrawl.geo.datum import GCJ02, WGS84, convert
from travelcrawl.items import Listing, Offer
from travelcrawl.matching.places import SETTLED, natural_id
from travelcrawl.matching.shift import offsets, suspects
from travelcrawl.stores.base import Record
from travelcrawl.stores.factory import places_at, reader_for
from travelcrawl.stores.matchmaker import Matchmaker

WEEK = NOON + SETTLED
MADE = ("places", "links", "pairs", "parts")
KILLED = Path(__file__).with_name("killed_matching.py")
KILLS = int(os.environ.get("MATCH_KILLS", "3"))


def links(where: str) -> dict[Key, str]:
    with reader_for(where) as reader:
        return {(row["platform"], row["ref"]): row["place"] for row in reader.read("links")}


def rows(where: str, *layers: str, without: str = "") -> list[list[str]]:
    def said(row: Record) -> str:
        return json.dumps({name: row[name] for name in row if name != without}, sort_keys=True, default=str)

    with reader_for(where) as reader:
        return [sorted(map(said, reader.read(layer))) for layer in layers]


def place(where: str, name: str) -> Record:
    with reader_for(where) as reader:
        (found,) = [row for row in reader.read("places") if row["place"] == name]
        return found


def hotel(platform: str, ref: str, name: str = "青禾大酒店", **fields: Any) -> Listing:
    told: dict[str, Any] = {"category": "酒店", "lon": 118.8, "lat": 31.9, "adcode": "320102", "city": "南京市"}
    return attrs.evolve(
        Listing(platform=platform, ref=ref, name=name, address="云栖路3号", phones=["+862586661111"], seen_at=NOON),
        **told | fields,
    )


@pytest.mark.no_cover
def test_places_hang_neither_on_the_order_nor_on_the_store(tmp_path: Path, database: str) -> None:
    items = [listing for listing, _ in world_listings()]
    whole, shuffled = (str(tmp_path / f"{name}.gpkg") for name in ("whole", "shuffled"))
    store(whole, items)
    match(whole)
    trickle(shuffled, items, seed=1)
    trickle(database, items, seed=2)
    assert links(whole).keys() == {(listing.platform, listing.ref) for listing in items}
    assert links(whole) == links(shuffled) == links(database)
    assert places_in(whole) == places_in(shuffled) == places_in(database)
    # Evidence is of the moment when a pair came to its score: another way there may have led over other listings.
    assert rows(whole, "pairs", "parts", without="evidence") == rows(database, "pairs", "parts", without="evidence")


@pytest.mark.no_cover
def test_three_workers_make_the_places_that_one_makes(where: str, tmp_path: Path) -> None:
    items = [listing for listing, _ in world_listings()]
    alone = str(tmp_path / "alone.gpkg")
    store(alone, items)
    match(alone)
    chance = random.Random(3)
    parts = [chance.sample(items[worker::3], len(items[worker::3])) for worker in range(3)]

    def work(worker: int) -> None:
        for at in range(0, len(parts[worker]), 15):
            store(where, parts[worker][at : at + 15], f"w{worker}")
            match(where, steps=4)
        match(where)

    store(where, items[:1])
    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, range(3)))
    match(where)
    assert links(where) == links(alone)
    assert places_in(where) == places_in(alone)


@pytest.mark.no_cover
def test_the_whole_world_is_matched_right(tmp_path: Path) -> None:
    where, listings = str(tmp_path / "world.gpkg"), world_listings(960)
    store(where, [listing for listing, _ in listings])
    maker = match(where)
    said = links(where)
    truth = {(listing.platform, listing.ref): number for listing, number in listings}
    found = scored(said, truth)
    assert found.precision >= 0.995
    assert found.recall >= 0.98
    assert found.b3 >= 0.99
    assert found.largest <= len({platform for platform, _ in truth})
    assert not found.twice
    assert suspects(offsets(itertools.chain.from_iterable(maker.watch.values()))) == []


@pytest.mark.no_cover
@pytest.mark.parametrize("wrong", ["amap", "ctrip", "dianping", "mafengwo"])
def test_a_wrong_datum_is_named_with_its_platform(tmp_path: Path, wrong: str) -> None:
    where = str(tmp_path / "world.gpkg")
    store(where, [_shifted(listing) if listing.platform == wrong else listing for listing, _ in world_listings(960)])
    found = suspects(offsets(itertools.chain.from_iterable(match(where).watch.values())))
    assert {(one.platform, one.cause, one.instead) for one in found} == {(wrong, "GCJ-02 taken as WGS-84", "")}
    assert len(found) >= 3


def _shifted(listing: Listing) -> Listing:
    assert listing.lon is not None
    assert listing.lat is not None
    lon, lat = convert(listing.lon, listing.lat, WGS84, GCJ02)
    return attrs.evolve(listing, lon=lon, lat=lat)


def test_an_id_stays_once_it_has_settled_and_until_then_is_that_of_the_least_key(tmp_path: Path) -> None:
    where = str(tmp_path / "travel.gpkg")
    store(where, [hotel("ctrip", "5")])
    match(where)
    first = natural_id(("ctrip", "5"))
    assert links(where) == {("ctrip", "5"): first}
    store(where, [hotel("amap", "B1")])
    match(where, NOON + timedelta(days=1))
    second = natural_id(("amap", "B1"))
    assert set(links(where).values()) == {second}
    left = place(where, first)
    assert (left["merged_into"], left["lon"], left["name"]) == (second, None, None)
    store(where, [hotel("aaa", "0")])
    match(where, WEEK + timedelta(days=2))
    assert set(links(where).values()) == {second}
    assert place(where, second)["platforms"] == ["aaa", "amap", "ctrip"]
    assert place(where, second)["founded_at"] == NOON + timedelta(days=1)


def test_the_greater_part_keeps_the_id_and_the_older_place_takes_the_younger_in(tmp_path: Path) -> None:
    where = str(tmp_path / "travel.gpkg")
    store(where, [hotel("amap", "1"), hotel("ctrip", "1"), hotel("dianping", "1")])
    match(where)
    (one,) = set(links(where).values())
    store(where, [hotel("amap", "1", name="白鹭洗衣", phones=["+862586669999"], category="生活服务")])
    match(where, WEEK)
    said = links(where)
    assert said["ctrip", "1"] == said["dianping", "1"] == one
    assert said["amap", "1"] == natural_id(("amap", "1"), 1)
    store(where, [hotel("amap", "1")])
    match(where, WEEK + timedelta(hours=1))
    assert set(links(where).values()) == {one}
    assert place(where, said["amap", "1"])["merged_into"] == one


def test_a_listing_that_moves_away_leaves_its_place(where: str) -> None:
    store(where, [hotel("amap", "1"), hotel("ctrip", "1")])
    match(where)
    assert len(set(links(where).values())) == 1
    store(
        where,
        [hotel("ctrip", "1", lon=104.06, lat=30.65, adcode="510104", city="成都市", address="锦江路1号", phones=None)],
    )
    match(where)
    assert len(set(links(where).values())) == 2
    with reader_for(where) as reader:
        assert reader.count("pairs") == 0


def test_a_listing_without_a_position_finds_its_place_in_its_city(where: str) -> None:
    store(
        where,
        [
            hotel("amap", "1"),
            hotel("ctrip", "1", lon=None, lat=None),
            hotel("dianping", "9", lon=None, lat=None, adcode=None),
        ],
    )
    match(where)
    said = links(where)
    assert said["amap", "1"] == said["ctrip", "1"] != said["dianping", "9"]
    assert place(where, said["amap", "1"])["lon"] == 118.8


def test_prices_and_other_fields_are_taken_over_without_scoring_anew(where: str) -> None:
    store(where, [hotel("amap", "1", rating=4.0, review_count=1), hotel("ctrip", "1")])
    match(where)
    (one,) = set(links(where).values())
    offers = [
        Offer(platform="ctrip", ref="1", what="room", amount=amount, currency="CNY", seen_at=NOON + timedelta(days=day))
        for day, amount in ((0, 300.0), (2, 280.0), (1, 250.0))
    ]
    store(where, [hotel("ctrip", "1", rating=5.0, review_count=3), *offers])
    maker = match(where)
    assert not maker.watch
    found = place(where, one)
    assert (found["price"], found["currency"], found["price_for"]) == (280.0, "CNY", "room")
    assert (found["rating"], found["review_count"]) == (4.75, 4)
    assert found["sources"]["price"] == ["ctrip/1"]


def test_a_car_park_is_a_part_and_a_place_of_its_own(tmp_path: Path) -> None:
    where = str(tmp_path / "travel.gpkg")
    store(where, [hotel("amap", "1"), hotel("ctrip", "2", name="青禾大酒店-停车场")])
    match(where)
    assert len(set(links(where).values())) == 2
    with reader_for(where) as reader:
        (part,) = reader.read("parts")
    assert (part["ref"], part["part_ref"]) == ("1", "2")


def test_nothing_new_changes_nothing(where: str) -> None:
    items = [listing for listing, _ in world_listings()]
    store(where, items)
    match(where)
    before = rows(where, *MADE)
    store(where, items, "r2")
    assert match(where, NOON + timedelta(days=1)).matched == 0
    assert rows(where, *MADE) == before


@pytest.mark.no_cover
def test_killed_at_any_moment_the_next_run_finishes_it(where: str) -> None:
    items = [listing for listing, _ in world_listings()]
    chance = random.Random(5)
    store(where, items[:1])
    for number, start in enumerate(range(0, len(items), -(-len(items) // KILLS))):
        store(where, items[start : start + -(-len(items) // KILLS)], f"r{number}")
        program = programs.Program(str(KILLED), where)
        time.sleep(0.05 + chance.random() * 0.5)
        program.send_signal(signal.SIGKILL)
        program.communicate(30)
    match(where)
    with reader_for(where) as reader:
        found = list(reader.read("links"))
        standing = {row["place"] for row in reader.read("places") if not row["merged_into"]}
    assert Counter((row["platform"], row["ref"]) for row in found) == Counter((one.platform, one.ref) for one in items)
    assert {row["place"] for row in found} == standing


async def test_what_another_has_scored_meanwhile_is_thrown_away(where: str) -> None:
    await put(where, [hotel("amap", "1"), hotel("ctrip", "1")])
    with places_at(where) as one, places_at(where) as other:
        slow, quick = (Matchmaker(places, clock=lambda: NOON) for places in (one, other))
        assert slow.spread()
        read = slow.listings_in

        def while_another_is_faster(area: str) -> list[Record]:
            found = read(area)
            while quick.spread() or any(not quick._score(name) for name, _ in quick.store_areas()) or quick.regroup():
                pass
            return found

        slow.listings_in = while_another_is_faster  # type: ignore[method-assign]
        slow._score(slow.store_areas()[0][0])
        assert len(set(links(where).values())) == 1
        before = rows(where, *MADE)
        assert not slow.step()
    assert rows(where, *MADE) == before


def test_an_area_waits_for_more_while_there_is_time(tmp_path: Path) -> None:
    where = str(tmp_path / "travel.gpkg")
    store(where, [hotel("amap", "1")])
    with places_at(where) as places:
        maker = Matchmaker(places)
        assert maker.step(60)
        assert not maker.step(60)
        assert not maker.watch
        assert maker.step()
        assert maker.watch
