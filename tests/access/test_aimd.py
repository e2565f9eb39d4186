from math import inf

import pytest

from travelcrawl.access.aimd import BELOW, SLOWEST, Pace


def test_a_refusal_halves_at_once_and_answers_climb_back_to_a_little_below() -> None:
    pace = Pace(rate=8.0)
    pace.refused(20.0)
    assert (pace.rate, pace.ceiling) == (4.0, BELOW * 8.0)
    rates = []
    for _ in range(7):
        pace.answered()
        rates.append(pace.rate)
    assert rates == sorted(rates)
    assert rates[0] - 4.0 == pytest.approx(rates[1] - rates[0])
    assert rates[-1] == BELOW * 8.0


def test_what_was_refused_once_is_not_cut_to_nothing_by_one_more() -> None:
    pace = Pace(rate=8.0)
    pace.refused(8.0)
    pace.refused(0.0001)
    assert pace.rate == pytest.approx(BELOW * 8.0 / 4)
    for _ in range(40):
        pace.refused(0.0)
    assert pace.rate == SLOWEST


def test_nothing_refused_nothing_climbs() -> None:
    pace = Pace()
    pace.answered()
    assert pace.rate == inf
