"""``make rehearsal``: the whole system on this machine, from deployment to alarm, and one of its two nodes stopped in mid-crawl.

An egg is deployed to both Scrapyd nodes and eight spiders crawl the sandbox, sharded over both. Then: every metric has data, every
query of the dashboards answers, a platform that blocks us is heard of, and what was stored is what the sandbox holds.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from sandbox.client import running
from sandbox.compare import compare
from sandbox.platforms import DIALECTS
from sandbox.report import show
from sandbox.world import build_world
from tests.ops.test_dashboards import queries
from tools.servers import free_port
from tools.system import ROOT, System, get, system, wait
from travelcrawl.errors import TravelcrawlError, UsageError
from travelcrawl.extensions.figures import NAMED

SIZE = int(os.environ.get("REHEARSAL_SIZE", "900"))
CITY = "310000"
WITHIN = 10.0
"""Seconds after the first crawl's beginning in which every metric has data."""
EVENTS = {
    "crawler_datum_offset_meters": "places of two platforms have been matched",
    "scrapy_items_dropped_total": "an item comes a second time",
    "scrapy_offsite_filtered_total": "a page leads to a foreign host: none in the sandbox",
}
"""Metrics that have data only when something has happened. Those of the API and of recrawls come with them."""
NEVER = {"scrapy_offsite_filtered_total"}
"""Of these, what does not happen here."""


def rehearse(folder: Path) -> None:
    """Do all of it. Raises UsageError with what is not as it should be."""
    world = build_world(size=SIZE)
    platforms = tuple(dialect.platform for dialect in DIALECTS)
    with ears() as (heard, webhook), running(size=SIZE) as web:
        env = {**web.env, "TRAVELCRAWL_RATE": "1.5", "LOG_LEVEL": "INFO", "TRAVELCRAWL_LOGS": "json"}
        env["TRAVELCRAWL_EXPORT_MARK"] = str(folder / "exported")
        # An egress that does not answer: connections fail, too.
        env["TRAVELCRAWL_PROXIES"] += f",http://127.0.0.1:{free_port()}"
        with system(folder, env, webhook) as one:
            deploy(one)
            scrapy(one, "export", str(folder / "before.gpkg"))
            for dialect in (dialect(world) for dialect in DIALECTS):
                seed(one, dialect.platform, f"city={CITY}" if dialect.by_city else "", list(dialect.shared()))
            # Its search wants a login: the block storm.
            seed(one, "weibo", f"city={CITY}", [])
            jobs = [(node, node.schedule(platform)) for platform in platforms for node in one.nodes]
            tell(f"scheduled {len(jobs)} jobs: {len(platforms)} spiders, each on {len(one.nodes)} nodes")
            silent = answered(one, heard)
            stop_in_the_middle(one)
            wait(lambda: not one.nodes[1].jobs("pending") and not one.nodes[1].jobs("running"), "jobs do not end", 600)
            silent = {query for query in silent if not one.query(query[2])}
            if silent:
                raise UsageError(f"queries without an answer: {sorted(silent)}")
            tell("every query of the dashboards has answered")
            result = folder / "result.gpkg"
            scrapy(one, "export", str(result))
            scrapy(one, "queue")
        found = compare(result, world, platforms, (CITY,), shared=True)
        show(found)
        if not found.is_right:
            raise UsageError("what was stored is not what the sandbox holds")


def answered(one: System, heard: list[dict[str, str]]) -> set[tuple[str, str, str]]:
    """Wait until metrics have data, and an alert is heard; return the queries that have not answered so far."""
    began = beginning(one)
    end = time.monotonic() + 240
    while missing := sorted(NAMED.keys() - NEVER - first_data(one).keys()):
        if time.monotonic() > end:
            raise UsageError(f"metrics without data: {', '.join(missing)}")
        time.sleep(5)
    seconds = {name: at - began for name, at in first_data(one).items()}
    for name, after in sorted(seconds.items(), key=lambda pair: pair[1]):
        tell(f"{max(0, after):6.1f} s  {name}{', when ' + EVENTS[name] if name in EVENTS else ''}")
    if late := sorted(name for name, after in seconds.items() if after > WITHIN and name not in EVENTS):
        raise UsageError(f"metrics that had no data within {WITHIN:.0f} s: {', '.join(late)}")
    tell(f"{len(NAMED.keys() - EVENTS)} metrics had data within {WITHIN:.0f} s of the first crawl's beginning")
    wait(lambda: "CrawlerBlocked" in {alert["alertname"] for alert in heard}, "CrawlerBlocked was not heard", 120)
    tell(f"heard: {', '.join(sorted({alert['alertname'] for alert in heard}))}")
    return {query for query in set(queries()) if not one.query(query[2])}


