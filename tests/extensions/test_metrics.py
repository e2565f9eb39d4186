"""The extension in real crawls: of this project's spiders over the sandbox, and of a project that has nothing of ours."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from sandbox.client import Running, running
from tests import programs
from tests.waiting import wait_until
from tools.servers import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    with running(size=40) as web:
        yield web


def page(port: int, path: str, program: programs.Program) -> tuple[int, str]:
    """Return a page, as soon as it is served."""
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            assert program.poll() is None, program.communicate()
            time.sleep(0.05)


def values(text: str) -> dict[str, float]:
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}


def crawl(web: Running, folder: Path, *words: str, **settings: str) -> programs.Program:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRAVELCRAWL_")},
        **web.env,
        "TRAVELCRAWL_STORE": str(folder / "travel.gpkg"),
        "TRAVELCRAWL_SECRET_FILE": str(folder / "secret"),
        "TRAVELCRAWL_PROGRESS": "off",
        "JOBDIR": str(folder / "frontier"),
        **settings,
    }
    return programs.Program("-m", "scrapy", *words, cwd=ROOT, env=env)


def test_what_happened_shows_within_ten_seconds(web: Running, tmp_path: Path) -> None:
    port = free_port()
    # Ten more seconds after the last page, in which all can be seen.
    settings = {"TRAVELCRAWL_METRICS_PORT": str(port), "TRAVELCRAWL_IDLE": "10"}
    program = crawl(web, tmp_path, "crawl", "ctrip", "-a", "city=成都", **settings)

    def enough() -> str:
        text = page(port, "metrics", program)[1]
        done = values(text).get('crawler_tasks_processed_total{platform="ctrip",status="success"}', 0)
        return text if done >= 8 else ""

    try:
        text = wait_until(enough, pause=0.2)
        found = values(text)
        status, ready = page(port, "ready", program)
        statuses = [page(port, path, program)[0] for path in ("live", "health", "elsewhere")]
    finally:
        program.kill()
        program.communicate()
    assert (status, json.loads(ready)["status"], statuses) == (200, "ready", [200, 200, 404])
    for series in (
        'crawler_requests_total{engine="http",platform="ctrip",status="success"}',
        'crawler_request_duration_seconds_count{engine="http",platform="ctrip"}',
        'crawler_data_processed_total{platform="ctrip",processor_type="store",status="success"}',
        'crawler_data_processing_duration_seconds_count{processor_type="cleaner"}',
        'crawler_poi_discovered_total{city="成都市",platform="ctrip"}',
        'crawler_data_quality_score_count{platform="ctrip"}',
        'crawler_active_engines{engine_type="http"}',
        'crawler_proxy_pool_size{status="available"}',
        'crawler_proxy_mode{platform="ctrip"}',
        'crawler_task_processing_duration_seconds_count{platform="ctrip"}',
        'crawler_db_query_duration_seconds_count{statement="batch"}',
        'crawler_verdicts_total{platform="ctrip",verdict="ok"}',
        'crawler_host_network_bytes_total{direction="sent"}',
        "crawler_host_memory_percent",
        "crawler_host_disk_free_bytes",
        "crawler_memory_bytes",
        'scrapy_responses_by_status_total{platform="ctrip",status="200"}',
    ):
        assert found[series] > 0, series
    # Prometheus's own reader has nothing to say against it.
    promtool = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (promtool.returncode, promtool.stdout + promtool.stderr) == (0, "")
    assert found['crawler_queue_depth{name="deadletter",platform="ctrip"}'] == 0
    assert found['crawler_requests_total{engine="http",platform="ctrip",status="blocked"}'] == 0
    assert found["crawler_event_loop_lag_seconds"] < 10


def test_a_port_that_is_taken(web: Running, tmp_path: Path) -> None:
    port = web.control
    program = crawl(web, tmp_path, "crawl", "ctrip", "-a", "city=成都", TRAVELCRAWL_METRICS_PORT=str(port))
    _, said = program.communicate(60)
    assert f"port {port} is taken" in said
    assert (served := re.search(r"metrics on http://127\.0\.0\.1:(\d+)/metrics", said))
    assert int(served[1]) > port
    assert program.returncode == 0


def test_a_port_that_is_none(web: Running, tmp_path: Path) -> None:
    program = crawl(web, tmp_path, "crawl", "ctrip", "-a", "city=成都", TRAVELCRAWL_METRICS_PORT="many")
    _, said = program.communicate(60)
    assert "TRAVELCRAWL_METRICS_PORT is 'many'; it can be a port, or several with commas" in said
    assert "Traceback" not in said
    assert program.returncode == 2


def test_switched_off(web: Running, tmp_path: Path) -> None:
    program = crawl(web, tmp_path, "crawl", "ctrip", "-a", "city=成都", PROMETHEUS_ENABLED="false")
    _, said = program.communicate(60)
    assert "metrics on" not in said
    assert program.returncode == 0


FOREIGN = """
import asyncio
import os
import scrapy
from scrapy.crawler import AsyncCrawlerProcess


class Shop(scrapy.Spider):
    name = "shop"
    start_urls = ["data:,1", "data:,2"]

    async def parse(self, response):
        await asyncio.sleep(2)
        yield {"page": response.text}


process = AsyncCrawlerProcess({
    "ADDONS": {"travelcrawl.extensions.metrics.MetricsAddon": 400},
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "PROMETHEUS_PORT": [int(os.environ["PORT"])],
    "PROMETHEUS_PATH": "figures",
    "PROMETHEUS_UPDATE_INTERVAL": 0.1,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
})
process.crawl(Shop)
process.start()
"""


def test_any_other_project(tmp_path: Path) -> None:
    script, port = tmp_path / "shop.py", free_port()
    script.write_text(FOREIGN, encoding="utf-8")
    program = programs.Program(str(script), cwd=tmp_path, env={**os.environ, "PORT": str(port)})

    def asked() -> dict[str, float]:
        found = values(page(port, "figures", program)[1])
        return found if found.get('crawler_requests_total{engine="http",platform="shop",status="success"}') else {}

    found = wait_until(asked, pause=0.1)
    _, said = program.communicate(30)
    assert "Traceback" not in said
    assert found['scrapy_requests_total{platform="shop"}'] == 2
    assert found['crawler_queue_depth{name="tasks",platform="shop"}'] == 0
