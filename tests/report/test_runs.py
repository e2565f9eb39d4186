from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from travelcrawl.report.runs import RunRecord, newest, seconds_of

Row = Callable[..., dict[str, Any]]


def test_a_run_says_what_its_stats_say(run_row: Row) -> None:
    run = RunRecord.of(
        run_row(
            "ctrip",
            arguments={"limit": "5", "city": "成都"},
            **{
                "downloader/request_count": 31,
                "verdict/ok/ctrip": 20,
                "verdict/rate_limited/ctrip": 4,
                "verdict/challenged/ctrip": 2,
                "verdict/gone/ctrip": 1,
                "given_up/robots": 2,
                "given_up/challenged": 1,
                "given_up/odd": "many",
            },
        )
    )
    assert (run.requests, run.blocked, run.reason, run.seconds) == (31, 6, "finished", 60)
    assert run.verdicts == {"ok": 20, "rate_limited": 4, "challenged": 2, "gone": 1}
    assert run.given_up == {"robots": 2, "challenged": 1}
    assert run.asked == "city=成都 limit=5"


def test_stats_may_stand_in_the_outcome_itself() -> None:
    run = RunRecord.of({"platform": "amap", "outcome": {"reason": "shutdown", "downloader/request_count": 3}})
    assert (run.requests, run.reason) == (3, "shutdown")


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"platform": None, "arguments": None, "outcome": None},
        {"outcome": {"stats": None, "reason": None}},
        {"outcome": {"stats": {"downloader/request_count": True}}},
    ],
)
def test_what_a_row_leaves_out_is_nothing(row: dict[str, Any]) -> None:
    run = RunRecord.of(row)
    assert (run.platform, run.requests, run.blocked, run.seconds, run.reason) == ("unknown", 0, 0, None, "did not end")


def test_a_crawl_done_again_replaces_what_it_said(run_row: Row) -> None:
    runs = [
        run_row("amap", start=500, **{"downloader/request_count": 3}),
        run_row("amap", start=0, **{"downloader/request_count": 100}),
        run_row("amap", start=100, arguments={"city": "上海"}, **{"downloader/request_count": 20}),
        run_row("ctrip", start=50, **{"downloader/request_count": 1}),
    ]
    kept = newest(map(RunRecord.of, runs))
    assert sorted((run.platform, run.asked, run.requests) for run in kept) == [
        ("amap", "city=上海", 20),
        ("amap", "city=成都", 3),
        ("ctrip", "city=成都", 1),
    ]


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], 0),
        ([(0, 60)], 60),
        ([(0, 60), (30, 60)], 90),
        ([(0, 60), (10, 20)], 60),
        ([(0, 60), (100, 10)], 70),
        ([(0, None), (100, 10)], 10),
        ([(0, -5)], 0),
    ],
)
def test_seconds_are_those_in_which_something_ran(
    run_row: Row, spans: list[tuple[int, int | None]], seconds: float
) -> None:
    runs = [RunRecord.of(run_row("amap", start=start, seconds=length)) for start, length in spans]
    assert seconds_of(runs) == seconds
