"""``scrapy places``: which listings are one place; people's word on it; match anew; watch the datums."""

from __future__ import annotations

import argparse
import getpass
import itertools
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError
from travelcrawl.stores.factory import places_at, where_from_settings

if TYPE_CHECKING:
    from travelcrawl.stores.matchmaker import Matchmaker

EXAMPLE = "scrapy places show amap/B0FFF"
UNTOLD = frozenset(
    {"place", "sources", "merged_into", "lon", "lat", "founded_at", "updated_at", "platforms", "listings"}
)


class Command(ScrapyCommand):
    """Show, link, unlink, merge and split places; match what waits, or everything anew; watch the datums."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Return how the command is called."""
        return f"[options] {'|'.join(WORDS)} [PLACE | PLATFORM/REF …]"

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Which listings are one place, and what people say of it"

    def long_desc(self) -> str:
        """Return what the words mean."""
        return "\n".join(f"{word}: {said}" for word, (_, _, said) in WORDS.items())

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add who says so, and whether to apply."""
        super().add_options(parser)
        parser.add_argument("--by", metavar="NAME", default=None, help="who says so (default: the user's name)")
        parser.add_argument("--apply", action="store_true", help="rebuild: match anew in the store, not only aside")
        parser.add_argument("--store", metavar="STORE", help="another store than the settings'")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do what the first word says; what is wrong is said in one sentence, with status 2."""
        try:
            if not args or args[0] not in WORDS:
                raise UsageError(f"say what to do: {', '.join(WORDS)}; such as {EXAMPLE}")
            work, counts, _ = WORDS[args[0]]
            if not counts[0] <= len(args) - 1 <= counts[1]:
                raise UsageError(f"scrapy places {args[0]} does not take {len(args) - 1} names; see scrapy places -h")
            from travelcrawl.stores.matchmaker import Matchmaker  # noqa: PLC0415 (numpy only where it is needed)

            assert self.settings
            with places_at(opts.store or where_from_settings(self.settings), there=True) as store:
                self.exitcode = work(Matchmaker(store), args[1:], opts)
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2


def _show(maker: Matchmaker, names: Sequence[str], _: argparse.Namespace) -> int:
    from travelcrawl.stores.decisions import name_of, standing  # noqa: PLC0415
    from travelcrawl.stores.grouping import key_of, pair_of  # noqa: PLC0415

    store = maker.store
    with store.reading():
        place, links = standing(store, names[0])
        keys = [key_of(row) for row in links]
        parts = list(store.rows("parts_at", "parts", keys=keys))
        decisions = list(store.rows("decisions_at", "decisions", keys=keys))
        listings = {key_of(row): row for row in store.rows("listings_of", "listings", keys=keys)}
    print(f"{place['place']}  {place['lon']}, {place['lat']}")
    for field, value in place.items():
        if field not in UNTOLD and value not in (None, []):
            print(f"  {field}: {_said(value)}  [{', '.join(place['sources'].get(field, ()))}]".replace("  []", ""))
    for row in links:
        told = f"{row['score']:.4f}" if row["score"] is not None else "alone"
        print(f"  {name_of(key_of(row))}  {listings[key_of(row)]['name']}  {told} by {row['decided_by']} {_why(row)}")
    for row in parts:
        print(f"  part: {row['part_platform']}/{row['part_ref']} of {row['platform']}/{row['ref']}")
    for row in decisions:
        one, other = pair_of(row)
        print(f"  {row['decided_by']}: {name_of(one)} {'is' if row['same'] else 'is never'} {name_of(other)}")
    return 0


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _why(link: dict[str, Any]) -> str:
    if not link["evidence"]:
        return ""
    features = link["evidence"]["features"] or {}
    return f"(with {'/'.join(link['evidence']['with'])}: {', '.join(f'{name} {value:+}' for name, value in features.items())})"


