"""The truth out of a hostile web, beside three peers: ``python -m bench.hostile [--seed N …] [--mixture NAME …] [--json]``.

Every contender crawls the foreign web (sandbox/foreign.py) from its own start of the sandbox, with the same seed, mixture, time limit and
knowledge: the addresses of 24 egresses, and the rate that a site allows each (``--rates unknown``: nobody is told). What came of it is
judged by the truth, and by the server's own books.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.hostile_peers.job import Job
from bench.hostile_peers.pages import FIELDS
from sandbox import running
from sandbox.foreign import Place
from sandbox.foreign_sites import ForeignWeb, foreign_web
from sandbox.hostile import EGRESSES, MIXTURES, Plan, plan

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
REQUIREMENTS = HERE / "hostile_peers" / "requirements.txt"
GRACE = 30.0
"""Seconds a contender may take to end once its time is over."""
CONTENDERS: Mapping[str, str] = {
    "ours": "Scrapy with our add-on",
    "roundrobin": "Scrapy, round robin",
    "rotating": "scrapy-rotating-proxies 0.6.2",
    "crawlee_pool": "crawlee-python 1.11.0",
}
COLUMNS: Mapping[str, str] = {
    "right": "right %",
    "decoys": "decoys",
    "wrong": "wrong rows",
    "requests_per_place": "requests/place",
    "requests_per_page": "requests/page",
    "violations_per_1000": "violations/1,000",
    "bans": "banned",
    "seconds": "seconds",
    "seconds_per_1000": "seconds/1,000 right",
    "of_ideal": "× ideal",
}


@dataclass(frozen=True)
class Setting:
    """One hostile web."""

    seed: int
    mixture: str
    size: int
    seconds: float
    told: bool
    rate: float | None = None
    """Requests per second that a site allows an egress; None: the mixture's."""
    hosts: tuple[str, ...] = ()
    """Only these; empty: all."""

    @property
    def web(self) -> ForeignWeb:
        """What there is to find."""
        return foreign_web(self.seed, self.size, self.hosts)

    @property
    def plan(self) -> Plan:
        """What is in the way."""
        made = plan(self.seed, self.mixture, list(self.web.pages))
        return made if self.rate is None else made.at(self.rate)

    @property
    def arguments(self) -> list[str]:
        """What the sandbox has to be told."""
        rate = [] if self.rate is None else [f"--rate={self.rate}"]
        return ["--hostile", f"--mixture={self.mixture}", f"--sites={','.join(self.hosts)}", *rate]


@dataclass(frozen=True)
class Outcome:
    """What came of one contender's crawl."""

    right: float
    """Percent of the places that exist whose stored row is true."""
    decoys: int
    """Stored rows that are whole and false."""
    wrong: int
    """Stored rows with values missing."""
    requests: int
    requests_per_place: float
    """Requests that the server saw, robots.txt and refused tunnels included, for each right place."""
    requests_per_page: float
    """The same for each page that a crawl of the right places has to fetch at the least: lists are pages too, as in ``ideal_seconds``."""
    violations_per_1000: float
    bans: int
    """Requests answered with a ban."""
    seconds: float
    seconds_per_1000: float
    """For a thousand right places: who drops a quarter of them is sooner done."""
    of_ideal: float
    marks: dict[str, int] = field(default_factory=dict)
    """Behaviour of the server → how often it met one."""


def crawl(contender: str, setting: Setting, python: str, log: Any = None) -> Outcome:
    """Let one contender crawl one hostile web."""
    web = setting.web
    with (
        tempfile.TemporaryDirectory(prefix="hostile-") as folder,
        running(seed=setting.seed, size=setting.size, egresses=EGRESSES, more=setting.arguments) as box,
    ):
        out = Path(folder) / "items.jsonl"
        out.touch()
        record = box.record
        job = Job(
            seeds=record["seeds"],
            proxies=list(box.proxies),
            rate=min(record["rates"].values()) if setting.told else 0.0,
            seconds=setting.seconds,
            out=str(out),
            ca_file=str(box.ca_file),
        )
        seconds = _run(contender, job, python, Path(folder), log)
        rows = _rows(out)
        books = box.stats()
    return _judge(web, rows, books, seconds, setting.plan.ideal_seconds(web.pages))


