from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest

from travelcrawl.items import Listing, Mention, Note, Offer
from travelcrawl.stores.base import Run, record_of
from travelcrawl.stores.merge import Changes, Key, Known, Refusal, fold, parts_of, sift
from travelcrawl.stores.offers import Before, differing, offers_of
from travelcrawl.stores.values import Values, codec

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RUN = Run(id="r2", platform="amap", arguments={}, started_at=NOON)
LISTINGS = codec("listings")


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def listing(minutes: int = 0, **fields: Any) -> Values:
    item = Listing(platform="amap", ref="1", seen_at=at(minutes))
    return record_of(attrs.evolve(item, **fields))


def folded(*records: Values, rows: dict[Key, Values] | None = None, run: Run = RUN) -> Changes:
    changes = Changes()
    parts = parts_of(LISTINGS, records, NOON, changes.refused)
    known = {key: Known(row["content_hash"], row["last_seen"] < run.started_at) for key, row in (rows or {}).items()}
    fold(LISTINGS, sift(parts, known, changes), rows or {}, changes, run)
    return changes


def stored(*records: Values) -> dict[Key, Values]:
    """Return what is stored after an earlier run has put the records."""
    changes = folded(*records, run=attrs.evolve(RUN, id="r1"))
    return {(row["platform"], row["ref"]): row for row in changes.new}


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ({"name": "a"}, {"name": "b"}, {"name": "b"}),
        (
            {"name": "a", "city": "成都市"},
            {"name": None, "rating": 4.5},
            {"name": "a", "city": "成都市", "rating": 4.5},
        ),
        ({"tags": ["a"]}, {"tags": []}, {"tags": []}),
        # A position comes whole from one part, with its datum.
        (
            {"source_lon": 104.1, "source_lat": 30.1, "datum": "GCJ-02", "lon": 104.0, "lat": 30.0, "h3": "x"},
            {"source_lon": 104.2, "source_lat": 30.2, "datum": "WGS-84", "lon": 104.2, "lat": 30.2},
            {"source_lon": 104.2, "source_lat": 30.2, "datum": "WGS-84", "lon": 104.2, "lat": 30.2, "h3": None},
        ),
        # One that could not be converted does not replace one that could.
        (
            {"source_lon": 104.1, "source_lat": 30.1, "datum": "GCJ-02", "lon": 104.0, "lat": 30.0},
            {"source_lon": 104.9, "source_lat": 30.9},
            {"source_lon": 104.1, "source_lat": 30.1, "datum": "GCJ-02", "lon": 104.0, "lat": 30.0},
        ),
        # The same point in another datum says nothing new.
        (
            {"source_lon": 104.1, "source_lat": 30.1, "datum": "BD-09", "lon": 104.0, "lat": 30.0},
            {"source_lon": 104.0, "source_lat": 30.0, "datum": "WGS-84", "lon": 104.000001, "lat": 30.0},
            {"source_lon": 104.1, "source_lat": 30.1, "datum": "BD-09", "lon": 104.0, "lat": 30.0},
        ),
        # Each page hides what it hides; what another one shows is hidden no more.
        (
            {"hidden": ["review_count", "per_head", "address"]},
            {"hidden": ["per_head"], "address": "锦江区"},
            {"hidden": ["review_count", "per_head"], "address": "锦江区"},
        ),
        ({"address": "锦江区"}, {"hidden": ["address"], "name": "b"}, {"hidden": None, "name": "b"}),
        ({"category_class": "sight"}, {"category_class": "park"}, {"category_class": "park"}),
        ({"category_class": "park"}, {"category_class": "sight", "name": "b"}, {"category_class": "park", "name": "b"}),
        ({"category_class": "park"}, {"category_class": "museum"}, {"category_class": "museum"}),
        ({"status": "gone"}, {"name": "b"}, {"status": None, "name": "b"}),
        ({"status": "closed"}, {"name": "b"}, {"status": "closed"}),
        (
            {"source_rating": 45, "rating_scale": 50.0, "rating": 4.5},
            {"source_rating": 8.0, "rating_scale": 10.0, "rating": 4.0},
            {"source_rating": 8.0, "rating_scale": 10.0, "rating": 4.0},
        ),
        ({"quality": 0.9}, {"quality": 0.4, "name": "b"}, {"quality": 0.9, "name": "b"}),
        ({"quality": None}, {"quality": 0.4, "name": "b"}, {"quality": 0.4}),
    ],
)
def test_parts_of_one_listing(first: Values, second: Values, merged: Values) -> None:
    in_one_batch = folded(listing(0, **first), listing(1, **second)).new[0]
    in_two = folded(listing(1, **second), rows=stored(listing(0, **first)))
    row = in_two.changed[0] if in_two.changed else in_one_batch
    for made in (in_one_batch, row):
        assert {name: made[name] for name in merged} == merged


