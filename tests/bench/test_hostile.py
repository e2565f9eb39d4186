from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import hostile
from bench.hostile_peers.job import Job, read_job
from sandbox.foreign_sites import ForeignWeb, foreign_web

BOOKS = {"requests": 110, "refused_tunnels": 10, "faults": {"rate_limit": 6, "banned": 2}}


@pytest.fixture(scope="module")
def web() -> ForeignWeb:
    return foreign_web(1, 40)


def true_rows(web: ForeignWeb) -> list[dict[str, Any]]:
    return [{"site": site, **place.facts} for (site, _), place in web.truth.items()]


@pytest.mark.parametrize(
    ("change", "right", "decoys", "wrong"),
    [
        ({}, 100.0, 0, 0),
        ({"price": 1}, 97.5, 1, 0),
        ({"price": None}, 97.5, 0, 1),
        ({"name": ""}, 97.5, 0, 1),
        ({"rating": "no number"}, 97.5, 1, 0),
        ({"ref": "1"}, 97.5, 1, 0),
        ({"site": "elsewhere.example"}, 97.5, 1, 0),
    ],
    ids=["true", "false", "missing", "empty", "garbled", "made up", "elsewhere"],
)
def test_rows_are_judged_by_the_truth(
    web: ForeignWeb, change: dict[str, Any], right: float, decoys: int, wrong: int
) -> None:
    rows = true_rows(web)
    rows[7] = rows[7] | change
    outcome = hostile._judge(web, rows, BOOKS, 30.0, 20.0)
    assert (outcome.right, outcome.decoys, outcome.wrong) == (right, decoys, wrong)


def test_numbers_may_come_as_text_and_the_last_row_of_a_place_counts(web: ForeignWeb) -> None:
    rows = [{name: str(value) for name, value in row.items()} for row in true_rows(web)]
    later = [rows[0] | {"price": "99999"}, rows[1] | {"price": "99999"}, rows[1]]
    outcome = hostile._judge(web, rows + later, BOOKS, 30.0, 20.0)
    assert (outcome.right, outcome.decoys) == (97.5, 2)


def test_what_the_server_counted_is_related_to_the_right_pages(web: ForeignWeb) -> None:
    outcome = hostile._judge(web, true_rows(web), BOOKS, 30.0, 20.0)
    assert outcome.requests == 120
    # 40 places on 24 lists.
    assert (outcome.requests_per_place, outcome.requests_per_page) == (3.0, 1.88)
    assert outcome.violations_per_1000 == 50.0
    assert outcome.bans == 2
    assert (outcome.of_ideal, outcome.seconds_per_1000) == (1.5, 750.0)
    half = hostile._judge(web, true_rows(web)[:20], BOOKS, 30.0, 20.0)
    assert (half.requests_per_place, half.requests_per_page) == (6.0, 3.75)
    assert half.seconds_per_1000 == 1500.0, "half of the places in the time of all"
    assert hostile._judge(web, [], BOOKS, 30.0, 20.0).requests_per_page == float("inf")


def test_a_job_is_what_was_written_and_items_are_kept_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "items.jsonl"
    job = Job(seeds=["http://x.example/"], proxies=[], rate=0.0, seconds=1.0, out=str(out), ca_file="")
    file = tmp_path / "job.json"
    file.write_text(json.dumps(job.__dict__))
    monkeypatch.setattr(sys, "argv", ["contender", str(file)])
    assert read_job() == job
    job.keep({"a": 1})
    job.keep({"b": "ü"})
    assert hostile._rows(out) == [{"a": 1}, {"b": "ü"}]
    out.write_text('{"a": 1}\n{"b": ')
    assert hostile._rows(out) == [{"a": 1}]


def test_the_table_has_a_line_for_each_contender() -> None:
    row = dict.fromkeys(hostile.COLUMNS, 1.5)
    lines = hostile.table({"ours": row, "rotating": row}).splitlines()
    assert len(lines) == 4
    assert lines[2] == "| Scrapy with our add-on |" + " 1.5 |" * len(row)
