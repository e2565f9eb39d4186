"""A crawl whose daily quota runs out: nothing is lost, nothing is asked before midnight, and then it goes on."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.behaviour import Behaviour
from sandbox.http import Reply, Request, json_reply
from sandbox.server import Options, Server
from tests import programs

SPENT = {"status": "0", "info": "DAILY_QUERY_OVER_LIMIT", "infocode": "10003"}


class DailyQuota(Behaviour):
    name = "quota"

    def __init__(self, left: int) -> None:
        self.left = left
        self.asked = 0

    def before(self, request: Request) -> Reply | None:
        if request.method == "CONNECT":
            return None
        self.asked += 1
        self.left -= 1
        return json_reply(SPENT) if self.left < 0 else None


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(Options(folder=tmp_path, seed=7, size=120, egresses=1, behaviours=(DailyQuota(12),)))
    yield server
    await server.close()


async def test_what_the_quota_left_is_asked_after_midnight_and_not_before(tmp_path: Path, server: Server) -> None:
    (quota,) = server.web.behaviours
    assert isinstance(quota, DailyQuota)
    environment = {**os.environ, **(await server.start())["env"], "SECRET_KEY": "of the test", "LOG_LEVEL": "WARNING"}

    async def crawl() -> tuple[int | None, list[str]]:
        done = await asyncio.to_thread(
            programs.run,
            *("-m", "scrapy", "crawl", "amap", "-a", "city=成都"),
            *("-s", f"TRAVELCRAWL_STORE={tmp_path / 'travel.gpkg'}", "-s", f"JOBDIR={tmp_path / 'frontier'}"),
            env=environment,
        )
        return done.returncode, done.stderr.splitlines()

    status, said = await crawl()
    assert status == 1
    assert "the quota of the day is used up: DAILY_QUERY_OVER_LIMIT (infocode 10003)" in "\n".join(said)
    assert counts(tmp_path)["letters"] == 0
    assert counts(tmp_path)["queue"] > 0
    asked = quota.asked

    status, said = await crawl()
    assert (status, quota.asked) == (2, asked)
    assert len(said) == 1
    assert said[0].startswith("amap has used up its quota of the day: start again from 20")

    (note,) = (tmp_path / "frontier").glob("quota-amap-*.json")
    note.write_text(json.dumps({"until": "2026-01-01T00:00:00+08:00"}))
    quota.left = 10_000
    status, said = await crawl()
    assert status == 0, said
    assert counts(tmp_path) == {"letters": 0, "queue": 0}
    with sqlite3.connect(tmp_path / "travel.gpkg") as db:
        stored = {ref for (ref,) in db.execute("SELECT ref FROM listings")}
    db.close()
    shelf = server.web.dialects["restapi.amap.com"].shelf
    assert stored == {one.ref for one in shelf.listings if one.place.city.adcode == "510100"}


def counts(folder: Path) -> dict[str, int]:
    (path,) = (folder / "frontier").glob("amap-*.sqlite")
    with sqlite3.connect(path) as db:
        found = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("letters", "queue")}
    db.close()
    return found
