import h3
import pytest

from travelcrawl.matching.areas import HALO, area_of, box_of, touched

HERE = (104.06, 30.65)


@pytest.mark.parametrize(
    ("lon", "lat", "adcode", "area"),
    [
        (*HERE, "510104", h3.latlng_to_cell(30.65, 104.06, 6)),
        (*HERE, None, h3.latlng_to_cell(30.65, 104.06, 6)),
        (None, None, "510104", "city:5101"),
        (104.06, None, "510100", "city:5101"),
        (None, None, None, None),
        (None, None, "51", None),
    ],
)
def test_area_of(lon: float | None, lat: float | None, adcode: str | None, area: str | None) -> None:
    assert area_of(lon, lat, adcode) == area


def test_every_area_that_reads_a_listing_is_touched() -> None:
    """Also those that only read it as a neighbour, and the city's, whose listings have no position."""
    middle = h3.latlng_to_cell(30.65, 104.06, 6)
    for step in range(200):
        lon, lat = 104.0 + step % 20 / 150, 30.6 + step // 20 / 100
        found = list(touched(lon, lat, "510104"))
        assert found[0] == area_of(lon, lat, None)
        assert found[-1] == "city:5101"
        assert len(set(found)) == len(found)
        assert (middle in found) == box_of(middle).holds(lon, lat)
    assert list(touched(None, None, "510104")) == ["city:5101"]
    assert list(touched(None, None, None)) == []


def test_a_box_holds_its_cell_and_two_kilometres_around() -> None:
    for lat in (0.0, 30.65, 60.0, -45.0, 85.0):
        cell = h3.latlng_to_cell(lat, 104.06, 6)
        box = box_of(cell)
        for north, east in h3.cell_to_boundary(cell):
            assert box.holds(east, north)
            for side in ((box.west, north), (box.east, north), (east, box.south), (east, box.north)):
                assert h3.great_circle_distance((north, east), side[::-1], unit="m") >= HALO * 0.99


def test_a_box_at_the_antimeridian_goes_round() -> None:
    box = box_of(h3.latlng_to_cell(-17.0, 179.999, 6))
    assert (box.west, box.east) == (-180.0, 180.0)
