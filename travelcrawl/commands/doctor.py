"""``scrapy doctor``: say what of settings, servers and machine is not well, and what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from travelcrawl.commands import examining
from travelcrawl.commands.examining import Finding, Machine
from travelcrawl.errors import TravelcrawlError
from travelcrawl.frontier.command import FrontierCommand
from travelcrawl.frontier.crawls import crawls


class Command(FrontierCommand):
    """One line for each thing looked at. Exit status 0 where all is well, 1 where not."""

    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def short_desc(self) -> str:
        """Say what it does."""
        return "Examine settings, database, Redis, egresses, browser, node and machine"

    async def work(self, args: list[str], opts: argparse.Namespace) -> int:  # noqa: ARG002 (the base's)
        """Examine, and print what is found."""
        well = True
        async for finding in self._findings():
            well &= finding.is_well
            sys.stdout.write(f"{'ok ' if finding.is_well else '!! '} {finding.subject}: {finding.said}\n")
        return 0 if well else 1

    async def _findings(self) -> AsyncIterator[Finding]:
        settings = self.settings
        assert settings
        for finding in examining.of_settings(settings):
            yield finding
        for finding in examining.of_machine(Machine.here(Path(settings["TRAVELCRAWL_STORE"]))):
            yield finding
        if url := settings["TRAVELCRAWL_DATABASE_URL"]:
            for finding in await asyncio.to_thread(_or_error, "database", lambda: examining.of_database(url)):
                yield finding
        else:
            yield Finding("database", f"none is named: a GeoPackage, {settings['TRAVELCRAWL_STORE']}")
        if examining.has_redis(settings):
            try:
                told = await examining.of_redis(settings)
            except TravelcrawlError as error:
                told = [Finding("redis", str(error), is_well=False)]
            for finding in told:
                yield finding
        async for finding in self._queues():
            yield finding
        yield await asyncio.to_thread(examining.of_scrapyd, *examining.scrapyd_of())

    async def _queues(self) -> AsyncIterator[Finding]:
        assert self.settings
        found: list[Finding] = []
        count = 0
        try:
            async with crawls(self.settings, self.platforms(())) as known:
                for crawl in known:
                    depth = await crawl.backend.depth()
                    count += depth.waiting
                    found += examining.of_queue(crawl.name, depth.waiting, depth.dead)
        except TravelcrawlError as error:
            found.append(Finding("queue", str(error), is_well=False))
        for finding in found or [Finding("queue", f"{count:,} wait, no dead letters")]:
            yield finding


def _or_error(subject: str, examine: Callable[[], Iterable[Finding]]) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(examine())
    except TravelcrawlError as error:
        found.append(Finding(subject, str(error), is_well=False))
    return found
