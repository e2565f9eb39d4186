"""The gate in a hostile web of events: what it costs, what it violates, how long it takes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import inf

import pytest

from tests.access.hostile import EPOCH, Bucket, Clock, Crawl, Window, gate_of
from travelcrawl.access.budgets import parse_budgets
from travelcrawl.access.egress import parse_egresses
from travelcrawl.access.gate import Ask, Gate, Grant, Outcome, Terms, Wait, Why
from travelcrawl.access.verdicts import Verdict
from travelcrawl.errors import UsageError

KINDS = ["good"] * 12 + ["dead"] * 3 + ["hanging"] * 3 + ["banned"] * 3 + ["slow"] * 2 + ["flapping"]
OK = Outcome(verdict=Verdict.OK, seconds=0.1)
ANY = Ask(site="s")


def granted(gate: Gate, ask: Ask = ANY) -> Grant:
    answer = gate.ask(ask)
    assert isinstance(answer, Grant), answer
    return answer


def waits(gate: Gate, ask: Ask = ANY) -> Wait:
    answer = gate.ask(ask)
    assert isinstance(answer, Wait), answer
    return answer


def send(gate: Gate, verdict: Verdict = Verdict.OK, ask: Ask = ANY, **more: float) -> Grant:
    grant = granted(gate, ask)
    gate.done(grant, Outcome(verdict=verdict, **{"seconds": 0.1, **more}))
    gate.left(grant)
    return grant


@pytest.mark.parametrize(
    ("limit", "rate", "pages", "most", "times"),
    [
        pytest.param(lambda: Bucket(0.63, 2), 0.6, 400, 2, 1.4, id="slow bucket"),
        pytest.param(lambda: Bucket(2.1, 2), 2, 800, 2, 1.8, id="bucket"),
        pytest.param(lambda: Bucket(5, 2), 5, 1500, 2, 2.0, id="fast bucket"),
        pytest.param(lambda: Bucket(5, 5), 5, 1500, 3, 2.2, id="bucket of a second"),
        pytest.param(lambda: Window(5, 1), 5, 1500, 2, 2.1, id="window"),
        # Its 429 says two seconds, which is not when the window ends.
        pytest.param(lambda: Window(20, 10), 2, 800, 4, 1.9, id="long window"),
        pytest.param(lambda: Window(6, 10), 0.6, 400, 4, 1.4, id="slow window"),
    ],
)
def test_a_limit_that_nobody_told_is_found_out_by_one(
    limit: Callable[[], Bucket | Window], rate: float, pages: int, most: int, times: float
) -> None:
    result = Crawl(KINDS, limit, seed=3).run(pages)
    assert result.answered >= pages * 0.99
    assert result.violations <= most
    assert result.sent <= 1.2 * pages
    assert result.seconds <= times * pages / (14.5 * rate)


def test_a_rate_that_is_set_is_kept_without_a_violation_and_without_delay() -> None:
    crawl = Crawl(KINDS, lambda: Bucket(0.63, 2), seed=1, budgets=parse_budgets("", 0.6))
    result = crawl.run(400)
    assert result.violations == 0
    assert result.seconds <= 1.25 * 400 / (14.5 * 0.6)
    bad = [result.by_egress[label] for label, kind in crawl.kinds.items() if kind in ("dead", "hanging", "banned")]
    assert max(bad) <= 6


def test_a_rate_set_too_high_is_learned_below() -> None:
    result = Crawl(KINDS, lambda: Bucket(3, 3), seed=1, budgets=parse_budgets("", 4.0)).run(800)
    assert result.violations <= 2


def test_the_same_seed_gives_the_same_crawl() -> None:
    assert len({Crawl(KINDS, lambda: Bucket(5, 2), seed=7).run(100).seconds for _ in range(2)}) == 1


def test_all_dead_pauses_says_so_and_does_not_loop(caplog: pytest.LogCaptureFixture) -> None:
    crawl = Crawl(["dead"] * 4, lambda: Bucket(5, 5), seed=1)
    result = crawl.run(200, longest=300.0)
    assert result.sent <= 4 * 7
    assert next(record.message for record in caplog.records if "pauses" in record.message).startswith(
        "s pauses: none of its 4 egresses is usable now; the first is tried again in "
    )
    assert waits(crawl.gate).why is Why.EGRESS


def test_one_egress_without_a_rate_costs_nothing() -> None:
    clock = Clock()
    gate = gate_of(clock, "direct")
    for _ in range(100):
        send(gate)
    assert granted(gate).timeout == 30.0


def test_no_list_is_direct() -> None:
    clock = Clock()
    assert granted(gate_of(clock)).session.proxy is None


def test_places_come_back_once_sent_or_not() -> None:
    gate = gate_of(Clock(), "a:1")
    first = granted(gate)
    assert waits(gate) == Wait(seconds=inf, why=Why.BUDGET)
    gate.left(first)
    gate.left(first)
    second = granted(gate)
    assert second.number != first.number
    assert waits(gate).seconds == inf


def test_an_egress_never_tried_gets_one_request_until_it_answered() -> None:
    gate = gate_of(Clock(), "a:1", "b:2")
    first, second = granted(gate), granted(gate)
    assert {first.session.egress, second.session.egress} == {"a:1", "b:2"}
    assert waits(gate).seconds == inf


@pytest.mark.parametrize(
    ("seconds", "why"),
    [(-10.0, None), (5.0, Why.NOT_BEFORE), (3600.0, Why.NOT_BEFORE), (100 * 86_400.0, None), (inf, None)],
)
def test_not_before(seconds: float, why: Why | None) -> None:
    answer = gate_of(Clock(), "direct").ask(Ask(site="s", not_before=EPOCH + seconds))
    assert (answer.why if isinstance(answer, Wait) else None) is why


def test_a_request_can_be_bound_to_an_egress_and_kept_off_others() -> None:
    gate = gate_of(Clock(), "a:1", "b:2", terms=Terms(budgets=parse_budgets("", 1000.0)))
    assert granted(gate, Ask(site="s", egress="b:2")).session.egress == "b:2"
    assert granted(gate, Ask(site="t", avoid=frozenset({"a:1"}))).session.egress == "b:2"
    assert granted(gate, Ask(site="u", egress="gone:3"))
    assert granted(gate, Ask(site="v", avoid=frozenset({"a:1", "b:2"}))), "avoiding all of them would wait for ever"


def test_who_asks_strictly_gets_no_other_egress_and_costs_nobody_a_token() -> None:
    gate = gate_of(Clock(), "a:1", "b:2", terms=Terms(budgets=parse_budgets("", 1.0)))
    gate.distrust("s", "a:1", "it lies")
    refused = [Ask(site="s", egress="a:1", strictly=True), Ask(site="s", avoid=frozenset({"b:2"}), strictly=True)]
    for ask in refused * 9:
        answer = gate.ask(ask)
        assert isinstance(answer, Wait)
        assert (answer.why, answer.seconds) == (Why.EGRESS, inf)
    assert granted(gate, Ask(site="s", egress="a:1")).session.egress == "b:2"
    question = Ask(site="s", egress="a:1", strictly=True, is_question=True)
    assert granted(gate, question).session.egress == "a:1"
    assert waits(gate, question).why is Why.BUDGET


def test_what_to_avoid_is_forgotten_only_where_others_rest_for_long() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1", "b:2")
    avoid = Ask(site="s", avoid=frozenset({"a:1"}))
    send(gate, Verdict.EGRESS_FAULT, Ask(site="s", egress="b:2"))
    assert waits(gate, avoid).why is Why.EGRESS
    gate.distrust("s", "b:2", "lies")
    assert granted(gate, avoid).session.egress == "a:1"


@pytest.mark.parametrize(("answered", "why"), [([], Why.EGRESS), (["t"], None), (["s"], None)])
def test_an_egress_that_never_answered_anybody_rests_everywhere(answered: list[str], why: Why | None) -> None:
    gate = gate_of(Clock(), "a:1")
    gate.site("t")
    for site in answered:
        send(gate, Verdict.OK, Ask(site=site))
    send(gate, Verdict.EGRESS_FAULT)
    answer = gate.ask(Ask(site="t"))
    assert (answer.why if isinstance(answer, Wait) else None) is why


def test_an_egress_that_has_answered_rests_as_long_as_it_fails() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1")
    for site in "st":
        send(gate, ask=Ask(site=site))
    rests = []
    for _ in range(5):
        send(gate, Verdict.EGRESS_FAULT, Ask(site="s"))
        rests.append(max(0.0, gate.site("t").lanes["a:1"].health.rests_until - clock()))
        clock.now = max(clock() + 0.1, gate.site("s").lanes["a:1"].health.rests_until)
    assert rests[0] == 0.0, "once is chance"
    assert 2.0 <= rests[1] <= 3.0
    assert rests[2] < rests[3] < rests[4] <= 1.2 * clock()
    send(gate, ask=Ask(site="s"))
    send(gate, Verdict.EGRESS_FAULT, Ask(site="s"))
    assert waits(gate, Ask(site="t")).why is Why.EGRESS, "it goes as it came"


def test_one_that_rested_is_tried_by_one_site_at_a_time() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1", "b:2", "c:3")
    a = frozenset({"b:2", "c:3"})
    for site in "st":
        send(gate, ask=Ask(site=site, avoid=a))
    clock.now += 10
    for site in "st":
        send(gate, Verdict.EGRESS_FAULT, Ask(site=site, avoid=a))
    clock.now += 10
    first = granted(gate, Ask(site="s", avoid=a))
    assert waits(gate, Ask(site="t", avoid=a)).seconds == pytest.approx(0.2)
    gate.done(first, OK)
    assert granted(gate, Ask(site="t", avoid=a))


@pytest.mark.parametrize(
    ("behind", "label"),
    [(0, None), (1, None), (9, "slow:1"), (inf, "slow:1")],
    ids=["the-last", "two", "many", "nobody-knows"],
)
def test_the_last_requests_wait_for_quick_egresses(behind: float, label: str | None) -> None:
    clock = Clock()
    gate = gate_of(clock, "slow:1", "a:1", "b:1", terms=Terms(budgets=parse_budgets("", 1.0)))
    for name, seconds in (("slow:1", 3.0), ("a:1", 0.1), ("b:1", 0.1)):
        send(gate, ask=Ask(site="s", egress=name), seconds=seconds)
    clock.now += 2
    for name in ("a:1", "b:1"):
        send(gate, ask=Ask(site="s", egress=name))
    answer = gate.ask(ANY, lambda: behind)
    assert (answer.session.egress if isinstance(answer, Grant) else None) == label
    if isinstance(answer, Wait):
        assert 0 < answer.seconds <= 1.0


def test_a_slow_one_that_finds_out_what_a_site_allows_is_not_waited_for_without_end() -> None:
    clock = Clock()
    gate = gate_of(clock, "slow:1", "a:1", terms=Terms(budgets=parse_budgets("", 1.0)))
    for name, seconds in (("slow:1", 3.0), ("a:1", 0.1)):
        send(gate, ask=Ask(site="s", egress=name), seconds=seconds)
    clock.now += 2
    site = gate.site("s")
    assert site.pace.scout is site.lanes["slow:1"]
    assert isinstance(gate.ask(ANY, lambda: 0), Grant)


@pytest.mark.parametrize(
    ("walls", "elsewhere", "rests"),
    [
        (3, Verdict.OK, True),
        (2, Verdict.OK, False),
        # A page that is behind a login for all: 119 of them had kept a whole crawl waiting (2026-11-29).
        (9, Verdict.LOGIN_REQUIRED, False),
    ],
)
def test_an_egress_that_is_asked_to_log_in_where_others_are_not_rests(
    walls: int, elsewhere: Verdict, rests: bool
) -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1", "b:2", "c:3")
    for _ in range(walls):
        send(gate, Verdict.LOGIN_REQUIRED, Ask(site="s", egress="a:1"))
        send(gate, elsewhere, Ask(site="s", avoid=frozenset({"a:1"})))
        clock.now += 3.0
    assert (gate.site("s").lanes["a:1"].health.rests_until > 0) is rests
    assert gate.site("s").lanes["b:2"].health.rests_until <= 0


def test_a_fault_that_showed_when_answers_were_read_is_booked() -> None:
    gate = gate_of(Clock(), "a:1", "b:2")
    send(gate, ask=Ask(site="s", egress="a:1"))
    gate.fault("s", "a:1", Verdict.SOFT_BLOCKED)
    gate.fault("s", "gone:9", Verdict.SOFT_BLOCKED)
    assert waits(gate, Ask(site="s", egress="a:1")).why is Why.EGRESS


@pytest.mark.parametrize(
    ("between", "why"), [([], Why.EGRESS), (["u"], None)], ids=["two-in-a-row", "an-answer-between"]
)
def test_an_egress_that_fails_twice_in_a_row_rests_everywhere(between: list[str], why: Why | None) -> None:
    gate = gate_of(Clock(), "a:1")
    for site in "stu":
        send(gate, ask=Ask(site=site))
    send(gate, Verdict.EGRESS_FAULT, Ask(site="s"))
    for site in between:
        send(gate, ask=Ask(site=site))
    send(gate, Verdict.EGRESS_FAULT, Ask(site="t"))
    answer = gate.ask(Ask(site="u"))
    assert (answer.why if isinstance(answer, Wait) else None) is why


def test_an_egress_that_nobody_knows_is_tried_by_one_site_at_a_time() -> None:
    gate = gate_of(Clock(), "a:1", "b:2", "c:3")
    first = [granted(gate) for _ in range(3)]
    assert waits(gate, Ask(site="t")) == Wait(seconds=0.2, why=Why.BUDGET)
    gate.done(first[0], OK)
    assert granted(gate, Ask(site="t")).session.egress == first[0].session.egress
    gate.left(first[1])
    assert granted(gate, Ask(site="t")).session.egress == first[1].session.egress


def test_who_lies_is_used_no_more_for_that_site() -> None:
    gate = gate_of(Clock(), "a:1")
    gate.distrust("s", "a:1", "decoys")
    gate.distrust("s", "nobody:1", "decoys")
    assert waits(gate) == Wait(seconds=inf, why=Why.EGRESS)
    assert waits(gate, Ask(site="s", egress="a:1")).seconds == inf
    assert granted(gate, Ask(site="t"))
    assert gate.state()["s"].egresses == {"failed": 1}


def test_who_fails_everywhere_or_lies_is_not_in_use() -> None:
    gate = gate_of(Clock(), "a:1", "b:1", "c:1")
    assert gate.in_use() == 3
    send(gate, Verdict.EGRESS_FAULT)
    assert gate.in_use() == 2
    gate.distrust("s", "c:1", "decoys")
    assert gate.in_use() == 1


def test_a_charge_makes_a_debt() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1", terms=Terms(budgets=parse_budgets("", 1.0)))
    page = send(gate)
    robots = gate.charge(page.session)
    assert robots.session is page.session
    gate.done(robots, OK)
    gate.left(robots)
    assert waits(gate).seconds == pytest.approx(1.95)
    gate.replace(parse_egresses("http://b:2"))
    gate.left(gate.charge(page.session))


@pytest.mark.parametrize(
    ("budgets", "seconds"), [('{"*": {"rate": 0.5}}', 2.0), ('{"*": {"rate": 0.5, "burst": 2}}', 0.0), ("", 0.0)]
)
def test_a_page_and_its_robots_are_apart_where_no_burst_is_allowed(budgets: str, seconds: float) -> None:
    gate = gate_of(Clock(), "direct", terms=Terms(budgets=parse_budgets(budgets)))
    page = send(gate)
    assert gate.apart(page.session) == seconds
    gate.replace(parse_egresses("http://b:2"))
    assert gate.apart(page.session) == 0.0


@pytest.mark.parametrize(("rate", "steps"), [(0.0, 8), (0.5, 1)], ids=["learned", "set"])
def test_egresses_are_not_in_step_where_rates_are_learned(rate: float, steps: int) -> None:
    clock = Clock()
    gate = gate_of(clock, *(f"a{number}:1" for number in range(8)), terms=Terms(budgets=parse_budgets("", rate)))
    for _ in range(8):
        send(gate)
    lanes = gate.site("s").lanes.values()
    assert len({round(lane.free_at(0.5), 3) for lane in lanes}) == steps
    assert max(lane.free_at(0.5) for lane in lanes) < 4.0


def test_crawl_delay_is_obeyed() -> None:
    clock = Clock()
    gate = gate_of(clock, "direct", terms=Terms(budgets=parse_budgets("", 5.0)))
    for seconds, wait in ((10.0, 10.0), (0.0, 0.2), (inf, 0.2)):
        clock.now += 100
        gate.crawl_delay("s", seconds)
        send(gate)
        assert waits(gate).seconds == pytest.approx(wait, abs=0.051)


@pytest.mark.parametrize("asked", [None, -5.0, 0.0, 7.0, 1e18, inf])
def test_retry_after_of_any_size(asked: float | None) -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1")
    for _ in range(20):
        send(gate)
    grant = granted(gate)
    gate.done(grant, Outcome(verdict=Verdict.RATE_LIMITED, seconds=0.1, retry_after=asked))
    gate.left(grant)
    wait = waits(gate)
    assert wait.why is Why.BUDGET
    assert 0 < wait.seconds <= 3600.0
    if asked == 7.0:
        assert wait.seconds == 7.0


def test_a_list_that_changes_keeps_what_is_known() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1", "b:2")
    on_its_way = granted(gate, Ask(site="s", egress="b:2"))
    send(gate, Verdict.FORBIDDEN, Ask(site="s", egress="a:1"))
    gate.replace(parse_egresses("http://a:1 http://c:3"))
    gate.done(on_its_way, OK)
    gate.left(on_its_way)
    assert granted(gate).session.egress == "c:3"
    assert gate.state()["s"].egresses == {"cooling": 1, "working": 1}


def test_a_higher_tier_is_used_only_while_no_lower_one_is() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1")
    gate.replace(parse_egresses("http://r:1 tier=residential http://a:1"))
    assert send(gate).session.egress == "a:1"
    clock.now += 10
    assert send(gate, Verdict.CHALLENGED).session.egress == "a:1"
    assert send(gate).session.egress == "r:1"
    clock.now += 30
    assert send(gate).session.egress == "a:1"


def test_auto_switch_goes_through_proxies_for_a_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    terms = Terms(auto_switch=True, failure_threshold=2, cooldown=60.0)
    gate = gate_of(clock, "direct", "a:1", terms=terms)
    for expected, verdict in (
        ("direct", Verdict.OK),
        ("direct", Verdict.SITE_DOWN),
        ("direct", Verdict.OK),
        ("direct", Verdict.SITE_DOWN),
        ("direct", Verdict.SITE_DOWN),
        ("a:1", Verdict.OK),
    ):
        clock.now += 2
        assert send(gate, verdict).session.egress == expected
    assert gate.state()["s"].uses_proxies
    assert "proxy switched: s goes through proxies for 60 s" in caplog.text
    clock.now += 60
    assert send(gate).session.egress == "direct"
    assert not gate.state()["s"].uses_proxies


def test_auto_switch_needs_direct() -> None:
    with pytest.raises(UsageError, match="needs direct"):
        gate_of(Clock(), "a:1", terms=Terms(auto_switch=True))


@pytest.mark.parametrize(
    ("budget", "why"),
    [
        ({"daily": 2}, Why.QUOTA),
        ({"total": {"daily": 2}}, Why.QUOTA),
        ({"total": {"concurrency": 2}}, Why.BUDGET),
        ({"total": {"rate": 1, "burst": 2}}, Why.BUDGET),
        ({"concurrency": 2}, Why.BUDGET),
    ],
)
def test_each_budget_holds(budget: dict[str, object], why: Why) -> None:
    clock = Clock()
    gate = gate_of(clock, "direct", terms=Terms(budgets=parse_budgets({"s": budget})))
    for _ in range(2):
        clock.now += 0.001
        gate.done(granted(gate), OK)
    wait = waits(gate)
    assert wait.why is why
    assert wait.seconds > 0
    assert granted(gate, Ask(site="t"))


def test_a_new_day_has_a_new_quota_and_a_wall_clock_that_jumps_has_none() -> None:
    clock, wall = Clock(), Clock(EPOCH)
    gate = Gate((), identify=lambda *_: gate_of(clock).identify("s", gate.random), clock=clock, wall=wall)
    gate.terms = Terms(budgets=parse_budgets({"s": {"daily": 1, "zone": "UTC"}}))
    for jump, may in ((0.0, True), (0.0, False), (-7 * 86_400, False), (8 * 86_400, True), (0, False)):
        wall.now += jump
        answer = gate.ask(ANY)
        assert isinstance(answer, Grant) is may, jump
        if isinstance(answer, Grant):
            gate.left(answer)
    wall.now = 1e30
    assert waits(gate).why is Why.QUOTA


def test_quiet_hours_are_the_sites_own() -> None:
    clock, wall = Clock(), Clock(1_795_000_000.0 - 1_795_000_000.0 % 86_400)
    gate = Gate((), identify=gate_of(clock).identify, clock=clock, wall=wall)
    gate.terms = Terms(budgets=parse_budgets({"s": {"quiet": "07:00-09:30"}}))
    assert waits(gate) == Wait(seconds=5400.0, why=Why.QUIET)
    wall.now += 5400
    assert granted(gate)
    wall.now -= 3600
    assert waits(gate).why is Why.QUIET


def test_sessions_follow_their_verdicts() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1")
    first = send(gate).session
    assert send(gate).session is first
    send(gate, Verdict.CHALLENGED)
    assert waits(gate).why is Why.EGRESS
    clock.now += 30
    assert send(gate).session is first
    send(gate, Verdict.FORBIDDEN)
    clock.now += 3000
    renewed = send(gate).session
    assert renewed.id != first.id
    assert renewed.identity != first.identity


def test_the_breaker_leaves_the_site_alone_and_one_probe_opens_it_again(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    gate = gate_of(clock, *(f"e{n}:1" for n in range(12)))
    for number in range(10):
        send(gate, Verdict.SITE_DOWN, Ask(site="s", egress=f"e{number}:1"))
    assert waits(gate).why is Why.BREAKER
    assert gate.state()["s"].breaker == "open"
    assert "s refuses us through several egresses" in caplog.text
    clock.now += 10
    probe = granted(gate)
    assert waits(gate) == Wait(seconds=inf, why=Why.BREAKER)
    gate.done(probe, OK)
    gate.left(probe)
    assert granted(gate)


def test_credentials_are_not_shown() -> None:
    gate = gate_of(Clock(), "user:secret@a:1")
    assert "secret" not in repr(granted(gate))
    assert "user:" not in repr(granted(gate, Ask(site="t")))


def test_a_slow_site_is_waited_for_longer_when_nobody_has_answered_yet() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1", "b:2")
    assert granted(gate, Ask(site="s", egress="a:1")).timeout == 5.0
    send(gate, Verdict.EGRESS_FAULT, Ask(site="s", egress="b:2"), seconds=5.0)
    clock.now += 60
    assert granted(gate, Ask(site="s", egress="b:2")).timeout == 10.0


def test_a_refusal_after_a_refusal_says_that_the_pause_was_too_short_and_nothing_of_the_rate() -> None:
    clock = Clock()
    gate = gate_of(clock, "a:1")
    pauses, rates = [], []
    for _ in range(7):
        grant = granted(gate)
        clock.now += 0.1
        gate.done(grant, Outcome(verdict=Verdict.RATE_LIMITED, seconds=0.05, retry_after=2.0))
        gate.left(grant)
        pauses.append(round(waits(gate).seconds))
        rates.append(gate.site("s").pace.lead.rate)
        clock.now += waits(gate).seconds
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    assert len(set(rates)) == 1
    grant = granted(gate)
    gate.done(grant, Outcome(verdict=Verdict.OK, seconds=0.05))
    gate.left(grant)
    clock.now += 10.0
    grant = granted(gate)
    clock.now += 0.1
    gate.done(grant, Outcome(verdict=Verdict.RATE_LIMITED, seconds=0.05, retry_after=2.0))
    gate.left(grant)
    assert gate.site("s").lanes["a:1"].in_vain == 0
    assert gate.site("s").pace.lead.rate < rates[0]
