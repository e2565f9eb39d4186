"""``scrapy deadletters``: requests given up, with their causes; replay them after a fix."""

from __future__ import annotations

import argparse
import json
import re
from datetime import UTC, datetime

import attrs
from rich.console import Console
from rich.table import Table

from travelcrawl.errors import UsageError
from travelcrawl.frontier.backend import DeadLetter
from travelcrawl.frontier.command import FrontierCommand
from travelcrawl.frontier.crawls import crawls

WORDS = ("list", "show", "replay", "drop")


class Command(FrontierCommand):
    """List, show, replay or drop dead letters, chosen by crawl, cause, address or id."""

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options] [list|show|replay|drop] [ID …]"

    def short_desc(self) -> str:
        """Say what it does."""
        return "List, show, replay or drop requests that were given up"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters."""
        super().add_options(parser)
        parser.add_argument("--platform", action="append", default=[], help="only of this platform (may be repeated)")
        parser.add_argument(
            "--cause", action="append", default=[], help="only of this cause, such as challenged or error"
        )
        parser.add_argument("--url", metavar="REGEX", default="", help="only where the address matches")
        parser.add_argument("--all", action="store_true", help="replay or drop without any filter")
        parser.add_argument("--json", action="store_true", help="list as JSON lines")

    async def work(self, args: list[str], opts: argparse.Namespace) -> int:
        """Do what the first word says."""
        assert self.settings
        word, *ids = args or ["list"]
        if word not in WORDS:
            raise UsageError(f"{word!r} is not known; say {', '.join(WORDS)}")
        if word in ("replay", "drop") and not (ids or opts.platform or opts.cause or opts.url or opts.all):
            raise UsageError(f"say which to {word}: ids, --platform, --cause, --url, or --all")
        try:
            address = re.compile(opts.url)
        except re.error as error:
            raise UsageError(f"--url is no regular expression: {error}") from None
        chosen: list[DeadLetter] = []
        count = 0
        async with crawls(self.settings, self.platforms(opts.platform)) as found:
            for crawl in found:
                letters = [
                    letter
                    for letter in await crawl.backend.letters()
                    if (not ids or letter.id in ids)
                    and (not opts.cause or letter.cause in opts.cause)
                    and address.search(letter.url)
                ]
                chosen += letters
                if word == "replay":
                    count += await crawl.backend.replay([letter.id for letter in letters])
                elif word == "drop":
                    count += await crawl.backend.drop([letter.id for letter in letters])
        if word == "replay":
            print(f"{count} put back into the queue; the next crawl with the same arguments takes them")
        elif word == "drop":
            print(f"{count} dropped")
        else:
            show(chosen, whole=word == "show", as_json=opts.json)
        return 0


def show(letters: list[DeadLetter], *, whole: bool, as_json: bool) -> None:
    """Print letters: a table, JSON lines, or each whole."""
    if as_json:
        for letter in letters:
            print(json.dumps(attrs.asdict(letter), ensure_ascii=False))
    elif whole:
        for letter in letters:
            for name, value in attrs.asdict(letter).items():
                print(f"{name}: {_time(value) if name == 'buried_at' else value}")
            print()
    else:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in ("id", "cause", "tries", "when", "address"):
            table.add_column(name, overflow="fold")
        for letter in letters:
            table.add_row(letter.id, letter.cause, str(letter.attempts), _time(letter.buried_at), letter.url)
        Console(highlight=False, markup=False).print(table)
        print(f"{len(letters)} dead letters")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
