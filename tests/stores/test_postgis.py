import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest

from tests.servers import PostgresServer
from tests.waiting import wait_until
from travelcrawl.errors import StoreCorrupt, StoreError
from travelcrawl.items import Item, Listing, Mention, Note, Offer, Review
from travelcrawl.stores.base import GroupCommit, Run, record_of
from travelcrawl.stores.factory import places_at
from travelcrawl.stores.matchmaker import Matchmaker
from travelcrawl.stores.merge import Changes, Key, Known, Part
from travelcrawl.stores.migrate import Contended
from travelcrawl.stores.postgis import PostgisReader, PostgisStore
from travelcrawl.stores.postgis_writer import PostgisWriter
from travelcrawl.stores.values import Values
from travelcrawl.stores.writer import ready

KILLS = int(os.environ.get("STORE_KILLS", "3"))
RESTARTS = int(os.environ.get("STORE_RESTARTS", "4"))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def run(name: str = "r1", started: datetime = NOON) -> Run:
    return Run(id=name, platform="ctrip", arguments={}, started_at=started)


def listing(ref: str = "1", **fields: Any) -> Listing:
    return attrs.evolve(Listing(platform="ctrip", ref=ref, seen_at=NOON), **fields)


async def put(url: str, items: Iterable[Item], of: Run | None = None) -> PostgisStore:
    store = PostgisStore(url, GroupCommit(seconds=60), clock=lambda: NOON)
    await store.open(of or run())
    for item in items:
        await store.put(record_of(item))
    await store.close({"reason": "finished"})
    return store


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        return connection.execute(statement.encode()).fetchall()


async def test_history_says_what_changed_and_when(database: str) -> None:
    later = NOON + timedelta(days=1)
    await put(database, [listing("1", name="a", rating=4.0), listing("2", name="b"), listing("3", name="c")])
    changed = [
        listing("1", name="a", rating=4.5, seen_at=later),
        listing("2", name="b", tags=["亲子"], seen_at=later),
        listing("2", city="成都市", seen_at=later),
        listing("3", name="c", seen_at=later),
    ]
    await put(database, changed, run("r2", later))
    found = query(database, "SELECT platform, ref, changed_at, run, changes FROM listing_history ORDER BY ref")
    assert found == [
        ("ctrip", "1", later, "r2", {"rating": [4.0, 4.5]}),
        ("ctrip", "2", later, "r2", {"tags": [None, ["亲子"]], "city": [None, "成都市"]}),
    ]


STATISTICS = """SELECT n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, n_dead_tup FROM pg_stat_user_tables
WHERE relname = '{}'"""
SIZES = "SELECT pg_total_relation_size('listings'), pg_total_relation_size('listings_seen')"


async def written(url: str, table: str, expected: tuple[int, ...]) -> None:
    """Wait until the server's statistics say so: inserted, updated, of these without an index, deleted, dead."""
    for _ in range(100):
        if (found := query(url, STATISTICS.format(table))[0])[: len(expected)] == expected:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"{table}: {found}")


async def test_unchanged_listings_leave_no_dead_rows(database: str) -> None:
    def seen(day: int) -> list[Item]:
        return [listing(str(n), name=f"a{n}", lon=104.0, seen_at=NOON + timedelta(days=day)) for n in range(500)]

    await put(database, seen(0))
    same = await put(database, seen(0))
    assert same.counts == {"listings/unchanged": 500}
    await written(database, "listings", (500, 0, 0, 0, 0))
    await written(database, "listings_seen", (500, 0, 0, 0, 0))
    sizes = []
    for day in range(1, 6):
        later = NOON + timedelta(days=day)
        assert (await put(database, seen(day), run(f"r{day}", later))).counts == {"listings/unchanged": 500}
        assert query(database, "SELECT min(listings.last_seen), max(last_changed) FROM listings") == [(later, NOON)]
        sizes.append(query(database, SIZES))
    await written(database, "listings", (500, 0, 0, 0, 0))
    await written(database, "listings_seen", (500, 2500, 2500, 0))
    assert sizes == [sizes[0]] * 5, "the room of the old versions is used again"


