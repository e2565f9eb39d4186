"""``scrapy migrate``: bring the tables of the database up to date."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError


class Command(ScrapyCommand):
    """Apply the migrations that TRAVELCRAWL_DATABASE_URL lacks."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Bring the tables of the database up to date"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 (Scrapy's signature)
        """Migrate; what is wrong is said in one sentence, with status 2 (1: the database)."""
        from travelcrawl.stores.migrate import migrate  # noqa: PLC0415 (the database's driver, only where it is needed)

        try:
            url = self.settings.get("TRAVELCRAWL_DATABASE_URL") if self.settings else None
            if args or not url:
                raise UsageError("scrapy migrate takes no arguments; TRAVELCRAWL_DATABASE_URL names the database")
            names = migrate(url)
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2 if isinstance(error, UsageError) else 1
            return
        sys.stdout.write(f"applied {', '.join(names)}\n" if names else "up to date\n")
