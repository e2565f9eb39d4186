from typing import Any

import attrs
import pytest

from travelcrawl.access.readings import STEADY, Volatile, facts_of, fields_of, is_blank, says_less


@attrs.define
class Row:
    ref: str
    price: int | None = None


PLACE = {"ref": "1", "name": "Mill", "price": 5, "lat": 50.1, "lon": 8.2}


def read(*items: Any, links: tuple[str, ...] = (), outcome: str = "") -> dict[str, int]:
    return facts_of("list", items, links, outcome)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (read(Row("1", 5), Row("2", 6)), read(Row("2", 6), Row("1", 5)), True),
        (read(Row("1", 5), Row("2", 6)), read(Row("1", 6), Row("2", 5)), False),
        (read(Row("1", 5)), read(Row("1", 5), Row("2", 6)), False),
        (read(links=("a", "b")), read(links=("b", "a")), True),
        (read(links=("a", "b")), read(links=("a",)), False),
        (read(), read(outcome="gone 404"), False),
        (read({"name": "x", "at": [1]}), read({"name": "x", "at": [1]}), True),
    ],
    ids=["order", "swapped", "row-lost", "links", "link-lost", "gone", "dicts"],
)
def test_what_counts_as_the_same(one: dict[str, int], other: dict[str, int], same: bool) -> None:
    assert (one == other) is same


@pytest.mark.parametrize(
    ("facts", "truth", "less"),
    [
        (read(), read(Row("1", 5)), True),
        (read(Row("1")), read(Row("1", 5)), True),
        (read(Row("1", 6)), read(Row("1", 5)), False),
        (read(Row("1", 5)), read(Row("1", 5), Row("2", 6)), False),
        (read(outcome="gone 404"), read(Row("1", 5)), False),
        (read(Row("1", 5)), read(), False),
        (read({"ref": "1", "name": "Hello", "price": None, "lat": None, "lon": None}), read(PLACE), True),
        (read(PLACE | {"name": "Hello", "price": None}), read(PLACE), False),
    ],
    ids=["blank", "no-price", "price", "row-lost", "gone", "more", "another-page", "a-lie-with-a-gap"],
)
def test_half_a_page_is_told_from_a_lie(facts: dict[str, int], truth: dict[str, int], less: bool) -> None:
    assert says_less(facts, truth) is less


def test_blank() -> None:
    assert is_blank(read())
    assert not is_blank(read(outcome="gone 404"))


def opinions(*prices: int) -> list[dict[str, int]]:
    return [{"name": 1, "Row.price": price} for price in prices]


@pytest.mark.parametrize(
    ("prices", "is_last", "found"),
    [
        ((1, 2, 3, 4, 5), False, True),
        ((1, 2, 3, 4), False, False),
        ((1, 2, 3), True, True),
        ((1, 1, 2, 3, 4), False, False),
        ((1, 1, 1, 2, 2, 2, 3, 3, 3, 4), False, True),
        ((1, 1, 1, 1, 1, 1, 2, 3, 4, 5), False, False),
    ],
    ids=["nonce", "too-few", "no-more-to-ask", "two-agree", "shuffled", "liars"],
)
def test_volatile_facts_are_learned(prices: tuple[int, ...], is_last: bool, found: bool) -> None:
    volatile = Volatile()
    volatile.learn(opinions(*prices), is_last=is_last)
    assert ("Row.price" in volatile.names) is found
    assert "name" not in volatile.names


def test_what_is_steady_is_compared_again() -> None:
    volatile = Volatile()
    volatile.learn(opinions(1, 2, 3, 4, 5), is_last=False)
    for _ in range(STEADY - 1):
        volatile.agreed(opinions(1, 1))
    volatile.agreed(opinions(1, 2))
    for _ in range(STEADY):
        assert "Row.price" in volatile.names
        volatile.agreed(opinions(1, 1))
    assert volatile.names == {}
    volatile.agreed(opinions(1))


def test_ignored_fields_are_not_compared() -> None:
    assert Volatile({"price"}).said({"name": 1, "Row.price": 2}) == {("name", 1)}


def test_over_what_changes_nobody_is_outvoted_for_ever() -> None:
    volatile = Volatile()
    one, other = opinions(1, 2)
    assert [volatile.outvoted(egress, one, other, known=4) for egress in "abc"] == [("Row.price",), ("Row.price",), ()]


def test_volatile_facts_are_bounded() -> None:
    volatile = Volatile()
    volatile.learn([{f"f{name}": value for name in range(300)} for value in range(5)], is_last=False)
    assert len(volatile.names) == 200


def test_the_fields_of_a_page_are_the_plain_ones_of_the_only_thing_of_its_type() -> None:
    things = [Row("1"), {"price": 1.5, "open": True, "tags": ["x"], "note": None}, Row("2")]
    assert fields_of(things) == [("dict.price", 1.5)]
