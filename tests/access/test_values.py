from random import Random
from typing import Any

import pytest

from travelcrawl.access.readings import fields_of
from travelcrawl.access.values import LONG, MANY, Values, shape, substance

WORDS = ("Quiet", "Mill", "Linden", "Gate")


def thing(number: int, **changed: Any) -> dict[str, Any]:
    chance = Random(number)
    made = {
        "ref": str(number),
        "name": f"{chance.choice(WORDS)} {chance.choice(WORDS)}",
        "phone": f"+99 {chance.randint(20, 89)} {chance.randint(1000, 9999)}",
        "rating": round(chance.uniform(2.5, 5), 1),
        "price": chance.randint(9, 480),
        "currency": "EUR",
        "about": " ".join(chance.choice(WORDS) for _ in range(30)),
        "is_open": True,
    }
    return made | changed


def learned(pages: int = MANY, **changed: Any) -> Values:
    values = Values()
    for number in range(pages):
        assert values.odd("thing", fields_of([thing(number, **changed)])) is None
    return values


@pytest.mark.parametrize(
    ("text", "looks"),
    [("+99 20 1234", "+0 0 0"), (" Quiet  Mill ", "a a"), ("外滩No.7", "a.0"), ("4.5", "0.0"), ("", "")],
)
def test_a_shape_says_how_a_text_is_made(text: str, looks: str) -> None:
    assert shape(text) == looks


@pytest.mark.parametrize(
    "changed",
    [
        {"phone": "555-0199"},
        {"phone": 5550199},
        {"currency": "US$"},
        {"rating": 9.5},
        {"rating": "none yet"},
        {"price": 99_999},
        {"price": "99999"},
        {"price": 0},
    ],
    ids=str,
)
def test_a_value_unlike_all_before_is_odd(changed: dict[str, Any]) -> None:
    odd = learned().odd("thing", fields_of([thing(7777, **changed)]))
    assert odd
    assert (odd.why, odd.is_less) == (f"dict.{next(iter(changed))} unlike all before", False)


@pytest.mark.parametrize(
    "changed",
    [{"price": 600}, {"rating": 1.0}, {"name": "Mill Mill"}, {"phone": ""}, {"about": "x" * (LONG + 1)}, {"new": "1"}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_value_that_is_like_others_is_not(changed: dict[str, Any]) -> None:
    assert learned().odd("thing", fields_of([thing(7777, **changed)])) is None


def test_few_values_say_nothing() -> None:
    assert learned(MANY - 1).odd("thing", fields_of([thing(7777, currency="US$", price=99_999)])) is None


def test_another_kind_of_page_has_values_of_its_own() -> None:
    assert learned().odd("other thing", fields_of([thing(7777, currency="US$")])) is None


def test_what_was_odd_and_is_true_is_to_be_expected_again() -> None:
    values = learned()
    for _ in range(2):
        assert values.odd("thing", fields_of([thing(7777, price=99_999)]))
    values.learn("thing", fields_of([thing(7777, price=99_999)]))
    assert values.odd("thing", fields_of([thing(7778, price=88_888)])) is None


def test_texts_that_are_all_different_are_not_odd() -> None:
    values = Values()
    assert not any(
        values.odd("thing", fields_of([{"code": "-" * number + "x" * (number % 7)}])) for number in range(4 * MANY)
    )


@pytest.mark.parametrize("price", [float("inf"), float("nan")])
def test_a_number_that_is_none_is_a_text(price: float) -> None:
    assert learned().odd("thing", fields_of([thing(7777, price=price)]))


def test_a_number_too_long_is_passed_over() -> None:
    assert learned().odd("thing", fields_of([thing(7777, price=10**400)])) is None


def test_no_more_fields_are_learned_than_there_is_room_for() -> None:
    values = Values(most=0)
    assert not any(values.odd("thing", fields_of([thing(number, price=9**number)])) for number in range(2 * MANY))


def test_the_substance_of_a_page_is_what_it_says_besides_its_id() -> None:
    assert substance(fields_of([thing(1)])) == substance(fields_of([thing(1, ref="2")]))
    assert substance(fields_of([thing(1)])) != substance(fields_of([thing(1, price=1)]))


@pytest.mark.parametrize("items", [[], [{"ref": "1", "name": "x", "price": 1}], [thing(1), thing(2)]])
def test_what_says_little_or_of_many_things_has_none(items: list[dict[str, Any]]) -> None:
    assert substance(fields_of(items)) is None
