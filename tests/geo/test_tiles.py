from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travelcrawl.geo.tiles import FINEST, Tile

STEP = 0.000001
CHENGDU = Tile(102.99, 30.09, 104.9, 31.44)


@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    west = draw(st.integers(73_000_000, 135_000_000))
    south = draw(st.integers(3_000_000, 53_000_000))
    width, height = (draw(st.sampled_from((1, 2, 3, 999, 1_000_001, draw(st.integers(1, 9_000_000))))) for _ in "wh")
    return Tile(west / 1e6, south / 1e6, (west + width) / 1e6, (south + height) / 1e6)


def leaves(tile: Tile, depth: int) -> Iterator[Tile]:
    parts = tile.split()
    if depth == 0 or parts == (tile,):
        yield tile
        return
    for part in parts:
        yield from leaves(part, depth - 1)


@given(tiles(), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_each_point_lies_in_one_quarter_and_the_quarters_are_the_tile(tile: Tile, x: float, y: float) -> None:
    parts = tile.split()
    inner = [(part.west, part.south) for part in parts]
    points = [
        (tile.west + x * (tile.east - tile.west), tile.south + y * (tile.north - tile.south)),
        (tile.west, tile.south),
        *inner,
    ]
    for lon, lat in points:
        assert sum(part.covers(lon, lat) for part in parts) == tile.covers(lon, lat)
    assert Tile.around([(part.west, part.south) for part in parts]).west == pytest.approx(tile.west)  # type: ignore[union-attr]
    assert (max(part.east for part in parts), max(part.north for part in parts)) == (tile.east, tile.north)
    assert sum((part.east - part.west) * (part.north - part.south) for part in parts) == pytest.approx(
        (tile.east - tile.west) * (tile.north - tile.south)
    )


@given(tiles(), st.integers(0, 4))
def test_corners_stay_on_the_grid_that_platforms_take(tile: Tile, depth: int) -> None:
    for leaf in leaves(tile, depth):
        for value in (leaf.west, leaf.south, leaf.east, leaf.north):
            assert float(f"{value:.6f}") == value


@given(st.lists(st.tuples(st.floats(73, 135), st.floats(3, 53)), min_size=1))
def test_a_tile_around_points_covers_them(points: list[tuple[float, float]]) -> None:
    tile = Tile.around(points)
    assert tile is not None
    assert all(tile.covers(*point) for point in points)


def test_around_nothing_there_is_no_tile() -> None:
    assert Tile.around([]) is None


def test_splitting_ends_below_two_hundred_metres_and_is_not_endless() -> None:
    tile, depth = CHENGDU, 0
    while not tile.is_finest:
        tile, depth = tile.split()[0], depth + 1
    assert FINEST <= tile.side < 2 * FINEST
    assert depth == 10


@pytest.mark.parametrize(
    ("tile", "parts"), [(Tile(104, 30, 104 + STEP, 30 + STEP), 1), (Tile(104, 30, 104 + STEP, 31), 2)]
)
def test_what_is_a_step_wide_is_not_halved(tile: Tile, parts: int) -> None:
    assert len(tile.split()) == parts
