"""Three workers with one Redis: is it one budget, and does a ban of one keep the others away? ``python -m bench.hostile_fleet [--json]``.

The sandbox counts. Each healthy egress may be asked at a rate; what all workers together took of it is measured from its first to its
last request. Some egresses are banned from the start. The first worker goes ahead until it has met each ban; what the others ask through
those egresses is counted apart, and more than one probe at the end of each rest (20 s, then twice as long) would be told already.
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
        made = plan(seed, "calm", [HOST], EGRESSES)
        banned = {one.name for one in made.exits if one.kind == "banned"}
        took, known = _work(workers, box, server.url, folder, rate, seconds, banned)
        found = {json.loads(line)["ref"] for out in folder.glob("*.jsonl") for line in out.read_text().splitlines()}
        seen = _seen(box.stats(), seed, size, rate, banned, made.limits[HOST].burst)
        return seen | {
            "workers": workers,
            "of_them_at_work": sum(out.stat().st_size > 0 for out in folder.glob("*.jsonl")),
            "requests_through_banned_once_known": seen["requests_through_banned"] - known,
            "right": round(100 * len(found) / size, 2),
            "seconds": round(took, 1),
        }


def _work(
    workers: int, box: Running, redis: str, folder: Path, rate: float, seconds: float, banned: set[str]
) -> tuple[float, int]:
    """Return how long they took, and the requests through banned egresses by then when the first worker had met all bans."""
    job = Job(
        seeds=box.record["seeds"],
        proxies=list(box.proxies),
        rate=rate,
        seconds=seconds,
        out="",
        ca_file=str(box.ca_file),
        redis=redis,
    )
    began = time.monotonic()
    processes = [_start(job, folder, 0)]
    while len(met := _asked(box, banned)) < len(banned) and processes[0].poll() is None:
        time.sleep(0.1)
    processes += [_start(job, folder, number) for number in range(1, workers)]
    for process in processes:
        try:
            process.wait(max(1.0, began + seconds + GRACE - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return time.monotonic() - began, sum(met.values())


def _start(job: Job, folder: Path, number: int) -> subprocess.Popen[bytes]:
    out, file = folder / f"{number}.jsonl", folder / f"{number}.json"
    out.touch()
    file.write_text(json.dumps(asdict(job) | {"out": str(out)}), encoding="utf-8")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    return subprocess.Popen([sys.executable, "-m", "bench.hostile_peers.ours", str(file)], cwd=folder, env=environment)


def _asked(box: Running, egresses: set[str]) -> dict[str, int]:
    """Return how often each of some egresses was asked through, without those that were not."""
    book = box.stats()["hosts"].get(HOST, {"egresses": {}})["egresses"]
    return {egress: count for egress, count in book.items() if egress in egresses}


def _seen(books: dict[str, Any], seed: int, size: int, rate: float, banned: set[str], burst: int) -> dict[str, Any]:
    book = books["hosts"][HOST]
    taken = {
        egress: (book["egresses"][egress] - burst) / (last - first)
        for egress, (first, last) in book["spans"].items()
        if egress not in banned and last - first > 5
    }
    return {
        "requests": book["requests"],
        "pages": sum(foreign_web(seed, size, [HOST]).pages.values()),
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
