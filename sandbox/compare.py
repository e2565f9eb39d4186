"""Compare a store with the world's truth: what is missing, wrong, double, and whether a name of an author got in."""

from __future__ import annotations

import json
import math
import mmap
import sqlite3
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from sandbox.model import Listing, Note, Offer, Review, Shelf, World

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, ...]

KINDS = ("listings", "reviews", "notes", "offers")
TOLERANCE = 1.0
"""Metres by which a stored position may lie off."""
_METRES = 111_320.0


class NoStore(Exception):
    """Raised when the file is no GeoPackage with the layers of a store; the text says so in one sentence."""


@attrs.frozen(kw_only=True)
class Tally:
    """How the rows of one platform and kind stand against the truth."""

    platform: str
    kind: str
    expected: int
    found: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    """One line each: which, which field, what it should be, what it is."""
    double: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """True where nothing is missing, wrong or double."""
        return not (self.missing or self.wrong or self.double)


@attrs.frozen(kw_only=True)
class Comparison:
    """All tallies, and the names of authors that the file holds."""

    tallies: tuple[Tally, ...]
    leaked: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """True where the store says the truth, all of it, and no more."""
        return not self.leaked and all(tally.is_right for tally in self.tallies)


def compare(
    store: Path,
    world: World,
    platforms: Collection[str] | None = None,
    cities: Collection[str] | None = None,
    *,
    shared: bool = False,
) -> Comparison:
    """Compare a GeoPackage with a world.

    ``cities`` (adcodes) limits what is expected, not what is checked; ``shared`` adds to it what no list leads to, only
    the addresses that ``python -m sandbox shared`` prints.

    Raises NoStore where the file cannot be read as a store.
    """
    chosen = [platform for platform in world.shelves if not platforms or platform in platforms]
    rows = {kind: _rows(store, kind) for kind in KINDS}
    tallies = []
    for platform in chosen:
        shelf = world.shelves[platform]
        for kind in KINDS:
            truth = _truth(shelf, kind)
            wanted = _expected(shelf, kind, cities, shared=shared)
            there = [row for row in rows[kind] if row["platform"] == platform]
            if truth or there:
                tallies.append(_tally(platform, kind, truth, wanted, there))
    return Comparison(tallies=tuple(tallies), leaked=tuple(_leaked(store, world)))


def _rows(store: Path, kind: str) -> list[Row]:
    if not store.is_file():
        raise NoStore(f"there is no file {str(store)!r} to compare")
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {kind}")]
    except sqlite3.Error as error:
        raise NoStore(f"{str(store)!r} cannot be read as a store: {error}") from None


def _truth(shelf: Shelf, kind: str) -> dict[Key, Any]:
    """Return key → what is true, of all that a platform shows."""
    if kind == "offers":
        return {(offer.ref, offer.what): offer for offer in shelf.offers}
    things: Iterable[Listing | Review | Note] = getattr(shelf, kind)
    return {(thing.ref,): thing for thing in things if not (isinstance(thing, Note) and thing.gone)}


def _expected(shelf: Shelf, kind: str, cities: Collection[str] | None, *, shared: bool) -> set[Key]:
    """Return the keys that a crawl of some cities has to find."""
    where = {one.ref: one.place.city.adcode for one in shelf.listings if one.linked or shared}
    where |= {one.ref: one.city.adcode for one in shelf.notes if one.linked or shared}
    homes = {key: where.get(_home(thing)) for key, thing in _truth(shelf, kind).items()}
    return {key for key, city in homes.items() if city is not None and (not cities or city in cities)}


def _home(thing: Listing | Review | Note | Offer) -> str:
    return thing.about_ref if isinstance(thing, Review) else thing.ref


def _tally(platform: str, kind: str, truth: Mapping[Key, Any], wanted: set[Key], rows: Iterable[Row]) -> Tally:
    found: dict[Key, Row] = {}
    wrong, double = [], []
    for row in rows:
        key = (row["ref"], row["what"]) if kind == "offers" else (row["ref"],)
        name = " ".join(str(part) for part in key)
        if key in found:
            double.append(name)
            continue
        found[key] = row
        if key not in truth:
            wrong.append(f"{name}: the platform shows no such thing")
            continue
        wrong += [f"{name}: {said}" for said in _CHECKS[kind](truth[key], row)]
    missing = sorted(" ".join(key) for key in wanted - set(found))
    return Tally(
        platform=platform,
        kind=kind,
        expected=len(wanted),
        found=len(found),
        missing=tuple(missing),
        wrong=tuple(wrong),
        double=tuple(double),
    )


# What is checked


