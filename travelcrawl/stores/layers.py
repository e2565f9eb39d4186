"""What the layers of every store hold: their columns, with kind and comment, taken from items.py.

A store adds only how a kind is written in its own tongue. Times are UTC, positions WGS-84 degrees, whatever the store.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from types import MappingProxyType

import attrs

from travelcrawl import items

KINDS = {
    "Count": "integer",
    "Moment": "time",
    "Day": "day",
    "Number": "real",
    "float": "real",
    "int": "integer",
    "bool": "boolean",
    "str": "text",
}
"""Kind of a column by the type items.py gives the field; lists and objects are ``json``."""


@attrs.frozen(kw_only=True)
class Column:
    """One column of a layer."""

    name: str
    kind: str
    """``text``, ``integer`` (64 bit), ``real``, ``boolean``, ``time`` (UTC), ``day``, ``json`` or ``hash`` (64 bit)."""
    comment: str


@attrs.frozen(kw_only=True, slots=False)
class Layer:
    """One layer of a GeoPackage, one table of PostGIS."""

    name: str
    comment: str
    key: tuple[str, ...]
    """The columns that name one row; of offers, one series of prices."""
    columns: tuple[Column, ...]
    located: bool = False
    """True where the layer has a point geometry made of ``lon`` and ``lat``."""
    volatile: frozenset[str] = frozenset({"quality"})
    """Columns that are stored and say nothing new by themselves: the content hash leaves them out."""
    together: tuple[tuple[str, ...], ...] = ()
    """Columns that come from one part or from another, never mixed; the first of each is the one that is used."""

    @cached_property
    def grouped(self) -> frozenset[str]:
        """The names in ``together``."""
        return frozenset(name for group in self.together for name in group)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def fields(self) -> tuple[Column, ...]:
        """The columns a record fills itself."""
        return tuple(column for column in self.columns if column.name not in BOOKKEEPING)

    @property
    def content(self) -> tuple[str, ...]:
        """The names of the columns the content hash is over."""
        return tuple(
            column.name for column in self.fields if column.name not in self.volatile and column.name != "seen_at"
        )

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The content that is not the key: what a page says of the thing that the key names."""
        return tuple(name for name in self.content if name not in self.key)


CONTENT_HASH = Column(
    name="content_hash", kind="hash", comment="64-bit BLAKE2b of the merged content; a row is written where it changes"
)
FIRST_SEEN = Column(name="first_seen", kind="time", comment="When the first part of the row was seen, UTC")
LAST_SEEN = Column(
    name="last_seen", kind="time", comment="When the row was last seen, UTC; moved once a run where nothing changed"
)
LAST_CHANGED = Column(name="last_changed", kind="time", comment="When the content last changed, UTC")
RUN = Column(name="run", kind="text", comment="Id of the run that last changed the row")
ORIGINS = Column(
    name="origins",
    kind="json",
    comment="Parts of the row that are not of its last change: seen_at, run and the fields said then; NULL: all of it is",
)
BOOKKEEPING = frozenset({"content_hash", "first_seen", "last_seen", "last_changed", "run", "origins"})


def comments_of(cls: type) -> dict[str, str]:
    """Return what items.py says below each field of one of its classes, on one line."""
    said: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(items)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        said[node.name] = {}
        for field, text in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                said[node.name][field.target.id] = _text(text)
    found = said[cls.__name__]
    for name, comment in found.items():
        if not comment or comment.startswith("As in "):
            found[name] = said[comment.removeprefix("As in ").rstrip(".") or "Listing"].get(name, comment)
    return found


def _text(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).replace("``", "").split())
    return ""


def kind_of(annotation: str) -> str:
    """Return the kind of column for a type of items.py: ``list[str] | None`` → ``json``."""
    name = annotation.removesuffix(" | None")
    return "json" if name.startswith(("list", "dict")) else KINDS[name]


