from __future__ import annotations

import pytest

from sandbox.hardlistings import Profile, Writer
from sandbox.hardpairs import City, labelled


def listings(seed: int, *, han: bool) -> list[dict[str, str]]:
    city = City(seed, han=han, size=300, pairs=[("Elm Inn", "The Elm Inn", "hotel")])
    return [
        one
        for name in "ab"
        for one in Writer(city, Profile(name=name, phones=0.5, osm=name == "a", noise=1.0)).listings()
    ]


@pytest.mark.parametrize("han", [True, False])
def test_the_same_seed_makes_the_same_city(han: bool) -> None:
    assert listings(3, han=han) == listings(3, han=han)
    assert listings(3, han=han) != listings(4, han=han)


@pytest.mark.parametrize("han", [True, False])
def test_truth_joins_what_is_one_place(han: bool) -> None:
    made = listings(5, han=han)
    place = {(one["source"], one["id"]): one["place"] for one in made}
    truth = labelled(made)
    assert len(truth) > 50
    for one, other in truth:
        assert one < other
        assert one[0] != other[0]
        assert place[one] == place[other]


def test_hard_cases_are_there() -> None:
    made = listings(6, han=True)
    names = [one["name"] for one in made]
    assert any("停车场" in name or "门" in name for name in names)
    assert any("店" in name for name in names)
    assert len(set(names)) < len(names)
    assert any(";" in one["phone"] for one in made)
