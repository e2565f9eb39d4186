"""Bad input, as a user meets it: one clear sentence, no traceback, the exit status right, nothing lost."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import Running, running
from tests import programs
from tools.servers import RedisServer
from travelcrawl.access.followup import FOLLOW_UPS
from travelcrawl.access.verdicts import Verdict
from travelcrawl.frontier.backend import DeadLetter, Depth
from travelcrawl.frontier.sqlite import SqliteBackend


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    with running(size=40) as web:
        yield web


def crawl(web: Running, folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run scrapy crawl over a sandbox; the frontier and the store are in the folder."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRAVELCRAWL_")},
        **web.env,
        "TRAVELCRAWL_STORE": str(folder / "travel.gpkg"),
        "TRAVELCRAWL_PROGRESS": "off",
        "TRAVELCRAWL_SECRET_FILE": str(folder / "secret"),
        "TRAVELCRAWL_ROBOTS_WAITS": "0",
        "JOBDIR": str(folder / "frontier"),
        "LOG_LEVEL": "WARNING",
        "TRAVELCRAWL_BROWSER": "off",
        **settings,
    }
    return programs.run("-m", "scrapy", "crawl", *words, env=environment)


async def look(folder: Path) -> tuple[list[Depth], list[DeadLetter]]:
    depths, letters = [], []
    for path in (folder / "frontier").glob("*.sqlite"):
        backend = SqliteBackend(path, "x")
        await backend.attach()
        depths.append(await backend.depth())
        letters += await backend.letters()
        await backend.close()
    return depths, letters


@pytest.mark.parametrize(
    ("words", "settings", "sentence"),
    [
        (("amap", "-a", "city=成都"), {"AMAP_KEY": ""}, "amap needs a key of its Web Service API: set AMAP_KEY"),
        (("ctrip", "-a", "city=Atlantis"), {}, "no city is known as 'Atlantis'; the nearest names are"),
        (("ctrip",), {}, "ctrip needs -a city=… or -a keyword=… or -a urls=… to begin with"),
        (("ctrip", "-a", "city=成都", "-a", "moon=1"), {}, "ctrip does not know the argument 'moon'"),
        (("moon", "-a", "city=成都"), {}, "there is no platform 'moon'; known are amap"),
        (
            ("ctrip", "-a", "city=成都"),
            {"TRAVELCRAWL_PROXIES": "rubbish://u:secret@x"},
            "TRAVELCRAWL_PROXIES is no proxy",
        ),
        (("ctrip", "-a", "city=成都"), {"TRAVELCRAWL_PERMITTED_HOSTS": "m.ctrip.com"}, "name the host and why"),
        (("ctrip", "-a", "city=成都"), {"TRAVELCRAWL_CA_FILE": "/etc/hostname"}, "holds no PEM certificate"),
        (("ctrip", "-a", "city=成都"), {"TRAVELCRAWL_STORE": "/etc/hostname/x.gpkg"}, "cannot be written"),
        (("ctrip", "-a", "city=成都"), {"JOBDIR": "/etc/hostname"}, "JOBDIR names its folder"),
        (
            ("ctrip", "-a", "city=成都"),
            {"TRAVELCRAWL_REDIS_URL": "redis://:secret@127.0.0.1:9/0"},
            "Redis cannot be reached",
        ),
        (
            ("ctrip", "-a", "city=成都"),
            {"TRAVELCRAWL_REDIS_URL": "nonsense:secret"},
            "TRAVELCRAWL_REDIS_URL is no address",
        ),
        (("ctrip", "-a", "city=成都"), {"TRAVELCRAWL_PROGRESS": "loud"}, "TRAVELCRAWL_PROGRESS"),
        (("ctrip", "-a", "city=成都"), {"TRAVELCRAWL_ROBOTS_WAITS": "2,soon"}, "it can be seconds, such as 2,10,30"),
        (("ctrip", "-s", "TRAVELCRAWL_LEASE=abc"), {}, "TRAVELCRAWL_LEASE is 'abc'; it must be a number"),
        (("ctrip", "-s", "TRAVELCRAWL_RELIEF=maybe"), {}, "TRAVELCRAWL_RELIEF is 'maybe'; it must be true or false"),
        (("ctrip", "-s", "LOG_LEVEL=loud"), {}, "LOG_LEVEL is 'loud'; it must be DEBUG"),
        (
            ("ctrip", "-a", "city=成都"),
            {"TRAVELCRAWL_LOGS": "xml"},
            "TRAVELCRAWL_LOGS is 'xml'; it can be text or json",
        ),
        (
            ("ctrip", "-a", "city=成都"),
            {"TRAVELCRAWL_DATABASE_URL": "mysql://u:secret@x/y"},
            "must begin with postgresql://",
        ),
    ],
)
def test_wrong_arguments_and_settings(
    web: Running, tmp_path: Path, words: tuple[str, ...], settings: dict[str, str], sentence: str
) -> None:
    done = crawl(web, tmp_path, *words, **settings)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "secret" not in done.stderr + done.stdout
    assert done.returncode == 2


@pytest.mark.parametrize("command", [("list",), ("queue",), ("doctor",), ("crawl", "ctrip"), ("shell", "-c", "1")])
def test_a_number_of_the_environment_that_is_none(command: tuple[str, ...]) -> None:
    done = programs.run("-m", "scrapy", *command, env={**os.environ, "TRAVELCRAWL_LEASE": "abc"})
    assert (done.returncode, done.stderr) == (2, "TRAVELCRAWL_LEASE is 'abc'; it must be a number, 1 or more\n")


def test_a_database_that_cannot_be_reached(web: Running, tmp_path: Path) -> None:
    done = crawl(
        web, tmp_path, "ctrip", "-a", "city=成都", TRAVELCRAWL_DATABASE_URL="postgresql://u:secret@127.0.0.1:9/x"
    )
    assert "127.0.0.1:9/x cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "secret" not in done.stderr + done.stdout
    assert done.returncode == 2


def test_a_log_file_that_cannot_be_written(web: Running, tmp_path: Path) -> None:
    done = crawl(web, tmp_path, "ctrip", "-a", "city=成都", "-s", "LOG_FILE=/proc/no/crawl.log")
    assert "LOG_FILE /proc/no/crawl.log cannot be written (No such file or directory): the log goes" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_log_on_a_full_disk(web: Running, tmp_path: Path, form: str) -> None:
    words = ("ctrip", "-a", "city=成都", "-s", "LOG_FILE=/dev/full", "-s", "LOG_LEVEL=INFO")
    done = crawl(web, tmp_path, *words, TRAVELCRAWL_LOGS=form)
    assert done.stderr.count("LOG_FILE /dev/full cannot be written (No space left on device): lines will be") == 1
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


CLOCK = """
import sys, time
real = time.time
time.time = lambda: real() + {off}
from scrapy.cmdline import execute
sys.argv[0] = "scrapy"
execute()
"""


@pytest.mark.parametrize("off", [300, -300])
def test_a_clock_that_is_five_minutes_off(web: Running, tmp_path: Path, redis_server: RedisServer, off: int) -> None:
    script = tmp_path / "scrapy.py"
    script.write_text(CLOCK.format(off=off))
    env = {
        **os.environ,
        **web.env,
        "TRAVELCRAWL_REDIS_URL": redis_server.url,
        "TRAVELCRAWL_CRAWL_ID": tmp_path.name,
        "TRAVELCRAWL_STORE": str(tmp_path / "travel.gpkg"),
        "TRAVELCRAWL_SECRET_FILE": str(tmp_path / "secret"),
        "TRAVELCRAWL_BROWSER": "off",
    }
    done = programs.run(str(script), "crawl", "ctrip", "-a", "city=成都", env=env)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert not re.search(r"frontier/(?:reaped': [1-9]|lost)", done.stderr)
    said = programs.run(str(script), "doctor", env=env).stdout
    assert re.search(r"!!  clock: (299|300) s from that of redis: .* run an NTP client", said)


def test_a_damaged_store_is_left_as_it_is(web: Running, tmp_path: Path) -> None:
    store = tmp_path / "travel.gpkg"
    store.write_bytes(b"SQLite format 3\x00" + b"\xff" * 9000)
    before = store.read_bytes()
    done = crawl(web, tmp_path, "ctrip", "-a", "city=成都")
    assert "move it away or give another path" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("fault", "platform", "cause"),
    [
        ("html:m.ctrip.com", "ctrip", "malformed"),
        ("truncated:m.ctrip.com", "ctrip", "malformed"),
        ("huge:m.ctrip.com", "ctrip", "malformed"),
        ("gzip_bomb:m.ctrip.com", "ctrip", "malformed"),
        ("redirect:m.ctrip.com", "ctrip", "malformed"),
        ("unavailable:m.ctrip.com", "ctrip", "site_down"),
        ("html:restapi.amap.com", "amap", "malformed"),
    ],
)
def test_hostile_answers_become_dead_letters_with_their_cause(
    tmp_path: Path, fault: str, platform: str, cause: str
) -> None:
    with running(size=40, faults=[fault]) as web:
        done = crawl(web, tmp_path, platform, "-a", "city=成都", "-a", "category=sight")
    assert re.search(rf"{platform}: nothing was read: \d+ × {cause}", done.stderr)
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    depths, letters = asyncio.run(look(tmp_path))
    assert {letter.cause for letter in letters} == {cause}
    assert all(depth.is_empty for depth in depths)


def test_without_network_what_was_not_fetched_can_be_replayed(web: Running, tmp_path: Path) -> None:
    settings = {"TRAVELCRAWL_PROXIES": "http://127.0.0.1:9", "PROXY_COOLDOWN": "0.5"}
    done = crawl(web, tmp_path, "ctrip", "-a", "city=成都", **settings)
    assert "ctrip: nothing was read: 1 × egress_fault" in done.stderr
    assert done.returncode == 1
    _, (letter,) = asyncio.run(look(tmp_path))
    assert (letter.cause, letter.attempts) == ("egress_fault", FOLLOW_UPS[Verdict.EGRESS_FAULT].tries)


def test_a_refused_key_ends_the_run_and_buries_nothing(tmp_path: Path) -> None:
    with running(size=40, faults=["refused_key:restapi.amap.com"]) as web:
        done = crawl(web, tmp_path, "amap", "-a", "city=成都")
    assert "amap: ended before it was done: the key is refused: INVALID_USER_KEY" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    (depth,), letters = asyncio.run(look(tmp_path))
    assert depth.waiting > 0
    assert letters == []


def test_robots_closed_is_said_and_nothing_is_fetched(web: Running, tmp_path: Path) -> None:
    web.reset()
    done = crawl(web, tmp_path, "mafengwo", "-a", "city=成都", TRAVELCRAWL_PERMITTED_HOSTS="")
    assert "mafengwo: nothing was read: 5 × robots" in done.stderr
    assert done.returncode == 1
    asked = {route for host, books in web.stats()["hosts"].items() if "mafengwo" in host for route in books["routes"]}
    assert asked == {"robots.txt"}
