import pytest

from travelcrawl.access.usual import FEW, FIRST, Usual

PAGE = {"list links": 7, "list links#": 20, "list Row#": 20, "Row.name": 5}


def learned(pages: int = FEW) -> Usual:
    usual = Usual(most=2)
    for _ in range(pages):
        assert usual.odd("list", PAGE) is None
    return usual


def test_a_blank_page_is_odd_from_the_first() -> None:
    odd = Usual().odd("list", {"list links": 0, "list links#": 0})
    assert odd
    assert odd.is_less


@pytest.mark.parametrize("gone", [0, 7], ids=["blank", "gone"])
def test_where_pages_with_nothing_are_often_right_they_are_usual(gone: int) -> None:
    usual, is_usual = learned(), []
    nothing = {"list links#": 0, "list outcome": gone}
    for _ in range(4):
        is_usual.append(usual.odd("list", nothing) is None)
        usual.believe("list")
    assert is_usual == [False, False, False, True]
    assert [Usual().odd("list", nothing) is None for _ in range(9)] == [False] * 9


def test_a_few_links_are_no_list() -> None:
    usual = Usual()
    for _ in range(FEW):
        usual.odd("page", {"page links#": 3})
    assert usual.odd("page", {"page links#": 2}) is None


def test_a_field_that_all_have_is_missed() -> None:
    odd = learned().odd("list", {**PAGE, "Row.name": 0})
    assert odd
    assert (odd.why, odd.is_less) == ("without Row.name", True)


def test_a_page_without_much_of_what_is_usual_is_less_however_often_it_comes() -> None:
    usual, blocked = Usual(), {"Row.ref": 3}
    whole = {"Row.ref": 3, "Row.name": 5, "Row.price": 6, "Row.phone": 7}
    odd = [usual.odd("page", whole if number % 10 else blocked) for number in range(100)]
    assert all(bool(one) == (number % 10 == 0) for number, one in enumerate(odd) if number >= FEW)


def test_a_shorter_list_is_odd_but_not_less() -> None:
    odd = learned().odd("list", {**PAGE, "list Row#": 15})
    assert odd
    assert (odd.why, odd.is_less) == ("15 list Row# and not 20", False)


def test_nothing_is_usual_at_first_or_beyond_the_bound() -> None:
    assert learned(FEW - 1).odd("list", {**PAGE, "Row.name": 0}) is None
    usual = learned()
    usual.odd("other", PAGE)
    assert [usual.odd("third", {"x": value}) for value in (1, 2)] == [None, None]


def test_what_is_often_missing_is_not_missed() -> None:
    usual = Usual()
    for number in range(2 * FEW):
        usual.odd("list", {**PAGE, "Row.phone": number % 2})
    assert usual.odd("list", PAGE) is None


def test_a_page_with_next_to_nothing_is_odd_after_a_few_pages() -> None:
    hollow = {"Row.ref": 3, "Row.name": 0, "Row.price": 0}
    whole = {"Row.ref": 3, "Row.name": 5, "Row.price": 6}
    for pages, is_odd in ((FIRST - 1, False), (FIRST, True)):
        usual = Usual()
        for _ in range(pages):
            assert usual.odd("page", whole) is None
        assert bool(usual.odd("page", hollow)) is is_odd
