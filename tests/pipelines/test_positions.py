import math

import pytest

from travelcrawl.pipelines.positions import datum, is_outside, position


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("GCJ-02", "GCJ-02"),
        ("gcj02", "GCJ-02"),
        ("bd09ll", "BD-09"),
        ("WGS 84", "WGS-84"),
        ("EPSG:4326", "WGS-84"),
        ("CGCS2000", None),
        ("x" * 1000, None),
        (4326, None),
    ],
)
def test_datum(raw: object, expected: str | None) -> None:
    assert datum(raw) == expected


@pytest.mark.parametrize(
    ("lon", "lat", "source", "expected"),
    [
        (121.473701, 31.230459, "WGS-84", (121.473701, 31.230459)),
        # shared vector 1 of every converter: Shanghai
        (121.531541859215, 31.17530398364597, "GCJ-02", (121.5272106, 31.1774276)),
        (-73.98, 40.75, "GCJ-02", (-73.98, 40.75)),
        (15.65, 78.22, "WGS-84", (15.65, 78.22)),
    ],
)
def test_position(lon: float, lat: float, source: str, expected: tuple[float, float]) -> None:
    found, refused = position(lon, lat, source)
    assert refused is None
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("lon", "lat", "source", "refused"),
    [
        (None, None, "GCJ-02", None),
        (121.4, None, "GCJ-02", "half"),
        (0, 0, "WGS-84", "zero"),
        (31.2, 121.4, "GCJ-02", "swapped"),
        (43.8, 87.6, "GCJ-02", "swapped"),
        (190, 31, "WGS-84", "out_of_range"),
        (121.4, 200, "WGS-84", "out_of_range"),
        (121.4, 31.2, None, "no_datum"),
    ],
)
def test_refused(lon: float | None, lat: float | None, source: str | None, refused: str | None) -> None:
    assert position(lon, lat, source) == (None, refused)


def test_nan_is_refused() -> None:
    assert position(math.nan, 31.2, "WGS-84") == (None, "out_of_range")


@pytest.mark.parametrize(
    ("named", "outside"),
    [
        (("810000", None, None), True),
        ((None, "澳门特别行政区", None), True),
        ((None, None, "香港"), True),
        (("440300", "广东省", "深圳市"), False),
        ((None, "台州", 3), False),
    ],
)
def test_what_the_fields_say_of_hong_kong_macau_and_taiwan(named: tuple[object, ...], outside: bool) -> None:
    assert is_outside(*named) is outside


def test_a_place_in_macau_near_the_border_stays_where_it_is() -> None:
    gate = (113.5491, 22.2155)
    assert position(*gate, "GCJ-02", inside=False) == (gate, None)
    assert position(*gate, "GCJ-02")[0] != gate
