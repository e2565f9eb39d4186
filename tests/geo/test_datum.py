from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from travelcrawl.errors import UsageError
from travelcrawl.geo.datum import BD09, DATUMS, GCJ02, WGS84, convert
from travelcrawl.geo.mainland import in_mainland

EVILTRANSFORM = "googollee/eviltransform@03ba58d python/test.py"
COORDTRANSFORM = "wandergis/coordTransform_py@39e54c6 README.md"
GCOORD = "hujiulong/gcoord@fa43556 test/fixtures/china-cities.json"
PUBLISHED = [
    # source of the values, datum, datum, point, expected, tolerance in metres
    (EVILTRANSFORM, WGS84, GCJ02, (121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), 0.001),
    (EVILTRANSFORM, GCJ02, WGS84, (121.531541859215, 31.17530398364597), (121.5272106, 31.1774276), 0.001),
    (EVILTRANSFORM, WGS84, GCJ02, (113.912316, 22.543847), (113.9171764808363, 22.540796131694766), 0.001),
    (EVILTRANSFORM, GCJ02, WGS84, (113.9171764808363, 22.540796131694766), (113.912316, 22.543847), 0.001),
    (EVILTRANSFORM, WGS84, GCJ02, (116.377817, 39.911954), (116.38404722455657, 39.91334545536069), 0.001),
    (EVILTRANSFORM, GCJ02, WGS84, (116.38404722455657, 39.91334545536069), (116.377817, 39.911954), 0.001),
    (COORDTRANSFORM, WGS84, GCJ02, (128.543, 37.065), (128.54820547949757, 37.065651049489816), 0.001),
    (COORDTRANSFORM, GCJ02, BD09, (128.543, 37.065), (128.54944656269413, 37.07113427883019), 0.001),
    # the expected value is a one-step inverse
    (COORDTRANSFORM, BD09, GCJ02, (128.543, 37.065), (128.5365893261212, 37.058754503281534), 0.3),
    (COORDTRANSFORM, WGS84, BD09, (128.543, 37.065), (128.55468192918485, 37.07168344938498), 0.001),
    # the expected values are the map providers' own
    (GCOORD, WGS84, GCJ02, (114.0164322, 33.0133556), (114.022306, 33.0115324), 1.0),
    (GCOORD, GCJ02, BD09, (114.022306, 33.0115324), (114.0287781, 33.0176697), 0.02),
    (GCOORD, BD09, GCJ02, (114.0287781, 33.0176697), (114.022306, 33.0115324), 0.2),
    (GCOORD, GCJ02, WGS84, (114.022306, 33.0115324), (114.0164322, 33.0133556), 1.0),
    (GCOORD, WGS84, GCJ02, (111.4622119, 27.242124), (111.4677938, 27.2388981), 1.0),
    (GCOORD, GCJ02, BD09, (111.4677938, 27.2388981), (111.4742271, 27.2451662), 0.02),
    (GCOORD, BD09, GCJ02, (111.4742271, 27.2451662), (111.4677938, 27.2388981), 0.2),
    (GCOORD, GCJ02, WGS84, (111.4677938, 27.2388981), (111.4622119, 27.242124), 1.0),
    (GCOORD, WGS84, GCJ02, (114.498916, 37.0700925), (114.5048503, 37.0705911), 1.0),
    (GCOORD, GCJ02, BD09, (114.5048503, 37.0705911), (114.5113116, 37.0766797), 0.02),
    (GCOORD, BD09, GCJ02, (114.5113116, 37.0766797), (114.5048503, 37.0705911), 0.2),
    (GCOORD, GCJ02, WGS84, (114.5048503, 37.0705911), (114.498916, 37.0700925), 1.0),
]
PAIRS = [(source, target) for source in DATUMS for target in DATUMS if source != target]


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (one[0] - other[0]) * math.cos(math.radians(other[1]))
    return math.hypot(east, one[1] - other[1]) * 111_320


@pytest.mark.parametrize(("origin", "source", "target", "point", "expected", "tolerance"), PUBLISHED)
def test_published_values(
    origin: str,
    source: str,
    target: str,
    point: tuple[float, float],
    expected: tuple[float, float],
    tolerance: float,
) -> None:
    in_korea = origin == COORDTRANSFORM
    assert metres(convert(*point, source, target, inside=True), expected) <= tolerance
    moved = convert(*point, source, target)
    assert metres(moved, point if in_korea else expected) <= tolerance


