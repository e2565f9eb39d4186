"""The short form of ``make chaos``."""

import json
import subprocess
import sys


def test_killed_stalled_and_cut_off_a_crawl_is_whole() -> None:
    command = [sys.executable, "-m", "tools.chaos", "--pages", "400", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["workers_killed"] > 0
    assert result["redis_restarts"] == 2
