from __future__ import annotations

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from scrapy.settings import Settings

from tests import programs
from tests.loopback import LoopbackHandler, LoopbackSite, Page, serving
from tests.servers import PostgresServer
from tools.servers import RedisServer, free_port
from travelcrawl import settings as ours
from travelcrawl.commands import examining
from travelcrawl.commands.examining import Finding, Machine
from travelcrawl.errors import StoreError, TravelcrawlError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({}, set()),
        ({"disk": 81.0}, {"disk"}),
        ({"memory": 95.0}, {"memory"}),
        ({"files": 1024}, {"open files"}),
        ({"overcommit": 2}, {"overcommit"}),
    ],
)
def test_a_machine(facts: dict[str, float], wrong: set[str]) -> None:
    machine = Machine(**{"disk": 10.0, "memory": 10.0, "files": 65_536, "overcommit": 1, **facts})
    assert {one.subject for one in examining.of_machine(machine) if not one.is_well} == wrong


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"AMAP_KEY": "k"}, set()),
        ({}, {"AMAP_KEY"}),
        ({"AMAP_KEY": "k", "APP_ENV": "production"}, {"SECRET_KEY"}),
        ({"AMAP_KEY": "k", "TRAVELCRAWL_BUDGETS": "{"}, {"settings"}),
        ({"AMAP_KEY": "k", "TRAVELCRAWL_PROXIES": "ftp://127.0.0.1"}, {"proxies"}),
        ({"AMAP_KEY": "k", "TRAVELCRAWL_CHROMIUM": "/nowhere/chromium"}, {"browser"}),
    ],
)
def test_settings(said: dict[str, str], wrong: set[str]) -> None:
    settings = Settings({"TRAVELCRAWL_BROWSER": "auto" if "TRAVELCRAWL_CHROMIUM" in said else "off", **said})
    settings.setmodule(ours, priority="default")
    assert {one.subject for one in examining.of_settings(settings) if not one.is_well} == wrong


@pytest.mark.parametrize(
    ("theirs", "ours_", "is_well"), [(1000.0, 1004.0, True), (1000.0, 1300.0, False), (1300.0, 1000.0, False)]
)
def test_clocks(theirs: float, ours_: float, is_well: bool) -> None:
    assert examining.clocks("redis", theirs, ours_).is_well is is_well


@pytest.mark.parametrize(("waiting", "dead", "lines"), [(0, 0, 0), (1000, 0, 0), (1001, 0, 1), (0, 1, 1), (5000, 3, 2)])
def test_queues(waiting: int, dead: int, lines: int) -> None:
    assert len([*examining.of_queue("ctrip", waiting, dead)]) == lines


def test_a_database(postgres: PostgresServer) -> None:
    url = postgres.database("migrated")
    found = {one.subject: one for one in examining.of_database(url)}
    # The tests' server has PostgreSQL's defaults, which are below ops/postgres.conf.
    assert "max_connections is 100, below 200" in found.pop("database settings").said
    assert all(one.is_well for one in found.values()), found
    assert "listings" in found["tables"].said
    assert not {one.subject: one for one in examining.of_database(url, clock=lambda: 1.0)}["clock"].is_well


def test_a_database_that_is_not_there(postgres: PostgresServer) -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        list(examining.of_database(f"postgresql://u:secret@127.0.0.1:{free_port()}/x"))
    with pytest.raises(StoreError, match="scrapy migrate"):
        list(examining.of_database(postgres.database("template1")))


async def test_redis(redis_server: RedisServer) -> None:
    found = await examining.of_redis(Settings({"REDIS_URL": redis_server.url}))
    assert [one for one in found if not one.is_well] == []
    client = redis_server.connect()
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("maxmemory", "1mb")
    try:
        wrong = {
            one.subject
            for one in await examining.of_redis(Settings({"REDIS_URL": redis_server.url}))
            if not one.is_well
        }
    finally:
        client.config_set("maxmemory", "0")
        client.config_set("maxmemory-policy", "noeviction")
    assert wrong == {"redis", "redis memory"}
    with pytest.raises(TravelcrawlError, match="Redis cannot be reached"):
        await examining.of_redis(Settings({"REDIS_URL": f"redis://127.0.0.1:{free_port()}"}))


class Node(LoopbackHandler):
    told: tuple[int, dict[str, int]] = 200, {}

    def page(self) -> Page:
        status, told = self.told
        return status, json.dumps(told).encode(), {}


@pytest.fixture
def scrapyd() -> Iterator[LoopbackSite]:
    handler: type[BaseHTTPRequestHandler] = Node
    with serving(LoopbackSite(handler)) as site:
        yield site


@pytest.mark.parametrize(
    ("told", "said", "is_well"),
    [
        ((200, {"pending": 2, "running": 4}), "2 pending, 4 running", True),
        ((200, {"pending": 2, "running": 0}), "2 pending, 0 running: stuck; start the node anew", False),
        ((401, {}), "look at SCRAPYD_USERNAME and SCRAPYD_PASSWORD", False),
    ],
)
def test_a_node(scrapyd: LoopbackSite, told: tuple[int, dict[str, int]], said: str, is_well: bool) -> None:
    Node.told = told
    found = examining.of_scrapyd(scrapyd.url, "user", "password")
    assert said in found.said
    assert found.is_well is is_well


def test_no_node_is_no_fault() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert examining.of_scrapyd(url, "", "") == Finding("scrapyd", f"no node on {url}")


def test_where_the_node_is() -> None:
    assert examining.scrapyd_of({}) == ("http://127.0.0.1:6800", "", "")
    said = {"SCRAPYD_URL": "http://n:1/", "SCRAPYD_USERNAME": "u", "SCRAPYD_PASSWORD": "p"}
    assert examining.scrapyd_of(said) == ("http://n:1", "u", "p")


def test_the_command_says_what_to_do_and_its_status_says_it_too(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRAVELCRAWL_")},
        "AMAP_KEY": "k",
        "JOBDIR": str(tmp_path),
        "TRAVELCRAWL_BROWSER": "off",
        "SCRAPYD_HTTP_PORT": str(free_port()),
    }
    done = programs.run("-m", "scrapy", "doctor", cwd=ROOT, env=environment)
    assert "ok  queue: 0 wait, no dead letters\n" in done.stdout
    assert done.returncode == int("!!" in done.stdout)
    wrong = {**environment, "TRAVELCRAWL_REDIS_URL": f"redis://:secret@127.0.0.1:{free_port()}"}
    done = programs.run("-m", "scrapy", "doctor", cwd=ROOT, env=wrong)
    assert "!!  redis: Redis cannot be reached" in done.stdout
    assert "secret" not in done.stdout + done.stderr
    assert done.returncode == 1
