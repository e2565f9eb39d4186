"""Three workers with one Redis: is it one budget, and does a ban of one keep the others away? ``python -m bench.hostile_fleet [--json]``.

The sandbox counts. Each healthy egress may be asked at a rate; what all workers together took of it is measured from its first to its
last request. Some egresses are banned from the start; each request through one after its first was told already.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench._figures import show
from bench.hostile import GRACE, ROOT
from bench.hostile_peers.job import Job
from sandbox import Running, running
from sandbox.foreign_sites import foreign_web
from sandbox.hostile import plan
from tools.servers import RedisServer

HOST = "www.lanternroute.example"
EGRESSES = 12


def crawl(workers: int, size: int, rate: float, seconds: float, seed: int) -> dict[str, Any]:
    """Let so many workers crawl one site together and return what the server saw."""
    more = ["--hostile", "--mixture=calm", f"--sites={HOST}", f"--rate={rate}"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-")))
        box = stack.enter_context(running(seed=seed, size=size, egresses=EGRESSES, more=more))
        server = RedisServer(folder)
        server.start()
        stack.callback(server.stop)
        took = _work(workers, box, server.url, folder, rate, seconds)
        found = {json.loads(line)["ref"] for out in folder.glob("*.jsonl") for line in out.read_text().splitlines()}
        return _seen(box.stats(), seed, size, rate) | {
            "workers": workers,
            "right": round(100 * len(found) / size, 2),
            "seconds": round(took, 1),
        }


def _work(workers: int, box: Running, redis: str, folder: Path, rate: float, seconds: float) -> float:
    began, running_ = time.monotonic(), []
    for number in range(workers):
        out = folder / f"{number}.jsonl"
        out.touch()
        job = Job(
            seeds=box.record["seeds"],
            proxies=list(box.proxies),
            rate=rate,
            seconds=seconds,
            out=str(out),
            ca_file=str(box.ca_file),
            redis=redis,
        )
        file = folder / f"{number}.json"
        file.write_text(json.dumps(asdict(job)), encoding="utf-8")
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
        command = [sys.executable, "-m", "bench.hostile_peers.ours", str(file)]
        running_.append(subprocess.Popen(command, cwd=folder, env=environment))
    for process in running_:
        try:
            process.wait(max(1.0, began + seconds + GRACE - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return time.monotonic() - began


def _seen(books: dict[str, Any], seed: int, size: int, rate: float) -> dict[str, Any]:
    made = plan(seed, "calm", [HOST], EGRESSES)
    banned = {one.name for one in made.exits if one.kind == "banned"}
    book, burst = books["hosts"][HOST], made.limits[HOST].burst
    taken = {
        egress: (book["egresses"][egress] - burst) / (last - first)
        for egress, (first, last) in book["spans"].items()
        if egress not in banned and last - first > 5
    }
    pages = sum(foreign_web(seed, size, [HOST]).pages.values())
    return {
        "requests": book["requests"],
        "pages": pages,
        "violations": books["faults"].get("rate_limit", 0),
        "over_budget_percent": round(100 * (max(taken.values()) / rate - 1), 2),
        "of_budget_used_percent": round(100 * sum(taken.values()) / (rate * len(taken)), 1),
        "banned_egresses": len(banned),
        "requests_through_banned": sum(book["egresses"].get(egress, 0) for egress in banned),
    }


def main() -> int:
    """Measure one worker and three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000, help="places (1000)")
    parser.add_argument("--rate", type=float, default=2.0, help="requests per second a site allows an egress (2)")
    parser.add_argument("--seconds", type=float, default=240.0, help="that they have (240)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = {
        f"{workers} workers": crawl(workers, options.size, options.rate, options.seconds, options.seed)
        for workers in (1, 3)
    }
    show(result, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
