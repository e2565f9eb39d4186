"""``scrapy seed``: feed a running fleet."""

from __future__ import annotations

import argparse
import json

from scrapy.crawler import Crawler
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.conf import arglist_to_dict

from travelcrawl.errors import UsageError
from travelcrawl.frontier.command import FrontierCommand
from travelcrawl.frontier.factory import keys_of
from travelcrawl.frontier.seeds import plant
from travelcrawl.frontier.server import asking, connect, redis_url


class Command(FrontierCommand):
    """Push a start entry for a platform's workers. The arguments are checked as those of ``scrapy crawl``."""

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options] PLATFORM -a city=… [-a category=…] [-a keyword=…] | PLATFORM ADDRESS …"

    def short_desc(self) -> str:
        """Say what it does."""
        return "Give the workers of a platform more to begin with"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments."""
        super().add_options(parser)
        parser.add_argument("-a", dest="arguments", metavar="NAME=VALUE", action="append", default=[])
        parser.add_argument("--crawl", metavar="ID", default=None, help="crawl id (TRAVELCRAWL_CRAWL_ID)")

    async def work(self, args: list[str], opts: argparse.Namespace) -> int:
        """Check and push."""
        assert self.settings
        if not args:
            raise UsageError("name a platform: scrapy seed PLATFORM -a city=…")
        platform, *addresses = args
        self.platforms([platform])
        if not redis_url(self.settings):
            raise UsageError("there is no fleet to feed: set TRAVELCRAWL_REDIS_URL, or use scrapy crawl")
        try:
            arguments = arglist_to_dict(opts.arguments)
        except ValueError:
            raise UsageError("write arguments as -a NAME=VALUE") from None
        spider = get_spider_loader(self.settings).load(platform)
        crawler = Crawler(spider, self.settings)
        entries = [*addresses, *([json.dumps(arguments, ensure_ascii=False)] if arguments else [])]
        if not entries:
            raise UsageError(f"say what {platform} should begin with: -a city=…, -a keyword=… or addresses")
        checker = spider.from_crawler(crawler)
        for entry in entries:
            plant(checker, entry)
        crawl = opts.crawl if opts.crawl is not None else self.settings.get("TRAVELCRAWL_CRAWL_ID") or ""
        starts = keys_of(self.settings, platform, crawl).starts
        server = connect(self.settings)
        try:
            async with asking():
                length = await server.rpush(starts, *entries)
        finally:
            await server.aclose()
        print(f"{len(entries)} to {starts}; {length} wait there")
        return 0
