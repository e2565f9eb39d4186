import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from travelcrawl.items import Listing, Mention, Note, Offer
from travelcrawl.stores.base import record_of
from travelcrawl.stores.values import LONGEST_KEY, Refused, codec, json_of, json_text

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HALF_PAIR = "\ud83d"


def listing(**fields: Any) -> dict[str, Any]:
    return record_of(attrs.evolve(Listing(platform="amap", ref="1"), **fields))


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("name", "锦江宾馆", "锦江宾馆"),
        ("name", "a\0b", "ab"),
        ("name", f"宾馆{HALF_PAIR}x", "宾馆\ufffdx"),
        ("name", "😀", "😀"),
        ("name", 7, "7"),
        ("name", "'); DROP TABLE listings; --", "'); DROP TABLE listings; --"),
        ("review_count", 12, 12),
        ("review_count", 12.0, 12),
        ("review_count", 2**63 - 1, 2**63 - 1),
        ("rating", 5, 5.0),
        ("rating", math.nan, None),
        ("rating", math.inf, None),
        ("lon", -180.0, -180.0),
        ("lat", 90, 90.0),
        ("tags", ("a", "b"), ["a", "b"]),
        ("tags", {"b", "a"}, ["a", "b"]),
        ("tags", [f"x{HALF_PAIR}", "a\0b", math.nan, 2**70, b"\xff", True, None], None),
    ],
)
def test_what_is_storable(field: str, value: Any, stored: Any) -> None:
    if field == "tags" and stored is None:
        stored = ["x\ufffd", "ab", None, str(2**70), "b'\\xff'", True, None]
    for clean in {False, codec("listings").digest(listing(**{field: value})) is not None}:
        made = codec("listings").storable(listing(**{field: value}), clean=clean)[field]
        if field == "tags":
            made = json_of(made)
        assert (made, type(made)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("field", "value", "cause"),
    [
        ("name", {"zh": "x"}, "name is no text"),
        ("review_count", "1.2万", "review_count is no integer: '1.2万'"),
        ("review_count", True, "review_count is no integer: True"),
        ("review_count", 1.5, "review_count is no integer"),
        ("review_count", 2**63, "review_count is no integer"),
        ("rating", "4,5", "rating is no real: '4,5'"),
        ("rating", False, "rating is no real"),
        ("rating", 10**400, "rating is no real"),
        ("lon", 181.0, "lon is out of range: 181.0"),
        ("lat", -90.5, "lat is out of range: -90.5"),
        ("tags", "a,b", "tags is no json: 'a,b'"),
        ("tags", object(), "tags is no json"),
        ("ref", "", f"ref must have 1 to {LONGEST_KEY} characters: ''"),
        ("ref", "x" * 501, "ref must have"),
        ("ref", None, "ref must have"),
        ("summary", "x" * (32 * 1024 * 1024), "larger than 32 MiB"),
    ],
)
def test_what_is_refused(field: str, value: Any, cause: str) -> None:
    record = listing() | {field: value}
    for clean in {False, codec("listings").digest(record) is not None}:
        with pytest.raises(Refused, match=cause.replace("(", r"\(")) as error:
            codec("listings").storable(record, clean=clean)
        assert len(str(error.value)) < 200


def test_fields_nobody_knows_are_refused_not_lost() -> None:
    with pytest.raises(Refused, match="listings have no field price, stars"):
        codec("listings").storable(listing() | {"stars": 5, "price": 3})


def test_fields_that_are_missing_are_not_seen() -> None:
    made = codec("listings").storable({"type": "listing", "platform": "amap", "ref": "1"})
    assert {name for name, value in made.items() if value is not None} == {"platform", "ref"}
    assert codec("listings").digest({"platform": "amap", "ref": "1"}) is None


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (NOON, NOON),
        (NOON.astimezone(timezone(timedelta(hours=8))), NOON),
        (NOON.replace(microsecond=123_999), NOON.replace(microsecond=123_000)),
        ("2026-11-22T20:00:00+08:00", NOON),
        (datetime(9999, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))), None),
        (datetime(2026, 11, 22), None),  # noqa: DTZ001 - the fault it is about
        ("0000-01-01T00:00:00Z", None),
        ("3天前", None),
        (1_795_000_000, None),
        (date(2026, 11, 22), None),
    ],
)
def test_times(value: Any, stored: datetime | None) -> None:
    record = record_of(Note(platform="weibo", ref="1", published_at=value))
    if stored is None:
        with pytest.raises(Refused, match="published_at is no time"):
            codec("notes").storable(record)
        return
    made = codec("notes").storable(record)["published_at"]
    assert (made, made.tzinfo) == (stored, UTC)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (date(2026, 11, 22), date(2026, 11, 22)),
        ("2026-11-22", date(2026, 11, 22)),
        (date(9999, 12, 31), date(9999, 12, 31)),
        (NOON, None),
        ("0000-00-00", None),
        (20261122, None),
    ],
)
def test_days(value: Any, stored: date | None) -> None:
    record = record_of(Offer(platform="ctrip", ref="1", what="room", stay_from=value))
    if stored is None:
        with pytest.raises(Refused, match="stay_from is no day"):
            codec("offers").storable(record)
        return
    assert codec("offers").storable(record)["stay_from"] == stored


@pytest.mark.parametrize(("value", "stored"), [(True, True), (0, False), ("yes", None), (2, None)])
def test_truth_values(value: Any, stored: bool | None) -> None:
    record = record_of(Offer(platform="ctrip", ref="1", what="room", lowest=value))
    if stored is None:
        with pytest.raises(Refused, match="lowest is no boolean"):
            codec("offers").storable(record)
        return
    assert codec("offers").storable(record)["lowest"] is stored


def test_the_hash_is_over_the_content_alone() -> None:
    digest = codec("listings").digest
    one = listing(name="a", quality=0.1, seen_at=NOON)
    assert digest(one) == digest(one | {"quality": 0.9, "seen_at": None, "type": "x", "first_seen": NOON})
    assert digest(one) != digest(one | {"name": "b"})
    assert digest(one | {"tags": ["a"]}) != digest(one | {"photos": ["a"]})
    assert -(2**63) <= (digest(one) or 0) < 2**63


@pytest.mark.parametrize("field", [{"name": f"x{HALF_PAIR}"}, {"name": "a\0"}, {"tags": [object()]}, {"tags": [2**65]}])
def test_what_is_not_clean_has_no_hash(field: dict[str, Any]) -> None:
    assert codec("listings").digest(listing() | field) is None


def test_objects_in_lists_become_json() -> None:
    mentions = [Mention(name="武侯祠", evidence="link", score=0.9)]
    expected = [attrs.asdict(mentions[0])]
    assert json_of(mentions) == expected
    assert json.loads(json_text(mentions)) == expected
    record = record_of(Note(platform="weibo", ref="1", mentions=mentions))
    assert codec("notes").digest(record) == codec("notes").digest(record | {"mentions": expected})


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [("rating", math.nan, None), ("lon", -math.inf, None), ("quality", math.nan, None), ("review_count", 2**62, 2**62)],
)
def test_numbers_are_looked_at_though_their_types_are_known_to_fit(name: str, value: Any, stored: Any) -> None:
    usual = {"platform": "a", "ref": "1", "rating": 4.5, "lon": 1.0, "quality": 0.5, "review_count": 1}
    made = codec("listings")
    assert made.storable(usual, clean=True)["rating"] == 4.5
    assert made.storable(usual | {name: value}, clean=True)[name] == stored
    with pytest.raises(Refused, match="review_count is no integer"):
        made.storable(usual | {"review_count": 2**63}, clean=True)
