"""``scrapy restore``: put a backup into an empty system."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.spiderloader import get_spider_loader

from travelcrawl.errors import TravelcrawlError, UsageError


class Command(ScrapyCommand):
    """Restore into the system that the settings name, where it is empty. Exit status 2 for wrong arguments, 1 where it fails."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Say how it is called."""
        return "FOLDER"

    def short_desc(self) -> str:
        """Say what it does."""
        return "Put a backup back into an empty system, and compare all of it"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 (Scrapy's signature)
        """Restore; what is wrong is said in one sentence."""
        from travelcrawl.backup.backup import restore  # noqa: PLC0415 (every scrapy command imports this module)

        assert self.settings
        try:
            if len(args) != 1:
                raise UsageError("scrapy restore takes one backup, such as backups/20261122T080000Z")
            manifest, notices = restore(self.settings, sorted(get_spider_loader(self.settings).list()), Path(args[0]))
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2 if isinstance(error, UsageError) else 1
            return
        rows = sum(tally.rows for tally in manifest.tables.values())
        print(
            f"restored and compared: {rows:,} rows, {len(manifest.queues)} queues, as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
        )
        for notice in notices:
            sys.stderr.write(f"{notice}\n")
