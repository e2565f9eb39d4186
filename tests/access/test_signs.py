import pytest

from travelcrawl.access.readings import Facts
from travelcrawl.access.signs import FEW, Reader, Signs
from travelcrawl.access.values import MANY

FACTS: Facts = {"Row.name": 5, "Row#": 1}
ITEM = {"name": "x"}


def body(number: int, end: str = "</html>") -> bytes:
    return f"<html>{number}{end}\n".encode()


class Learned(Reader):
    """One that has read some pages, which all end alike."""

    def __init__(self, pages: int = FEW) -> None:
        super().__init__()
        for number in range(pages):
            assert self.one(number, body(number)) == Signs()

    def one(
        self, number: int, text: bytes, facts: Facts = FACTS, *, egress: str = "a", has_raised: bool = False
    ) -> Signs:
        return self.read(egress, "page", number, facts, [ITEM], text, has_raised=has_raised)


@pytest.mark.parametrize(
    ("pages", "end", "is_cut"),
    [(FEW, "", True), (FEW, "</body>", True), (FEW, "</html>", False), (FEW - 1, "", False)],
    ids=["nothing", "another-end", "as-usual", "nobody-knows-yet"],
)
def test_a_page_that_ends_otherwise_than_all_others_came_half(pages: int, end: str, is_cut: bool) -> None:
    assert Learned(pages).one(99, body(99, end)).is_less is is_cut


def test_where_pages_end_in_many_ways_none_is_cut() -> None:
    reader = Learned(0)
    assert not any(reader.one(number, body(number, f"<!-- {number * 7919} -->")).why for number in range(60))


def test_a_callback_that_raised_is_a_page_that_came_half() -> None:
    signs = Learned().one(99, body(99), has_raised=True)
    assert (signs.why, signs.is_less) == ("its callback raised", True)


def test_the_same_body_for_another_page_is_suspicious_of_one_egress_only() -> None:
    reader = Learned()
    assert reader.one(98, body(0)).why == "the same body as another page"
    assert reader.one(0, body(0)) == Signs()
    assert reader.one(97, body(0), egress="b") == Signs()


def test_the_same_thing_under_another_id_is_suspicious() -> None:
    reader = Reader()
    for ref, why in ((1, ""), (2, "the same thing as on another page"), (1, "")):
        thing = {"ref": ref, "name": "x", "price": 7, "phone": "+99 1"}
        assert reader.read("a", "page", ref, FACTS, [thing], body(ref), has_raised=False).why == why


def test_a_value_unlike_all_before_is_suspicious() -> None:
    reader = Reader()
    for ref in range(MANY + 1):
        thing = {"ref": ref, "currency": "EUR" if ref < MANY else "US$"}
        signs = reader.read("a", "page", ref, FACTS, [thing], body(ref), has_raised=False)
        assert signs.why == ("" if ref < MANY else "dict.currency unlike all before")
    for is_believed in (False, True):
        assert reader.read("a", "page", "x", FACTS, [{"currency": "A$"}], body(-1), has_raised=False).why
        reader.settled("x", is_believed=is_believed)
    assert not reader.read("b", "page", "y", FACTS, [{"currency": "A$"}], body(-2), has_raised=False).why


def test_what_was_learned_is_told_of_pages_before() -> None:
    reader = Learned(0)
    assert not reader.has_learned("page")
    for number in range(FEW):
        reader.one(number, body(number))
    assert reader.has_learned("page")
    assert reader.lacks("page", {"Row.name": 0, "Row#": 1, "x": 1})
    assert not reader.lacks("page", FACTS)
