"""A real node over a real Redis and the sandbox, used as docs/scrapyd.md says."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import attrs
import pytest

from sandbox.client import running
from tests import programs
from tests.waiting import wait_until
from tools.servers import RedisServer, free_port

ROOT = Path(__file__).parents[2]
USER, PASSWORD = "operator", "s3cret%word"
wait = partial(wait_until, seconds=120, pause=0.2)
LOGIN = f"{USER}:{PASSWORD}"
LINES = re.findall(r"^curl .*$", (ROOT / "docs/scrapyd.md").read_text(encoding="utf-8"), re.MULTILINE)


@attrs.frozen
class Node:
    program: programs.Program
    api: str
    pages: str
    env: dict[str, str]
    folder: Path
    redis: RedisServer

    def ask(self, line: str) -> dict[str, Any]:
        """Run a line of the docs."""
        done = subprocess.run(
            ["sh", "-c", line], env={**os.environ, "NODE": self.api, "LOGIN": LOGIN}, capture_output=True, check=True
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def page(self, path: str) -> tuple[int, str]:
        try:
            with urlopen(f"{self.pages}/{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def value(self, series: str) -> float | None:
        lines = [line for line in self.page("metrics")[1].splitlines() if line.startswith(f"{series} ")]
        return float(lines[0].split()[-1]) if lines else None

    def jobs(self) -> dict[str, Any]:
        return self.ask('curl -su "$LOGIN" "$NODE/listjobs.json?project=travelcrawl"')

    def schedule(self, *fields: str) -> str:
        words = " ".join(f"-d {field}" for field in fields)
        answer = self.ask(f'curl -su "$LOGIN" $NODE/schedule.json -d project=travelcrawl {words}')
        return str(answer["jobid"])

    def log(self, spider: str, job: str) -> str:
        return (self.folder / f"logs/travelcrawl/{spider}/{job}.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def node(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    redis_server.connect().flushall()
    api, pages = free_port(), free_port()
    with running(size=40) as web:
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TRAVELCRAWL_")},
            **web.env,
            "SCRAPYD_USERNAME": USER,
            "SCRAPYD_PASSWORD": PASSWORD,
            "SCRAPYD_HTTP_PORT": str(api),
            "TRAVELCRAWL_NODE_FOLDER": str(folder),
            "TRAVELCRAWL_METRICS_PORT": str(pages),
            "TRAVELCRAWL_REDIS_URL": redis_server.url,
            "TRAVELCRAWL_STORE": str(folder / "travel.gpkg"),
            "TRAVELCRAWL_SECRET_FILE": str(folder / "secret"),
            "TRAVELCRAWL_SPIDERS": "bilibili",
            "TRAVELCRAWL_BROWSER": "off",
        }
        program = programs.Program("-m", "travelcrawl.node", cwd=ROOT, env=env)
        one = Node(program, f"http://127.0.0.1:{api}", f"http://127.0.0.1:{pages}", env, folder, redis_server)
        try:
            wait(lambda: _answers(one))
            yield one
        finally:
            program.kill()
            program.communicate()


def _answers(node: Node) -> bool:
    try:
        return node.page("live")[0] == 200
    except OSError:
        assert node.program.poll() is None, node.program.communicate()
        return False


def test_the_lines_of_the_docs(node: Node) -> None:
    assert len(LINES) >= 8
    assert [node.ask(line)["status"] for line in LINES] == ["ok"] * len(LINES)


def test_who_is_not_known_is_not_let_in(node: Node) -> None:
    with pytest.raises(HTTPError, match="401"):
        urlopen(f"{node.api}/daemonstatus.json", timeout=10)


def test_the_nodes_own_spider_ran_at_once_and_again_when_there_is_work(node: Node) -> None:
    def ended() -> int:
        jobs = node.jobs()
        return sum(job["spider"] == "bilibili" for job in jobs["finished"])

    wait(lambda: ended() == 1)
    done = programs.run("-m", "scrapy", "seed", "bilibili", "-a", "keyword=成都", cwd=ROOT, env=node.env)
    assert done.returncode == 0, done.stderr
    wait(lambda: ended() == 2)


def test_metrics_of_jobs_that_have_ended(node: Node) -> None:
    wait(lambda: not node.jobs()["pending"] and not node.jobs()["running"])
    begun = time.monotonic()
    status, text = node.page("metrics")
    assert status == 200
    assert time.monotonic() - begun < 1
    assert len(text) < 1_000_000
    assert node.value('crawler_requests_total{engine="http",platform="ctrip",status="success"}')
    assert node.value('crawler_request_duration_seconds_count{engine="http",platform="mafengwo"}')
    assert node.value("crawler_node_slots") == 4
    # Gauges of a process that is gone are gone; the queues are the node's own to show.
    assert not node.value('crawler_active_engines{engine_type="http"}')
    assert "crawler_lease_oldest_seconds{" not in text
    assert node.value('crawler_queue_depth{name="tasks",platform="ctrip"}') == 0


def test_ready_says_what_it_found(node: Node) -> None:
    status, said = node.page("ready")
    checks = json.loads(said)["checks"]
    assert (status, checks["redis"]["status"], checks["database"]["error"]) == (200, "ok", None)
    assert 0 < checks["redis"]["response_time"] < 4


def test_an_egg_of_newer_code_is_run(node: Node, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "travelcrawl", project / "travelcrawl", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "scrapy.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project)
    settings = project / "travelcrawl/settings.py"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"travelcrawl"', '"newer"', 1), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "scrapyd-deploy"), "node", "--version", "9.9"],
        cwd=project,
        env={**node.env, "SCRAPYD_URL": f"{node.api}/"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert '"status": "ok"' in done.stdout, done.stdout + done.stderr
    job = node.schedule("spider=ctrip", "city=成都", "limit=2", "_version=9.9")
    (ended,) = wait(lambda: [one for one in node.jobs()["finished"] if one["id"] == job])
    log = node.log(ended["spider"], job)
    assert "(bot: newer)" in log
    assert "Spider closed (finished)" in log
    assert "Traceback" not in log
    node.ask('curl -su "$LOGIN" $NODE/delversion.json -d project=travelcrawl -d version=9.9')


def test_sigterm_drains_the_jobs_and_loses_nothing(node: Node) -> None:
    job = node.schedule("spider=mafengwo", "city=成都", "setting=TRAVELCRAWL_RATE=0.5")
    wait(lambda: (node.value('crawler_queue_depth{name="processing",platform="mafengwo"}') or 0) > 0)
    node.program.send_signal(signal.SIGTERM)
    assert node.program.wait(60) == 0
    log = node.log("mafengwo", job)
    assert "Spider closed (shutdown)" in log
    asked = programs.run("-m", "scrapy", "queue", "status", cwd=ROOT, env=node.env).stdout
    (line,) = [line.split() for line in asked.splitlines() if line.startswith("mafengwo")]
    waiting, leased = int(line[1]), int(line[2])
    assert (waiting > 0, leased) == (True, 0)
