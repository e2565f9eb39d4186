"""Write what a store holds, or a part of it, into one file."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from travelcrawl.errors import StoreError, UsageError
from travelcrawl.exports.geopackage import write_geopackage
from travelcrawl.exports.geoparquet import write_geoparquet
from travelcrawl.exports.selection import KINDS, Selection
from travelcrawl.exports.text import write_csv, write_geojson, write_lines
from travelcrawl.stores.base import Record
from travelcrawl.stores.factory import reader_for
from travelcrawl.stores.reader import Reader
from travelcrawl.stores.whole import whole

Write = Callable[[Path, Mapping[str, Iterable[Record]]], None]


@attrs.frozen(kw_only=True)
class Format:
    """A form that a file can have."""

    endings: tuple[str, ...]
    write: Write
    holds_many: bool = False
    """True where one file holds several kinds."""


def _single(write: Callable[[Path, str, Iterable[Record]], None]) -> Write:
    def write_one(path: Path, kinds: Mapping[str, Iterable[Record]]) -> None:
        ((kind, rows),) = kinds.items()
        write(path, kind, rows)

    return write_one


FORMATS = {
    "geojson": Format(endings=(".geojson", ".json"), write=_single(write_geojson)),
    "geojsonseq": Format(endings=(".geojsonl", ".ndjson", ".jsonl"), write=_single(write_lines)),
    "csv": Format(endings=(".csv",), write=_single(write_csv)),
    "geoparquet": Format(endings=(".parquet", ".geoparquet"), write=_single(write_geoparquet)),
    "geopackage": Format(endings=(".gpkg",), write=write_geopackage, holds_many=True),
}


def format_of(path: Path, name: str | None) -> Format:
    """Return the format named, else the one of the file's ending. Raises UsageError."""
    if name:
        if name not in FORMATS:
            raise UsageError(f"there is no format {name!r}; known are {', '.join(FORMATS)}")
        return FORMATS[name]
    for form in FORMATS.values():
        if path.suffix.lower() in form.endings:
            return form
    endings = ", ".join(form.endings[0] for form in FORMATS.values())
    raise UsageError(f"the ending of {path} names no format; let it end in {endings}, or give --format")


def kinds_of(form: Format, named: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds to write: those named, else all where the format holds many, else listings. Raises UsageError."""
    for kind in named:
        if kind not in KINDS:
            raise UsageError(f"there is no kind {kind!r}; known are {', '.join(KINDS)}")
    chosen = tuple(dict.fromkeys(named)) or (KINDS if form.holds_many else ("listings",))
    if len(chosen) > 1 and not form.holds_many:
        raise UsageError(f"such a file holds one kind, not {', '.join(chosen)}; name one with --kind, or write a .gpkg")
    return chosen


def export(store: str | Path, path: Path, form: Format, kinds: Sequence[str], selection: Selection) -> Counter[str]:
    """Write a file, whole or not at all, from one moment of the store; return how many rows of each kind are in it.

    Rows go through one after the other: memory does not grow with them. Raises UsageError, StoreError.
    """
    conditions = {kind: selection.condition(kind) for kind in kinds}
    _check_target(store, path)
    counts: Counter[str] = Counter(dict.fromkeys(kinds, 0))

    def counted(reader: Reader, kind: str) -> Iterator[Record]:
        for row in reader.read(kind, conditions[kind]):
            counts[kind] += 1
            yield row

    with reader_for(store) as reader, whole(path) as made:
        form.write(made, {kind: counted(reader, kind) for kind in kinds})
    return counts


def _check_target(store: str | Path, path: Path) -> None:
    """Raise UsageError where the file to write is a store that crawls write to: it would be lost."""
    if "://" not in str(store) and path.exists() and path.samefile(store):
        raise UsageError(f"{path} is the store itself; give another path")
    if path.suffix == ".gpkg" and path.is_file():
        with contextlib.suppress(StoreError), reader_for(path) as reader:
            if reader.count("runs"):
                raise UsageError(f"{path} is a store that crawls have written to; give another path")
