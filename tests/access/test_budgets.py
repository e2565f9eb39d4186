from __future__ import annotations

from datetime import time
from math import inf
from typing import Any

import pytest

from travelcrawl.access.budgets import Calendar, Limits, Quiet, Spacing, parse_budgets
from travelcrawl.errors import UsageError


def test_a_site_without_a_line_has_the_default_and_one_with_a_line_fills_it_up() -> None:
    budgets = parse_budgets(
        '{"*": {"burst": 2, "zone": "UTC"}, "amap": {"rate": 3, "daily": 100, "total": {"daily": 1000}, "quiet": "1:00-05:30"}}',
        rate=5.0,
    )
    assert budgets.of("weibo").each == Limits(rate=5.0, burst=2)
    amap = budgets.of("amap")
    assert amap.each == Limits(rate=3, burst=2, daily=100)
    assert amap.total == Limits(daily=1000)
    assert (amap.quiet, amap.zone) == (Quiet(begin=time(1), end=time(5, 30)), "UTC")


@pytest.mark.parametrize("nothing", ["", "  ", "{}", {}])
def test_nothing_set_is_learned(nothing: Any) -> None:
    assert parse_budgets(nothing).of("any").each.rate == inf


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is no JSON"),
        ("[1]", "is no mapping"),
        ({"a": 3}, "is no mapping"),
        ({"a": {"speed": 3}}, "budget of a names speed"),
        ({"a": {"total": {"quiet": "1:00-2:00"}}}, "budget of a names quiet"),
        ({"a": {"total": 3}}, "total that is no mapping"),
        ({"a": {"rate": 0}}, "rate of a is 0; write a number above 0"),
        ({"a": {"rate": True}}, "rate of a is True"),
        ({"a": {"rate": "3"}}, "rate of a is '3'"),
        ({"a": {"rate": float("nan")}}, "rate of a is nan"),
        ({"a": {"burst": 0.5}}, "burst of a is 0.5; write a number of 1 or more"),
        ({"a": {"quiet": "1-2"}}, "write 01:00-05:30"),
        ({"a": {"quiet": "01:00-25:00"}}, "write 01:00-05:30"),
        ({"a": {"quiet": "01:00-01:00"}}, "write 01:00-05:30"),
        ({"a": {"quiet": 5}}, "write 01:00-05:30"),
        ({"a": {"zone": "Mars/Base"}}, "'Mars/Base' of a is no time zone"),
        ({"a": {"zone": 8}}, "8 of a is no time zone"),
    ],
)
def test_what_is_wrong_is_named(text: Any, says: str) -> None:
    with pytest.raises(UsageError, match="TRAVELCRAWL_BUDGETS") as caught:
        parse_budgets(text)
    assert says in str(caught.value)


@pytest.mark.parametrize("rate", [-1.0, inf, float("nan")])
def test_a_rate_that_is_none(rate: float) -> None:
    with pytest.raises(UsageError, match="TRAVELCRAWL_RATE"):
        parse_budgets("", rate)


@pytest.mark.parametrize(
    ("rate", "burst", "at_once"),
    [(2.0, None, 1), (100.0, None, 6), (2.0, 1, 1), (2.0, 4, 4), (inf, None, 50), (0.0, None, 0)],
)
def test_so_many_leave_at_once_and_the_rate_is_kept(rate: float, burst: float | None, at_once: int) -> None:
    spacing, now, sent = Spacing(burst), 5.0, 0
    while spacing.ready_at(rate) <= now and sent < 50:
        spacing.take(now, rate)
        sent += 1
    assert sent == at_once
    if 0 < rate < inf:
        for _ in range(100):
            now = max(now, spacing.ready_at(rate))
            spacing.take(now, rate)
        assert now - 5.0 == pytest.approx(100 / rate, abs=0.051)


def test_a_debt_is_paid_and_a_rate_may_change() -> None:
    spacing = Spacing()
    spacing.take(0.0, 1.0, 3.0)
    assert spacing.ready_at(1.0) == pytest.approx(2.95)
    assert spacing.ready_at(10.0) == pytest.approx(0.25)
    spacing.take(-50.0, 1.0)
    assert spacing.ready_at(1.0) < 4.0


MIDNIGHT = 1_794_960_000.0 - 8 * 3600
"""2026-11-18 00:00 in Shanghai."""


@pytest.mark.parametrize(
    ("quiet", "hour", "is_quiet", "changes_in"),
    [
        (None, 5, False, 19),
        ("01:00-05:00", 0, False, 1),
        ("01:00-05:00", 1, True, 4),
        ("01:00-05:00", 5, False, 19),
        ("22:00-06:00", 23, True, 1),
        ("22:00-06:00", 0, True, 6),
        ("22:00-06:00", 7, False, 15),
    ],
)
def test_quiet_hours(quiet: str | None, hour: int, is_quiet: bool, changes_in: float) -> None:
    budget = parse_budgets({"s": {"quiet": quiet} if quiet else {}}).of("s")
    calendar = Calendar(budget.zone, budget.quiet)
    now = MIDNIGHT + hour * 3600
    for _ in range(2):
        calendar.look(now)
        assert (calendar.is_quiet, calendar.changes_at - now) == (is_quiet, changes_in * 3600)


def test_a_day_counts_anew_only_once_it_is_later() -> None:
    cleared: list[int] = []
    calendar = Calendar("Asia/Shanghai", clear=lambda: cleared.append(1))
    for days, count in ((0, 1), (0.5, 1), (1, 2), (0.5, 2), (1.5, 2), (2, 3), (900_000, 4), (3, 4), (4, 5), (1e20, 5)):
        calendar.look(MIDNIGHT + days * 86_400)
        assert len(cleared) == count, days
