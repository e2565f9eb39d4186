"""``scrapy backup``: save store, frontier and the archive's index."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.spiderloader import get_spider_loader

from travelcrawl.errors import TravelcrawlError, UsageError


class Command(ScrapyCommand):
    """Save the system that the settings name, also while it works. Exit status 2 for wrong arguments, 1 where it fails."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options] [FOLDER]"

    def short_desc(self) -> str:
        """Say what it does."""
        return "Save store, frontier and the archive's index into a folder (default: backups), and remove old ones"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add how long they are kept."""
        super().add_options(parser)
        help_ = "days that backups are kept; of the four weeks before, the last of each (default: 7)"
        parser.add_argument("--keep", type=int, default=7, metavar="DAYS", help=help_)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Back up; what is wrong is said in one sentence."""
        from travelcrawl.backup.backup import FOLDER, backup, clear  # noqa: PLC0415 (every scrapy command imports this module)

        assert self.settings
        try:
            if len(args) > 1 or opts.keep < 1:
                raise UsageError("scrapy backup takes one folder, and --keep at least 1 day")
            folder, now = Path(args[0] if args else FOLDER), datetime.now(UTC)
            path, manifest = backup(self.settings, sorted(get_spider_loader(self.settings).list()), folder, now)
            rows = sum(tally.rows for tally in manifest.tables.values())
            print(f"{path}: {rows:,} rows of {manifest.store}, {len(manifest.queues)} queues of {manifest.frontier}")
            for old in clear(folder, now, opts.keep):
                print(f"{old} removed")
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2 if isinstance(error, UsageError) else 1
