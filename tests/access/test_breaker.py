from __future__ import annotations

from math import inf
from random import Random

import pytest

from travelcrawl.access.breaker import LONGEST_PAUSE, Breaker, State


def refuse(breaker: Breaker, now: float, *egresses: str) -> bool:
    return sum(breaker.book(now, egress, refused=True) for egress in egresses) > 0


@pytest.mark.parametrize(
    ("refused", "answered", "opens"),
    [
        (["a"] * 20, 0, False),
        (["a", "b"] * 10, 0, False),
        (["a", "b", "c"] * 4, 0, True),
        (["a", "b", "c"] * 4, 6, True),
        (["a", "b", "c"] * 3, 8, False),
        (["a", "b", "c"] * 3, 0, False),
    ],
)
def test_a_share_of_refusals_across_several_egresses_opens_it(refused: list[str], answered: int, opens: bool) -> None:
    breaker = Breaker(Random(1))
    for number in range(answered):
        breaker.book(0.0, f"good{number}", refused=False)
    assert refuse(breaker, 1.0, *refused) is opens
    assert breaker.state is (State.OPEN if opens else State.CLOSED)


def test_what_is_long_ago_counts_no_more() -> None:
    breaker = Breaker(Random(1))
    for minute in range(12):
        assert not refuse(breaker, 61.0 * minute, "abc"[minute % 3])


def test_one_probe_at_a_time_and_longer_pauses_until_one_is_answered() -> None:
    breaker, now, pauses = Breaker(Random(1)), 0.0, []
    refuse(breaker, now, *"abc" * 4)
    for number in range(12):
        pauses.append(breaker.wait(now))
        now += pauses[-1]
        assert breaker.wait(now) == 0.0
        breaker.leave(number)
        breaker.leave(number + 100)
        assert (breaker.state, breaker.wait(now)) == (State.HALF_OPEN, inf)
        assert not breaker.book(now, "z", refused=True, number=999), "what left before it opened says nothing new"
        breaker.book(now, "a", refused=True, number=number)
        breaker.left(number)
    assert pauses[:4] == sorted(pauses[:4])
    assert 0.8 * LONGEST_PAUSE <= pauses[-1] <= 1.2 * LONGEST_PAUSE
    now += pauses[-1]
    breaker.leave(50)
    breaker.book(now, "b", refused=False, number=50)
    assert (breaker.state, breaker.wait(now)) == (State.CLOSED, 0.0)


def test_a_probe_that_brings_nothing_gives_its_place_back() -> None:
    breaker = Breaker(Random(1))
    refuse(breaker, 0.0, *"abc" * 4)
    breaker.leave(1)
    breaker.left(2)
    assert breaker.wait(100.0) == inf
    breaker.left(1)
    assert breaker.wait(100.0) == 0.0
