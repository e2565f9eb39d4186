"""What the image has to do in a box: list its spiders, crawl, migrate, work as a node and give back what it holds."""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.request import urlopen

import psycopg

from sandbox.client import running
from sandbox.compare import compare
from sandbox.report import show
from sandbox.world import build_world
from tests.servers import postgres_programs, postgres_server
from tools.box import UID, Box, run
from tools.servers import RedisServer, free_port
from travelcrawl.errors import UsageError
from travelcrawl.node.canary import work_of

PLATFORM, CITY, SIZE = "ctrip", "310000", 256
"""What crawls in the box take of the sandbox."""
WHO = "import os; print(os.getuid(), os.access('/opt/travelcrawl', os.W_OK), os.access('/etc', os.W_OK))"
PAGE = (
    "chromium",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--dump-dom",
    "data:text/html;charset=utf-8,<p>你好</p>",
)
GRACE = 120.0
"""Seconds that a worker has to end."""


def prove(one: Box) -> None:
    """Run all of it. Raises UsageError, with what was said, where something is not as it should be."""
    check(one.role("scrapy", "list"), says="xiaohongshu")
    check(one.role("nothing"), status=2, says="say worker, migrate")
    check(one.role("worker", SCRAPYD_BIND_ADDRESS="0.0.0.0"), status=2, says="without credentials")
    check(one.run("python", "-c", WHO), says=f"{UID} False False")
    check(one.run("timeout", "60", *PAGE), says="<p>你好</p>")
    with running(size=SIZE, folder=one.shared) as web:
        env = {name: value.replace(str(one.shared), "/run/shared") for name, value in web.env.items()}
        for file in one.shared.iterdir():
            file.chmod(0o644)
        crawl(one, env)
        work(one, env)


def crawl(one: Box, env: dict[str, str]) -> None:
    """Crawl a city into a GeoPackage and compare that with the truth."""
    done = one.role("scrapy", "crawl", PLATFORM, "-a", f"city={CITY}", **env)
    check(done)
    found = compare(one.state / "travel.gpkg", build_world(size=SIZE), (PLATFORM,), (CITY,))
    show(found)
    if not found.is_right:
        raise UsageError(f"the crawl in the container is not whole\n{done.stderr}")


def work(one: Box, env: dict[str, str]) -> None:
    """Migrate a database, stop a worker in the middle of a crawl, have the rest crawled, and count. It was crawled before."""
    programs = postgres_programs()
    if programs is None:
        raise UsageError("PostgreSQL is not installed; make test installs it")
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server(programs))
        redis = RedisServer(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        redis.start()
        stack.callback(redis.stop)
        postgres.execute("CREATE DATABASE empty")
        stores = {
            "TRAVELCRAWL_DATABASE_URL": postgres.url("empty"),
            "TRAVELCRAWL_REDIS_URL": redis.url,
            "SECRET_KEY": "x",
        }
        env = {**env, **stores, "TRAVELCRAWL_RATE": "5"}
        check(one.role("migrate", **env), says="applied")
        check(one.role("scrapy", "seed", PLATFORM, "-a", f"city={CITY}", **env), says="1 wait")
        seconds = stopped_midway(one, {**env, "TRAVELCRAWL_SPIDERS": PLATFORM})
        print(f"a worker was ready, served its metrics, and gave back what it held in {seconds:.1f} s")
        check(one.role("scrapy", "crawl", PLATFORM, **env))
        with (
            psycopg.connect(postgres.url("empty")) as there,
            closing(sqlite3.connect(one.state / "travel.gpkg")) as before,
        ):
            for table in ("listings", "reviews", "offers"):
                count = f"SELECT count(*) FROM {table}"
                rows = (there.execute(count.encode()).fetchone(), before.execute(count).fetchone())
                if rows[0] != rows[1]:
                    raise UsageError(
                        f"{table}: {rows[0]} rows by a worker that was stopped, {rows[1]} by one that was not"
                    )


def stopped_midway(one: Box, env: dict[str, str]) -> float:
    """Start a worker, wait until it crawls, send it SIGTERM; return the seconds it took to end."""
    ports = [free_port(), free_port()]
    env = {**env, "TRAVELCRAWL_METRICS_PORT": str(ports[0]), "SCRAPYD_HTTP_PORT": str(ports[1])}
    with one.started(*one.image["Entrypoint"], "worker", **env) as (process, name):
        deadline = time.monotonic() + 120
        while not (ask(ports[0], "ready") and requests_of(ask(ports[0], "metrics")) > 10):
            if process.poll() is not None or time.monotonic() > deadline:
                raise UsageError(f"the worker does not crawl: {''.join(process.communicate(timeout=5))}")
            time.sleep(0.2)
        began = time.monotonic()
        run("runc", "kill", name, "TERM")
        out, err = process.communicate(timeout=GRACE)
        check(subprocess.CompletedProcess("worker", process.returncode, out, err), says="all jobs have ended")
        return time.monotonic() - began


def ask(port: int, path: str) -> str:
    """Return what a worker answers; empty where it is not there or not ready."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
            text: bytes = answer.read()
            return text.decode()
    except OSError:
        return ""


def requests_of(metrics: str) -> float:
    """Return how many requests a worker has made."""
    return work_of(metrics).requests


def check(done: subprocess.CompletedProcess[str], *, status: int = 0, says: str = "") -> None:
    """Raise UsageError, with all that was said, unless a program ended with a status and said something."""
    said = done.stdout + done.stderr
    if done.returncode != status or says not in said:
        raise UsageError(f"status {done.returncode} in place of {status}, or {says!r} is missing:\n{said}")
