from __future__ import annotations

import pytest

from sandbox.truth import b_cubed, columns, links, places
from sandbox.world import build_world

ONE, TWO, THREE = ("a", "1"), ("b", "1"), ("c", "1")


def test_the_world_as_a_table() -> None:
    world = build_world(size=48)
    place, made = places(world), columns(world)
    assert list(zip(made["source"], made["id"], strict=True)) == list(place)
    assert len({len(column) for column in made.values()}) == 1
    assert all(len({source for source, _ in pair}) == 2 for pair in links(place))


@pytest.mark.parametrize(
    ("found", "precision", "recall"),
    [
        ([[ONE, TWO]], 1.0, 1.0),
        ([], 1.0, 2 / 3),
        ([[ONE, TWO, THREE]], 5 / 9, 1.0),
        ([[TWO, THREE]], 2 / 3, 2 / 3),
    ],
)
def test_b_cubed(found: list[list[tuple[str, str]]], precision: float, recall: float) -> None:
    got = b_cubed(found, {ONE: 7, TWO: 7, THREE: 8})
    assert got == pytest.approx((precision, recall, 2 * precision * recall / (precision + recall)))
