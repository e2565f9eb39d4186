from typing import Any

import pytest

from travelcrawl.pages import fields


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" x ", "x"),
        ("", None),
        ("[]", None),
        ("null", None),
        ([], None),
        ({}, None),
        (None, None),
        (0, 0),
        (False, False),
    ],
)
def test_given(value: Any, expected: Any) -> None:
    assert fields.given(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", "x"), (5, "5"), (4.5, "4.5"), (True, None), ([1], None), ({"a": 1}, None), (None, None)],
)
def test_text(value: Any, expected: str | None) -> None:
    assert fields.text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("4.6", 4.6),
        (5, 5.0),
        ("1e400", None),
        ("nan", None),
        (float("inf"), None),
        ("x", None),
        (True, None),
        ([], None),
        (10**400, None),
    ],
)
def test_number(value: Any, expected: float | None) -> None:
    assert fields.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("12", 12), (12.0, 12), ("12.5", None), (2.0**60, None), (None, None), ("-3", -3)]
)
def test_whole(value: Any, expected: int | None) -> None:
    assert fields.whole(value) == expected


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        ("104.06", "30.65", (104.06, 30.65)),
        (0, 0, None),
        (0, 51.5, (0, 51.5)),
        (181, 1, None),
        (1, -91, None),
        (None, 1, None),
        ("a", 1, None),
    ],
)
def test_lonlat(lon: Any, lat: Any, expected: Any) -> None:
    assert fields.lonlat(lon, lat) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("wgs84", "WGS-84"), ("GCJ_02", "GCJ-02"), ("bd09ll", "BD-09"), ("epsg", None), (None, None), (84, None)],
)
def test_datum(value: Any, expected: str | None) -> None:
    assert fields.datum(value) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ('jQuery181_1({"a": 1});', {"a": 1}),
        ("/**/ cb([1, 2])", [1, 2]),
        ("cb({a: 1})", {"a": 1}),
        ("cb(1)", None),
        ("<html>", None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_from_json(body: str, expected: Any) -> None:
    assert fields.from_json(body) == expected


@pytest.mark.parametrize(
    ("script", "start", "expected"),
    [
        ('x = {"a": 1}; y', r"x = (?=\{)", {"a": 1}),
        ("x = {a: 'b'}; y", r"x = (?=\{)", {"a": "b"}),
        ("x = 1", "z", None),
        ("x = {", r"x = (?=\{)", None),
    ],
)
def test_state(script: str, start: str, expected: Any) -> None:
    assert fields.state(script, start) == expected


def test_states_of_a_page() -> None:
    page = fields.html(
        "<script src='x.js'></script><script type='application/json'>{\"a\": 1}</script>"
        "<script>window.S = {b: 2}; var t = [3]; if (u == {}) {}</script><script>window['V'] = {c: 4}</script>"
    )

    assert list(fields.states(page)) == [{"a": 1}, {"b": 2}, [3], {"c": 4}]


def test_holding_finds_the_outermost_first() -> None:
    data = {"x": [{"k": {"k": 1, "n": "deep"}, "n": "outer"}], "k": 0}

    assert [one["n"] for one in fields.holding(data, "k", "n")] == ["outer", "deep"]
    assert list(fields.holding("text", "k")) == []


def test_holding_ends_in_what_never_ends() -> None:
    wide = {"list": [{"a": [{}] * 60}] * 60_000}

    assert list(fields.holding(wide, "nowhere")) == []


@pytest.mark.parametrize(
    ("markup", "words", "prose"),
    [
        ("<p>从\n <a>福州</a>\n 到<br/>香港 ok word</p>", "从 福州 到 香港 ok word", "从福州到\n香港 ok word"),
        ("<p> <script>x</script><style>y</style> </p>", None, None),
        ("<p>a<br><br>b</p>", "a b", "a\nb"),
        ("<p>\ud800</p>", "?", "?"),
    ],
)
def test_text_of_nodes(markup: str, words: str | None, prose: str | None) -> None:
    node = fields.html(markup).css("p")

    assert (fields.words(node), fields.prose(node)) == (words, prose)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/a", "https://x.cn/a"),
        ("//y.cn/a", "https://y.cn/a"),
        ("javascript:void(0)", None),
        ("http://[", None),
        (None, None),
        ([], None),
    ],
)
def test_absolute(address: Any, expected: str | None) -> None:
    assert fields.absolute("https://x.cn/b/c", address) == expected


@pytest.mark.parametrize(("address", "expected"), [("http://x/?a=1&b=2", "2"), ("http://x/", None), ("http://[", None)])
def test_query(address: str, expected: str | None) -> None:
    assert fields.query(address, "b") == expected


def test_attribute_of_what_the_parser_cannot_name() -> None:
    page = fields.html('<a "1="2" href="/x" title=" ">t</a>')

    assert fields.attribute(page.css("a"), "href") == "/x"
    assert fields.attribute(page.css("a"), "title") is None
    assert fields.attribute(page.css("b"), "href") is None


@pytest.mark.parametrize(
    ("value", "expected"), [("a;b|c", ["a", "b", "c"]), (" ; ", None), ([], None), ("a", ["a"]), (7, ["7"])]
)
def test_split(value: Any, expected: list[str] | None) -> None:
    assert fields.split(value) == expected


def test_first_texts_dig_and_dicts() -> None:
    assert fields.first({"a": [], "b": "", "c": 3}, "a", "b", "c") == "3"
    assert fields.first([1], "a") is None
    assert fields.texts(["a", None, "", 1]) == ["a", "1"]
    assert fields.texts("a") is None
    assert fields.dig({"a": [{"b": 1}]}, "a", 0, "b") == 1
    assert fields.dig({"a": []}, "a", 0) is None
    assert fields.dicts({"x": {"a": 1}, "y": 2}) == [{"a": 1}]
    assert fields.dicts("x") == []
