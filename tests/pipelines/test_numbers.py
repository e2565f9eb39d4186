import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travelcrawl.pipelines.numbers import LARGEST_COUNT, count, duration, number, rating, source_rating


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1.2万", 12_000),
        ("1.2万+", 12_000),
        ("3亿", 300_000_000),
        ("2.5w", 25_000),
        ("3K", 3000),
        ("1,234", 1234),
        ("1,234条评论", 1234),
        ("999+", 999),
        ("１２", 12),
        ("(1.2万)", 12_000),
        ("全部评论(88)", 88),
        ("一百二十", 120),
        ("两千", 2000),
        ("约三百人", 300),
        ("十多个", 10),
        ("3 天", 3),
        (12, 12),
        (12.0, 12),
        ("0", 0),
        ("1.15万", 11_500),
        ("赞", None),
        ("4.6", None),
        (4.6, None),
        ("-5", None),
        (-5, None),
        ("3km", None),
        ("第3条/共120条", None),
        ("十" * 20, None),
        (True, None),
        (None, None),
        ("", None),
        (math.nan, None),
        (math.inf, None),
        (10**400, None),
        (LARGEST_COUNT + 1, None),
        ("9" * 18, None),
        ("9" * 5000, None),
        ([1], None),
    ],
)
def test_count(raw: object, expected: int | None) -> None:
    assert count(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("116.397", 116.397),
        (" -0.5 ", -0.5),
        ("１１６．５", 116.5),
        ("1,234.5", 1234.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (7, 7.0),
        ("116.397°", None),
        ("116.3,39.9", None),
        ("116,39", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        (math.nan, None),
        (math.inf, None),
        (10**400, None),
        (False, None),
        (None, None),
    ],
)
def test_number(raw: object, expected: float | None) -> None:
    assert number(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("12:34", 754.0), ("1:02:03", 3723.0), (187, 187.0), ("187", 187.0), (-1, None), ("一会儿", None)],
)
def test_duration(raw: object, expected: float | None) -> None:
    assert duration(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("4.6", (4.6, None)),
        ("4.6分", (4.6, None)),
        ("8/10", (8.0, 10.0)),
        ("8 / 0", (8.0, None)),
        (45, (45.0, None)),
        ("好评", (None, None)),
        (None, (None, None)),
    ],
)
def test_source_rating(raw: object, expected: tuple[float | None, float | None]) -> None:
    assert source_rating(raw) == expected


@pytest.mark.parametrize(
    ("source", "scale", "expected"),
    [
        (4.6, 5, (4.6, None)),
        (45, 50, (4.5, None)),
        (9.2, 10, (4.6, None)),
        (5, 5, (5.0, None)),
        (0, 5, (None, None)),
        (None, 5, (None, None)),
        (4.6, None, (None, "no_scale")),
        (45, 5, (None, "out_of_range")),
        (-1, 5, (None, "out_of_range")),
        (3, 0, (None, "out_of_range")),
        (3, math.nan, (None, "out_of_range")),
    ],
)
def test_rating(source: float | None, scale: float | None, expected: tuple[float | None, str | None]) -> None:
    assert rating(source, scale) == expected


@given(
    st.one_of(
        st.text(), st.from_regex(r"[\d.,万亿千百一二十wk+-]{0,12}"), st.integers(), st.floats(), st.binary(), st.none()
    )
)
def test_nothing_raises_and_bounds_hold(raw: object) -> None:
    found = count(raw)
    assert found is None or (0 <= found <= LARGEST_COUNT and count(found) == found)
    measured = number(raw)
    assert measured is None or (math.isfinite(measured) and number(measured) == measured)
    duration(raw)
    source_rating(raw)