def test_the_order_of_arrival_does_not_matter() -> None:
    parts = [
        listing(0, name="old", phones=["+861"]),
        listing(1, name="new", rating=4.0, source_rating=4.0, rating_scale=5.0),
        listing(2, lon=104.0, lat=30.0, source_lon=104.0, source_lat=30.0, datum="WGS-84"),
    ]
    rows = [folded(*order).new[0] for order in (parts, parts[::-1], [parts[1], parts[0], parts[2]])]
    assert rows[0] == rows[1] == rows[2]
    assert (rows[0]["name"], rows[0]["phones"], rows[0]["first_seen"], rows[0]["last_seen"]) == (
        "new",
        ["+861"],
        at(0),
        at(2),
    )


@pytest.mark.parametrize("again", [{}, {"quality": 0.2}, {"rating": None}, {"name": "武侯祠"}])
def test_what_says_nothing_new_writes_nothing_but_when_it_was_seen(again: Values) -> None:
    rows = stored(listing(-60, name="武侯祠", rating=4.5, quality=0.9))
    changes = folded(listing(5, **{"name": "武侯祠", "rating": 4.5, "quality": 0.9} | again), rows=rows)
    assert (changes.new, changes.changed, changes.unchanged) == ([], [], 1)
    assert changes.seen == {("amap", "1"): at(5)}


def test_what_was_seen_in_this_run_is_not_noted_again() -> None:
    rows = stored(listing(1, name="武侯祠", rating=4.5))
    for again in (listing(5, name="武侯祠", rating=4.5), listing(5, name="武侯祠")):
        changes = folded(again, rows=rows)
        assert (changes.unchanged, changes.seen) == (1, {})


def test_times_of_a_changed_row() -> None:
    rows = stored(listing(-60, name="a"))
    (row,) = folded(listing(5, name="b"), rows=rows).changed
    assert [row[name] for name in ("first_seen", "last_seen", "last_changed", "run")] == [at(-60), at(5), at(5), "r2"]
    assert row["content_hash"] != rows["amap", "1"]["content_hash"]


def test_an_old_part_fills_gaps_and_changes_nothing_else() -> None:
    rows = stored(listing(5, name="new"))
    (row,) = folded(listing(-60, name="old", city="成都市"), rows=rows).changed
    assert (row["name"], row["city"], row["first_seen"], row["last_seen"]) == ("new", "成都市", at(-60), at(5))


def test_a_part_that_equals_what_is_stored_still_follows_one_that_changed_it() -> None:
    rows = stored(listing(-60, rating=4.0))
    changes = folded(listing(1, rating=5.0), listing(2, rating=4.0), rows=rows)
    assert (changes.changed, changes.unchanged) == ([], 1)
    changes = folded(listing(1, rating=4.0), listing(2, rating=5.0), rows=rows)
    assert [row["rating"] for row in changes.changed] == [5.0]


def test_whole_numbers_and_text_keys_do_not_count_as_change() -> None:
    rows = stored(listing(-60, rating=4, review_count=7))
    changes = folded(listing(1, rating=4.0, review_count=7.0, ref=1), rows=rows)
    assert (changes.changed, changes.new, changes.unchanged) == ([], [], 1)


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"ref": None}, "ref must have"),
        ({"rating": "x"}, "rating is no real"),
        ({"ref": 5, "rating": "x"}, "rating is no real"),
        ({"seen_at": "yesterday"}, "seen_at is no time: 'yesterday'"),
    ],
)
def test_refused_records_leave_the_others_alone(fields: Values, cause: str) -> None:
    bad = listing() | fields
    changes = folded(bad, listing(ref="2"))
    assert [row["ref"] for row in changes.new] == ["2"]
    (refusal,) = changes.refused
    assert cause in refusal.cause
    assert refusal.record == bad


def test_a_record_without_a_time_was_seen_now() -> None:
    (row,) = folded(listing() | {"seen_at": None}).new
    assert row["first_seen"] == row["last_seen"] == row["last_changed"] == NOON


# Offers

OFFERS = codec("offers")


def offer(minutes: int = 0, **fields: Any) -> Values:
    item = Offer(platform="ctrip", ref="1", what="room", amount=300.0, currency="CNY", seen_at=at(minutes))
    return record_of(attrs.evolve(item, **fields))


def new_offers(records: list[Values], before: list[Before | None] | None = None) -> Changes:
    refused: list[Refusal] = []
    offers = offers_of(OFFERS, parts_of(OFFERS, records, NOON, refused), refused)
    assert not refused
    return differing(OFFERS, offers, before or [None] * len(offers), RUN)