@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(lon=st.floats(73.5, 134.8), lat=st.floats(17.9, 53.6))
def test_there_and_back_is_the_same_point(source: str, target: str, lon: float, lat: float) -> None:
    start = convert(lon, lat, WGS84, source)
    moved = convert(*start, source, target)
    if in_mainland(lon, lat):
        assert moved != start
        assert metres(convert(*moved, target, source), start) < 0.001


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_inverse_over_the_whole_mainland(source: str, target: str) -> None:
    lons, lats = np.meshgrid(np.linspace(73.5, 134.8, 300), np.linspace(18, 53.5, 300))
    inside = in_mainland(lons, lats)
    start = convert(lons[inside], lats[inside], WGS84, source)
    back = convert(*convert(*start, source, target), target, source)
    east = (back[0] - start[0]) * np.cos(np.radians(start[1]))
    assert inside.sum() > 30_000
    assert np.hypot(east, back[1] - start[1]).max() * 111_320 < 0.001


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_arrays_and_numbers_agree(source: str, target: str) -> None:
    rng = np.random.default_rng(7)
    lons, lats = rng.uniform(70, 140, (3, 500)), rng.uniform(10, 60, (3, 500))
    moved = convert(lons, lats, source, target)
    assert moved[0].shape == lons.shape
    for lon, lat, *pair in zip(lons.flat, lats.flat, moved[0].flat, moved[1].flat, strict=True):
        assert convert(lon, lat, source, target) == pytest.approx(pair, abs=1e-11)


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("Shanghai", 121.4737, 31.2304),
        ("Chongming, Shanghai", 121.40, 31.63),
        ("Shengsi, Zhejiang", 122.45, 30.73),
        ("Zhujiajian, Zhoushan", 122.40, 29.90),
        ("Changdao, Yantai", 120.73, 37.92),
        ("Dalian", 121.60, 38.91),
        ("Dongmen, Luohu, Shenzhen", 114.118, 22.546),
        ("Shatoujiao, Shenzhen", 114.235, 22.557),
        ("Nan'ao, Shenzhen", 114.490, 22.530),
        ("Xichong, Shenzhen", 114.530, 22.480),
        ("Wailingding island, Zhuhai", 114.030, 22.110),
        ("Guishan island, Zhuhai", 113.830, 22.140),
        ("Gongbei, Zhuhai", 113.549, 22.2195),
        ("Wanzai, Zhuhai", 113.525, 22.190),
        ("Chimelong, Hengqin, Zhuhai", 113.530, 22.096),
        ("Gulangyu, Xiamen", 118.067, 24.447),
        ("Convention centre, Xiamen", 118.182, 24.468),
        ("Xiaodeng island, Xiamen", 118.385, 24.555),
        ("Pingtan", 119.790, 25.500),
        ("Huangqi, opposite Matsu", 119.880, 26.330),
        ("Sanya", 109.50, 18.25),
        ("Haikou", 110.33, 20.03),
        ("Weizhou island, Beihai", 109.12, 21.04),
        ("Yongxing island, Sansha", 112.34, 16.83),
        ("Pingxiang, Guangxi", 106.75, 22.10),
        ("Hekou, Yunnan", 103.96, 22.53),
        ("Ruili, Yunnan", 97.85, 24.01),
        ("Lhasa", 91.13, 29.65),
        ("Zhangmu, Tibet", 85.98, 27.99),
        ("Kashgar", 75.99, 39.47),
        ("Tashkurgan", 75.23, 37.77),
        ("Khorgos", 80.41, 44.21),
        ("Erenhot", 111.98, 43.65),
        ("Manzhouli", 117.44, 49.60),
        ("Heihe", 127.50, 50.245),
        ("Suifenhe", 131.15, 44.40),
        ("Hunchun", 130.36, 42.86),
        ("Dandong", 124.385, 40.125),
    ],
)
def test_mainland_moves(place: str, lon: float, lat: float) -> None:
    assert in_mainland(lon, lat)
    assert 100 < metres(convert(lon, lat, WGS84, GCJ02), (lon, lat)) < 700
    assert 700 < metres(convert(*convert(lon, lat, WGS84, GCJ02), GCJ02, BD09), convert(lon, lat, WGS84, GCJ02)) < 1000


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("Central, Hong Kong", 114.158, 22.281),
        ("Airport, Hong Kong", 113.930, 22.310),
        ("Sheung Shui, Hong Kong", 114.128, 22.501),
        ("Lau Fau Shan, Hong Kong", 113.980, 22.468),
        ("Tung Ping Chau, Hong Kong", 114.430, 22.540),
        ("Taipei", 121.560, 25.030),
        ("Penghu", 119.570, 23.570),
        ("Kinmen, Jincheng", 118.317, 24.430),
        ("Kinmen, Mashan", 118.407, 24.515),
        ("Kinmen, Lieyu", 118.235, 24.430),
        ("Matsu, Nangan", 119.930, 26.155),
        ("Matsu, Dongyin", 120.490, 26.370),
        ("Wuqiu", 119.460, 24.990),
        ("Seoul", 126.98, 37.57),
        ("Pyongyang", 125.75, 39.03),
        ("Sinuiju", 124.40, 40.095),
        ("Jeju", 126.53, 33.50),
        ("Osaka", 135.50, 34.69),
        ("Fukuoka", 130.40, 33.59),
        ("Naha", 127.68, 26.21),
        ("Vladivostok", 131.89, 43.12),
        ("Blagoveshchensk", 127.54, 50.28),
        ("Ulaanbaatar", 106.90, 47.92),
        ("Almaty", 76.90, 43.25),
        ("Bishkek", 74.60, 42.87),
        ("Islamabad", 73.05, 33.68),
        ("Delhi", 77.20, 28.60),
        ("Kathmandu", 85.32, 27.71),
        ("Thimphu", 89.64, 27.47),
        ("Hanoi", 105.85, 21.03),
        ("Lao Cai", 103.97, 22.48),
        ("Mong Cai", 107.97, 21.525),
        ("Vientiane", 102.60, 17.97),
        ("Bangkok", 100.50, 13.75),
        ("Manila", 120.98, 14.60),
        ("Singapore", 103.85, 1.29),
        ("Paris", 2.35, 48.86),
        ("Null Island", 0.0, 0.0),
        ("North Pole", 0.0, 90.0),
    ],
)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_elsewhere_stays(place: str, lon: float, lat: float, source: str, target: str) -> None:
    assert not in_mainland(lon, lat)
    assert convert(lon, lat, source, target) == (lon, lat)


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("Lo Wu station, Hong Kong", 114.1133, 22.5280),
        ("Senado, Macau", 113.5399, 22.1937),
        ("A-Ma temple, Macau", 113.5313, 22.1861),
        ("Border gate, Macau", 113.5493, 22.2147),
        ("Taipa, Macau", 113.560, 22.155),
        ("Coloane, Macau", 113.560, 22.120),
        ("University of Macau on Hengqin", 113.544, 22.129),
        ("Muse, Myanmar", 97.90, 23.98),
    ],
)
def test_elsewhere_stays_near_the_border_too(place: str, lon: float, lat: float) -> None:
    assert not in_mainland(lon, lat)
    assert convert(lon, lat, WGS84, GCJ02) == (lon, lat)
    assert convert(lon, lat, WGS84, BD09) == (lon, lat)
    assert {convert(lon, lat, source, target, inside=False) for source, target in PAIRS} == {(lon, lat)}