async def test_rows_that_another_hand_put_there_meanwhile_are_merged_or_left(database: str) -> None:
    """The first is found when the batch is written again, the second comes even then too late."""
    refs = iter("12")
    writer = await asyncio.to_thread(PostgisWriter, database, run(), lambda: NOON)
    sifted = writer.sifted

    def overtaken(layer: str, parts: list[Part], changes: Changes) -> tuple[list[Part], dict[Key, Known]]:
        found = sifted(layer, parts, changes)
        with psycopg.connect(database) as other:
            other.execute(
                "INSERT INTO listings (platform, ref, name, content_hash, first_seen, last_changed)"
                " VALUES ('ctrip', %s, 'theirs', 0, %s, %s)",
                (next(refs), NOON, NOON),
            )
        return found

    writer.sifted = overtaken  # type: ignore[method-assign]
    assert writer.write([ready(record_of(item), NOON) for item in (listing("1", name="ours"), listing("2"))]) == {
        "listings/changed": 1
    }
    writer.close({})
    assert query(database, "SELECT ref, name FROM listings ORDER BY ref") == [("1", "ours"), ("2", "theirs")]


async def test_rows_the_database_refuses_leave_their_batch_alone(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE listings ADD CONSTRAINT picky CHECK (ref <> '7' AND name <> 'bad')")
    store = await put(database, [listing(str(n), name="a") for n in range(300)])
    assert store.counts == {"listings/new": 299, "listings/refused": 1, "quarantine/new": 1}
    store = await put(database, [listing("1", name="b"), listing("2", name="bad")], run("r2"))
    assert store.counts == {"listings/changed": 1, "listings/refused": 1, "quarantine/new": 1}
    reasons = query(database, "SELECT ref, reasons ->> 0 FROM quarantine ORDER BY ref")
    assert [ref for ref, _ in reasons] == ["2", "7"]
    assert all("the store refused it: new row for relation" in reason for _, reason in reasons)
    assert query(database, "SELECT ref FROM listing_history") == [("1",)]


async def test_records_are_taken_while_the_database_works_on_those_before(database: str) -> None:
    store = PostgisStore(database, GroupCommit(count=2, waiting=2))
    await store.open(run())
    # The table that a trigger writes to once all rows are in.
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE waiting IN SHARE MODE")
        async with asyncio.timeout(30):
            for n in range(4):
                await store.put(record_of(listing(str(n))))
        more = asyncio.ensure_future(store.put(record_of(listing("4"))))
        await asyncio.sleep(0.1)
        assert (store.accepted, store.committed, more.done()) == (4, 0, False)
    await more
    await store.close({"reason": "finished"})
    assert store.counts["listings/new"] == 5


async def test_a_database_that_goes_away_and_comes_back_loses_nothing(postgres: PostgresServer, database: str) -> None:
    store = PostgisStore(database, GroupCommit(count=50, seconds=0.01, retry=0.05, waiting=200))
    await store.open(run())

    async def fill() -> None:
        for n in range(500 * RESTARTS):
            await store.put(record_of(listing(str(n), name=f"a{n}")))
            if n % 50 == 0:
                await asyncio.sleep(0.005)

    filling = asyncio.ensure_future(fill())
    for _ in range(RESTARTS):
        await asyncio.sleep(0.1)
        await asyncio.to_thread(postgres.stop)
        held = store.committed
        await asyncio.sleep(0.1)
        assert store.committed == held or store.committed - held <= 50
        await asyncio.to_thread(postgres.start)
    await filling
    await store.close({"reason": "finished"})
    assert store.committed == 500 * RESTARTS
    assert query(database, "SELECT count(*), count(DISTINCT ref) FROM listings") == [(500 * RESTARTS, 500 * RESTARTS)]
    assert query(database, "SELECT count(*) FROM listing_history") == [(0,)]


async def test_a_run_ends_well_on_a_server_that_was_started_anew_while_nothing_was_written(
    postgres: PostgresServer, database: str
) -> None:
    store = PostgisStore(database)
    await store.open(run())
    await store.put(record_of(listing()))
    await store.flush()
    await asyncio.to_thread(postgres.stop)
    await asyncio.to_thread(postgres.start)
    await store.close({"reason": "finished"})
    assert query(database, "SELECT outcome, ended_at IS NOT NULL FROM runs") == [({"reason": "finished"}, True)]


async def test_a_server_that_dies_while_it_is_said_what_is_gone_is_waited_for(
    postgres: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, restarts = NOON + timedelta(days=1), iter([False, True])
    of = {"city_a": "1101", "city_b": "3101", "city_c": "5101"}
    await put(database, [listing(city, category_code="1101", adcode=code) for city, code in of.items()])

    def inside(writer: PostgisWriter, tile: Values) -> list[Values]:
        if next(restarts, False):
            postgres.stop()
            postgres.start()
        return there(writer, tile)

    there = PostgisWriter.inside
    monkeypatch.setattr(PostgisWriter, "inside", inside)
    store = PostgisStore(database, GroupCommit(retry=0.05))
    await store.open(run("r2", later))
    for tile, code in of.items():
        area = {"platform": "ctrip", "tile": tile, "codes": ["1101"], "adcode": code, "since": later, "listings": 0}
        await store.put({"type": "tile", **area})
    await store.close({"reason": "finished"})
    assert store.counts["listings/gone"] == 3
    assert query(database, "SELECT status, count(*) FROM listings GROUP BY status") == [("gone", 3)]
    assert query(database, "SELECT array_agg(gone) FROM tiles") == [([1, 1, 1],)]


BROKEN = """SELECT ref FROM (
    SELECT ref, rating, last_changed,
        array_agg((changes -> 'rating' ->> 0)::float8 ORDER BY changed_at) AS before,
        array_agg((changes -> 'rating' ->> 1)::float8 ORDER BY changed_at) AS after,
        max(changed_at) AS changed_at
    FROM listings JOIN listing_history USING (platform, ref)
    GROUP BY ref, rating, last_changed
) AS told
WHERE before <> (SELECT array_agg(step::float8 ORDER BY step) FROM generate_series(0, rating::int - 1) AS step)
    OR after <> (SELECT array_agg(step::float8 ORDER BY step) FROM generate_series(1, rating::int) AS step)
    OR changed_at <> last_changed"""
"""Listings whose history is not what they were one after the other, up to what they are."""
LIVING = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'travelcrawl' AND datname = current_database()"
APART = """SELECT ref FROM listings FULL JOIN listings_seen USING (platform, ref)
WHERE listings.content_hash IS DISTINCT FROM listings_seen.content_hash OR last_seen <> last_changed"""


@pytest.mark.no_cover
def test_killed_in_the_middle_of_changes_the_history_and_the_rows_agree(database: str) -> None:
    chance = random.Random(6)
    said = 0
    for _ in range(KILLS):
        command = [sys.executable, "-m", "tests.stores.changing", database, str(said)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        stop = said + chance.randrange(2, 6)
        for line in process.stdout:
            if int(line) >= stop:
                break
        time.sleep(chance.random() / 30)
        process.send_signal(signal.SIGKILL)
        said = max([stop, *(int(line) for line in process.stdout)])
        process.wait()
        process.stdout.close()
        # Killed, a client is gone before its server's process is: that one may be in its last commit still.
        wait_until(lambda: not query(database, LIVING))
        ((lowest, highest, count),) = query(database, "SELECT min(rating), max(rating), count(*) FROM listings")
        assert (said - 1 <= lowest, highest - lowest <= 1, count) == (True, True, 300)
        assert query(database, BROKEN) == query(database, APART) == []
        said = int(lowest)


async def test_writers_in_each_others_way_try_again(database: str) -> None:
    writer = await asyncio.to_thread(PostgisWriter, database, run(), lambda: NOON)
    tries = 0
    lock = writer.transaction

    def contended(platforms: Iterable[str]) -> Any:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Contended("in the way")
        return lock(platforms)

    writer.transaction = contended  # type: ignore[method-assign]
    assert writer.write([ready(record_of(listing()), NOON)]) == {"listings/new": 1}
    assert tries == 3
    writer.close({})


async def test_partitions_of_offers_are_made_ahead_and_retired(database: str) -> None:
    offers = [
        Offer(platform="ctrip", ref="1", what="room", amount=year * 1.0, seen_at=datetime(year, 12, 5, tzinfo=UTC))
        for year in (1999, 2026)
    ]
    await put(database, offers)
    kept = query(database, "SELECT tableoid::regclass::text, amount FROM offers ORDER BY seen_at")
    assert kept == [("offers_other", 1999.0), ("offers_2026_12", 2026.0)]
    assert query(database, "SELECT make_offer_partitions('1999-11-20', 2)") == [(1,)]
    assert query(database, "SELECT make_offer_partitions('2026-11-20', 3)") == [(0,)]
    assert query(database, "SELECT retire_offers('2027-01-01')") == [
        (["offers_1999_11", "offers_2026_11", "offers_2026_12"],)
    ]
    assert query(database, "SELECT tableoid::regclass::text FROM offers") == [("offers_other",)]


async def test_new_listings_wait_together_and_one_that_is_there_no_more_holds_up_none(database: str) -> None:
    await put(database, [listing(str(n), lon=104.0, lat=30.0) for n in range(3)])
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM listings WHERE ref = '1'")
        connection.execute(
            "INSERT INTO listings (platform, ref, content_hash, first_seen, last_changed) "
            "SELECT 'amap', n, 0, now(), now() FROM generate_series(1, 5001) AS n"
        )
    waiting = query(database, "SELECT step, platform, cardinality(refs) FROM waiting ORDER BY 2 DESC, 3")
    assert waiting == [("new", "ctrip", 3), ("new", "amap", 1), ("new", "amap", 5000)]
    with places_at(database) as places:
        Matchmaker(places).finish()
    assert query(database, "SELECT count(*) FROM waiting") == [(0,)]
    assert query(database, "SELECT platform, count(*) FROM links GROUP BY platform ORDER BY 2") == [
        ("ctrip", 2),
        ("amap", 5001),
    ]


async def test_views_and_nearest_listings(database: str) -> None:
    def price(day: int, amount: float) -> Offer:
        seen = NOON + timedelta(days=day)
        return Offer(platform="ctrip", ref="1", what="room", amount=amount, currency="CNY", seen_at=seen)

    items: list[Item] = [
        listing("1", name="锦江宾馆", lon=104.06, lat=30.65),
        listing("2", name="武侯祠", lon=104.04, lat=30.64),
        listing("3", name="closed", lon=104.06, lat=30.65, status="closed"),
        *(Review(platform="ctrip", ref=str(n), about_ref="1", rating=4.0 + n, seen_at=NOON) for n in range(2)),
        Note(platform="weibo", ref="n", mentions=[Mention(name="武侯祠", evidence="tag", score=0.5)], seen_at=NOON),
        price(0, 300.0),
        price(1, 320.0),
    ]
    await put(database, items)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO links (platform, ref, place, score) VALUES ('ctrip', '1', 'p', 0.9)")
    assert query(database, "SELECT ref FROM current_listings ORDER BY ref") == [("1",), ("2",)]
    assert query(database, "SELECT amount, difference FROM price_history ORDER BY seen_at") == [
        (300.0, None),
        (320.0, 20.0),
    ]
    assert query(database, "SELECT ref, reviews, rating FROM review_statistics") == [("1", 2, 4.5)]
    assert query(database, "SELECT note, name, score FROM mentions") == [("n", "武侯祠", 0.5)]
    assert query(database, "SELECT place, name FROM same_place") == [("p", "锦江宾馆")]
    near = query(database, "SELECT ref, round(metres) FROM listings_near(104.04, 30.64, 1)")
    assert near == [("2", 0.0)]
    assert query(database, "SELECT ref FROM listings WHERE name % '锦江宾馆' ORDER BY ref")[:1] == [("1",)]


async def test_roles_may_do_what_their_names_say(postgres: PostgresServer, database: str) -> None:
    name = database.rsplit("/", 1)[1]
    for role in ("writer", "reader"):
        if not query(database, f"SELECT 1 FROM pg_roles WHERE rolname = '{role}_of_{name}'"):
            postgres.execute(f"CREATE ROLE {role}_of_{name} LOGIN IN ROLE travelcrawl_{role}")
    await put(
        postgres.url(name, f"writer_of_{name}"), [listing(), Offer(platform="a", ref="1", what="x", seen_at=NOON)]
    )
    reader = postgres.url(name, f"reader_of_{name}")
    assert query(reader, "SELECT count(*) FROM current_listings") == [(1,)]
    for forbidden in ("SELECT * FROM quarantine", "DELETE FROM listings RETURNING 1", "SELECT * FROM runs"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(reader, forbidden)


async def test_a_table_that_is_gone_stops_the_store(database: str) -> None:
    store = PostgisStore(database)
    await store.open(run())
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE listings DROP COLUMN level CASCADE")
    await store.put(record_of(listing()))
    with pytest.raises(StoreCorrupt, match="is not as travelcrawl's migrations make it"):
        await store.flush()
    with pytest.raises(StoreCorrupt):
        await store.close({})


def test_a_database_that_is_not_there_is_said() -> None:
    for use in (lambda url: asyncio.run(PostgisStore(url).open(run())), PostgisReader):
        with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/travel cannot be reached"):
            use("postgresql://user:secret@127.0.0.1:1/travel")


async def test_the_view_of_origins_has_every_field_that_has_a_value(database: str) -> None:
    later = NOON + timedelta(days=1)
    await put(database, [listing("1", name="a", rating=4.0, tags=["亲子"], quality=0.5)])
    await put(database, [listing("1", rating=4.5, seen_at=later)], run("r2", later))
    found = query(database, "SELECT field, value, seen_at, run FROM field_origins ORDER BY field")
    assert found == [("name", "a", NOON, "r1"), ("rating", 4.5, later, "r2"), ("tags", ["亲子"], NOON, "r1")]


async def test_days_and_times_of_all_years_are_kept(database: str) -> None:
    offer = Offer(
        platform="ctrip", ref="1", what="x", stay_from=date(1, 1, 1), stay_to=date(9999, 12, 31), seen_at=NOON
    )
    note = Note(platform="weibo", ref="1", published_at=datetime(9999, 12, 31, tzinfo=UTC), seen_at=NOON)
    await put(database, [offer, note])
    with PostgisReader(database) as reader:
        (kept,) = reader.read("offers")
        assert (kept["stay_from"], kept["stay_to"]) == (date(1, 1, 1), date(9999, 12, 31))
        assert next(iter(reader.read("notes")))["published_at"] == datetime(9999, 12, 31, tzinfo=UTC)


async def test_the_questions_of_the_documentation_are_answered(database: str) -> None:
    now = datetime.now(UTC)
    day = timedelta(days=1)

    def offer(amount: float, seen: datetime) -> Offer:
        return Offer(platform="ctrip", ref="1", what="room", amount=amount, currency="CNY", seen_at=seen)

    sight = {"name": "锦江宾馆", "lon": 104.08, "lat": 30.65, "category_class": "sight"}
    items: list[Item] = [
        listing("1", **sight, rating=4.0, review_count=9, seen_at=now - day),
        Listing(platform="amap", ref="9", **sight, rating=4.5, seen_at=now - day),
        Review(platform="ctrip", ref="r", about_ref="1", rating=5.0, seen_at=now),
        Note(platform="weibo", ref="n", mentions=[Mention(name="锦江宾馆", evidence="tag", score=0.5)], seen_at=now),
        offer(300.0, now - day),
        offer(320.0, now),
    ]
    await put(database, items, run("r1", now - day))
    await put(database, [listing("1", rating=4.5, seen_at=now)], run("r2", now))
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO links (platform, ref, place, score) VALUES ('ctrip', '1', 'p', 0.9), ('amap', '9', 'p', 0.8)"
        )
        connection.execute("INSERT INTO links (platform, ref, place) VALUES ('amap', '10', 'gate')")
        connection.execute("INSERT INTO parts VALUES ('ctrip', '1', 'amap', '10')")
        connection.execute(
            """INSERT INTO places (place, name, price, currency, sources, merged_into) VALUES
            ('p', '锦江宾馆', 320, 'CNY', '{"price": ["ctrip/1"]}', NULL), ('gate', '东门', NULL, NULL, '{}', NULL),
            ('old', NULL, 1, NULL, '{}', 'p')"""
        )
    text = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    answers = [query(database, block.split("```")[0]) for block in text.split("```sql\n")[1:]]
    changed, said, near, box, alike, prices, reviewed, same, parts, cheap, mentioned = answers
    assert [row[2] for row in changed] == [{"rating": [4.0, 4.5]}]
    assert [(row[0], row[3]) for row in said][:2] == [("rating", "r2"), ("category_class", "r1")]
    assert len(near) == len(box) == len(alike) == 2
    assert [row[6] for row in prices] == [20.0]
    assert reviewed == [("锦江宾馆", 9, 1, 4.5, 5.0)]
    assert same == [("p", ["amap", "ctrip"], "锦江宾馆", 0.0)]
    assert parts == [("锦江宾馆", "东门")]
    assert cheap == [("锦江宾馆", 320.0, "CNY", "ctrip/1")]
    assert query(database, "SELECT standing_place('old'), standing_place('gate')") == [("p", "gate")]
    assert mentioned == [("锦江宾馆", 1, 0.5)]