@pytest.mark.parametrize(
    ("offers", "amounts"),
    [
        ([offer(0), offer(1)], [300.0]),
        ([offer(0), offer(1, amount=320.0)], [300.0, 320.0]),
        ([offer(0), offer(1, amount=320.0), offer(2)], [300.0, 320.0, 300.0]),
        ([offer(2), offer(1, amount=320.0), offer(0)], [300.0, 320.0, 300.0]),
        ([offer(0), offer(1, quality=0.5)], [300.0]),
        ([offer(0), offer(1, amount=300)], [300.0]),
        # Another thing, other nights: another series.
        ([offer(0), offer(1, what="ticket")], [300.0, 300.0]),
        ([offer(0), offer(1, stay_from=date(2026, 12, 1))], [300.0, 300.0]),
        ([offer(0), offer(1, ref="2")], [300.0, 300.0]),
        ([offer(0), offer(1, taxes_included=True)], [300.0, 300.0]),
    ],
)
def test_an_offer_is_new_only_where_it_differs_from_the_one_before(offers: list[Values], amounts: list[float]) -> None:
    assert [row["amount"] for row in new_offers(offers).new] == amounts


def test_offers_are_compared_with_what_is_stored() -> None:
    (row,) = new_offers([offer(-60)]).new
    before = Before(row["content_hash"], at(-60), stale=True)
    changes = new_offers([offer(5), offer(6, amount=1.0), offer(7, amount=1.0)], [before] * 3)
    assert [row["amount"] for row in changes.new] == [1.0]
    assert changes.seen == {("ctrip", "1", "room", None, None, at(-60)): at(5)}
    assert changes.unchanged == 2
    assert new_offers([offer(5)], [before._replace(stale=False)]).seen == {}


def test_an_offer_that_comes_late_is_not_kept_twice() -> None:
    (row,) = new_offers([offer(60)]).new
    after = Before(row["content_hash"], at(60), stale=False)
    changes = new_offers([offer(5), offer(6, amount=1.0), offer(7, amount=1.0)], [after] * 3)
    assert [row["amount"] for row in changes.new] == [1.0]


def test_offers_that_are_no_offers_are_refused() -> None:
    refused: list[Refusal] = []
    records = [offer(amount="¥120起"), offer(what=None), offer(amount=math_nan())]
    offers = offers_of(OFFERS, parts_of(OFFERS, records, NOON, refused), refused)
    assert [one["amount"] for one in offers] == [None]
    assert [refusal.cause for refusal in refused] == [
        "amount is no real: '¥120起'",
        "what must have 1 to 500 characters: None",
    ]


def math_nan() -> float:
    return float("nan")


# Notes


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        (("all of it", True), ("all of", False), ("all of it", True)),
        (("all of", False), ("all of it", True), ("all of it", True)),
        (("all of it", True), ("all of it, edited", True), ("all of it, edited", True)),
        (("all", False), ("all of", False), ("all of", False)),
        (("all of it", True), ("all of it, edited", None), ("all of it, edited", True)),
    ],
    ids=["cut-after-whole", "whole-after-cut", "edited", "both-cut", "not-known"],
)
def test_a_text_that_is_cut_never_takes_the_place_of_the_whole(
    first: tuple[str, bool], second: tuple[str, bool | None], merged: tuple[str, bool]
) -> None:
    notes = codec("notes")
    records = [
        record_of(Note(platform="weibo", ref="1", seen_at=at(when), text=words, complete=complete))
        for when, (words, complete) in enumerate((first, second))
    ]
    for order in (records, records[::-1]):
        changes = Changes()
        fold(notes, sift(parts_of(notes, order, NOON, changes.refused), {}, changes), {}, changes, RUN)
        (row,) = changes.new
        assert (row["text"], row["complete"]) == merged


def test_parts_of_a_note_name_their_places_together() -> None:
    notes = codec("notes")
    tag = Mention(name="东湖", evidence="tag", score=0.9)
    linked = Mention(name="西湖", ref="7", evidence="link", score=1.0)
    first = record_of(Note(platform="weibo", ref="1", seen_at=at(0), mentions=[tag, linked]))
    long = record_of(
        Note(
            platform="weibo",
            ref="1",
            seen_at=at(1),
            mentions=[
                attrs.evolve(tag, evidence="text", score=0.5),
                Mention(name="雷峰塔", evidence="text", score=0.6),
            ],
        )
    )
    for records in ((first, long), (long, first)):
        changes = Changes()
        parts = parts_of(notes, records, NOON, changes.refused)
        fold(notes, sift(parts, {}, changes), {}, changes, RUN)
        (row,) = changes.new
        found = {mention["name"]: mention["evidence"] for mention in row["mentions"]}
        assert found == {"东湖": "tag", "西湖": "link", "雷峰塔": "text"}


def test_mentions_of_other_forms_are_united_too() -> None:
    notes = codec("notes")
    records = [
        record_of(Note(platform="weibo", ref="1", seen_at=at(n))) | {"mentions": [{"name": name}, name, {"score": "x"}]}
        for n, name in enumerate(("东湖", "西湖"))
    ]
    changes = Changes()
    fold(notes, sift(parts_of(notes, records, NOON, changes.refused), {}, changes), {}, changes, RUN)
    assert len(changes.new[0]["mentions"]) == 3