def _fields(cls: type, *, without: tuple[str, ...] = ()) -> tuple[Column, ...]:
    comments = comments_of(cls)
    return tuple(
        Column(name=field.name, kind=kind_of(str(field.type)), comment=comments.get(field.name, ""))
        for field in attrs.fields(cls)
        if field.name not in without
    )


def _upserted(name: str, cls: type, comment: str, **options: object) -> Layer:
    """Return a layer of one row a thing: ``seen_at`` lives on as first_seen, last_seen and last_changed."""
    book = (CONTENT_HASH, FIRST_SEEN, LAST_SEEN, LAST_CHANGED, RUN, ORIGINS)
    columns = (*_fields(cls, without=("seen_at",)), *book)
    return Layer(name=name, comment=comment, key=("platform", "ref"), columns=columns, **options)  # type: ignore[arg-type]


def _column(name: str, kind: str, comment: str) -> Column:
    return Column(name=name, kind=kind, comment=comment)


def place_layers() -> Iterator[Layer]:
    """Yield what matching makes of listings: places and links."""
    said = {column.name: column for column in _fields(items.Listing)}
    taken = ("name_en", "category_class", "level", "address", "province", "city", "district", "adcode", "lon", "lat")
    told = ("phones", "website", "opening_hours", "rating", "review_count")
    yield Layer(
        name="places",
        comment="The real things, each one or more listings",
        key=("place",),
        located=True,
        columns=(
            _column("place", "text", "Id of the place: a UUID that stays"),
            _column("name", "text", "Its name; whose, says sources"),
            *(said[name] for name in (*taken, *told)),
            _column("price", "real", "The newest price of any of its listings, in currency"),
            _column("currency", "text", "ISO 4217 code of price"),
            _column("price_for", "text", "What price is for: ticket, per_head, room, product"),
            said["status"],
            _column("platforms", "json", "Platforms that list it"),
            _column("listings", "integer", "How many listings it has"),
            _column("confidence", "real", "How sure that its listings are one place, 0-1: mean score of their pairs"),
            _column("sources", "json", "Field → platform/ref of the listings it is taken from"),
            _column("merged_into", "text", "Id of the place it became part of; such a row says no more than that"),
            _column("founded_at", "time", "When it came to be, UTC"),
            _column("updated_at", "time", "When it last changed, UTC"),
        ),
    )
    yield Layer(
        name="links",
        comment="Which listing is which place, and how it is known",
        key=("platform", "ref"),
        columns=(
            _column("platform", "text", "Platform of the listing"),
            _column("ref", "text", "ref of the listing"),
            _column("place", "text", "Id of the place"),
            _column("score", "real", "How sure, 0-1, by its best pair within the place; NULL where it is alone"),
            _column("evidence", "json", "That pair: with, and features → what each added to the log-odds"),
            _column("model", "text", "Version of the model that decided"),
            _column("decided_by", "text", "model, or the person who said so"),
            _column("decided_at", "time", "When, UTC"),
            _column("since", "time", "When the listing came to this place, UTC"),
            _column(
                "home", "text", "Id of the place it had been in for a week or more before, where it has moved since"
            ),
        ),
    )


