"""The whole system on this machine without Docker: PostGIS, Redis, Scrapyd nodes, Prometheus, Alertmanager, exporters.

Rules, routes and scrape jobs are those of ops/; only addresses differ, and where it is hurried every second is scraped and judged.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import attrs
import yaml

from tests.servers import postgres_programs, postgres_server
from tools.servers import RedisServer, free_port
from travelcrawl.errors import UsageError

ROOT = Path(__file__).parents[1]
OPS = ROOT / "ops"
JOBS = ("redis", "postgres", "nginx", "node", "prometheus", "alertmanager")
"""Jobs of prometheus.yml beside the crawlers that are fed here; the API's comes with it."""
LOGIN = {"SCRAPYD_USERNAME": "operator", "SCRAPYD_PASSWORD": "of this system"}
_AUTHORIZATION = "Basic " + base64.b64encode(":".join(LOGIN.values()).encode()).decode()
_open = build_opener(ProxyHandler({})).open


@attrs.frozen(kw_only=True)
class System:
    """What runs, and where it listens."""

    folder: Path
    env: Mapping[str, str]
    """What a crawl needs to share it."""
    nodes: tuple[Node, ...]
    prometheus: str
    alertmanager: str
    redis: RedisServer

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what Prometheus answers, now."""
        answer = get(f"{self.prometheus}/api/v1/query?{urlencode({'query': expression})}")
        found: list[dict[str, Any]] = json.loads(answer)["data"]["result"]
        return found


@attrs.frozen(kw_only=True)
class Node:
    """A Scrapyd node."""

    process: subprocess.Popen[bytes]
    api: str
    pages: str

    def schedule(self, spider: str, **fields: str) -> str:
        """Have it run a spider; return the job's name."""
        data = urlencode({"project": "travelcrawl", "spider": spider, **fields}).encode()
        answer = json.loads(get(f"{self.api}/schedule.json", data))
        if answer["status"] != "ok":
            raise UsageError(f"{spider} could not be scheduled: {answer}")
        return str(answer["jobid"])

    def jobs(self, state: str) -> list[dict[str, Any]]:
        """Return its jobs that are pending, running or finished."""
        found: list[dict[str, Any]] = json.loads(get(f"{self.api}/listjobs.json?project=travelcrawl"))[state]
        return found


@contextmanager
def system(
    folder: Path, crawls: Mapping[str, str], webhook: str, *, nodes: int = 2, is_hurried: bool = False
) -> Iterator[System]:
    """Run it for as long as the block lasts. ``crawls``: what crawls need beside it; ``webhook``: who hears alerts.

    Raises UsageError where a program is missing or does not start.
    """
    programs = postgres_programs()
    if programs is None:
        raise UsageError("PostgreSQL is not installed; make test installs it")
    with ExitStack() as stack:
        start = Starter(folder, stack)
        postgres = stack.enter_context(postgres_server(programs))
        (folder / "redis").mkdir()
        redis = RedisServer(folder / "redis", "--maxmemory", "2gb", "--maxmemory-policy", "noeviction")
        redis.start()
        stack.callback(redis.stop)
        env = {
            **os.environ,
            **crawls,
            "TRAVELCRAWL_REDIS_URL": redis.url,
            "TRAVELCRAWL_DATABASE_URL": postgres.url("migrated"),
            **LOGIN,
        }
        env.setdefault("SECRET_KEY", "of this system")
        running = [start.node(env, number) for number in range(nodes)]
        ports = {job: free_port() for job in JOBS}
        start(
            "redis",
            "prometheus-redis-exporter",
            f"-redis.addr={redis.url}",
            f"-web.listen-address=127.0.0.1:{ports['redis']}",
        )
        source = {"DATA_SOURCE_NAME": f"{postgres.url('migrated')}?sslmode=disable"}
        start(
            "postgres",
            "prometheus-postgres-exporter",
            f"--web.listen-address=127.0.0.1:{ports['postgres']}",
            env=source,
        )
        start("node", "prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{ports['node']}")
        status = f"-nginx.scrape-uri=http://127.0.0.1:{start.nginx()}/stub_status"
        start("nginx", "prometheus-nginx-exporter", status, f"-web.listen-address=127.0.0.1:{ports['nginx']}")
        start.alertmanager(ports["alertmanager"], webhook)
        start.prometheus(ports, [node.pages for node in running], is_hurried=is_hurried)
        for address in (*(node.pages + "/live" for node in running), f"http://127.0.0.1:{ports['prometheus']}/-/ready"):
            wait(lambda address=address: is_there(address), f"{address} does not answer")  # type: ignore[misc]
        yield System(
            folder=folder,
            env=env,
            nodes=tuple(running),
            prometheus=f"http://127.0.0.1:{ports['prometheus']}",
            alertmanager=f"http://127.0.0.1:{ports['alertmanager']}",
            redis=redis,
        )


