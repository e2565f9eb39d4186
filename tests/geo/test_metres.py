import pytest

from travelcrawl.geo.metres import Point, apart, vector


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((118.8, 31.9), (118.8, 31.9), (0, 0)),
        ((118.8, 31.9), (118.8, 31.91), (0, 1111.95)),
        ((118.8, 60.0), (118.81, 60.0), (555.98, 0)),
        ((179.999, 0.0), (-179.999, 0.0), (222.39, 0)),
    ],
)
def test_vector(one: Point, other: Point, metres: tuple[float, float]) -> None:
    assert vector(one, other) == pytest.approx(metres, abs=0.1)


def test_apart_is_its_length() -> None:
    assert apart((0.0, 0.0), (0.003, 0.004)) == pytest.approx(555.98, abs=0.1)
