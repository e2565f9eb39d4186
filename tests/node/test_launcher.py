from __future__ import annotations

import logging

import pytest

from travelcrawl.node.launcher import JobProtocol, Stuck


@pytest.mark.parametrize(
    ("looks", "is_stuck"),
    [
        ([(0, 0, 0)], False),
        ([(0, 3, 4), (61, 3, 4)], False),
        ([(0, 3, 3), (61, 3, 3)], True),
        ([(0, 3, 3), (59, 3, 3)], False),
        ([(0, 3, 3), (50, 3, 4), (61, 3, 3)], False),
        ([(0, 3, 3), (50, 0, 3), (61, 3, 3)], False),
    ],
)
def test_jobs_that_wait_though_places_are_free(looks: list[tuple[int, int, int]], is_stuck: bool) -> None:
    stuck = Stuck()
    said = [stuck.look(pending, running, 4, float(now)) for now, pending, running in looks]
    assert said[-1] is is_stuck


def test_what_a_job_says_is_passed_on_line_by_line(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = JobProtocol("travelcrawl", "ctrip", "job-1", {}, [])
    for data in ('{"msg": "成', '都"}\nplain\n\n{"msg"', ': "next"}\n'):
        job.outReceived(data.encode())
    job.errReceived(b"8 pages\n")
    assert capsys.readouterr().out == '{"msg": "成都"}\n{"msg": "next"}\n'
    assert [record.getMessage() for record in caplog.records] == ["ctrip job-1: plain", "ctrip job-1: 8 pages"]
    assert {record.levelno for record in caplog.records} == {logging.INFO}
