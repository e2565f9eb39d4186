"""What every store does: the same over a GeoPackage and PostGIS."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from travelcrawl.items import Item, Listing, Mention, Note, Offer, Review
from travelcrawl.stores.base import LAYERS, GroupCommit, Record, Run, Store, record_of
from travelcrawl.stores.factory import reader_for
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.layers import layers
from travelcrawl.stores.postgis import PostgisStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KILLS = int(os.environ.get("STORE_KILLS", "8"))
WRITING = Path(__file__).with_name("writing.py")


def run(name: str = "r1", started: datetime = NOON) -> Run:
    return Run(id=name, platform="ctrip", arguments={"city": "成都"}, started_at=started)


def store_at(where: str, policy: GroupCommit | None = None) -> Store:
    kind = PostgisStore if "://" in where else GeoPackageStore
    return kind(where, policy or GroupCommit(seconds=60), clock=lambda: NOON)


async def put(where: str, records: Iterable[Item | Record], of: Run | None = None) -> Store:
    store = store_at(where)
    await store.open(of or run())
    for record in records:
        await store.put(record if isinstance(record, dict) else record_of(record))
    await store.close({"reason": "finished", "stats": {"pages": 3, "rate": 0.5, "odd": float("nan")}})
    return store


def rows(where: str, layer: str) -> list[Record]:
    with reader_for(where) as reader:
        found = list(reader.read(layer))
        assert reader.count(layer) == len(found)
        return sorted(found, key=lambda row: json.dumps(row, sort_keys=True, default=str))


def listing(ref: str = "1", **fields: Any) -> Listing:
    return attrs.evolve(Listing(platform="ctrip", ref=ref, seen_at=NOON), **fields)


async def test_what_is_put_is_read(where: str) -> None:
    items = [
        listing(name="锦江宾馆", lon=104.06, lat=30.65, phones=["+862886661111"], rating=4.5, review_count=12),
        Review(platform="ctrip", ref="r1", about_ref="1", text="好\n\t\\N", published_at=NOON, seen_at=NOON),
        Note(
            platform="ctrip",
            ref="n1",
            mentions=[Mention(name="武侯祠", evidence="link", score=0.9)],
            complete=False,
            travel_date=date(2026, 5, 1),
            seen_at=NOON,
        ),
        Offer(platform="ctrip", ref="1", what="room", amount=300.0, stay_from=date(2026, 12, 1), seen_at=NOON),
    ]
    store = await put(where, items)
    assert store.counts == {"listings/new": 1, "reviews/new": 1, "notes/new": 1, "offers/new": 1}
    (found,) = rows(where, "listings")
    assert {name: found[name] for name in ("name", "lon", "phones", "rating", "review_count", "tags")} == {
        "name": "锦江宾馆",
        "lon": 104.06,
        "phones": ["+862886661111"],
        "rating": 4.5,
        "review_count": 12,
        "tags": None,
    }
    assert (found["first_seen"], found["last_seen"], found["last_changed"], found["run"]) == (NOON, NOON, NOON, "r1")
    (note,) = rows(where, "notes")
    assert (note["mentions"][0]["name"], note["complete"], note["travel_date"]) == ("武侯祠", False, date(2026, 5, 1))
    (review,) = rows(where, "reviews")
    assert (review["published_at"], review["text"]) == (NOON, "好\n\t\\N")
    assert rows(where, "offers")[0]["stay_from"] == date(2026, 12, 1)
    (done,) = rows(where, "runs")
    assert (done["arguments"], done["ended_at"]) == ({"city": "成都"}, NOON)
    assert done["outcome"] == {"reason": "finished", "stats": {"pages": 3, "rate": 0.5, "odd": None}}
    assert rows(where, "places") == rows(where, "links") == rows(where, "quarantine") == []


def some_records(chance: random.Random, day: int) -> Iterable[Record]:
    """Yield what a crawl of a day sees of a few things, in parts and out of order."""
    for _ in range(400):
        ref, seen = str(chance.randrange(60)), NOON + timedelta(days=day, seconds=chance.randrange(3000))
        fields: dict[str, Any] = {
            "name": chance.choice([None, "锦江宾馆", "锦江宾馆(总店)", "it's; DROP TABLE listings"]),
            "rating": chance.choice([None, 4, 4.5, float("nan")]),
            "review_count": chance.choice([None, 3, 7.0, "1.2万"]),
            "tags": chance.choice([None, [], ["亲子", "夜景"], ("a\0b",)]),
            "quality": chance.choice([None, 0.3, 0.9]),
        }
        if chance.random() < 0.5:
            position = chance.choice([(104.06, 30.65), (104.07, 30.66), (-180.0, 90.0)])
            fields |= {"lon": position[0], "lat": position[1], "datum": "WGS-84"}
        yield record_of(listing(ref, seen_at=seen, **fields))
        amount = chance.choice([None, 300, 300.0, 320.5])
        stay = chance.choice([None, date(2026, 12, 1)])
        yield record_of(
            Offer(platform="ctrip", ref=ref, what="room", amount=amount, currency="CNY", stay_from=stay, seen_at=seen)
        )
        mentions = [Mention(name="武侯祠", evidence="text", score=chance.choice([0.5, 1.0]))]
        yield record_of(Note(platform="weibo", ref=ref, likes=chance.randrange(3), mentions=mentions, seen_at=seen))
        yield record_of(
            Review(platform="ctrip", ref=ref, text=chance.choice(["好", "😀"]), published_at=seen, seen_at=seen)
        )


@pytest.mark.no_cover
async def test_both_stores_hold_the_same_rows_after_the_same_crawls(tmp_path: Path, database: str) -> None:
    path = str(tmp_path / "travel.gpkg")
    counts = []
    for where in (path, database):
        chance = random.Random(6)
        counts.append(
            [
                (await put(where, some_records(chance, day), run(f"r{day}", NOON + timedelta(days=day)))).counts
                for day in range(3)
            ]
        )
    assert counts[0] == counts[1]
    assert counts[0][2]["listings/changed"] > 10
    for layer in LAYERS:
        assert rows(path, layer) == rows(database, layer), layer
    assert rows(path, "quarantine")


def told(row: Record) -> dict[str, tuple[datetime, str]]:
    """Return when each field of a row was said, and in which run."""
    found = {name: (row["last_changed"], row["run"]) for name in layers()["listings"].told if row[name] is not None}
    for origin in row["origins"] or ():
        found |= dict.fromkeys(origin["fields"], (datetime.fromisoformat(origin["seen_at"]), origin["run"]))
    return found


async def test_every_field_says_when_it_was_said_and_in_which_run(where: str) -> None:
    hours = [NOON + timedelta(hours=hour) for hour in range(4)]
    await put(where, [listing(name="a", rating=4.0, phones=["+861"], seen_at=hours[0])])
    assert rows(where, "listings")[0]["origins"] is None
    detail = listing(summary="b", rating=4.5, seen_at=hours[1])
    position = listing(lon=104.0, lat=30.0, datum="WGS-84", seen_at=hours[2])
    await put(where, [detail, position], run("r2", hours[1]))
    (row,) = rows(where, "listings")
    first, second, third = (hours[0], "r1"), (hours[1], "r2"), (hours[2], "r2")
    known = {"name": first, "phones": first, "summary": second, "rating": second}
    assert told(row) == known | {"lon": third, "lat": third, "datum": third}
    assert [origin["fields"] for origin in row["origins"]] == [["rating", "summary"], ["name", "phones"]]
    same = listing(name="a", rating=4.5, seen_at=hours[3])
    await put(where, [same], run("r3", hours[3]))
    assert rows(where, "listings")[0]["origins"] == row["origins"]
    await put(where, [listing(name="c", phones=["+862"], seen_at=hours[3])], run("r3", hours[3]))
    last = (hours[3], "r3")
    (row,) = rows(where, "listings")
    assert told(row) == known | {"lon": third, "lat": third, "datum": third, "name": last, "phones": last}


async def test_parts_of_one_batch_say_when_each_was_said(where: str) -> None:
    later = NOON + timedelta(hours=1)
    await put(where, [listing(name="a", seen_at=later), listing(summary="b"), listing("2", name="c")])
    one, other = sorted(rows(where, "listings"), key=lambda row: str(row["ref"]))
    assert told(one) == {"name": (later, "r1"), "summary": (NOON, "r1")}
    assert (told(other), other["origins"]) == ({"name": (NOON, "r1")}, None)


async def test_offers_are_kept_where_they_differ(where: str) -> None:
    def offer(day: int, amount: float, stay: date | None = None) -> Offer:
        seen = NOON + timedelta(days=day)
        return Offer(platform="ctrip", ref="1", what="room", amount=amount, stay_from=stay, seen_at=seen)

    stay = date(2026, 12, 1)
    await put(where, [offer(0, 300.0), offer(0, 300.0, stay)])
    await put(where, [offer(1, 300.0), offer(1, 320.0, stay)], run("r2", NOON + timedelta(days=1)))
    again = await put(where, [offer(1, 320.0, stay), offer(0, 300.0), offer(-1, 300.0)], run("r3", NOON))
    assert again.counts == {"offers/unchanged": 3}
    kept = [(row["amount"], row["stay_from"], row["seen_at"], row["last_seen"]) for row in rows(where, "offers")]
    assert sorted(kept, key=str) == [
        (300.0, None, NOON, NOON + timedelta(days=1)),
        (300.0, stay, NOON, NOON),
        (320.0, stay, NOON + timedelta(days=1), NOON + timedelta(days=1)),
    ]


async def test_what_cannot_be_stored_goes_to_quarantine_and_the_rest_is_stored(where: str) -> None:
    records: list[Any] = [
        listing("1", name="\ud83d\0x", rating=float("nan")),
        listing("2", review_count=2**63),
        listing("3", summary="长" * 12_000_000),
        listing("4", name="Robert'); DROP TABLE listings; --", lon=180.0, lat=-90.0),
        listing("5", summary="长" * 3_300_000),
        {"type": "quarantine", "item_type": "listing", "platform": "x", "reasons": ["no name"], "item": {"ref": "9"}},
        Offer(platform="ctrip", ref="1", what="x", stay_from=date(1, 1, 1), stay_to=date(9999, 12, 31), seen_at=NOON),
        listing("6", lat=91.0),
        listing("7"),
    ]
    for name in ("r1", "r2"):
        store = await put(where, records, run(name))
    assert store.counts == {"listings/unchanged": 4, "listings/refused": 3, "offers/unchanged": 1}
    assert sorted(row["ref"] for row in rows(where, "listings")) == ["1", "4", "5", "7"]
    assert {row["ref"]: row["reasons"] for row in rows(where, "quarantine")} == {
        "2": ["review_count is no integer: 9223372036854775808"],
        "3": ["larger than 32 MiB"],
        "6": ["lat is out of range: 91.0"],
        "9": ["no name"],
    }


async def test_spiders_of_one_process_write_one_store(where: str) -> None:
    stores = [store_at(where, GroupCommit(count=20, seconds=0.01)) for _ in range(4)]
    await asyncio.gather(*(store.open(run(f"r{n}")) for n, store in enumerate(stores)))

    async def fill(number: int, store: Store) -> None:
        for n in range(100):
            await store.put(record_of(listing(str(n), **({"name": "a"} if number % 2 else {"rating": 4.0}))))
            await asyncio.sleep(0)

    await asyncio.gather(*(fill(number, store) for number, store in enumerate(stores)))
    await asyncio.gather(*(store.close({}) for store in stores))
    found = rows(where, "listings")
    assert len(found) == 100
    assert {(row["name"], row["rating"]) for row in found} == {("a", 4.0)}
    assert {row["id"] for row in rows(where, "runs")} == {"r0", "r1", "r2", "r3"}


async def test_readers_see_one_moment_while_others_write(where: str) -> None:
    store = store_at(where)
    await store.open(run())
    await store.put(record_of(listing("1")))
    await store.flush()
    with reader_for(where) as reader:
        assert reader.count("listings") == 1
        await store.put(record_of(listing("2")))
        await store.flush()
        assert reader.count("listings") == len(list(reader.read("listings"))) == 1
        assert len(rows(where, "listings")) == 2
    await store.close({})


def writer(where: str, platform: str, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITING), where, platform, str(first), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_write_one_store(where: str) -> None:
    writers = [writer(where, platform, first, 400) for platform, first in (("a", 0), ("b", 0), ("a", 200))]
    for process in writers:
        process.communicate(timeout=120)
        assert process.returncode == 0
    refs = [(row["platform"], int(row["ref"])) for row in rows(where, "listings")]
    assert sorted(refs) == [("a", n) for n in range(600)] + [("b", n) for n in range(400)]
    assert len(rows(where, "offers")) == 1000


def test_killed_at_any_moment_it_holds_what_was_committed_once(where: str) -> None:
    chance = random.Random(22)
    committed = 0
    for _ in range(KILLS):
        process = writer(where, "a", committed, 0)
        assert process.stdout
        stop, said = committed + chance.randrange(25, 500), committed
        for line in process.stdout:
            said = int(line)
            if said >= stop:
                break
        process.send_signal(signal.SIGKILL)
        said = max([said, *(int(line) for line in process.stdout)])
        process.wait()
        process.stdout.close()
        with reader_for(where) as reader:
            found, offers = ([int(row["ref"]) for row in reader.read(layer)] for layer in ("listings", "offers"))
        assert sorted(found) == sorted(offers) == list(range(len(found)))
        assert len(found) >= said
        committed = said
    assert committed > 25 * KILLS
    if "://" not in where:
        with closing(sqlite3.connect(where)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            indexed = connection.execute("SELECT count(*) FROM rtree_listings_geom").fetchone()
            assert indexed == (len(found),)


def area(since: datetime, **fields: Any) -> Record:
    told = {"platform": "amap", "tile": "110100@5101", "codes": ["1101"], "adcode": "5101", "since": since}
    return {"type": "tile", **told, "listings": 3, **fields}


def poi(ref: str, seen: datetime, code: str = "110101", adcode: str = "510104", **fields: Any) -> Listing:
    return Listing(platform="amap", ref=ref, name=ref, category_code=code, adcode=adcode, seen_at=seen, **fields)


async def test_what_is_not_seen_in_an_area_that_was_listed_whole_is_gone_until_it_is_seen_again(where: str) -> None:
    days = [NOON + timedelta(days=day) for day in range(4)]
    others = [poi("hotel", NOON, "100100"), poi("far", NOON, adcode="310101"), poi("shut", NOON, status="closed")]
    await put(where, [*(poi(str(n), NOON) for n in range(3)), *others], run("r0"))

    async def crawl(day: int, refs: Iterable[str], *more: Record) -> Store:
        items: list[Item | Record] = [poi(ref, days[day]) for ref in refs]
        return await put(where, [*items, *more], run(f"r{day}", days[day]))

    def statuses() -> dict[str, str | None]:
        return {row["ref"]: row["status"] for row in rows(where, "listings")}

    assert (await crawl(1, "01")).counts["listings/gone"] == 0
    assert statuses()["2"] is None
    assert (await crawl(2, "01", area(days[2]))).counts["listings/gone"] == 1
    assert statuses() == {"0": None, "1": None, "2": "gone", "hotel": None, "far": None, "shut": "closed"}
    (kept,) = [row for row in rows(where, "listings") if row["ref"] == "2"]
    assert (kept["last_seen"], kept["run"]) == (NOON, "r2")
    (tile,) = rows(where, "tiles")
    assert (tile["gone"], tile["listings"], tile["since"], tile["codes"]) == (1, 3, days[2], ["1101"])
    assert (await crawl(3, "2")).counts["listings/changed"] == 1
    assert statuses()["2"] is None


async def test_a_tile_has_only_what_lies_in_its_corners(where: str) -> None:
    places = [poi("in", NOON, source_lon=104.05, source_lat=30.5), poi("out", NOON, source_lon=104.2, source_lat=30.5)]
    await put(where, [*places, poi("nowhere", NOON)], run("r0"))
    later = NOON + timedelta(days=1)
    corners = {"west": 104.0, "south": 30.0, "east": 104.1, "north": 31.0}
    await put(where, [area(later, **corners)], run("r1", later))
    assert [row["ref"] for row in rows(where, "listings") if row["status"]] == ["in"]


async def test_what_is_in_quarantine_or_missing_in_great_number_is_not_gone(where: str) -> None:
    later = NOON + timedelta(days=1)
    await put(where, [poi(str(n), NOON) for n in range(8)], run("r0"))
    store = await put(where, [poi("0", later), area(later)], run("r1", later))
    assert store.counts["listings/gone"] == 0
    assert rows(where, "tiles")[0]["gone"] is None
    faulty = {"type": "quarantine", "item_type": "listing", "platform": "amap", "ref": "7", "reasons": [], "item": {}}
    seen = [poi(str(n), later) for n in range(6)]
    await put(where, [*seen, faulty, area(later)], run("r2", later))
    assert [row["ref"] for row in rows(where, "listings") if row["status"] == "gone"] == ["6"]


async def test_a_run_that_did_not_finish_says_nothing_of_what_it_did_not_see(where: str) -> None:
    later = NOON + timedelta(days=1)
    await put(where, [poi("1", NOON)], run("r0"))
    store = store_at(where)
    await store.open(run("r1", later))
    await store.put(area(later))
    await store.close({"reason": "shutdown"})
    assert rows(where, "listings")[0]["status"] is None
    assert rows(where, "tiles")[0]["gone"] is None