def _listing(true: Listing, row: Row) -> Iterator[str]:
    yield from _different("name", plain(true.name), plain(row["name"]))
    off = metres((true.lon, true.lat), (row["lon"], row["lat"]))
    if off is None or off > TOLERANCE:
        where = "nowhere" if off is None else f"{off:.1f} m off"
        yield f"position should be {true.lon:.6f}, {true.lat:.6f}, is {where}"
    yield from _different("rating", true.rating, row["rating"], 0.01)
    yield from _different("review_count", true.review_count, row["review_count"])
    yield from _different("level", true.level, row["level"])
    yield from _different("website", _site(true.website), _site(row["website"]))
    yield from _different("phones", {e164(phone) for phone in true.phones}, set(_list(row["phones"])))
    if true.address and not plain(row["address"]).endswith(plain(true.address)):
        yield f"address should end with {true.address!r}, is {row['address']!r}"
    if row["adcode"] not in {true.adcode, true.place.city.adcode} or (
        true.platform == "amap" and row["adcode"] != true.adcode
    ):
        yield f"adcode should be {true.adcode!r}, is {row['adcode']!r}"


def _review(true: Review, row: Row) -> Iterator[str]:
    yield from _different("about", (true.about, true.about_ref), (row["about"], row["about_ref"]))
    yield from _different("rating", true.rating, row["rating"], 0.01)
    yield from _different("text", plain(true.text), plain(row["text"]))
    yield from _different("published_at", true.published_at, moment(row["published_at"]))
    yield from _different("likes", true.likes, row["likes"])


def _note(true: Note, row: Row) -> Iterator[str]:
    yield from _different("kind", true.kind, row["kind"])
    yield from _different("title", plain(true.title), plain(row["title"]))
    yield from _different("text", plain(true.text), plain(row["text"]))
    yield from _different("published_at", true.published_at, moment(row["published_at"]))
    yield from _different(
        "travel_date", true.travel_date, row["travel_date"] and date.fromisoformat(row["travel_date"][:10])
    )
    for name in ("views", "likes", "comments", "favourites", "shares", "days"):
        if getattr(true, name) is not None:
            yield from _different(name, getattr(true, name), row[name])
    for name in ("cost", "duration"):
        yield from _different(name, getattr(true, name), row[name], 0.5)
    mentioned = _list(row["mentions"])
    linked = {one.get("ref") for one in mentioned if one.get("evidence") == "link"}
    tagged = {plain(one.get("name")) for one in mentioned if one.get("evidence") == "tag"}
    yield from _different("linked places", {listing.ref for listing in true.mentions}, linked)
    yield from _different("tagged places", {plain(true.tagged.name)} if true.tagged else set(), tagged)


def _offer(true: Offer, row: Row) -> Iterator[str]:
    yield from _different("amount", true.amount, row["amount"], 0.005)
    yield from _different("currency", "CNY", row["currency"])


_CHECKS: Mapping[str, Callable[[Any, Row], Iterator[str]]] = {
    "listings": _listing,
    "reviews": _review,
    "notes": _note,
    "offers": _offer,
}


def _different(field: str, true: Any, said: Any, tolerance: float = 0.0) -> Iterator[str]:
    if true == said:
        return
    if tolerance and isinstance(true, int | float) and isinstance(said, int | float) and abs(true - said) <= tolerance:
        return
    yield f"{field} should be {true!r}, is {said!r}"


def plain(text: str | None) -> str:
    """Return a text for comparing: compatibility forms folded, no blanks, as cleaning may set them otherwise."""
    return "".join(unicodedata.normalize("NFKC", text or "").split())


def moment(value: str | None) -> datetime | None:
    """Return a stored time; without a zone it is UTC."""
    if value is None:
        return None
    found = datetime.fromisoformat(value)
    return found.replace(tzinfo=found.tzinfo or UTC)


def metres(one: tuple[float, float], other: tuple[float | None, float | None]) -> float | None:
    """Return how far two near points lie apart, None where one is missing."""
    lon, lat = other
    if lon is None or lat is None:
        return None
    return math.hypot((one[0] - lon) * _METRES * math.cos(math.radians(one[1])), (one[1] - lat) * _METRES)


def e164(phone: str) -> str:
    """Return a mainland number in its international form."""
    return "+86" + phone.replace("-", "").lstrip("0")


def _site(address: str | None) -> str:
    return (address or "").removeprefix("http://").removeprefix("https://").rstrip("/").lower()


def _list(value: str | None) -> list[Any]:
    return json.loads(value) if value else []


def _leaked(store: Path, world: World) -> Iterator[str]:
    """Yield the names and pictures of authors that occur in the file's bytes, its journal's included."""
    for path in (store, store.with_name(store.name + "-wal")):
        if not path.is_file() or not path.stat().st_size:
            continue
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for author in world.authors:
                for mark in (author.name, author.avatar):
                    if content.find(mark.encode()) >= 0:
                        yield mark
