"""``scrapy shell``: Scrapy's own, with the access layer, and nothing that takes part in a crawl."""

from __future__ import annotations

import argparse
import sys

from scrapy import Spider
from scrapy.commands import shell
from scrapy.crawler import Crawler

from travelcrawl.errors import TravelcrawlError, UsageError

ALONE = {
    # What waits belongs to crawls, and what is stored is theirs.
    "SCHEDULER": "scrapy.core.scheduler.Scheduler",
    "JOBDIR": None,
    "SPIDER_MIDDLEWARES": {},
    "ITEM_PIPELINES": {},
    "EXTENSIONS": {"travelcrawl.extensions.trust.Trust": 10},
}


class Command(shell.Command):
    """Fetch as a crawl does, by robots.txt, budgets and egresses, and look at what came. Exit status 2 where it cannot begin."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read them, and leave out what belongs to crawls."""
        super().process_options(args, opts)
        assert self.settings
        for name, value in ALONE.items():
            self.settings.set(name, value, priority="cmdline")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Open the shell; what is wrong is said in one sentence."""
        assert self.crawler_process
        known = sorted(self.crawler_process.spider_loader.list())
        try:
            if opts.spider and opts.spider not in known:
                raise UsageError(f"there is no platform {opts.spider!r}; known are {', '.join(known)}")
            super().run(args, opts)
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2

    def _init_with_reactor(self, crawler: Crawler) -> None:
        """Create the spider first: the access layer asks whose pages it is for, and Scrapy's shell makes it with the first page.

        By Scrapy's own way: a platform's wants a city or a keyword to begin with.
        """
        crawler.spider = vars(Spider)["from_crawler"].__func__(crawler.spidercls, crawler)
        super()._init_with_reactor(crawler)
