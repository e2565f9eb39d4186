"""``scrapy load``: move the rows of a GeoPackage into the database."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError


class Command(ScrapyCommand):
    """Copy every layer of a GeoPackage into TRAVELCRAWL_DATABASE_URL; rows that are there already stay as they are."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Return how the command is called."""
        return "FILE.gpkg"

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Move a GeoPackage into the database"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 (Scrapy's signature)
        """Load; what is wrong is said in one sentence, with status 2 (1: the store)."""
        from travelcrawl.stores.load import load  # noqa: PLC0415 (the database's driver, only where it is needed)

        try:
            url = self.settings.get("TRAVELCRAWL_DATABASE_URL") if self.settings else None
            if len(args) != 1 or not url:
                raise UsageError("scrapy load takes one GeoPackage; TRAVELCRAWL_DATABASE_URL names the database")
            for layer, (new, there) in load(args[0], url).items():
                sys.stdout.write(f"{layer}: {new} loaded, {there} were there already\n")
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2 if isinstance(error, UsageError) else 1
