from typing import Any

import attrs
import pytest
from scrapy import Request

from travelcrawl.middlewares.carried import CARRIED, Carried


@attrs.define
class Row:
    name: str


def link(url: str = "http://a.example/1", **given: Any) -> Request:
    return Request(url, cb_kwargs=given)


def carried() -> Carried:
    return Carried(lambda request: request.url)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"name": "Mill"}, {"name": "Mill"}, True),
        ({"name": "Mill"}, {"name": "Gate"}, False),
        ({"row": {"price": 5}}, {"row": {"price": 6}}, False),
        ({"row": Row("Mill")}, {"row": Row("Gate")}, False),
        ({"rows": [Row("Mill")]}, {"rows": (Row("Mill"),)}, True),
        ({"name": "Mill", "seen": object()}, {"name": "Mill", "seen": object()}, True),
    ],
)
def test_what_is_given_along_is_compared_by_what_it_says(
    one: dict[str, Any], other: dict[str, Any], *, same: bool
) -> None:
    assert (carried().of([link(**one)]) == carried().of([link(**other)])) is same


@pytest.mark.parametrize("given", [{}, {"loader": object()}, {"name": None}])
def test_who_carries_nothing_plain_is_not_named(given: dict[str, Any]) -> None:
    assert carried().of([link(**given)]) == {}


def test_a_page_that_was_given_something_false_is_asked_for_once_more() -> None:
    known = carried()
    false, true, same, bare = link(price=6), link(price=5), link("http://a.example/2", price=7), link()
    for one in (false, same):
        known.found(one, {})
    before = known.of([false, same])
    for one in (true, same, bare, link("http://a.example/3", price=8)):
        known.found(one, before)
    assert [one.dont_filter for one in (true, same, bare)] == [True, False, False]
    assert [known.has_misled(one) for one in (false, true, same, bare)] == [True, False, False, False]


def test_an_item_that_callbacks_fill_is_what_it_was_when_its_link_was_found() -> None:
    known, row = carried(), {"name": "Mill"}
    one = Request("http://a.example/1", meta={"item": row, "depth": 2})
    known.found(one, {"http://a.example/1": 7})
    before = known.of([one])
    row["price"] = "5"
    assert known.of([one]) == before
    assert not known.has_misled(one)


def test_where_nothing_was_refused_nothing_is_asked_for_again() -> None:
    known, one = carried(), link(price=5)
    known.found(one, {})
    assert not one.dont_filter
    assert not known.has_misled(one)


def test_what_nobody_knows_misleads_until_its_list_is_read_again() -> None:
    known, one = carried(), link(price=6)
    buried = Request("http://a.example/list")
    known.found(one, {})
    known.doubt(buried, known.of([one]))
    assert known.has_misled(one)
    known.found(one, buried.meta[CARRIED])
    assert one.dont_filter
    assert not known.has_misled(one)


def test_a_list_that_gives_nothing_along_is_buried_as_it_is() -> None:
    buried = Request("http://a.example/list")
    carried().doubt(buried, {})
    assert CARRIED not in buried.meta
