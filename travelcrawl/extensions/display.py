"""Show how the crawls of this process get on: a live table on a terminal, plain lines elsewhere, one table at the end."""

from __future__ import annotations

import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text
from scrapy.utils.asyncio import create_looping_call

from travelcrawl.errors import UsageError
from travelcrawl.extensions.tally import Sum, Tally, by_platform

MODES = ("auto", "on", "off")
LIVE_EVERY = 1.0
"""Seconds between two refreshes of the live table: a refresh of eight platforms takes 6 ms of CPU (2026-11-22)."""
LINES_EVERY = 5.0
"""Seconds between two rounds of plain lines."""
PLAIN_WIDTH = 120
WIDE = 100
"""Columns from which no heading needs two lines."""
BROKEN = {"a second": "a\nsecond", "given up": "given\nup", "quarantine": "quaran-\ntine"}


class Display:
    """One display for all crawls of a process: on from the first crawl to the last, or as long as it is held."""

    def __init__(
        self, *, live: bool, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.live = live
        self.clock = clock
        self._stream = stream
        self._tallies: list[Tally] = []
        self._holders = 0
        self._showing: _Live | _Lines | None = None

    def join(self, tally: Tally) -> None:
        """Show a crawl that has begun."""
        self._tallies.append(tally)
        self._take()

    def leave(self) -> None:
        """Take note that a crawl has ended."""
        self._let_go()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the display on, also while no crawl is on, so that the table comes once and at the end."""
        self._holders += 1
        try:
            yield
        finally:
            self._let_go()

    def _take(self) -> None:
        self._holders += 1
        if self._showing is None:
            stream = self._stream or sys.stderr
            self._showing = _Live(stream) if self.live else _Lines(stream)
            self._loop = create_looping_call(self._refresh)
            self._loop.start(LIVE_EVERY if self.live else LINES_EVERY, now=False)

    def _refresh(self) -> None:
        assert self._showing
        now = self.clock()
        for tally in self._tallies:
            if tally.ended is None:
                tally.sample(now)
        self._showing.show(by_platform(self._tallies))

    def _let_go(self) -> None:
        self._holders -= 1
        if self._holders == 0 and self._showing is not None:
            self._loop.stop()
            self._showing.end(by_platform(self._tallies))
            self._showing = None
            self._tallies.clear()


class _Lines:
    """Plain lines: for logs, CI and terminals that cannot move their cursor."""

    def __init__(self, stream: TextIO) -> None:
        # No colour and no cursor: what is written is read by machines too.
        width = None if stream.isatty() else PLAIN_WIDTH
        self.console = Console(file=stream, force_terminal=False, no_color=True, width=width, markup=False)

    def show(self, sums: list[Sum]) -> None:
        """Write a line for each platform that is on."""
        for one in sums:
            if not one.reasons:
                self.console.out(f"{time.strftime('%H:%M:%S')} {one.platform}: {line_of(one)}", highlight=False)

    def end(self, sums: list[Sum]) -> None:
        """Write the table."""
        self.console.print(table_of(sums, self.console.width))


class _Live:
    """A table that stays below the log lines."""

    def __init__(self, stream: TextIO) -> None:
        self.console = Console(file=stream, force_terminal=True, markup=False, highlight=False)
        self.above = _Above(stream)
        self.live = Live(
            console=self.console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self.above.catch()
        self.live.start()

    def show(self, sums: list[Sum]) -> None:
        """Put the waiting log lines above a fresh table."""
        if text := self.above.take():
            self.console.print(Text(text.rstrip("\n")), soft_wrap=True)
        self.live.update(progress_of(sums, self.console.width), refresh=True)

    def end(self, sums: list[Sum]) -> None:
        """Put the final table in place of the live one."""
        self.live.stop()
        self.above.release()
        self.console.print(table_of(sums, self.console.width))


class _Above(io.TextIOBase):
    """Stands in for stderr while the live table is on.

    Lines wait for the next refresh: printed one by one each would draw the whole table again.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._waiting: list[str] | None = []
        self._stderr = sys.stderr

    def write(self, text: str) -> int:
        """Keep a text; once released, pass it on."""
        if self._waiting is None:
            return self.stream.write(text)
        self._waiting.append(text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream; what waits goes with the next refresh."""
        self.stream.flush()

    def isatty(self) -> bool:
        """Say what the stream says: colours are as they were."""
        return self.stream.isatty()

    def take(self) -> str:
        """Return the whole lines that wait."""
        assert self._waiting is not None
        text, self._waiting = "".join(self._waiting), []
        whole, _, rest = text.rpartition("\n")
        if rest:
            self._waiting.insert(0, rest)
        return whole

    def catch(self) -> None:
        """Stand in for stderr, in the handlers of the log too; Scrapy makes a new one for every crawl."""
        self._stderr = sys.stderr
        sys.stderr = self
        _redirect(self._stderr, self)

    def release(self) -> None:
        """Write what waits and step back."""
        waiting, self._waiting = "".join(self._waiting or ()), None
        self.stream.write(waiting)
        self.stream.flush()
        sys.stderr = self._stderr
        _redirect(self, self._stderr)


def _redirect(source: TextIO | _Above, target: TextIO | _Above) -> None:
    for handler in logging.root.handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is source:
            handler.setStream(target)


def line_of(one: Sum) -> str:
    """Say in one line how a platform gets on."""
    parts = [f"{one.total('pages'):,} pages", f"{one.rate:.1f}/s"]
    parts += [f"{one.items(kind):,} {kind}s" for kind in ("listing", "review", "note")]
    parts += [f"{kind.replace('_', ' ')} {count:,}" for kind, count in one.errors.most_common()]
    if one.left is not None:
        parts.append(f"{duration(one.left)} left")
    return ", ".join(parts)


def progress_of(sums: list[Sum], width: int) -> Table:
    """Return the live table."""
    table = _table(width, "platform", "pages", "a second", "listings", "reviews", "notes", "left")
    table.expand = True
    table.add_column("errors", overflow="ellipsis", no_wrap=True, ratio=1)
    for one in sums:
        left = one.reasons or ("" if one.left is None else duration(one.left))
        table.add_row(
            one.platform,
            f"{one.total('pages'):,}",
            "" if one.reasons else f"{one.rate:.1f}",
            *(f"{one.items(kind):,}" for kind in ("listing", "review", "note")),
            left.replace("_", " "),
            Text(", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in one.errors.most_common()), "red"),
            style="dim" if one.reasons else None,
        )
    return table


def table_of(sums: list[Sum], width: int) -> Table:
    """Return the table of the end."""
    counts = ("requests", "listings", "reviews", "notes", "offers", "blocked", "given up", "quarantine", "seconds")
    table = _table(width, "platform", *counts)
    for one in sums:
        table.add_row(
            one.platform,
            f"{one.total('requests'):,}",
            *(f"{one.items(kind):,}" for kind in ("listing", "review", "note", "offer")),
            f"{one.total('blocked'):,}",
            f"{one.total('given_up'):,}",
            f"{one.items('quarantine'):,}",
            f"{one.seconds:.1f}",
        )
    return table


def _table(width: int, first: str, *others: str) -> Table:
    """Return an empty table that fits a terminal of 80 columns too."""
    narrow = width < WIDE
    table = Table(box=None, pad_edge=False, padding=(0, 1 if narrow else 2, 0, 0), header_style="bold")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(BROKEN.get(name, name) if narrow else name, justify="right", no_wrap=True)
    return table


def duration(seconds: float) -> str:
    """Return a length of time as people say it: ``1:05``, ``2:00:00``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


_shared: dict[bool, Display] = {}


def shared_display(mode: str) -> Display:
    """Return the display of this process. Raises UsageError for a mode that is none."""
    if mode not in MODES:
        raise UsageError(f"TRAVELCRAWL_PROGRESS is {mode!r}; it can be {', '.join(MODES)}")
    live = mode == "on" or (mode == "auto" and can_move())
    return _shared.setdefault(live, Display(live=live))


def can_move() -> bool:
    """Say whether stderr is a terminal whose cursor moves."""
    stream = sys.stderr
    return stream.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown") and not os.environ.get("CI")
