"""``scrapy export``: what a store holds, as a file for other programs."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.spiderloader import get_spider_loader

from travelcrawl.errors import TravelcrawlError, UsageError


class Command(ScrapyCommand):
    """Write a file from one moment of a store. Exit status 2 where what was asked for cannot be, 1 where the store fails."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options] FILE"

    def short_desc(self) -> str:
        """Say what it does."""
        return "Write what a store holds as GeoJSON, GeoJSON lines, CSV, GeoParquet or GeoPackage"

    def long_desc(self) -> str:
        """Say what the file's name decides."""
        return (
            "The ending of FILE names the format: .geojson, .geojsonl, .csv, .parquet, .gpkg. A GeoPackage holds all"
            " kinds, the others one (default: listings). Several values of an option are separated by commas."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters."""
        super().add_options(parser)
        add = parser.add_argument
        add("--from", dest="store", metavar="STORE", help="a GeoPackage or a database (default: the settings' one)")
        add("--format", metavar="NAME", help="geojson, geojsonseq, csv, geoparquet or geopackage, whatever the ending")
        add("--kind", metavar="KIND", help="listings, reviews, notes, offers, places, links")
        add("--platform", metavar="NAME", help="only of these platforms")
        add("--city", metavar="CITY", help="only of this city, by Chinese name, pinyin or adcode")
        add("--bbox", metavar="W,S,E,N", help="only in this box, degrees, WGS-84 (write --bbox=… where W is negative)")
        add("--since", metavar="TIME", help="only what is new or has changed since this day or time (UTC)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Export; what is wrong is said in one sentence."""
        try:
            self._export(args, opts)
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2 if isinstance(error, UsageError) else 1

    def _export(self, args: Sequence[str], opts: argparse.Namespace) -> None:
        # Every scrapy command imports this module.
        from travelcrawl.exports.export import export, format_of, kinds_of  # noqa: PLC0415
        from travelcrawl.exports.mark import mark_export  # noqa: PLC0415
        from travelcrawl.exports.selection import Box, Selection, moment  # noqa: PLC0415
        from travelcrawl.geo.cities import find_city  # noqa: PLC0415

        if len(args) != 1:
            raise UsageError("scrapy export takes one file to write, such as out/listings.geojson")
        assert self.settings
        path = Path(args[0])
        form = format_of(path, opts.format)
        kinds = kinds_of(form, words(opts.kind))
        platforms = words(opts.platform)
        known = sorted(get_spider_loader(self.settings).list())
        for name in platforms:
            if name not in known:
                raise UsageError(f"there is no platform {name!r}; known are {', '.join(known)}")
        selection = Selection(
            platforms=platforms,
            city=find_city(opts.city) if opts.city else None,
            box=Box.of(opts.bbox) if opts.bbox else None,
            since=moment(opts.since) if opts.since else None,
        )
        store = opts.store or self.settings["TRAVELCRAWL_DATABASE_URL"] or self.settings["TRAVELCRAWL_STORE"]
        for kind, count in export(store, path, form, kinds, selection).items():
            print(f"{kind}: {count:,}")
        mark_export(self.settings)


def words(text: str | None) -> tuple[str, ...]:
    """Return the words of a list with commas."""
    return tuple(word for word in re.split("[,，、 ]+", text or "") if word)
