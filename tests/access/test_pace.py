from __future__ import annotations

from math import inf

import attrs
import pytest

from travelcrawl.access.aimd import BELOW, CAREFUL, Pace
from travelcrawl.access.pace import (
    AT_FIRST,
    BEHIND,
    BOLD,
    HEED,
    HEEDED,
    IDLE,
    NEARLY,
    OUTDONE,
    PROOF,
    RISE,
    START,
    Kin,
    SitePace,
)


@attrs.define(eq=False)
class Lane:
    own: Pace = attrs.field(factory=Pace)
    limit: float = inf


def learning(*keys: Lane) -> SitePace:
    pace = SitePace(learns=True)
    for key in keys:
        pace.answered(key, 0.0)
    return pace


def climb(pace: SitePace, key: Lane, answers: int) -> None:
    for _ in range(answers):
        pace.answered(key, pace.rate_of(key))


def test_the_first_to_answer_goes_ahead_and_the_others_stay_behind() -> None:
    scout, other = Lane(), Lane()
    pace = learning(scout, other)
    assert (pace.rate_of(scout), pace.rate_of(other)) == (START, AT_FIRST)
    climb(pace, scout, 64)
    assert pace.rate_of(scout) > START * 4
    assert START < pace.rate_of(other) < pace.rate_of(scout)


def test_answers_that_left_without_haste_prove_nothing() -> None:
    scout = Lane()
    pace = learning(scout)
    for _ in range(100):
        pace.answered(scout, 0.0)
    assert pace.rate_of(scout) == START


def test_one_refusal_holds_all_until_the_scout_has_proved_less() -> None:
    scout, other = Lane(), Lane()
    pace = learning(scout, other)
    climb(pace, scout, 64)
    refused = pace.rate_of(scout)
    pace.refused(scout, now=20.0, sent_at=19.9, seen=refused)
    assert (pace.rate_of(scout), pace.rate_of(other)) == (refused / 2, AT_FIRST)
    pace.refused(scout, now=20.1, sent_at=19.95, seen=refused)
    assert pace.rate_of(scout) == refused / 2, "it left before the first refusal came"
    climb(pace, scout, 3 * PROOF)
    assert pace.rate_of(other) == pytest.approx(pace.rate_of(scout), rel=1e-3)
    assert pace.rate_of(other) == pytest.approx(BELOW * refused, rel=1e-3)


def test_another_that_is_refused_slows_down_alone_two_slow_down_all() -> None:
    scout, one, two, three = Lane(), Lane(), Lane(), Lane()
    pace = learning(scout, one, two, three)
    climb(pace, scout, 64)
    before = pace.rate_of(three)
    pace.refused(one, now=10.0, sent_at=9.9, seen=before)
    assert pace.rate_of(one) == before / 2
    assert pace.rate_of(three) == before
    climb(pace, one, 1)
    assert pace.rate_of(one) > before / 2
    pace.refused(two, now=100.0, sent_at=99.9, seen=before)
    assert pace.rate_of(three) == before, "that was long ago"
    pace.refused(three, now=110.0, sent_at=109.9, seen=before)
    assert pace.rate_of(scout) <= before / 2


def test_what_is_set_is_never_exceeded_and_ends_the_search_when_proved() -> None:
    scout, other = Lane(limit=3.0), Lane(limit=3.0)
    pace = learning(scout, other)
    assert pace.rate_of(scout) == 3.0
    climb(pace, scout, PROOF)
    assert pace.rate_of(scout) == pace.rate_of(other) == 3.0


@pytest.mark.parametrize(("limit", "rate"), [(0.6, 0.6), (1.0, START), (4.0, START)])
def test_a_low_rate_that_is_set_is_believed_from_the_first_answer_on(limit: float, rate: float) -> None:
    scout, other = Lane(limit=limit), Lane(limit=limit)
    pace = learning(scout, other)
    assert pace.rate_of(other) == rate
    pace.refused(scout, now=1.0, sent_at=0.9, seen=limit)
    assert pace.rate_of(other) <= limit / 2


