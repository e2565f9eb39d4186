"""``scrapy maintenance``: vacuum, analyse and reindex the database, while crawls go on."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError


class Command(ScrapyCommand):
    """Clear dead rows and rebuild indexes of TRAVELCRAWL_DATABASE_URL, and print what each table takes."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Vacuum, analyse and reindex the database, while crawls go on"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Take what not to do."""
        super().add_options(parser)
        parser.add_argument("--no-reindex", action="store_true", help="leave the indexes: they need room for a copy")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Maintain; what is wrong is said in one sentence, with status 2 (1: the database)."""
        from rich.console import Console  # noqa: PLC0415 (every scrapy command imports this module)
        from rich.filesize import decimal  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415

        from travelcrawl.stores.maintenance import maintain  # noqa: PLC0415 (the database's driver)

        try:
            url = self.settings.get("TRAVELCRAWL_DATABASE_URL") if self.settings else None
            if args or not url:
                raise UsageError("scrapy maintenance takes no arguments; TRAVELCRAWL_DATABASE_URL names the database")
            table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
            table.add_column("table", no_wrap=True)
            for name in ("before", "after", "dead rows"):
                table.add_column(name, justify="right")
            kept = list(maintain(url, reindex=not opts.no_reindex))
            for one in kept:
                table.add_row(one.table, decimal(one.before), decimal(one.after), f"{one.dead:,}")
            table.add_row("all", decimal(sum(one.before for one in kept)), decimal(sum(one.after for one in kept)))
            Console(highlight=False, markup=False).print(table)
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2 if isinstance(error, UsageError) else 1