def relation_layers() -> Iterator[Layer]:
    """Yield what is known of two listings: scored pairs, parts, people's word."""
    pair = (
        _column("platform_a", "text", "Platform of the listing with the lesser key"),
        _column("ref_a", "text", "Its ref"),
        _column("platform_b", "text", "Platform of the other listing"),
        _column("ref_b", "text", "Its ref"),
    )
    keys = tuple(column.name for column in pair)
    yield Layer(
        name="pairs",
        comment="Listings of two platforms that may be one place; scores below 0.25 are not kept",
        key=keys,
        columns=(
            *pair,
            _column("score", "real", "How sure that they are one place, 0-1, calibrated"),
            _column("evidence", "json", "Feature → what it added to the log-odds, when the pair came to its score"),
            _column("model", "text", "Version of the model that scored it"),
            _column("area", "text", "Area it was scored in"),
        ),
    )
    yield Layer(
        name="parts",
        comment="Listings that are parts of something greater: a hotel's car park, gate or bar",
        key=("platform", "ref", "part_platform", "part_ref"),
        columns=(
            _column("platform", "text", "Platform of the whole"),
            _column("ref", "text", "ref of the whole"),
            _column("part_platform", "text", "Platform of the part"),
            _column("part_ref", "text", "ref of the part"),
            _column("area", "text", "Area it was found in"),
        ),
    )
    yield Layer(
        name="decisions",
        comment="What people say of two listings; it wins over every score, for ever",
        key=keys,
        columns=(
            *pair,
            _column("same", "boolean", "One place, or never one"),
            _column("decided_by", "text", "Who said so"),
            _column("decided_at", "time", "When, UTC"),
            _column("score", "real", "What the model said then"),
        ),
    )


@cache
def layers() -> Mapping[str, Layer]:
    """Return every layer by name, in the order of stores.base.LAYERS."""
    rating = ("rating", "source_rating", "rating_scale")
    position = ("lon", "lat", "source_lon", "source_lat", "datum", "h3")
    found = [
        _upserted(
            "listings",
            items.Listing,
            "What one platform says about one place; one row a platform and ref",
            located=True,
            together=(position, rating),
        ),
        _upserted("reviews", items.Review, "What people say about a listing or note", together=(rating,)),
        _upserted("notes", items.Note, "Travel notes, articles, posts and videos", together=(("cost", "currency"),)),
        Layer(
            name="offers",
            comment="Prices over time: a row where a price differs from the one before it",
            key=("platform", "ref", "what", "stay_from", "stay_to"),
            columns=(*_fields(items.Offer), CONTENT_HASH, LAST_SEEN, RUN),
        ),
        *place_layers(),
        Layer(
            name="quarantine",
            comment="Items that failed validation or that the store could not take, each with its reasons",
            key=("content_hash",),
            columns=(
                _column("item_type", "text", "listing, review, note or offer"),
                _column("platform", "text", "The platform's name"),
                _column("ref", "text", "The platform's own id of the thing"),
                _column("reasons", "json", "Why it is here, one sentence each"),
                _column("item", "json", "The item as it came"),
                _column("seen_at", "time", "When it was seen, UTC"),
                CONTENT_HASH,
                RUN,
            ),
        ),
        Layer(
            name="runs",
            comment="One run of one spider a row",
            key=("id",),
            columns=(
                _column("id", "text", "Id of the run"),
                _column("platform", "text", "The spider's platform"),
                _column("arguments", "json", "What was asked for with -a"),
                _column("started_at", "time", "When it began, UTC"),
                _column("ended_at", "time", "When it ended, UTC; NULL: it runs or was killed"),
                _column("outcome", "json", "How it ended: reason and counts"),
            ),
        ),
        Layer(
            name="tiles",
            comment="Which areas were listed whole in a run: only there does absence mean that something is gone",
            key=("platform", "tile", "run"),
            columns=(
                *_fields(items.Area),
                _column(
                    "gone", "integer", "How many listings known there were not seen and are gone; NULL: not decided"
                ),
                _column("crawled_at", "time", "When it was whole, UTC"),
                _column("run", "text", "Id of the run"),
            ),
        ),
        *relation_layers(),
    ]
    return MappingProxyType({layer.name: layer for layer in found})


LAYER_OF = MappingProxyType({**{kind: f"{kind}s" for kind in items.TYPES}, "quarantine": "quarantine", "tile": "tiles"})
"""The layer a record's ``type`` goes to."""
ITEM_TYPE_OF = MappingProxyType({layer: kind for kind, layer in LAYER_OF.items()})
"""The ``type`` of a layer's records."""
