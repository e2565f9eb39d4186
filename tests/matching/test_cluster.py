from __future__ import annotations

import random

import pytest

from travelcrawl.matching.cluster import cluster

A1, A2, B1, B2, C1, C2 = (("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("c", "1"), ("c", "2"))


@pytest.mark.parametrize(
    ("scores", "rules", "groups"),
    [
        ({}, {}, []),
        ({(A1, B1): 0.9}, {}, [(A1, B1)]),
        ({(A1, B1): 0.49}, {}, []),
        ({(A1, B1): 0.9, (A1, B2): 0.8}, {}, [(A1, B1)]),
        ({(A1, B1): 0.9, (A2, B1): 0.9}, {}, [(A1, B1)]),
        ({(A1, B1): 0.9, (B1, C1): 0.9, (A1, C1): 0.7}, {}, [(A1, B1, C1)]),
        # One link alone does not hold a third listing: (0.9 + 0) / 2 < 0.5.
        ({(A1, B1): 0.9, (B1, C1): 0.9}, {}, [(A1, B1)]),
        ({(A1, B1): 0.9}, {"cannot": [(A1, B1)]}, []),
        ({(A1, B1): 0.9}, {"cannot": [(B1, A1)], "must": [(A1, B1)]}, []),
        ({(A1, B1): 0.1}, {"must": [(A1, B1)]}, [(A1, B1)]),
        ({(A1, B1): 0.9, (A2, B1): 0.8}, {"must": [(A1, A2)]}, [(A1, A2, B1)]),
        ({(A1, B1): 0.9, (B1, C1): 0.8, (A1, C1): 0.8}, {"cannot": [(A1, C1)]}, [(A1, B1)]),
        ({(A1, B1): 0.9, (A2, B1): 0.9, (A2, B2): 0.8}, {}, [(A1, B1), (A2, B2)]),
        ({(A1, B1): 0.9, (B2, C2): 0.9}, {"must": [(A1, B1), (A1, B1), (B1, C1)]}, [(A1, B1, C1), (B2, C2)]),
    ],
)
def test_groups(scores: dict, rules: dict, groups: list) -> None:  # type: ignore[type-arg]
    assert list(cluster(scores, **rules).groups) == groups


def test_more_listings_than_sources_raise_the_alarm() -> None:
    found = cluster({(A1, B1): 0.9}, must=[(A1, A2), (B1, B2), (A1, B1)])
    assert found.groups == ((A1, A2, B1, B2),)
    assert len(found.alarms) == 1


def test_order_of_arrival_does_not_matter() -> None:
    chance = random.Random(7)
    keys = [(source, str(number)) for source in "abcdef" for number in range(12)]
    scores = {}
    for _ in range(400):
        one, other = sorted(chance.sample(keys, 2))
        if one[0] != other[0]:
            scores[one, other] = round(chance.random(), 1)
    expected = cluster(scores)
    for _ in range(10):
        items = list(scores.items())
        chance.shuffle(items)
        assert cluster(dict(items)) == expected
    sources = [[source for source, _ in group] for group in expected.groups]
    assert all(len(set(group)) == len(group) for group in sources)
