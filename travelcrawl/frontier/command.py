"""What the commands over the frontier share: an asynchronous body, one sentence for an error."""

from __future__ import annotations

import argparse
import asyncio
import sys
from abc import abstractmethod
from collections.abc import Sequence

from scrapy.commands import ScrapyCommand
from scrapy.spiderloader import get_spider_loader

from travelcrawl.errors import TravelcrawlError, UsageError


class FrontierCommand(ScrapyCommand):
    """A command whose work is asynchronous. Exit status 2 where it cannot be done."""

    requires_project = True
    requires_crawler_process = False

    @abstractmethod
    async def work(self, args: list[str], opts: argparse.Namespace) -> int:
        """Do it and return the exit status. Raises TravelcrawlError."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do it, an error as its sentence."""
        try:
            self.exitcode = asyncio.run(self.work(args, opts))
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2

    def platforms(self, named: Sequence[str]) -> list[str]:
        """Return the platforms named, or all. Raises UsageError."""
        assert self.settings
        known = sorted(get_spider_loader(self.settings).list())
        for name in named:
            if name not in known:
                raise UsageError(f"there is no platform {name!r}; known are {', '.join(known)}")
        return list(named) or known