class Starter:
    """Starts programs that end with the system; what they say is in ``NAME.log`` of its folder."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack

    def __call__(
        self, name: str, program: str, *options: str, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start one. Raises UsageError where it is not installed."""
        path = shutil.which(program)
        if path is None:
            raise UsageError(f"{program} is not installed; make test installs it")
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            [path, *options], cwd=ROOT, env={**os.environ, **(env or {})}, stdout=log, stderr=log
        )
        self.stack.callback(_end, process)
        return process

    def node(self, env: Mapping[str, str], number: int) -> Node:
        """Start a Scrapyd node."""
        api, pages = free_port(), free_port()
        own = {
            "SCRAPYD_HTTP_PORT": str(api),
            "TRAVELCRAWL_METRICS_PORT": str(pages),
            "TRAVELCRAWL_NODE_FOLDER": str(self.folder / f"node-{number}"),
        }
        process = self(f"node-{number}", sys.executable, "-m", "travelcrawl.node", env={**env, **own})
        return Node(process=process, api=f"http://127.0.0.1:{api}", pages=f"http://127.0.0.1:{pages}")

    def nginx(self) -> int:
        """Start an nginx that says how it is; return its port."""
        port, home = free_port(), self.folder / "nginx"
        home.mkdir()
        paths = "".join(
            f"{kind}_temp_path {home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        server = f"server {{ listen 127.0.0.1:{port}; location = /stub_status {{ stub_status; }} }}"
        config = f"daemon off; pid {home}/pid; error_log {home}/error.log; events {{}} http {{ access_log off; {paths} {server} }}"
        (home / "nginx.conf").write_text(config)
        self("nginx", "nginx", "-p", str(home), "-c", str(home / "nginx.conf"))
        # Its exporter gives up where it is not there.
        wait(lambda: is_there(f"http://127.0.0.1:{port}/stub_status"), "nginx does not start")
        return port

    def alertmanager(self, port: int, webhook: str) -> None:
        """Start Alertmanager with our routes; mail and Slack go nowhere."""
        nowhere = f"127.0.0.1:{free_port()}"
        (self.folder / "slack_url").write_text(f"http://{nowhere}/")
        (self.folder / "smtp_password").write_text("unused")
        text = (OPS / "alertmanager" / "alertmanager.yml").read_text()
        text = text.replace("/etc/alertmanager/secrets", str(self.folder)).replace("smtp.example.org:587", nowhere)
        text = text.replace("http://localhost:9099/alerts", webhook).replace("group_wait: 10s", "group_wait: 1s")
        (self.folder / "alertmanager.yml").write_text(text)
        options = [f"--config.file={self.folder}/alertmanager.yml", f"--storage.path={self.folder}/alertmanager"]
        self(
            "alertmanager",
            "prometheus-alertmanager",
            *options,
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        )

    def prometheus(self, ports: Mapping[str, int], nodes: list[str], *, is_hurried: bool) -> None:
        """Start Prometheus with our jobs and rules."""
        config = yaml.safe_load((OPS / "prometheus" / "prometheus.yml").read_text())
        if is_hurried:
            config["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(OPS / "prometheus" / "rules" / "*.yml")]
        config["alerting"]["alertmanagers"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{ports['alertmanager']}"]}]
        config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] in (*ports, "crawler")]
        for job in config["scrape_configs"]:
            targets = (
                [f"127.0.0.1:{ports[job['job_name']]}"]
                if job["job_name"] in ports
                else [node.removeprefix("http://") for node in nodes]
            )
            job.pop("file_sd_configs", None)
            job["static_configs"] = [{"targets": targets}]
            if is_hurried:
                job |= {"scrape_interval": "1s", "scrape_timeout": "1s"}
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        options = [f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/prometheus"]
        self("prometheus", "prometheus", *options, f"--web.listen-address=127.0.0.1:{ports['prometheus']}")


def get(address: str, data: bytes | None = None) -> bytes:
    """Return what is at an address, asked directly, with the nodes' credentials."""
    # A node answers nobody while Scrapyd lists the spiders of an egg: 2-17 s, more on a busy machine.
    with _open(Request(address, data=data, headers={"Authorization": _AUTHORIZATION}), timeout=60) as answer:
        found: bytes = answer.read()
        return found


def is_there(address: str) -> bool:
    """Say whether somebody answers, and well."""
    try:
        get(address)
    except OSError:
        return False
    return True


def wait(is_so: Callable[[], object], trouble: str, seconds: float = 60) -> None:
    """Wait until something is so. Raises UsageError with what is wrong where it never is."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise UsageError(trouble)
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