def _decide(maker: Matchmaker, said: dict[Any, bool], opts: argparse.Namespace, *shown: str) -> int:
    from travelcrawl.stores.decisions import decide, standing  # noqa: PLC0415

    decide(maker.store, said, opts.by or getpass.getuser(), maker.clock())
    maker.finish()
    with maker.store.reading():
        for name in shown:
            place, links = standing(maker.store, name)
            print(f"{name}: {place['place']} ({', '.join(row['platform'] + '/' + row['ref'] for row in links)})")
    return 0


def _pair(same: bool) -> Callable[[Matchmaker, Sequence[str], argparse.Namespace], int]:
    def work(maker: Matchmaker, names: Sequence[str], opts: argparse.Namespace) -> int:
        from travelcrawl.stores.decisions import key_said  # noqa: PLC0415

        return _decide(maker, {(key_said(names[0]), key_said(names[1])): same}, opts, *names)

    return work


def _merge(maker: Matchmaker, names: Sequence[str], opts: argparse.Namespace) -> int:
    from travelcrawl.stores.decisions import merging, standing  # noqa: PLC0415

    with maker.store.reading():
        (_, one), (_, other) = (standing(maker.store, name) for name in names)
    return _decide(maker, dict(merging(one, other)), opts, *names)


def _split(maker: Matchmaker, names: Sequence[str], opts: argparse.Namespace) -> int:
    from travelcrawl.stores.decisions import key_said, splitting, standing  # noqa: PLC0415

    with maker.store.reading():
        _, links = standing(maker.store, names[0])
    return _decide(maker, dict(splitting(links, map(key_said, names[1:]))), opts, *names[1:])


def _match(maker: Matchmaker, _: Sequence[str], __: argparse.Namespace) -> int:
    maker.finish()
    print(f"{maker.matched:,} listings came to a place, or to another one; {len(maker.watch)} areas were scored")
    return 0


def _rebuild(maker: Matchmaker, names: Sequence[str], opts: argparse.Namespace) -> int:
    from travelcrawl.stores.rebuild import apply, rebuild  # noqa: PLC0415

    print(rebuild(maker))
    if opts.apply:
        apply(maker)
        return _match(maker, names, opts)
    return 0


def _watch(maker: Matchmaker, _: Sequence[str], __: argparse.Namespace) -> int:
    """Return 1 where a datum is wrong."""
    from travelcrawl.matching.shift import offsets, suspects  # noqa: PLC0415
    from travelcrawl.stores.rebuild import all_anchors  # noqa: PLC0415

    found = offsets(all_anchors(maker))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("city", "platform", "other", "pairs", "metres", "east", "north"):
        table.add_column(name, justify="right" if name in ("pairs", "metres", "east", "north") else "left")
    for city, group in itertools.groupby(sorted(found, key=lambda one: one.city), key=lambda one: one.city):
        for one in group:
            figures = (one.pairs, round(one.metres), round(one.east), round(one.north))
            table.add_row(city, one.platform, one.other, *map(str, figures), style="red" if one.is_shifted else None)
    Console(highlight=False, markup=False).print(table)
    blamed = suspects(found)
    for suspect in blamed:
        print(suspect)
    if not blamed:
        print("no datum is wrong" if found else "no two platforms have enough places in common to tell")
    return int(bool(blamed))


WORDS: dict[str, tuple[Callable[[Matchmaker, Sequence[str], argparse.Namespace], int], tuple[int, int], str]] = {
    "show": (_show, (1, 1), "PLACE or PLATFORM/REF: a place, who says what of it, and why its listings are in it"),
    "link": (_pair(same=True), (2, 2), "LISTING LISTING: they are one place, for ever"),
    "unlink": (_pair(same=False), (2, 2), "LISTING LISTING: they are never one place"),
    "merge": (_merge, (2, 2), "PLACE PLACE: they are one"),
    "split": (_split, (2, 100), "PLACE LISTING …: these listings are never one place with the others in it"),
    "match": (_match, (0, 0), "match what waits"),
    "rebuild": (_rebuild, (0, 0), "match everything anew aside and say what would move; --apply does it"),
    "watch": (_watch, (0, 0), "how far the pins of platforms lie apart, and whose datum is wrong"),
}
"""What the first word does, how many names follow it, and what it is for."""
