"""``scrapy report``: what a store holds, as a page, a file of counts and a table."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from travelcrawl.errors import TravelcrawlError
from travelcrawl.report.contents import COLUMNS, Contents, contents_of
from travelcrawl.report.page import render
from travelcrawl.report.write import write_whole
from travelcrawl.stores.factory import reader_for


class Command(ScrapyCommand):
    """Write report.html and summary.json of a store and print the counts. Exit status 2 where it cannot."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options] [STORE]"

    def short_desc(self) -> str:
        """Say what it does."""
        return "Write a store's report.html and summary.json, and print the counts"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add where to write."""
        super().add_options(parser)
        parser.add_argument("--out", metavar="DIR", default="out", help="folder to write to (default: out)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Report on the store named, or on the one the settings name."""
        if len(args) > 1:
            raise UsageError("name one store", print_help=False)
        assert self.settings
        store = args[0] if args else self.settings["TRAVELCRAWL_DATABASE_URL"] or self.settings["TRAVELCRAWL_STORE"]
        try:
            contents = self._report(store, Path(opts.out))
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2
            return
        summary = contents.summary()
        console = Console(highlight=False, markup=False)
        console.print(table_of(summary))
        places = summary["places"]
        console.print(f"{places:,} {'place' if places == 1 else 'places'}, {summary['seconds']:.1f} s")

    def _report(self, store: str, folder: Path) -> Contents:
        with reader_for(store) as reader:
            contents = contents_of(reader)
        write_whole(folder / "report.html", render(contents, shown(store)))
        write_whole(folder / "summary.json", json.dumps(contents.summary(), ensure_ascii=False, indent=2) + "\n")
        return contents


def shown(store: str) -> str:
    """Return what a report may call a store: an address without user, password and options."""
    if "://" not in store:
        return store
    parts = urlsplit(store)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def table_of(summary: dict[str, Any]) -> Table:
    """Return the summary as a table, one row a platform."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("platform", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column.replace("_", " "), justify="right", no_wrap=True)
    for platform, counts in summary["platforms"].items():
        table.add_row(platform, *(f"{counts[column]:,}" for column in COLUMNS))
    return table