def _rows(out: Path) -> list[dict[str, Any]]:
    lines = out.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def _run(contender: str, job: Job, python: str, folder: Path, log: Any) -> float:
    """Run a contender in a folder of its own and return its seconds."""
    file = folder / "job.json"
    file.write_text(json.dumps(asdict(job)), encoding="utf-8")
    command = [python, "-m", f"bench.hostile_peers.{contender}", str(file)]
    began = time.monotonic()
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        process.wait(job.seconds + GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return time.monotonic() - began


def _judge(
    web: ForeignWeb, rows: Iterable[Mapping[str, Any]], books: Mapping[str, Any], seconds: float, ideal: float
) -> Outcome:
    truth = web.truth
    last: dict[tuple[str, str], bool] = {}
    decoys = wrong = 0
    for row in rows:
        key = (str(row.get("site")), str(row.get("ref")))
        whole = all(row.get(name) not in (None, "") for name in FIELDS)
        true = key in truth and whole and _is_true(row, truth[key])
        decoys += whole and not true
        wrong += not whole
        last[key] = true
    right = sum(last.values())
    pages = sum(web.pages.values()) * right / len(truth)
    requests = books["requests"] + books["refused_tunnels"]
    return Outcome(
        right=round(100 * right / len(truth), 2),
        decoys=decoys,
        wrong=wrong,
        requests=requests,
        requests_per_place=round(requests / right, 2) if right else float("inf"),
        requests_per_page=round(requests / pages, 2) if right else float("inf"),
        violations_per_1000=round(1000 * books["faults"].get("rate_limit", 0) / max(1, requests), 2),
        bans=books["faults"].get("banned", 0),
        seconds=round(seconds, 1),
        seconds_per_1000=round(1000 * seconds / right, 1) if right else float("inf"),
        of_ideal=round(seconds / ideal, 2) if ideal else float("inf"),
        marks=dict(sorted(books["faults"].items())),
    )


def _is_true(row: Mapping[str, Any], place: Place) -> bool:
    """Say whether all values are; numbers may have come as text."""
    return all(_same(row[name], value) for name, value in place.facts.items())


def _same(found: Any, true: str | float) -> bool:
    if isinstance(true, str):
        return str(found) == true
    try:
        return float(found) == true
    except ValueError:
        return False


def peers_python() -> str:
    """Return the interpreter of the peers' own environment, made once for each list of requirements."""
    mark = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = Path(sys.prefix) / f"peers-{mark}"
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "-r", str(REQUIREMENTS)]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        (folder / "made").touch()
    return str(python)


def measure(settings: Iterable[Setting], contenders: Iterable[str], log: Any) -> dict[str, Any]:
    """Let all crawl all, one after the other; return each outcome, and of each contender the worst and the middle."""
    python = peers_python()
    runs: dict[str, dict[str, Any]] = {name: {} for name in contenders}
    for setting in settings:
        for name, done in runs.items():
            outcome = crawl(name, setting, sys.executable if name == "ours" else python, log)
            done[f"{setting.mixture}/{setting.seed}"] = asdict(outcome)
            print(f"{setting.mixture}/{setting.seed} {CONTENDERS[name]}: {outcome}", file=sys.stderr)
    medians = {
        name: {column: statistics.median(run[column] for run in done.values()) for column in COLUMNS}
        for name, done in runs.items()
    }
    return {"median": medians, "runs": runs}


def table(medians: Mapping[str, Mapping[str, float]]) -> str:
    """Lay the medians out."""
    lines = ["| contender | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, row in medians.items():
        lines.append(f"| {CONTENDERS[name]} | " + " | ".join(f"{row[column]:g}" for column in COLUMNS) + " |")
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="of the webs (1)")
    parser.add_argument("--mixture", nargs="+", choices=MIXTURES, default=["even"], help="what they are made of (even)")
    parser.add_argument("--size", type=int, default=1_500, help="places of a web (1500)")
    parser.add_argument("--seconds", type=float, default=300.0, help="that each contender has (300)")
    parser.add_argument(
        "--rates", choices=("known", "unknown"), default="known", help="what contenders are told (known)"
    )
    parser.add_argument("--contender", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), help="only these (all)")
    parser.add_argument("--verbose", action="store_true", help="show what contenders say")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = [
        Setting(seed, mixture, options.size, options.seconds, options.rates == "known")
        for mixture in options.mixture
        for seed in options.seed
    ]
    result = measure(settings, options.contender, None if options.verbose else subprocess.DEVNULL)
    print(json.dumps(result) if options.json else table(result["median"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
