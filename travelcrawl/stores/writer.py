"""The way of a batch, which the stores that write through a connection share.

A batch goes the same way into a GeoPackage and into PostGIS, so both hold the same rows afterwards; a subclass of
Writer says only how rows are looked up and put.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import chain
from time import perf_counter
from typing import Any, NamedTuple

from travelcrawl.extensions.buckets import Buckets
from travelcrawl.extensions.figures import QUERY_SECONDS
from travelcrawl.stores.base import Record, Run
from travelcrawl.stores.layers import ITEM_TYPE_OF, LAYER_OF, layers
from travelcrawl.stores.merge import GONE, Changes, Key, Known, Part, Refusal, alone, firsts, fold, part_of
from travelcrawl.stores.offers import Before, differing, offers_of
from travelcrawl.stores.origins import brief, credited
from travelcrawl.stores.quarantine import quarantine_row, quarantined
from travelcrawl.stores.values import Refused, Values, codec, json_of, time_of

logger = logging.getLogger(__name__)

FEW = 3
"""Listings that an area may lose whatever its size."""
MOST = 0.5
"""Share of the known listings of an area beyond which their absence is taken for a fault of the answers."""


def utc_now() -> datetime:
    """Return the time of the machine, UTC."""
    return datetime.now(UTC)


class Ready(NamedTuple):
    """A record as a writer takes it."""

    layer: str
    """The layer it goes to; ``refused`` where no layer takes it."""
    value: Any
    """Its part; the record itself of quarantine and tiles; a Refusal."""


def ready(record: Record, now: datetime) -> Ready:
    """Return a record with what can be told of it without the store: its layer, its key, the hash of its content."""
    layer = LAYER_OF.get(record.get("type", ""))
    if layer is None:
        return Ready("quarantine", quarantined(record, f"no store keeps the type {record.get('type')!r}"))
    if layer in ("quarantine", "tiles"):
        return Ready(layer, record)
    try:
        return Ready(layer, part_of(codec(layer), record, now))
    except Refused as error:
        return Ready("refused", Refusal(record=record, cause=str(error)))


def by_layer(batch: Iterable[Ready]) -> dict[str, list[Any]]:
    """Return what a batch holds by layer, in the order of the layers: every writer takes them in the same one."""
    grouped: dict[str, list[Any]] = {name: [] for name in ("refused", *layers())}
    for layer, value in batch:
        grouped[layer].append(value)
    return {name: values for name, values in grouped.items() if values}


class Writer(ABC):
    """One run's hand on a store, for one thread. Raises StoreError with one sentence from every method."""

    def __init__(self, run: Run, clock: Callable[[], datetime]) -> None:
        self.run = run
        self.clock = clock
        self.seconds = {kind: Buckets(QUERY_SECONDS) for kind in ("lookup", "insert", "update", "batch")}
        """How long statements of a kind took, and whole batches."""
        self.handed_over: Callable[[], object] = lambda: None
        """Called in the writer's thread once the database has what is new of a batch, and works on it by itself."""
        self.whole: list[Values] = []
        """Areas that this run has listed whole, of which it is not said yet what is gone."""

    def write(self, batch: Iterable[Ready]) -> Counter[str]:
        """Commit a batch, whole or not at all; return how many became what, by ``layer/outcome``."""
        counts: Counter[str] = Counter()
        now = self.clock()
        parts = by_layer(batch)
        refused: list[Refusal] = parts.pop("refused", [])
        quarantine, areas = parts.pop("quarantine", []), parts.pop("tiles", [])
        tiles = [tile_row(area, now, self.run) for area in areas]
        with (
            self._timed("batch"),
            self.transaction({part.key[0] for found in parts.values() for part in found}),
        ):
            counts["tiles/new"] += self.put_new("tiles", tiles, refused)
            for layer, found in parts.items():
                write = self._write_offers if layer == "offers" else self._write_things
                counts.update(write(layer, found, refused))
            for refusal in refused:
                counts[f"{LAYER_OF[refusal.record['type']]}/refused"] += 1
                quarantine.append(quarantined(refusal.record, refusal.cause))
            rows = [quarantine_row(record, now, self.run) for record in quarantine]
            counts["quarantine/new"] += self.put_new("quarantine", rows, refused)
        self.whole += tiles
        return +counts

    def retire(self) -> int:
        """Say of the listings that this run has not seen in the first of its whole areas that they are gone; return how many.

        Done at the end of a run, area by area: what one has lost another one may have. Where most of an area is missing
        the answers are not believed.
        """
        tile, count = self.whole[0], 0
        with self.transaction({tile["platform"]}):
            known = self.inside(tile)
            absent = [row for row in known if row["last_seen"] < tile["since"]]
            if believed := len(absent) <= max(FEW, len(known) * MOST):
                before = {(row["platform"], row["ref"]): row for row in absent}
                count = self.put_changed("listings", [gone(row, self.clock(), self.run) for row in absent], before, [])
                self.put_gone(tile, len(absent))
        del self.whole[0]
        if not believed:
            logger.warning(
                "%s %s: %d of %d known listings were not seen; that is not believed, none is marked as gone",
                *(tile["platform"], tile["tile"], len(absent), len(known)),
            )
        return count

    def _write_things(self, layer: str, parts: list[Part], refused: list[Refusal]) -> Counter[str]:
        """Write them in the order of their refs.

        PostgreSQL takes 1.2 microseconds of 17 less to put what is new into its indexes then, and 0.4 of 2 to look one up (2026-11-30).
        """
        changes = Changes(refused=refused)
        with self._timed("lookup"):
            left, known = self.sifted(layer, sorted(parts, key=_ref), changes)
            fresh, rest = alone(left, known)
            rows = self.rows(layer, {part.key for part in rest if part.key in known})
        fold(codec(layer), rest, rows, changes, self.run)
        with self._timed("insert"):
            coming = chain(firsts(codec(layer), fresh, self.run, refused), changes.new)
            new = self.put_new(layer, coming, refused)
        with self._timed("update"):
            self.see(layer, changes.seen)
            changed = self.put_changed(layer, changes.changed, rows, refused)
        return Counter({f"{layer}/new": new, f"{layer}/changed": changed, f"{layer}/unchanged": changes.unchanged})

    def _write_offers(self, layer: str, parts: list[Part], refused: list[Refusal]) -> Counter[str]:
        offers = offers_of(codec(layer), parts, refused)
        with self._timed("lookup"):
            before = self.before(offers)
        changes = differing(codec(layer), offers, before, self.run)
        with self._timed("update"):
            self.see_offers(changes.seen)
        with self._timed("insert"):
            new = self.put_new(layer, changes.new, refused)
        return Counter({f"{layer}/new": new, f"{layer}/unchanged": changes.unchanged})

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        begun = perf_counter()
        try:
            yield
        finally:
            self.seconds[kind].add(perf_counter() - begun)

    def note_run(self, *, ended_at: datetime | None = None, outcome: Mapping[str, Any] | None = None) -> None:
        """Note that the run has begun, or how it ended."""
        values = {
            "id": self.run.id,
            "platform": self.run.platform,
            "arguments": dict(self.run.arguments),
            "started_at": self.run.started_at,
            "ended_at": ended_at,
            "outcome": None if outcome is None else json_of(dict(outcome)),
        }
        with self.transaction(()):
            self.put_run(codec("runs").storable(values))

    @abstractmethod
    def transaction(self, platforms: Iterable[str]) -> AbstractContextManager[None]:
        """Do what is inside whole or not at all, and alone among those who write these platforms."""

    @abstractmethod
    def sifted(self, layer: str, parts: list[Part], changes: Changes) -> tuple[list[Part], dict[Key, Known]]:
        """Note the parts whose content is what is stored; return the others, and what is stored of their things."""

    @abstractmethod
    def rows(self, layer: str, keys: set[Key]) -> dict[Key, Values]:
        """Return whole rows."""

    @abstractmethod
    def see(self, layer: str, seen: Mapping[Key, datetime]) -> None:
        """Move ``last_seen`` of rows that have not changed."""

    @abstractmethod
    def put_new(self, layer: str, rows: Iterable[Values], refused: list[Refusal]) -> int:
        """Insert rows and return how many; of offers and quarantine those that are there already are left."""

    @abstractmethod
    def put_changed(self, layer: str, rows: list[Values], before: Mapping[Key, Values], refused: list[Refusal]) -> int:
        """Write rows anew that are there and return how many."""

    @abstractmethod
    def before(self, offers: list[Values]) -> list[Before | None]:
        """Return for each offer the last stored one of its series at or before its time, else the first after it."""

    @abstractmethod
    def see_offers(self, seen: Mapping[Key, datetime]) -> None:
        """Move ``last_seen`` of offers, named by series and ``seen_at``."""

    @abstractmethod
    def inside(self, tile: Values) -> list[Values]:
        """Return the listings, not closed or gone, that a platform had in an area; none that is in quarantine too."""

    @abstractmethod
    def put_gone(self, tile: Values, count: int) -> None:
        """Note how many listings of an area are gone, unless that is noted: what is tried again finds none left."""

    @abstractmethod
    def put_run(self, row: Values) -> None:
        """Insert the run, or bring its end up to date."""

    @abstractmethod
    def close(self, outcome: Mapping[str, Any]) -> None:
        """Note how the run ended, and let go of the store."""


def _ref(part: Part) -> str:
    ref: str = part.key[1]
    return ref


def tile_row(area: Record, now: datetime, run: Run) -> Values:
    """Return the row of an area that was listed whole."""
    return codec("tiles").storable(area | {"gone": None, "crawled_at": now}) | {"run": run.id}


def gone(row: Values, now: datetime, run: Run) -> Values:
    """Return the row of a listing that is there no more; when it was last seen stays."""
    form, seen = codec("listings"), time_of(now)
    made = row | {"status": GONE}
    made["origins"] = credited(form.layer, row, made, seen, run.id)
    made |= {"last_changed": seen, "run": run.id, "content_hash": form.digest(made)}
    return made | {"origins": brief(made)}


def refusal_of(layer: str, row: Values, error: Exception) -> Refusal:
    """Return the refusal of a row that a database does not take."""
    record = {name: row[name] for name in codec(layer).names} | {"type": ITEM_TYPE_OF.get(layer)}
    return Refusal(record=record, cause=f"the store refused it: {' '.join(str(error).split())}")