def test_a_site_without_a_limit_is_taken_for_that_in_the_end() -> None:
    scout, other = Lane(), Lane()
    pace = learning(scout, other)
    climb(pace, scout, 3000)
    assert pace.rate_of(other) == pace.rate_of(scout) == inf


def test_without_learning_nothing_is_slow_before_the_first_refusal() -> None:
    one, two = Lane(), Lane()
    pace = SitePace(learns=False)
    pace.answered(one, inf)
    assert pace.rate_of(one) == inf
    pace.refused(two, now=1.0, sent_at=0.5, seen=10.0)
    assert pace.rate_of(one) == pace.rate_of(two) == 5.0


def test_another_takes_over_when_the_scout_is_out_of_use() -> None:
    scout, other = Lane(), Lane()
    pace = learning(scout, other)
    climb(pace, scout, 64)
    follow = pace.rate_of(other)
    pace.without(other)
    pace.without(scout)
    assert pace.rate_of(scout) == follow
    climb(pace, other, 1)
    assert pace.rate_of(other) >= follow


@pytest.mark.parametrize(("doubtful", "soon"), [(False, BELOW), (True, NEARLY)])
def test_all_rise_slowly_and_sooner_where_the_rate_was_a_guess(doubtful: bool, soon: float) -> None:
    scout, other = Lane(), Lane()
    pace = learning(scout, other)
    seen = pace.rate_of(scout)
    pace.refused(scout, now=1.0, sent_at=0.5, seen=4.0, doubtful=doubtful)
    assert pace.lead.ceiling == pytest.approx((CAREFUL if doubtful else BELOW) * seen)
    climb(pace, other, 200)
    assert pace.rate_of(other) == pytest.approx(AT_FIRST * soon / (CAREFUL if doubtful else BELOW), rel=0.02)
    climb(pace, scout, 2 * PROOF)
    assert pace.rate_of(scout) == pytest.approx(soon * seen, rel=0.02)
    ceiling = pace.lead.ceiling
    climb(pace, other, 2000)
    assert pace.lead.ceiling == pytest.approx(ceiling * (1 + RISE) ** 2000)


def test_a_worker_that_follows_keeps_off_the_scout_until_it_knows() -> None:
    scout, other = Lane(), Lane()
    pace = SitePace(learns=True, leads=False)
    pace.adopt(scout, 8.0, inf, 3.0, learns=True)
    assert (pace.rate_of(scout), pace.rate_of(other)) == (0.0, 3.0)
    pace.answered(scout, 8.0)
    pace.refused(other, now=1.0, sent_at=0.5, seen=3.0)
    pace.refused(scout, now=1.0, sent_at=0.5, seen=3.0)
    assert (pace.lead.rate, pace.rate_of(other)) == (8.0, 1.5)
    pace.adopt(scout, 3.0, 3.0, 3.0, learns=True)
    assert pace.rate_of(scout) == scout.own.rate


@pytest.mark.parametrize(("limit", "ceiling"), [(0.6, BELOW * 0.6), (inf, BELOW * 0.2)], ids=["set", "not-set"])
def test_a_refusal_after_a_lull_says_little_where_the_rate_is_set(limit: float, ceiling: float) -> None:
    one, two = Lane(limit=limit), Lane(limit=limit)
    pace = SitePace(learns=False)
    pace.refused(one, now=50.0, sent_at=49.9, seen=0.2)
    assert pace.lead.ceiling == pytest.approx(ceiling)
    pace.refused(one, now=60.0, sent_at=59.9, seen=0.2)
    assert pace.lead.ceiling == pytest.approx(max(BELOW * 0.2, BELOW * ceiling / 2) if limit < inf else BELOW * 0.1)
    climb(pace, one, 3000)
    assert pace.rate_of(two) <= limit


