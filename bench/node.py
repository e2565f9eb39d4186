"""Schedule many jobs at once on one Scrapyd node: whether all run and end well, and what /metrics costs meanwhile.

    python -m bench.node [--json] [--jobs N]

Each job is a small crawl of the sandbox with a queue of its own in one Redis; max_proc is 4.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from bench._figures import show
from sandbox.client import ROOT, running
from tools.servers import RedisServer, free_port
from travelcrawl.stores.factory import reader_for

PLACES = 4


@contextmanager
def node(folder: Path, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Run a node; yield the addresses of its API and of its metrics."""
    api, metrics = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "travelcrawl.node"],
        cwd=ROOT,
        env={
            **os.environ,
            **env,
            "SCRAPYD_HTTP_PORT": str(api),
            "TRAVELCRAWL_METRICS_PORT": str(metrics),
            "TRAVELCRAWL_NODE_FOLDER": str(folder),
        },
        stdout=subprocess.DEVNULL,
    )
    addresses = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{metrics}"
    try:
        while not answers(addresses[1]):
            time.sleep(0.1)
        yield addresses
    finally:
        process.terminate()
        process.wait()


def answers(address: str) -> bool:
    """Say whether a node is there."""
    try:
        with urlopen(f"{address}/live", timeout=5):
            return True
    except (URLError, OSError):
        return False


def ask(url: str, **fields: str) -> dict[str, Any]:
    """Ask Scrapyd."""
    with urlopen(url, urlencode(fields).encode() if fields else None, timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--jobs", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-node-") as made, running(size=40) as web:
        folder = Path(made)
        redis = RedisServer(folder)
        redis.start()
        env = {**web.env, "TRAVELCRAWL_REDIS_URL": redis.url, "TRAVELCRAWL_STORE": str(folder / "travel.gpkg")}
        try:
            with node(folder, env) as (api, metrics):
                figures = crowd(api, metrics, options.jobs)
            with reader_for(folder / "travel.gpkg") as reader:
                figures["ended well"] = sum(
                    (run["outcome"] or {}).get("reason") == "finished" for run in reader.read("runs")
                )
        finally:
            redis.stop()
    show(figures, as_json=options.json)


def crowd(api: str, metrics: str, jobs: int) -> dict[str, Any]:
    """Schedule jobs at once and look at the node until none waits or runs."""
    begun = time.perf_counter()
    for number in range(jobs):
        fields = {"project": "travelcrawl", "spider": "ctrip", "city": "成都", "limit": "2", "jobid": f"job{number}"}
        ask(f"{api}/schedule.json", **fields, setting=f"TRAVELCRAWL_CRAWL_ID={number}")
    scheduled = time.perf_counter() - begun
    most = {"running": 0, "seconds of /metrics": 0.0, "bytes of /metrics": 0}
    live = True
    while True:
        told = ask(f"{api}/daemonstatus.json")
        asked = time.perf_counter()
        with urlopen(f"{metrics}/metrics", timeout=10) as answer:
            size = len(answer.read())
        most["seconds of /metrics"] = max(most["seconds of /metrics"], round(time.perf_counter() - asked, 3))
        most["bytes of /metrics"] = max(most["bytes of /metrics"], size)
        most["running"] = max(most["running"], told["running"])
        live &= answers(metrics)
        if not told["pending"] and not told["running"]:
            break
        time.sleep(0.5)
    listed = ask(f"{api}/listjobs.json?project=travelcrawl")["finished"]
    return {
        "jobs": jobs,
        "finished": len({job["id"] for job in listed}),
        "seconds": round(time.perf_counter() - begun, 1),
        "seconds to schedule": round(scheduled, 2),
        "never stuck": live,
        **{f"most {name}": value for name, value in most.items()},
        "places": PLACES,
    }


if __name__ == "__main__":
    main()
