"""``scrapy queue``: how much waits, and steering all workers of a crawl."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from travelcrawl.errors import UsageError
from travelcrawl.frontier.command import FrontierCommand
from travelcrawl.frontier.crawls import Crawl, crawls

STEER = {"pause": "paused", "resume": "", "drain": "draining", "cancel": "cancelled"}
"""Word → what the workers are told (frontier/backend.py)."""


class Command(FrontierCommand):
    """Show the queues, or pause, resume, drain or cancel crawls for all their workers."""

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options] [status|pause|resume|drain|cancel] [CRAWL …]"

    def short_desc(self) -> str:
        """Say what it does."""
        return "Show what waits; pause, resume, drain or cancel a crawl for all its workers"

    def long_desc(self) -> str:
        """Say what the words mean."""
        return (
            "status: waiting, leased, start entries and dead letters of each crawl. pause: workers take nothing new until resume."
            " drain: workers finish what they hold and stop; the queue stays. cancel: as drain, and what waits is forgotten."
        )

    async def work(self, args: list[str], opts: argparse.Namespace) -> int:  # noqa: ARG002 - the base's
        """Show or steer."""
        assert self.settings
        word, *names = args or ["status"]
        if word != "status" and word not in STEER:
            raise UsageError(f"{word!r} is not known; say status, {', '.join(STEER)}")
        async with crawls(self.settings, self.platforms(())) as found:
            chosen = chosen_of(found, names)
            if word != "status":
                if not names:
                    raise UsageError(
                        f"name the crawls to {word}: {', '.join(crawl.name for crawl in found) or 'there are none'}"
                    )
                for crawl in chosen:
                    await crawl.backend.command(STEER[word])
            await self._show(chosen)
        return 0

    async def _show(self, chosen: list[Crawl]) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column("crawl", no_wrap=True)
        for name in ("waiting", "leased", "start entries", "dead letters"):
            table.add_column(name, justify="right")
        for crawl in chosen:
            depth = await crawl.backend.depth()
            table.add_row(crawl.name, *(f"{one:,}" for one in (depth.waiting, depth.leased, depth.seeds, depth.dead)))
        Console(highlight=False, markup=False).print(table)


def chosen_of(found: list[Crawl], names: list[str]) -> list[Crawl]:
    """Return the crawls that are named, by name or platform; all where none is. Raises UsageError."""
    for name in names:
        if not any(name in (crawl.name, crawl.platform) for crawl in found):
            raise UsageError(
                f"there is no crawl {name!r}; there are {', '.join(crawl.name for crawl in found) or 'none'}"
            )
    return [crawl for crawl in found if not names or crawl.name in names or crawl.platform in names]
