"""``scrapy crawlall``: several platforms and cities in one process."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError

from travelcrawl.commands.crawling import Crawls, Job, begin_as_set

PARALLEL = 4


class Command(BaseRunSpiderCommand):
    """Run a crawl for each platform and city named, some at once.

    What is wrong with one is said in a sentence and stops no other. Exit status 1 where one did not begin or end well,
    2 where none began.
    """

    requires_project = True

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options] [PLATFORM ...]"

    def short_desc(self) -> str:
        """Say what it does."""
        return "Run the spiders of several platforms (default: all) and cities (-a city=成都,上海, urls=%(name)s.txt) in one process"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add to the options of ``scrapy crawl``."""
        super().add_options(parser)
        parser.add_argument(
            "--parallel", type=int, default=PARALLEL, metavar="N", help=f"crawls at once (default: {PARALLEL})"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read them, and make the logs."""
        super().process_options(args, opts)
        begin_as_set(self)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the spiders named, or all."""
        if opts.parallel < 1:
            raise UsageError("--parallel must be at least 1", print_help=False)
        assert self.crawler_process
        platforms = list(dict.fromkeys(args)) or sorted(self.crawler_process.spider_loader.list())
        self.exitcode = Crawls(self, jobs_of(platforms, opts.spargs), parallel=opts.parallel).run()


def jobs_of(platforms: Iterable[str], arguments: Mapping[str, str]) -> Iterator[Job]:
    """Yield one job for each platform and city, the platforms of a city in turn: no site gets two crawls at once for long.

    ``%(name)s`` in an argument is the platform, as in Scrapy's feed URIs: ``urls=shared/%(name)s.txt``.
    """
    cities = [city for part in re.split("[,，、]", arguments.get("city", "")) if (city := part.strip())]
    platforms = list(platforms)
    for city in dict.fromkeys(cities) or [""]:
        own = {**arguments, "city": city} if city else dict(arguments)
        for platform in platforms:
            named = {name: value.replace("%(name)s", platform) for name, value in own.items()}
            yield Job(platform=platform, arguments=named, label=f"{platform} {city}".strip())
