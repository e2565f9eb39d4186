"""Whole crawls over a site on loopback, each a process of its own that can be killed."""

import json
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event

import pytest
import redis

from tests.loopback import LoopbackHandler, LoopbackSite, Page, serving
from tests.programs import Program
from tests.waiting import wait_until
from tools.servers import RedisServer

DEMO = Path(__file__).with_name("demo.py")
EVERY = set(range(1, 201))


class Site(LoopbackSite):
    def __init__(self) -> None:
        super().__init__(Handler)
        self.asked: Counter[int] = Counter()
        self.missing: set[int] = set()
        self.slow = 0.02
        self.open = Event()
        self.open.set()


class Handler(LoopbackHandler):
    server: Site

    def page(self) -> Page:
        number = int(self.path.rpartition("/")[2])
        self.server.asked[number] += 1
        time.sleep(self.server.slow)
        if number >= 32:
            self.server.open.wait(60)
        return 404 if number in self.server.missing else 200, b"ok", {}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as site:
        yield site


class Fleet:
    """Workers of one crawl, each a process, over a SQLite file or Redis."""

    def __init__(self, site: Site, folder: Path, redis_url: str | None) -> None:
        self.site = site
        self.folder = folder
        self.processes: list[Program] = []
        self.redis = redis.Redis.from_url(redis_url) if redis_url and "sentinel" not in redis_url else None
        self.settings = (
            [f"TRAVELCRAWL_REDIS_URL={redis_url}", f"TRAVELCRAWL_CRAWL_ID={folder.name}", "TRAVELCRAWL_LEASE=1.5"]
            if redis_url
            else []
        )

    def start(self, *words: str) -> Program:
        process = Program(str(DEMO), self.site.url, str(self.folder), *self.settings, *words)
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End what a failed test left running, so that no later test is blamed for it."""
        for process in self.processes:
            process.kill()
            process.communicate()

    def run(self, *words: str) -> str:
        return log_of(self.start(*words))

    def items(self) -> Counter[int]:
        with closing(sqlite3.connect(self.folder / "items.sqlite")) as db:
            return Counter(n for (n,) in db.execute("SELECT n FROM items"))

    def working(self) -> int:
        """Return how many workers hold a request."""
        if self.redis:
            return len(self.redis.keys(f"numbers:requests:{self.folder.name}:held:*"))
        return int(self._ask("SELECT count(DISTINCT worker) FROM queue")[0][0])

    def letters(self) -> dict[str, dict[str, str]]:
        if self.redis:
            texts = self.redis.hvals(f"numbers:requests:{self.folder.name}:letters")
        else:
            texts = [text for (text,) in self._ask("SELECT letter FROM letters")]
        letters = [json.loads(text) for text in texts]
        return {letter["url"].rpartition("/")[2]: letter for letter in letters}

    def queued(self) -> set[int]:
        """Return the pages that wait or are held."""
        if self.redis:
            entries = self.redis.hvals(f"numbers:requests:{self.folder.name}:entries")
            payloads = [entry.decode().partition(" ")[2] for entry in entries]
        else:
            payloads = [payload for (payload,) in self._ask("SELECT payload FROM queue")]
        return {int(json.loads(payload)["url"].rpartition("/")[2]) for payload in payloads}

    def left(self) -> int:
        """Return how many requests wait or are held."""
        if self.redis:
            return int(self.redis.hlen(f"numbers:requests:{self.folder.name}:entries"))
        return int(self._ask("SELECT count(*) FROM queue")[0][0])

    def _ask(self, question: str) -> list[tuple[str, ...]]:
        for path in self.folder.glob("numbers-*.sqlite"):
            with closing(sqlite3.connect(path)) as db, suppress(sqlite3.OperationalError):
                return db.execute(question).fetchall()
        return [("0",)]


def log_of(process: Program) -> str:
    _, log = process.communicate(timeout=60)
    return log


@pytest.fixture(params=["sqlite", "redis"])
def fleet(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Iterator[Fleet]:
    url = request.getfixturevalue("redis_server").url if request.param == "redis" else None
    with closing(Fleet(site, tmp_path, url)) as fleet:
        yield fleet


@pytest.fixture
def redis_fleet(redis_server: RedisServer, site: Site, tmp_path: Path) -> Iterator[Fleet]:
    with closing(Fleet(site, tmp_path, redis_server.url)) as fleet:
        yield fleet


@pytest.mark.no_cover
def test_a_crawl_ends_whole_and_begins_anew(fleet: Fleet) -> None:
    anew = ("TRAVELCRAWL_CRAWL_ID=", f"SCHEDULER_QUEUE_KEY={fleet.folder.name}:%(spider)s")
    anew += (f"SCHEDULER_DUPEFILTER_KEY={fleet.folder.name}:seen",)
    assert "(finished)" in fleet.run(*anew)
    assert fleet.items() == Counter(EVERY)
    assert fleet.site.asked == Counter(EVERY)
    fleet.run(*anew)
    assert fleet.site.asked == Counter(dict.fromkeys(EVERY, 2))
    assert fleet.left() == 0


def test_a_crawl_with_an_id_is_crawled_once(redis_fleet: Fleet) -> None:
    for _ in range(2):
        assert "(finished)" in redis_fleet.run()
    assert redis_fleet.site.asked == Counter(EVERY)


@pytest.mark.no_cover
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_killed_in_the_middle_it_goes_on_and_fetches_again_only_what_was_in_flight(fleet: Fleet, share: float) -> None:
    process = fleet.start()
    wait_until(lambda: len(fleet.site.asked) >= share * len(EVERY))
    process.send_signal(signal.SIGKILL)
    log_of(process)
    before = Counter(fleet.site.asked)
    acked = set(before) - fleet.queued()
    assert "(finished)" in fleet.run()
    assert fleet.items() == Counter(EVERY)
    assert {number for number in before if fleet.site.asked[number] > before[number]} == set(before) - acked
    assert fleet.left() == 0


@pytest.mark.no_cover
def test_sigterm_gives_back_what_it_holds(fleet: Fleet) -> None:
    process = fleet.start()
    wait_until(lambda: len(fleet.site.asked) >= 60)
    process.send_signal(signal.SIGTERM)
    assert "(shutdown)" in log_of(process)
    fleet.run()
    assert fleet.items() == Counter(EVERY)
    assert fleet.site.asked == Counter(EVERY)


@pytest.mark.no_cover
def test_two_workers_share_one_crawl_and_one_leaving_ends_nothing(fleet: Fleet) -> None:
    fleet.site.open.clear()
    first, second = fleet.start("TRAVELCRAWL_PREFETCH=8"), fleet.start("TRAVELCRAWL_PREFETCH=8")
    wait_until(lambda: fleet.working() == 2)
    fleet.site.open.set()
    first.send_signal(signal.SIGTERM)
    assert "(shutdown)" in log_of(first)
    assert "(finished)" in log_of(second)
    assert fleet.items() == Counter(EVERY)
    assert fleet.site.asked == Counter(EVERY)


def test_what_fails_is_a_dead_letter_with_its_cause(fleet: Fleet) -> None:
    fleet.site.missing = {7}
    fleet.run("raise")
    below = {number for number in EVERY if any(number >> shift in (7, 13) for shift in range(8))}
    assert fleet.items() == Counter(EVERY - below)
    letters = fleet.letters()
    assert set(letters) == {"7", "13"}
    assert letters["7"]["cause"] == "gone"
    assert (letters["13"]["cause"], letters["13"]["sample"]) == ("error", "ok")
    assert "bad luck" in letters["13"]["traceback"]
    assert fleet.left() == 0


def test_without_a_store_of_ours_the_ack_follows_the_pipelines(fleet: Fleet) -> None:
    assert "(finished)" in fleet.run("foreign")
    assert fleet.items() == Counter(EVERY)


def test_redis_gone_for_a_while_costs_nothing(redis_server: RedisServer, redis_fleet: Fleet) -> None:
    process = redis_fleet.start()
    wait_until(lambda: len(redis_fleet.site.asked) >= 60)
    redis_server.stop()
    time.sleep(3)
    redis_server.start()
    assert "(finished)" in log_of(process)
    assert redis_fleet.items() == Counter(EVERY)
    assert redis_fleet.left() == 0


def test_hostile_payloads_are_kept_apart(redis_fleet: Fleet) -> None:
    assert redis_fleet.redis
    queue = f"numbers:requests:{redis_fleet.folder.name}"
    hostile = {"a": "0 rubbish", "b": '0 {"url": "file:///etc/passwd"}', "c": '0 {"seed": "file:///etc/passwd"}'}
    for identity, payload in hostile.items():
        redis_fleet.redis.hset(f"{queue}:entries", identity, payload)
        redis_fleet.redis.zadd(queue, {identity: 0})
    assert "Traceback" not in redis_fleet.run()
    assert redis_fleet.items() == Counter(EVERY)
    assert {letter["cause"] for letter in redis_fleet.letters().values()} == {"refused"}
    assert redis_fleet.redis.hlen(f"{queue}:letters") == len(hostile)
    assert redis_fleet.left() == 0


def test_start_entries_feed_a_running_fleet(redis_fleet: Fleet) -> None:
    assert redis_fleet.redis
    starts = f"numbers:start_urls:{redis_fleet.folder.name}"
    url = redis_fleet.site.url
    redis_fleet.redis.rpush(starts, f"{url}/150", json.dumps({"url": f"{url}/1000"}))
    assert "(finished)" in redis_fleet.run()
    assert redis_fleet.items() == Counter(EVERY | {1000})


@pytest.mark.no_cover
def test_paused_drained_and_gone_on_with(redis_fleet: Fleet) -> None:
    assert redis_fleet.redis
    control = f"numbers:requests:{redis_fleet.folder.name}:control"
    process = redis_fleet.start()
    wait_until(lambda: len(redis_fleet.site.asked) >= 30)
    redis_fleet.redis.set(control, "paused")
    time.sleep(1.5)
    paused = sum(redis_fleet.site.asked.values())
    time.sleep(0.5)
    assert sum(redis_fleet.site.asked.values()) == paused < len(EVERY)
    redis_fleet.redis.set(control, "draining")
    assert "(draining)" in log_of(process)
    assert redis_fleet.left() > 0
    redis_fleet.redis.delete(control)
    assert "(finished)" in redis_fleet.run()
    assert redis_fleet.items() == Counter(EVERY)
    assert redis_fleet.site.asked == Counter(EVERY)
