"""``scrapy drift``: which fields stopped appearing, or fell, between two crawls."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from travelcrawl.errors import StoreError, TravelcrawlError

if TYPE_CHECKING:
    from travelcrawl.report.drift import Coverage, Row

ARCHIVES = (".warc.gz", ".warc")


class Command(ScrapyCommand):
    """Compare the fields of two crawls. Exit status 1 where something drifted, 2 where it cannot be told, else 0."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Return how the command is called."""
        return "[options] OLD NEW"

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return (
            "Say which fields stopped appearing or fell between two crawls (archives, folders of archives, or stores)"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what counts as drift."""
        super().add_options(parser)
        parser.add_argument(
            "--fall", type=float, default=0.1, metavar="SHARE", help="share of items by which a field may fall (0.1)"
        )
        parser.add_argument("--enough", type=int, default=20, metavar="N", help="items that each side needs (20)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Compare two crawls."""
        from travelcrawl.report.drift import Limits, compare  # noqa: PLC0415 (every scrapy command imports this module)

        if len(args) != 2 or not 0 <= opts.fall < 1 or opts.enough < 1:
            raise UsageError("name two crawls; --fall is from 0 to 1, --enough at least 1", print_help=False)
        try:
            old, new = (coverage_at(where) for where in args)
        except TravelcrawlError as error:
            print(error, file=sys.stderr)
            self.exitcode = 2
            return
        rows = compare(old, new, Limits(fall=opts.fall, enough=opts.enough))
        Console(highlight=False, markup=False).print(table_of(rows))
        for sentence in sentences_of(rows, old, new):
            print(sentence, file=sys.stderr)
        self.exitcode = int(any(row.drift for row in rows))


def coverage_at(where: str) -> Coverage:
    """Return how many items of an archive, a folder of archives or a store have each field. Raises StoreError, UsageError."""
    from travelcrawl.report.drift import coverage_of  # noqa: PLC0415

    path = Path(where)
    platforms: set[str] = set()
    if "://" not in where and (path.is_dir() or where.endswith(ARCHIVES)):
        return coverage_of(_of_archives(_archives(path), platforms), platforms)
    return coverage_of(_of_store(where, platforms), platforms)


def _archives(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    # A run that got no answer leaves an empty file.
    found = sorted(one for one in path.iterdir() if one.name.endswith(ARCHIVES) and one.stat().st_size)
    if not found:
        raise StoreError(f"there is no archive in {str(path)!r}; TRAVELCRAWL_ARCHIVE names where a crawl keeps them")
    return found


def _of_archives(paths: list[Path], platforms: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the records of archives as a store would have them, and note the platforms that were asked."""
    from travelcrawl.pipelines.enhance import enhancements  # noqa: PLC0415
    from travelcrawl.stores.reread import Reread, merged, reread  # noqa: PLC0415

    def noted(answers: Iterator[Reread]) -> Iterator[Any]:
        for answer in answers:
            platforms.add(answer.kept.platform)
            yield from answer.items

    # Authors count as there or not there: any key will do, and none is kept.
    for record in merged(noted(reread(paths, secrets.token_bytes())), []):
        yield {**record, **(enhancements(record) if record["type"] == "listing" else {})}


def _of_store(where: str, platforms: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a store, and note the platforms that were asked."""
    from travelcrawl.items import TYPES  # noqa: PLC0415
    from travelcrawl.stores.factory import reader_for  # noqa: PLC0415
    from travelcrawl.stores.layers import LAYER_OF  # noqa: PLC0415

    with reader_for(where) as reader:
        platforms.update(str(run["platform"]) for run in reader.read("runs"))
        for kind in TYPES:
            for row in reader.read(LAYER_OF[kind]):
                yield {**row, "type": kind}


def table_of(rows: list[Row]) -> Table:
    """Return all fields as a table, one row each."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("platform", "type", "field"):
        table.add_column(column, no_wrap=True)
    for column in ("old", "new"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        field = row.field or "(the item)"
        table.add_row(row.platform, row.type, field, f"{row.old:.1%}", f"{row.new:.1%}", row.drift)
    return table


def sentences_of(rows: list[Row], old: Coverage, new: Coverage) -> Iterator[str]:
    """Yield what drifted, and what could not be compared."""
    for row in rows:
        if not row.drift:
            continue
        what = f"{row.platform} {row.type}.{row.field}" if row.field else f"{row.platform} {row.type}"
        share = f"{row.old:.1%} of {row.old_items:,} → {row.new:.1%} of {row.new_items:,}"
        yield f"{what} {row.drift}: {share}" if row.field else f"{what} {row.drift}: {row.old_items:,} → none"
    if alone := sorted(old.platforms ^ new.platforms):
        yield f"not compared, as only one side has asked them: {', '.join(alone)}"
