from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from travelcrawl.access.health import Health
from travelcrawl.access.verdicts import Verdict


def fail(health: Health, now: float, *, at_once: bool = False, sent_at: float | None = None) -> float:
    """Book a fault; return the seconds it rests."""
    sent = now if sent_at is None else sent_at
    health.failed(now, sent, Verdict.EGRESS_FAULT, 4.0, Random(1), at_once=at_once)
    return max(0.0, health.rests_until - now)


def tried(answers: int = 9) -> Health:
    health = Health()
    for _ in range(answers):
        health.answered(0.1)
    return health


def test_the_first_fault_of_a_good_one_is_let_pass_and_further_ones_rest_it_twice_as_long_each() -> None:
    health, now = tried(), 0.0
    rests = []
    for _ in range(12):
        rests.append(fail(health, now))
        now += 1000
    assert rests[0] == 0.0
    assert 3.2 <= rests[1] <= 4.8
    assert all(1.3 * first < second for first, second in pairwise(rests[1:7]))
    assert 480 <= rests[-1] <= 720


def test_one_never_tried_rests_long_at_once() -> None:
    assert 6.4 <= fail(Health(), 0.0) <= 9.6


def test_a_ban_rests_at_once() -> None:
    assert fail(tried(), 0.0, at_once=True) > 3.0


def test_faults_that_left_together_are_one() -> None:
    health = tried()
    for _ in range(10):
        fail(health, 5.0, sent_at=4.0)
    assert health.level == 1.0


@pytest.mark.parametrize(("every", "rests"), [(3, True), (6, False)])
def test_who_fails_more_than_one_time_in_four_rests_more_and_more(every: int, rests: bool) -> None:
    health = tried()
    for now in range(600):
        if now % every:
            health.answered(0.1)
        else:
            fail(health, float(now))
    assert (health.rests_until > 600) is rests


def test_on_trial_until_it_answered() -> None:
    health = Health()
    assert health.on_trial
    health.answered(0.1)
    assert not health.on_trial
    fail(health, 0.0)
    assert health.on_trial


@pytest.mark.parametrize(
    ("latencies", "timeouts", "failures", "expected"),
    [
        ([], 0, 0, 5.0),
        ([], 0, 3, 5.0),
        ([0.05] * 20, 0, 0, 2.0),
        ([0.05] * 20, 2, 0, 8.0),
        ([0.05] * 20, 0, 2, 8.0),
        ([0.05] * 20, 9, 9, 30.0),
        ([-1.0], 0, 0, 5.0),
    ],
)
def test_timeouts_are_learned(latencies: list[float], timeouts: int, failures: int, expected: float) -> None:
    health = Health()
    for latency in latencies:
        health.answered(latency)
    for _ in range(timeouts):
        health.timed_out()
    assert health.timeout(5.0, 30.0, failures) == pytest.approx(expected)


def test_a_slow_one_is_waited_for() -> None:
    health = Health()
    for latency in (1.0, 4.0, 2.0, 3.0):
        health.answered(latency)
    assert 4.5 < health.timeout(5.0, 30.0) < 12.0
