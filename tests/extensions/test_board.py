from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from travelcrawl.extensions.board import Board, Teller
from travelcrawl.extensions.buckets import Buckets
from travelcrawl.extensions.figures import SCORES


def samples(board: Board) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(board.text().decode())
        for sample in family.samples
    }


def test_what_has_no_data_is_not_there() -> None:
    assert Board().text() == b""


def test_totals_are_told_once_and_never_fall() -> None:
    board = Board()
    one, another = Teller(board), Teller(board)
    for total in (3, 5, 5, 4):
        one.total("pages", "crawler_verdicts_total", total, platform="ctrip", verdict="ok")
    another.total("pages", "crawler_verdicts_total", 2, platform="ctrip", verdict="ok")
    assert samples(board) == {("crawler_verdicts_total", ("ctrip", "ok")): 7}


def test_a_counter_is_there_before_it_rises() -> None:
    board = Board()
    board.count("crawler_leases_reaped_total", 0, platform="ctrip")
    assert samples(board) == {("crawler_leases_reaped_total", ("ctrip",)): 0}


def test_buckets_become_what_observe_would_make_of_them() -> None:
    """Fails where prometheus_client changes the two private names that board.py uses."""
    values = [0.05, 0.1, 0.35, 0.999, 1.0, 1.7]
    board, theirs = Board(), Board()
    teller, buckets = Teller(board), Buckets(SCORES)
    for value in values:
        buckets.add(value)
        teller.histogram("crawler_data_quality_score", buckets, platform="ctrip")
        theirs._child("crawler_data_quality_score", {"platform": "ctrip"}).observe(value)
    assert samples(board) == pytest.approx(samples(theirs))


def test_hostile_labels_are_bounded() -> None:
    board = Board()
    for number in range(500):
        board.count("crawler_quarantine_total", 1, platform='x"}\n', reason=f"reason{number}")
    said = samples(board)
    assert len(said) == 51
    assert {labels[0] for _, labels in said} == {"other"}


JOB = """
import sys
from travelcrawl.extensions.board import Board
board = Board()
board.count("crawler_verdicts_total", 5, platform="ctrip", verdict="ok")
board.show("crawler_queue_depth", int(sys.argv[1]), name="tasks", platform="ctrip")
board.show("crawler_active_engines", 1, engine_type="http")
print(board.text().decode())
print(__import__("os").getpid())
"""
FORGET = """
import sys
from travelcrawl.extensions.board import Board, forget
for pid in sys.argv[1:]:
    forget(int(pid))
print(Board().text().decode())
"""


def test_jobs_of_a_node_are_told_together_and_stay_as_counters(tmp_path: Path) -> None:
    def run(code: str, *words: str) -> str:
        env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        return subprocess.run(
            [sys.executable, "-c", code, *words], env=env, capture_output=True, text=True, check=True
        ).stdout

    # A job that begins makes its file empty: the whole answer failed where it was asked for just then (2026-11-29).
    (tmp_path / "counter_1.db").touch()
    pids = [run(JOB, "7").split()[-1]]
    both = run(JOB, "9")
    pids.append(both.split()[-1])
    assert 'crawler_verdicts_total{platform="ctrip",verdict="ok"} 10.0' in both
    assert 'crawler_queue_depth{name="tasks",platform="ctrip"} 9.0' in both
    assert 'crawler_active_engines{engine_type="http"} 2.0' in both
    (tmp_path / "counter_999999.db").write_bytes(b"\x01")
    after = run(FORGET, *pids, "999999")
    assert 'crawler_verdicts_total{platform="ctrip",verdict="ok"} 10.0' in after
    assert "crawler_queue_depth" not in after
    assert {file.name for file in tmp_path.glob("*.db")} == {"counter_1.db", "counter_ended.db"}
    # A job that has the number of one that has ended begins anew, and what was counted stays.
    assert 'crawler_verdicts_total{platform="ctrip",verdict="ok"} 15.0' in run(JOB, "1")
