import pytest

from travelcrawl.pages.state import LONGEST, assigned


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ('<script>window.x={"a":1};(function(){var s;}())</script>', {"a": 1}),
        ("var x = {a: 'b', c: undefined, d: [1,2,],}; x.y = 2", {"a": "b", "c": "undefined", "d": [1, 2]}),
        ('window["x"] = [{"a": 1}][0] || {};', [{"a": 1}]),
        ("if (window.x == {}) {} window.x = {b: 2}", {"b": 2}),
        ('{"whole": "body"}', {"whole": "body"}),
        ("\ufeff [1]", [1]),
        ("x = 3; x = {broken; x = {a:1}", {"a": 1}),
        ("y = {a: 1}", None),
        ("x = 'text'", None),
        ('"text"', None),
        ("x = {", None),
        ("x = " + "[" * 5000 + "]" * 5000, None),
        ("x = {a:" * 50_000, None),
        ("", None),
        ("x = {a: 1}" + " " * LONGEST, None),
    ],
)
def test_assigned(body: str, state: object) -> None:
    assert assigned(body, "x") == state


def test_the_first_name_that_has_a_state_wins() -> None:
    assert assigned("b = {n: 1}; a = {n: 2}", "none", "a", "b") == {"n": 2}


def test_no_more_than_a_few_assignments_are_tried() -> None:
    assert assigned("x = {;" * 10 + "x = {a: 1}", "x") is None
