"""Whole crawls over a site on loopback, each a process of its own that can be killed."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

DEMO = Path(__file__).with_name("demo.py")
EVERY = set(range(1, 201))


class Site(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[int] = Counter()
        self.missing: set[int] = set()
        self.slow = 0.02

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        number = int(self.path.rpartition("/")[2])
        self.server.asked[number] += 1
        time.sleep(self.server.slow)
        self.send_response(404 if number in self.server.missing else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = Thread(target=site.serve_forever, daemon=True)
    thread.start()
    yield site
    site.shutdown()
    site.server_close()
    thread.join()


def crawl(site: Site, folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(DEMO), site.url, str(folder), *words], stderr=subprocess.PIPE, text=True, errors="replace"
    )


def finish(process: subprocess.Popen[str]) -> str:
    _, log = process.communicate(timeout=60)
    return log


def items(folder: Path) -> Counter[int]:
    with sqlite3.connect(folder / "items.sqlite") as db:
        found = Counter(n for (n,) in db.execute("SELECT n FROM items"))
    db.close()
    return found


def test_a_crawl_ends_whole_and_begins_anew(site: Site, tmp_path: Path) -> None:
    assert "(finished)" in finish(crawl(site, tmp_path))
    assert items(tmp_path) == Counter(EVERY)
    assert site.asked == Counter(EVERY)
    finish(crawl(site, tmp_path))
    assert site.asked == Counter(dict.fromkeys(EVERY, 2))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_killed_in_the_middle_it_goes_on_and_fetches_again_only_what_was_in_flight(
    site: Site, tmp_path: Path, share: float
) -> None:
    process = crawl(site, tmp_path)
    while len(site.asked) < share * len(EVERY):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    finish(process)
    before = Counter(site.asked)
    assert "(finished)" in finish(crawl(site, tmp_path))
    assert items(tmp_path) == Counter(EVERY)
    again = [number for number in before if site.asked[number] > before[number]]
    # In flight, or fetched within the last group commit (0.2 s at 16 at once, 20 ms each: 160 pages at the most).
    assert len(again) < max(len(before), 16)


def test_sigterm_gives_back_what_it_holds(site: Site, tmp_path: Path) -> None:
    process = crawl(site, tmp_path)
    while len(site.asked) < 60:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    log = finish(process)
    assert "(shutdown)" in log
    before = Counter(site.asked)
    finish(crawl(site, tmp_path))
    assert items(tmp_path) == Counter(EVERY)
    assert site.asked == Counter(EVERY), before


def test_two_workers_share_one_crawl_and_one_leaving_ends_nothing(site: Site, tmp_path: Path) -> None:
    first, second = crawl(site, tmp_path), crawl(site, tmp_path)
    while len(site.asked) < 60:
        time.sleep(0.005)
    first.send_signal(signal.SIGTERM)
    assert "(shutdown)" in finish(first)
    assert "(finished)" in finish(second)
    assert items(tmp_path) == Counter(EVERY)
    assert site.asked == Counter(EVERY)


def test_what_fails_is_a_dead_letter_with_its_cause(site: Site, tmp_path: Path) -> None:
    site.missing = {7}
    finish(crawl(site, tmp_path, "raise"))
    below = {number for number in EVERY if any(number >> shift in (7, 13) for shift in range(8))}
    assert items(tmp_path) == Counter(EVERY - below)
    with sqlite3.connect(next(tmp_path.glob("numbers-*.sqlite"))) as db:
        letters = {
            row[0]: row[1:]
            for row in db.execute(
                "SELECT letter ->> 'url', letter ->> 'cause', letter ->> 'traceback', letter ->> 'sample' FROM letters"
            )
        }
        assert db.execute("SELECT count(*) FROM queue").fetchone() == (0,)
    db.close()
    assert letters[f"{site.url}/7"][0] == "gone"
    cause, traceback, sample = letters[f"{site.url}/13"]
    assert (cause, sample) == ("error", "ok")
    assert "bad luck" in traceback


def test_without_a_store_of_ours_the_ack_follows_the_pipelines(site: Site, tmp_path: Path) -> None:
    assert "(finished)" in finish(crawl(site, tmp_path, "foreign"))
    assert items(tmp_path) == Counter(EVERY)
