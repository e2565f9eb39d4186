"""``scrapy review``: the pairs that are left to people, out as CSV and in again."""

from __future__ import annotations

import argparse
import csv
import getpass
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError
from travelcrawl.stores.factory import places_at, where_from_settings

if TYPE_CHECKING:
    from travelcrawl.stores.grouping import Pair
    from travelcrawl.stores.places import PlaceStore

SHOWN = ("name", "address", "category", "phones", "website", "lon", "lat", "url")
"""What is shown of each listing."""
FIELDS = (
    *("decision", "score", "metres"),
    *(f"{side}_{field}" for side in "ab" for field in ("platform", "ref", *SHOWN)),
    "evidence",
)
SAID = {"same": True, "different": False}
"""What people write into the column ``decision``; nothing: undecided still."""


class Command(ScrapyCommand):
    """Export undecided pairs with both sides, score and evidence; import decisions; say how the model stands against them."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Return how the command is called."""
        return "[options] export FILE.csv | import FILE.csv | gold"

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Let people decide pairs that may be one place, and keep what they say"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add how many, and who says so."""
        super().add_options(parser)
        parser.add_argument("--limit", type=int, default=500, metavar="N", help="export: pairs at most (default: 500)")
        parser.add_argument("--by", metavar="NAME", default=None, help="import: who says so (default: the user's name)")
        parser.add_argument("--store", metavar="STORE", help="another store than the settings'")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Export or import; what is wrong is said in one sentence, with status 2."""
        try:
            if not args or args[0] not in ("export", "import", "gold") or len(args) != 1 + (args[0] != "gold"):
                raise UsageError(f"scrapy review does not know what to do; say: scrapy review {self.syntax()}")
            assert self.settings
            with places_at(opts.store or where_from_settings(self.settings), there=True) as store:
                if args[0] == "export":
                    print(
                        f"{_export(store, Path(args[1]), opts.limit)} pairs to decide in {args[1]}: write same or different"
                    )
                elif args[0] == "import":
                    print(f"{_import(store, Path(args[1]), opts.by or getpass.getuser())} decisions kept")
                if args[0] != "export":
                    _tell_gold(store)
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2


def _export(store: PlaceStore, path: Path, limit: int) -> int:
    from travelcrawl.matching.matcher import REVIEW, SAME  # noqa: PLC0415 (numpy only where it is needed)
    from travelcrawl.stores.grouping import key_of, pair_of  # noqa: PLC0415
    from travelcrawl.stores.whole import whole  # noqa: PLC0415

    with store.reading():
        pairs = list(store.rows("to_review", "pairs", least=REVIEW, most=SAME, limit=max(limit, 0)))
        keys = sorted({key for row in pairs for key in pair_of(row)})
        listings = {key_of(row): row for row in store.rows("listings_of", "listings", keys=keys)}
    with whole(path) as made, made.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for pair in pairs:
            one, other = (listings[key] for key in pair_of(pair))
            writer.writerow(_row(pair, one, other))
    return len(pairs)


def _row(pair: dict[str, Any], one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    from travelcrawl.geo.metres import apart  # noqa: PLC0415

    made: dict[str, Any] = {"decision": "", "score": f"{pair['score']:.4f}", "metres": ""}
    if None not in (one["lon"], one["lat"], other["lon"], other["lat"]):
        made["metres"] = round(apart((one["lon"], one["lat"]), (other["lon"], other["lat"])))
    for side, row in (("a", one), ("b", other)):
        made |= {f"{side}_{field}": _text(row[field]) for field in ("platform", "ref", *SHOWN)}
    return made | {"evidence": json.dumps(pair["evidence"] or {}, ensure_ascii=False)}


def _text(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _import(store: PlaceStore, path: Path, by: str) -> int:
    from travelcrawl.stores.decisions import decide  # noqa: PLC0415
    from travelcrawl.stores.matchmaker import Matchmaker  # noqa: PLC0415

    said = dict(_decisions(path))
    if said:
        decide(store, said, by, datetime.now(UTC))
        Matchmaker(store).finish()
    return len(said)


def _decisions(path: Path) -> Iterator[tuple[Pair, bool]]:
    """Yield what people wrote. Raises UsageError with the line where something is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            needed = {"decision", "a_platform", "a_ref", "b_platform", "b_ref"}
            if missing := needed - set(reader.fieldnames or ()):
                raise UsageError(f"{path} has no column {min(missing)}; it must be a file of scrapy review export")
            for row in reader:
                decision = (row["decision"] or "").strip().lower()
                if not decision:
                    continue
                if decision not in SAID:
                    raise UsageError(
                        f"{path}, line {reader.line_num}: decision is {decision[:20]!r}; write same or different"
                    )
                yield ((row["a_platform"], row["a_ref"]), (row["b_platform"], row["b_ref"])), SAID[decision]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read as CSV in UTF-8: {error}") from None


def _tell_gold(store: PlaceStore) -> None:
    from travelcrawl.stores.decisions import gold  # noqa: PLC0415

    found = gold(store)
    print(f"gold set: {found.pairs} pairs, {found.same} of them one place")
    for name, precision, recall in (
        ("put together", found.precision, found.recall),
        ("same", found.sure_precision, found.sure_recall),
    ):
        print(f"{name}: precision {_percent(precision)}, recall {_percent(recall)}")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
