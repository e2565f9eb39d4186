"""``scrapy match``: say which listings of a file are one place, or how likely given pairs are."""

from __future__ import annotations

import argparse
import gc
import sys
import time

from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError

LINK_FIELDS = ("source_a", "id_a", "source_b", "id_b", "score", "decision")


class Command(ScrapyCommand):
    """Match listings across sources."""

    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Return how the command is called."""
        return "LISTINGS.csv --out LINKS.csv | --pairs PAIRS.csv --out SCORES.csv"

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Say which listings of different sources are one place"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--out`` and ``--pairs``."""
        super().add_options(parser)
        parser.add_argument("--out", metavar="FILE", help="CSV file to write")
        parser.add_argument("--pairs", metavar="FILE", help="score these pairs, one row each, instead of finding links")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Match or score; a wrong file ends with one sentence and status 2."""
        try:
            if not opts.out or len(args) != (0 if opts.pairs else 1):
                raise UsageError(f"scrapy match needs a file and where to write: scrapy match {self.syntax()}")
            if opts.pairs:
                _score_pairs(opts.pairs, opts.out)
            else:
                _match_listings(args[0], opts.out)
        except TravelcrawlError as error:
            _say(str(error))
            self.exitcode = 2


def _match_listings(listings: str, out: str) -> None:
    from travelcrawl.matching.files import read_listings, write_rows  # noqa: PLC0415 (numpy only where it is needed)
    from travelcrawl.matching.matcher import match  # noqa: PLC0415

    begun = time.monotonic()
    # Millions of strings and no cycles: the collector only costs (11 % of 100,000 listings, 2026-11-22).
    gc.disable()
    try:
        columns, notes = read_listings(listings)
        found = match(columns)
    finally:
        gc.enable()
    rows = ((*link.a, *link.b, f"{link.score:.4f}", link.decision) for link in found.links)
    write_rows(out, LINK_FIELDS, rows)
    for note in (*notes, *found.notes):
        _say(note)
    same = sum(link.decision == "same" for link in found.links)
    _say(
        f"{len(columns['id'])} listings of {len(set(columns['source']))} sources, {found.candidates} pairs scored: {same} links same, "
        f"{len(found.links) - same} to review, {len(found.parts)} parts of something greater, {time.monotonic() - begun:.1f} s"
    )


def _score_pairs(pairs: str, out: str) -> None:
    from travelcrawl.matching.files import read_rows, write_rows  # noqa: PLC0415
    from travelcrawl.matching.matcher import decide, match_pairs  # noqa: PLC0415

    rows = read_rows(pairs, ("a_name", "b_name"))
    scores, notes = match_pairs(rows)
    write_rows(out, ("score", "decision"), ((f"{score:.4f}", decide(score)) for score in scores.tolist()))
    for note in notes:
        _say(note)
    _say(f"{len(rows)} pairs scored")


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
