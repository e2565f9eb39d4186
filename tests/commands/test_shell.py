"""``scrapy shell`` takes no part in a crawl, and fetches by its rules."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import Running, running
from tests import programs


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    with running(size=40) as web:
        yield web


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (("-c", "1 + 1"), "2\n", 0),
        (("--spider", "ctrip", "-c", "crawler.spider.name"), "ctrip\n", 0),
        (("https://m.ctrip.com/nothing", "-c", "(spider.name, response.status)"), "('ctrip', 404)\n", 0),
        (("--spider", "moon", "-c", "1"), "there is no platform 'moon'; known are amap", 2),
    ],
)
def test_it_works_or_says_why_not(web: Running, tmp_path: Path, words: tuple[str, ...], said: str, status: int) -> None:
    env = {**os.environ, **web.env, "TRAVELCRAWL_STORE": str(tmp_path / "x.gpkg"), "JOBDIR": str(tmp_path / "jobs")}
    web.reset()
    done = programs.run("-m", "scrapy", "shell", "--nolog", *words, env=env)
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == status
    # Neither a store nor a frontier was opened, and what was fetched went through an egress.
    assert [*tmp_path.iterdir()] == []
    assert web.stats()["direct"] == {}


def test_wrong_proxies_are_said(tmp_path: Path) -> None:
    env = {**os.environ, "TRAVELCRAWL_PROXIES": "rubbish://u:secret@x", "JOBDIR": str(tmp_path)}
    done = programs.run("-m", "scrapy", "shell", "--nolog", "-c", "1", env=env)
    assert "TRAVELCRAWL_PROXIES is no proxy" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
