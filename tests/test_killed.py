"""make crawl, SIGKILLed at random moments and started again with the same command, still ends with the truth.

KILLS says how often, KILL_PLATFORMS where (``make kill``: 20, all); make test does it twice over a small world and two
platforms: one that is crawled by city, one by what people share.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
KILLS = int(os.environ.get("KILLS", "2"))
PLATFORMS = os.environ.get("KILL_PLATFORMS", "ctrip,xiaohongshu")
SIZE = os.environ.get("KILL_SIZE", "40")
LONGEST = float(os.environ.get("KILL_WITHIN", "6"))


def start(folder: Path) -> subprocess.Popen[str]:
    """Start the demo in a session of its own, so that all its processes can be killed at once."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRAVELCRAWL_")},
        "JOBDIR": str(folder / "frontier"),
        "TRAVELCRAWL_SECRET_FILE": str(folder / "secret"),
        "LOG_LEVEL": "ERROR",
        "TRAVELCRAWL_BROWSER": "off",
    }
    what = (f"--size={SIZE}", f"--platforms={PLATFORMS}", f"--store={folder / 'travel.gpkg'}")
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", "demo", *what],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_killed_at_random_moments_the_store_ends_with_the_truth(tmp_path: Path) -> None:
    chance = random.Random(KILLS)
    for _ in range(KILLS):
        process = start(tmp_path)
        time.sleep(chance.uniform(0.5, LONGEST))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    process = start(tmp_path)
    said, _ = process.communicate(timeout=300)
    assert "the store says the truth" in said, said[-3000:]
    assert process.returncode == 0, said[-3000:]
