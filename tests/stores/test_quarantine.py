from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from travelcrawl.items import Listing, Offer
from travelcrawl.stores.base import Run, record_of
from travelcrawl.stores.layers import layers
from travelcrawl.stores.quarantine import quarantine_row, quarantined
from travelcrawl.stores.values import Values

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RUN = Run(id="r2", platform="amap", arguments={}, started_at=NOON)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def listing(minutes: int = 0, **fields: Any) -> Values:
    return record_of(attrs.evolve(Listing(platform="amap", ref="1", seen_at=at(minutes)), **fields))


def offer() -> Values:
    return record_of(Offer(platform="ctrip", ref="1", what="room", seen_at=NOON))


def test_a_refused_record_becomes_a_quarantine_row() -> None:
    record = quarantined(listing(5, rating="x"), "rating is no real: 'x'")
    row = quarantine_row(record, NOON, RUN)
    assert (row["item_type"], row["platform"], row["ref"], row["seen_at"]) == ("listing", "amap", "1", at(5))
    assert row["reasons"] == ["rating is no real: 'x'"]
    assert row["item"]["rating"] == "x"
    assert set(row) == set(layers()["quarantine"].names)


def test_the_same_fault_of_the_same_thing_is_one_row() -> None:
    hashes = {
        quarantine_row(quarantined(listing(minutes, rating="x"), "why"), NOON, RUN)["content_hash"]
        for minutes in range(3)
    }
    assert len(hashes) == 1
    assert quarantine_row(quarantined(listing(rating="y"), "why"), NOON, RUN)["content_hash"] not in hashes


def nested() -> list[Any]:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    return deep


@pytest.mark.parametrize(
    "record",
    [
        {"type": "quarantine"},
        {"type": "quarantine", "item": None, "reasons": None, "seen_at": "never"},
        {"type": "quarantine", "item": {"name": "\ud800", 5: object(), "n": 2**80}, "platform": 7, "reasons": "text"},
        {"type": "quarantine", "item": {"text": "x" * 3_000_000, "ref": ["list"]}, "reasons": ("a", "b")},
        {"type": "quarantine", "item": {"photos": ["x" * 100_000] * 100}, "ref": "r" * 1000},
        {"type": "quarantine", "item": {"photos": nested(), "name": "deep"}},
    ],
)
def test_quarantine_takes_everything(record: Values) -> None:
    row = quarantine_row(record, NOON, RUN)
    assert row["seen_at"] == NOON
    assert isinstance(row["content_hash"], int)
    assert len(str(row["item"])) < 1_100_000
