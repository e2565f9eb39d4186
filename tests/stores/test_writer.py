from datetime import UTC, datetime
from typing import Any

from travelcrawl.items import Listing, Offer
from travelcrawl.stores.base import record_of
from travelcrawl.stores.merge import Part, Refusal
from travelcrawl.stores.writer import by_layer, ready

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_batch_is_taken_apart_by_layer() -> None:
    listings = [record_of(Listing(platform="ctrip", ref=ref, seen_at=NOON)) for ref in ("1", "2")]
    offer = record_of(Offer(platform="ctrip", ref="1", what="room", seen_at=NOON))
    faulty: list[dict[str, Any]] = [
        {**listings[0], "seen_at": "yesterday"},
        {"type": "flight", "n": 1},
        {"n": 2},
        {"type": "tile", "tile": "x"},
    ]
    grouped = by_layer(ready(record, NOON) for record in (*listings, offer, *faulty))
    assert {layer: len(values) for layer, values in grouped.items()} == {
        "refused": 1,
        "listings": 2,
        "offers": 1,
        "quarantine": 2,
        "tiles": 1,
    }
    assert all(isinstance(part, Part) for part in (*grouped["listings"], *grouped["offers"]))
    assert [part.key for part in grouped["listings"]] == [("ctrip", "1"), ("ctrip", "2")]
    assert grouped["quarantine"][0]["reasons"] == ["no store keeps the type 'flight'"]
    (refusal,) = grouped["refused"]
    assert isinstance(refusal, Refusal)
    assert refusal.cause == "seen_at is no time: 'yesterday'"
