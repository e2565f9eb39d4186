"""``scrapy migrate``: bring the tables of the database up to date."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError


class Command(ScrapyCommand):
    """Apply the migrations that TRAVELCRAWL_DATABASE_URL lacks, and drop offers that are too old where that is asked for."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Bring the tables of the database up to date"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add how long offers are kept."""
        super().add_options(parser)
        help_ = "drop the offers of months that ended more than so many months ago (default: keep all)"
        parser.add_argument("--keep-offers", type=int, metavar="MONTHS", help=help_)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Migrate; what is wrong is said in one sentence, with status 2 (1: the database)."""
        from travelcrawl.stores.migrate import migrate, retire  # noqa: PLC0415 (the database's driver, only where it is needed)

        try:
            url = self.settings.get("TRAVELCRAWL_DATABASE_URL") if self.settings else None
            if args or not url:
                raise UsageError("scrapy migrate takes no arguments; TRAVELCRAWL_DATABASE_URL names the database")
            if opts.keep_offers is not None and opts.keep_offers < 1:
                raise UsageError("--keep-offers is a number of months, at least 1")
            names = migrate(url)
            gone = retire(url, opts.keep_offers) if opts.keep_offers else []
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2 if isinstance(error, UsageError) else 1
            return
        sys.stdout.write(f"applied {', '.join(names)}\n" if names else "up to date\n")
        for name in gone:
            sys.stdout.write(f"{name} dropped\n")
