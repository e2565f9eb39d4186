"""The hostile bench on a clock that jumps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def hostile(*arguments: str) -> str:
    command = [sys.executable, "-m", "tools.hostile", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("rates", ["known", "unknown"])
def test_a_calm_web_is_collected_right_and_without_real_time(rates: str) -> None:
    found = json.loads(hostile("--one", "--mixture=calm", "--size=80", f"--rates={rates}").splitlines()[-1])
    assert (found["right"], found["decoys"], found["wrong"]) == (100.0, 0, 0)
    assert found["spent"]["page ok"] >= 80
    assert sum(found["spent"].values()) == found["requests"]


def test_a_table_sums_up_what_was_crawled(tmp_path: Path) -> None:
    log = tmp_path / "log"
    said = hostile("--mixture", "calm", "drawn", "--seed", "1", "--size=60", f"--log={log}")
    assert "calm/1" in said
    assert "drawn/1" in said
    assert "mean of 2:" in said
    line = json.loads((tmp_path / "log.calm.1").read_text(encoding="utf-8").splitlines()[0])
    assert line[6] == "robots"
