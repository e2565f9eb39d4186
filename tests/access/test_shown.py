import pytest

from travelcrawl.access.readings import fields_of
from travelcrawl.access.shown import FEW, MOST_WORK, Shown

NAMES = ("Quiet Mill Inn", "Old Gate Hotel", "Copper Baths", "Linden Tower", "Amber Crown", "Little Ferry")


def row(number: int, name: str, price: int) -> str:
    return f'<li><a href="/p/{number}.html?a=1&amp;b=2">{name}</a> <i>from</i> <b>{price} &euro;</b></li>'


def learned(*, fields: tuple[str, ...] = ("ref", "name", "price", "phone")) -> Shown:
    """Return one that has seen a list and its things, which say what the list shows, and a telephone that it does not."""
    shown = Shown()
    names = [NAMES[number % len(NAMES)] for number in range(FEW + 4)]
    page = "".join(row(500 + number, name, 40 + number) for number, name in enumerate(names))
    shown.note(page, {number: f"http://s/p/{500 + number}.html?a=1&b=2" for number in range(len(names))})
    for number, name in enumerate(names[:FEW]):
        thing = {"ref": 500 + number, "name": name, "price": 40 + number, "phone": f"+99 {number}77"}
        shown.compare("thing", number, fields_of([{field: thing[field] for field in fields}]))
    return shown


def thing(number: int, **changed: object) -> dict[str, object]:
    return {"ref": 500 + number, "name": NAMES[number % len(NAMES)], "price": 40 + number, "phone": "1"} | changed


def test_a_thing_is_borne_out_by_its_link() -> None:
    seen = learned().compare("thing", FEW, fields_of([thing(FEW)]))
    assert (seen.wrong, seen.right, seen.is_borne_out, seen.oddity) == ((), 3, True, None)


@pytest.mark.parametrize("changed", [{"price": 41 + 2 * FEW}, {"name": "Painted Ferry Inn"}])
def test_a_thing_that_says_otherwise_than_its_link_is_odd(changed: dict[str, object]) -> None:
    seen = learned().compare("thing", FEW, fields_of([thing(FEW, **changed)]))
    assert seen.wrong == tuple(f"dict.{name}" for name in changed)
    assert seen.oddity
    assert not seen.oddity.is_less
    assert not seen.is_borne_out


def test_what_links_do_not_show_is_not_missed() -> None:
    assert learned().compare("thing", FEW, fields_of([thing(FEW, phone="+99 123")])).wrong == ()


@pytest.mark.parametrize(
    ("kind", "key", "items"),
    [
        ("other", FEW, [thing(FEW, price=7777)]),
        ("thing", "linked elsewhere", [thing(FEW, price=7777)]),
        ("thing", FEW, [thing(FEW, price=7777), thing(FEW + 1)]),
        ("thing", FEW, []),
    ],
    ids=["another-kind", "unknown-link", "several-of-a-type", "nothing"],
)
def test_what_cannot_be_compared_is_not_odd(kind: str, key: object, items: list[dict[str, object]]) -> None:
    seen = learned().compare(kind, key, fields_of(items))
    assert (seen.wrong, seen.right) == ((), 0)


def test_one_thing_shown_does_not_bear_the_rest_out() -> None:
    assert not learned(fields=("ref", "name")).compare("thing", FEW, fields_of([thing(FEW)])).is_borne_out


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ('[{"id": 7312, "name": "\\u5916\\u6ee9"}]', "http://s/v1/things/7312"),
        ('[{"path": "/t/a-7312", "name": "外滩"}]', "http://s/t/a-7312"),
        ('<a href="http://s/t/7312">外滩</a>', "http://s/t/7312"),
        ('<a href="/t/7312?x=1&amp;y=2">外滩</a>', "http://s/t/7312?x=1&y=2"),
    ],
    ids=["number-in-json", "path-in-json", "whole-address", "escaped"],
)
def test_a_link_is_found_in_a_page(text: str, url: str) -> None:
    shown = Shown()
    for number in range(FEW + 1):
        shown.note(text, {number: url})
        seen = shown.compare("thing", number, fields_of([{"name": "外滩"}]))
    assert seen.right == 1


def test_a_link_that_is_nowhere_in_the_page_is_not_known() -> None:
    shown = Shown()
    shown.note("nothing here", {1: "http://s/t/7312"})
    assert shown.compare("thing", 1, fields_of([{"name": "x1"}])).right == 0


def test_a_page_with_too_many_links_is_passed_over() -> None:
    shown = Shown()
    text = "".join(row(number, "x1", 5) for number in range(10))
    shown.note(text, {number: f"http://s/p/{number}.html" for number in range(MOST_WORK // len(text) + 1)})
    assert shown.compare("thing", 1, fields_of([{"name": "x1"}])).right == 0


@pytest.mark.parametrize(
    ("lies", "worth"),
    [
        ([], 1.0),
        ([{"dict.price", "dict.phone"}], 1.0),
        ([{"dict.price"}, {"dict.phone"}], 1.0),
        ([{"dict.phone"}] * 3, 0.4),
        ([{"dict.phone", "dict.address"}] * 8, 0.2),
        ([{"thing links"}] * 8, 1.0),
        ([set()] * 8, 1.0),
    ],
    ids=["none", "shown", "half", "none-shown", "never", "of-lists", "nobody-knows-about-what"],
)
def test_what_bears_a_thing_out_is_worth_little_where_lies_do_not_show(lies: list[set[str]], worth: float) -> None:
    shown = learned()
    for lie in lies:
        shown.lied("thing", lie)
    assert shown.worth == pytest.approx(worth)


def test_lies_count_as_soon_as_it_is_known_what_links_show() -> None:
    shown = learned()
    shown.lied("other", {"dict.phone"})
    assert shown.worth == 1.0
    shown.note(row(777, "Quiet Mill Inn", 40), {777: "http://s/p/777.html?a=1&b=2"})
    for _ in range(FEW):
        shown.compare("other", 777, fields_of([thing(277, phone="+99 77")]))
    assert shown.worth == pytest.approx(2 / 3)