def test_what_a_site_says_itself_ends_the_search() -> None:
    one, two = Lane(), Lane()
    pace = learning(one, two)
    pace.trust()
    assert pace.rate_of(one) == pace.rate_of(two) == inf
    pace.refused(one, now=1.0, sent_at=0.5, seen=4.0)
    pace.trust()
    assert pace.rate_of(two) == 2.0


def kin_of(count: int) -> list[SitePace]:
    kin = Kin()
    return [SitePace(learns=True, kin=kin) for _ in range(count)]


def test_one_site_finds_a_limit_out_and_the_others_take_a_little_less() -> None:
    (first, second), scout, one, two = kin_of(2), Lane(), Lane(), Lane()
    first.answered(scout, 0.0)
    second.answered(one, 0.0)
    assert first.rate_of(scout) == START
    assert second.rate_of(one) == pytest.approx(HEED * AT_FIRST)
    climb(first, scout, 64)
    assert second.rate_of(one) == pytest.approx(HEED * first.follow)
    assert second.rate_of(two) == AT_FIRST, "its own scout goes ahead"
    climb(second, one, PROOF)
    assert second.rate_of(two) == pytest.approx(HEED * BEHIND * first.follow)
    for _ in range(HEEDED // IDLE + 1):
        climb(first, scout, 1)
        climb(second, two, IDLE)
    assert second.rate_of(one) > HEED * first.follow


def test_who_has_nothing_more_to_ask_finds_nothing_out() -> None:
    (first, second), scout, one = kin_of(2), Lane(), Lane()
    first.answered(scout, 0.0)
    climb(second, one, IDLE)
    assert second.elder is first
    climb(second, one, 2)
    assert first.elder is second
    assert second.elder is None


def test_who_has_proved_more_is_heeded() -> None:
    (first, second, third), scout, one = kin_of(3), Lane(), Lane()
    first.answered(scout, 0.0)
    first.refused(scout, now=1.0, sent_at=0.9, seen=0.3)
    second.refused(one, now=1.0, sent_at=0.9, seen=2.0)
    climb(second, one, 8 * PROOF)
    assert third.elder is second


def test_who_was_refused_for_sure_is_heeded_where_another_has_only_proved_more() -> None:
    (first, second, third), scout, one, two = kin_of(3), Lane(), Lane(), Lane()
    first.answered(scout, 0.0)
    climb(first, scout, 64)
    assert third.elder is first
    second.refused(one, now=5.0, sent_at=4.9, seen=0.8)
    climb(first, scout, 5)
    assert third.elder is second
    assert third.rate_of(two) < HEED * 0.8


def test_a_few_requests_too_many_at_once_are_no_limit_where_others_prove_more() -> None:
    (first, second), scout, one = kin_of(2), Lane(), Lane()
    first.answered(scout, 0.0)
    climb(first, scout, 64)
    second.refused(one, now=0.1, sent_at=0.0, seen=0.5, doubtful=True)
    climb(second, one, OUTDONE)
    assert second.elder is first
    second.refused(one, now=60.0, sent_at=59.0, seen=0.5, doubtful=True)
    climb(second, one, 3 * OUTDONE)
    assert second.elder is None


def test_a_site_that_is_refused_knows_better_than_its_kin() -> None:
    (first, second), scout, one, two = kin_of(2), Lane(), Lane(), Lane()
    first.answered(scout, 0.0)
    climb(first, scout, 64)
    second.refused(two, now=5.0, sent_at=4.9, seen=0.4)
    assert second.elder is None
    assert second.rate_of(two) == pytest.approx(0.2)
    assert second.rate_of(one) == pytest.approx(HEED * BELOW * 0.4), "it was not refused"


@pytest.mark.parametrize("limit", [3.0, inf], ids=["set", "no-limit"])
def test_where_nothing_is_to_be_learned_nobody_is_heeded(limit: float) -> None:
    (first, second), scout, one = kin_of(2), Lane(limit=limit), Lane(limit=limit)
    climb(first, scout, 1)
    climb(first, scout, 3000)
    second.answered(one, 0.0)
    assert second.elder is None
    assert second.rate_of(one) == min(limit, BOLD if limit < inf else START)
