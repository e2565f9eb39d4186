"""``scrapy crawl``: Scrapy's own, with one sentence and an exit status where something is wrong."""

from __future__ import annotations

import argparse

from scrapy.commands import crawl
from scrapy.exceptions import UsageError

from travelcrawl.commands.crawling import Crawls, Job, begin_as_set


class Command(crawl.Command):
    """Run one spider. Exit status 1 where it ended badly, 2 where it could not begin."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read them, and make the logs."""
        super().process_options(args, opts)
        begin_as_set(self)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the spider named."""
        if len(args) != 1:
            raise UsageError("name one platform; scrapy crawlall runs several", print_help=False)
        job = Job(platform=args[0], arguments=opts.spargs, label=args[0])
        self.exitcode = Crawls(self, [job]).run()