def test_border_is_decided_on_the_wgs84_point() -> None:
    futian = (114.060, 22.5190)
    moved = convert(*futian, WGS84, GCJ02)
    assert in_mainland(*futian)
    assert not in_mainland(*moved)
    assert metres(convert(*moved, GCJ02, WGS84), futian) < 0.001
    assert convert(*moved, GCJ02, WGS84, inside=False) == moved
    assert convert(*moved, WGS84, GCJ02) == moved


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("inside", [None, True, False])
def test_what_is_no_number_stays(value: float, inside: bool | None) -> None:
    for point in ((value, 31.0), (121.0, value), (value, value)):
        assert convert(*point, GCJ02, WGS84, inside=inside) == pytest.approx(point, nan_ok=True, abs=0)
    lons, lats = convert([121.5, value, 116.4], [31.2, 39.9, value], GCJ02, WGS84, inside=inside)
    assert (lons[0] == 121.5) == (inside is False)
    np.testing.assert_array_equal([lons[1], lats[2]], [value, value])
    assert (lats[1], lons[2]) == (39.9, 116.4)


def test_who_knows_better_says_so() -> None:
    lons, lats = np.array([114.158, 116.4, 126.98]), np.array([22.281, 39.9, 37.57])
    moved, _ = convert(lons, lats, WGS84, GCJ02, inside=np.array([True, False, False]))
    assert (moved != lons).tolist() == [True, False, False]
    assert convert(116.4, 39.9, WGS84, GCJ02, inside=False) == (116.4, 39.9)
    assert convert(114.158, 22.281, WGS84, GCJ02, inside=True)[0] == pytest.approx(moved[0], abs=1e-11)


def test_same_datum_changes_nothing_and_input_is_not_touched() -> None:
    lons, lats = np.array([116.4]), np.array([39.9])
    assert convert(116.4, 39.9, BD09, BD09) == (116.4, 39.9)
    np.testing.assert_array_equal(convert(lons, lats, GCJ02, GCJ02), [lons, lats])
    convert(lons, lats, WGS84, BD09)
    assert (lons[0], lats[0]) == (116.4, 39.9)
    assert convert([], [], WGS84, GCJ02)[0].shape == (0,)
    assert isinstance(convert(116, 39, WGS84, GCJ02)[0], float)


@pytest.mark.parametrize(("source", "target"), [("GCJ02", WGS84), (WGS84, "wgs84"), ("", BD09)])
def test_unknown_datum(source: str, target: str) -> None:
    with pytest.raises(UsageError, match="known are WGS-84, GCJ-02, BD-09"):
        convert(116.4, 39.9, source, target)