def beginning(one: System) -> float:
    """Return when the first crawl began, by its log; seconds since 1970."""
    found: list[float] = []

    def has_begun() -> bool:
        lines = [line for file in one.folder.glob("node-*.log") for line in file.read_text().splitlines()]
        told = [json.loads(line) for line in lines if "service started: " in line]
        found.extend(datetime.fromisoformat(record["time"]).timestamp() for record in told)
        return bool(found)

    wait(has_begun, "no job runs", 120)
    return min(found)


def first_data(one: System) -> dict[str, float]:
    """Return when Prometheus first had data of each metric, by the time of the scrape; seconds since 1970."""
    times = {
        name: one.query(f'min(min_over_time(timestamp({{__name__=~"{name}(_count)?"}})[15m:1s]))') for name in NAMED
    }
    return {name: float(found[0]["value"][1]) for name, found in times.items() if found}


def stop_in_the_middle(one: System) -> None:
    """Send SIGTERM to the first node while its jobs run, and have it end well."""
    node = one.nodes[0]
    running_jobs = len(node.jobs("running"))
    if not running_jobs:
        raise UsageError("the first node had nothing to do any more; take a larger REHEARSAL_SIZE")
    began = time.monotonic()
    node.process.send_signal(signal.SIGTERM)
    status = node.process.wait(130)
    if status:
        raise UsageError(f"the node ended with status {status}")
    tell(f"a node with {running_jobs} jobs at work ended {time.monotonic() - began:.1f} s after SIGTERM")


def deploy(one: System) -> None:
    """Deploy an egg to each node by scrapyd-deploy, from a copy, as it leaves its own files where it builds."""
    project = one.folder / "project"
    shutil.copytree(ROOT / "travelcrawl", project / "travelcrawl", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("scrapy.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project)
    for node in one.nodes:
        command = [Path(sys.executable).parent / "scrapyd-deploy", "node", "--version", "1.0"]
        env = {**one.env, "SCRAPYD_URL": f"{node.api}/"}
        done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)
        if '"status": "ok"' not in done.stdout:
            raise UsageError(f"scrapyd-deploy: {done.stdout}{done.stderr}")
        versions = json.loads(get(f"{node.api}/listversions.json?project=travelcrawl"))["versions"]
        tell(f"deployed to {node.api}: versions {', '.join(versions)}")


def seed(one: System, platform: str, argument: str, addresses: list[str]) -> None:
    """Give a platform something to begin with: what lists lead to, and what only people share."""
    if argument:
        scrapy(one, "seed", platform, "-a", argument)
    with one.redis.connect() as client:
        for address in addresses:
            client.rpush(f"{platform}:start_urls", address)


def scrapy(one: System, *arguments: str) -> None:
    """Run a command. Raises UsageError with what it said where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=ROOT,
        env={**one.env},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UsageError(f"scrapy {' '.join(arguments)}: {done.stdout}{done.stderr}")
    tell(done.stdout.strip())


@contextmanager
def ears() -> Iterator[tuple[list[dict[str, str]], str]]:
    """Give the labels of the alerts that a webhook hears, and its address."""
    heard: list[dict[str, str]] = []

    class Ears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.extend(alert["labels"] for alert in told["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Ears) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield heard, f"http://127.0.0.1:{server.server_port}/alerts"
        server.shutdown()


def tell(text: str) -> None:
    """Print what has been done."""
    print(text, flush=True)


def main() -> int:
    """Rehearse; exit status 1 where something is not as it should be."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        # PostgreSQL and nginx's workers are other users.
        Path(folder).chmod(0o755)
        try:
            rehearse(Path(folder))
        except TravelcrawlError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
