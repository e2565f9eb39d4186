from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rich.console import Console
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from tests.waiting import until
from travelcrawl.errors import UsageError
from travelcrawl.extensions import display as module
from travelcrawl.extensions.display import Display, duration, progress_of, shared_display, table_of
from travelcrawl.extensions.tally import Tally, by_platform


class Terminal(io.StringIO):
    """A terminal that remembers what was written."""

    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> list[str]:
        """The lines a person sees: what the cursor went back over is gone."""
        lines = [""]
        for token in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", self.getvalue()):
            if token == "\n":
                lines.append("")
            elif token == "\x1b[1A":
                lines.pop()
            elif token == "\x1b[2K":
                lines[-1] = ""
            elif token[0] not in "\x1b\r":
                lines[-1] += token
        return [line.rstrip() for line in lines if line.strip()]


def tally(platform: str = "ctrip", limit: int | None = None, **stats: Any) -> Tally:
    collector = MemoryStatsCollector(get_crawler())
    collector.set_stats(stats)
    return Tally(platform=platform, stats=collector, limit=limit, started=0)


def ended(one: Tally, seconds: float = 2, reason: str = "finished") -> None:
    one.ended, one.reason = seconds, reason


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refresh at every turn of the loop or so."""
    monkeypatch.setattr(module, "LIVE_EVERY", 0.01)
    monkeypatch.setattr(module, "LINES_EVERY", 0.01)


@contextmanager
def on_a_terminal() -> Iterator[Terminal]:
    """Make stderr a terminal, and let the log go there. Not a fixture: pytest sets stderr anew after those."""
    stream = Terminal()
    before, sys.stderr = sys.stderr, stream
    handler = logging.StreamHandler(stream)
    logging.root.addHandler(handler)
    try:
        yield stream
    finally:
        logging.root.removeHandler(handler)
        sys.stderr = before


async def test_plain_lines_say_how_each_platform_gets_on(ticks: None) -> None:
    stream = io.StringIO()
    display = Display(live=False, stream=stream, clock=iter(range(1000)).__next__)
    one = tally(limit=100, response_received_count=12, **{"verdict/rate_limited/ctrip": 4})
    display.join(one)
    await until(lambda: stream.getvalue().count("\n") > 1)
    one.count("listing", "1")
    one.stats.set_value("response_received_count", 1212)
    await until(lambda: "left" in stream.getvalue())
    ended(one)
    display.leave()
    *lines, head, row = stream.getvalue().splitlines()
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d ctrip: 12 pages, 0\.0/s, 0 listings, 0 reviews, 0 notes, rate limited 4", lines[0]
    )
    assert re.search(r"ctrip: 1,212 pages, [\d.]+/s, 1 listings, .* rate limited 4, \d+:\d\d left$", lines[-1])
    assert head.split() == [
        *("platform", "requests", "listings", "reviews", "notes", "offers", "blocked"),
        *("given", "up", "quarantine", "seconds"),
    ]
    assert row.split() == ["ctrip", "0", "1", "0", "0", "0", "4", "0", "0", "2.0"]
    assert "\x1b" not in stream.getvalue()


async def test_a_platform_that_has_ended_is_silent(ticks: None) -> None:
    stream = io.StringIO()
    display = Display(live=False, stream=stream)
    done, going = tally("amap"), tally("ctrip")
    ended(done)
    display.join(done)
    display.join(going)
    await until(lambda: "ctrip" in stream.getvalue())
    assert "amap" not in stream.getvalue()
    display.leave()
    ended(going)
    display.leave()
    assert [line.split()[0] for line in stream.getvalue().splitlines()[-2:]] == ["amap", "ctrip"]


async def test_log_lines_stay_above_the_live_table(ticks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    with on_a_terminal() as terminal:
        display = Display(live=True)
        one = tally(response_received_count=7, **{"verdict/challenged/ctrip": 3})
        display.join(one)
        logging.getLogger("test").warning("first [b]line[/b]\nof two")
        sys.stderr.write("half a ")
        await until(lambda: "of two" in terminal.getvalue())
        sys.stderr.write("line\n")
        sys.stderr.flush()
        late = logging.StreamHandler()
        logging.root.addHandler(late)
        await until(lambda: "half a line" in terminal.getvalue())
        await until(lambda: len(terminal.screen) == 5)
        assert terminal.screen[:3] == ["first [b]line[/b]", "of two", "half a line"]
        assert terminal.screen[3].split()[:3] == ["platform", "pages", "a"]
        assert re.match(r"ctrip +7 +0\.0 +0 +0 +0 +challenged 3", terminal.screen[4])
        ended(one, reason="closespider_timeout")
        sys.stderr.write("last\n")
        display.leave()
        assert sys.stderr is terminal
        assert late.stream is terminal
        logging.root.removeHandler(late)
        logging.getLogger("test").warning("after")
        shown = terminal.screen
        assert shown[3] == "last"
        assert shown[4].split()[:2] == ["platform", "requests"]
        assert shown[6] == "after"


async def test_an_ended_platform_keeps_its_row(ticks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    with on_a_terminal() as terminal:
        display = Display(live=True)
        done, going = tally("amap"), tally("ctrip", limit=5)
        display.join(done)
        display.join(going)
        ended(done, reason="rate_limited")
        await until(lambda: len(terminal.screen) == 3)
        assert re.match(r"amap +0 +0 +0 +0 +rate limited", terminal.screen[1])
        display.leave()
        display.leave()


async def test_who_still_writes_to_the_stand_in_is_heard() -> None:
    with on_a_terminal() as terminal:
        display = Display(live=True)
        display.join(tally())
        stand_in = sys.stderr
        assert stand_in.isatty()
        display.leave()
        stand_in.write("late\n")
        assert terminal.getvalue().endswith("late\n")


async def test_while_it_is_held_the_table_waits(ticks: None) -> None:
    stream = io.StringIO()
    display = Display(live=False, stream=stream)
    with display.held():
        for platform in ("amap", "ctrip"):
            one = tally(platform)
            display.join(one)
            ended(one)
            display.leave()
            assert stream.getvalue() == ""
    assert [line.split()[0] for line in stream.getvalue().splitlines()] == ["platform", "amap", "ctrip"]
    with display.held():
        pass
    assert len(stream.getvalue().splitlines()) == 3


@pytest.mark.parametrize(
    ("mode", "tty", "environment", "live"),
    [
        ("auto", True, {"TERM": "xterm"}, True),
        ("auto", False, {"TERM": "xterm"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", True, {}, False),
        ("auto", True, {"TERM": "xterm", "CI": "true"}, False),
        ("on", False, {}, True),
        ("off", True, {"TERM": "xterm"}, False),
    ],
)
def test_mode(monkeypatch: pytest.MonkeyPatch, mode: str, tty: bool, environment: dict[str, str], live: bool) -> None:
    for name in ("TERM", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", Terminal() if tty else io.StringIO())
    assert shared_display(mode).live is live
    assert shared_display(mode) is shared_display(mode)


def test_a_mode_that_is_none_is_said() -> None:
    with pytest.raises(UsageError, match="TRAVELCRAWL_PROGRESS is 'loud'; it can be auto, on, off"):
        shared_display("loud")


@pytest.mark.parametrize("width", [80, 120])
def test_no_number_is_cut_off(width: int) -> None:
    stats = {
        "downloader/request_count": 12345,
        "response_received_count": 12344,
        "verdict/rate_limited/xiaohongshu": 12,
    }
    one = tally("xiaohongshu", **stats)
    one.items.update(listing=1234, review=23456, note=10, offer=77, quarantine=5)
    console = Console(file=io.StringIO(), width=width)
    console.print(progress_of(by_platform([one]), width))
    ended(one, seconds=1234.5)
    console.print(table_of(by_platform([one]), width))
    live, end = (line.split() for line in console.file.getvalue().splitlines() if line.startswith("xiao"))
    assert live == ["xiaohongshu", "12,344", "0.0", "1,234", "23,456", "10", "rate", "limited", "12"]
    assert end == ["xiaohongshu", "12,345", "1,234", "23,456", "10", "77", "12", "0", "5", "1234.5"]


@pytest.mark.parametrize(("seconds", "said"), [(0, "0:00"), (65.4, "1:05"), (3599.7, "1:00:00"), (7325, "2:02:05")])
def test_duration(seconds: float, said: str) -> None:
    assert duration(seconds) == said
