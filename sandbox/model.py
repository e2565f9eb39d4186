"""The words of the sandbox's truth: what exists, and what each platform shows of it, in normal form.

Normal form is what a right crawler stores: WGS-84, ratings 0-5, times in UTC, phones as E.164. How a platform writes it
(its datum, its stamps, its empty values) is the business of its dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import attrs

from sandbox.names import City, District, Kind


@attrs.frozen(kw_only=True)
class Place:
    """The real thing. ``lon``, ``lat``: WGS-84."""

    id: int
    city: City
    district: District
    sort: str
    """``sight``, ``hotel`` or ``restaurant``."""
    kind: Kind
    stem: str
    stem_en: str
    branch: str | None
    """Area a branch is named after, for places of a chain."""
    road: str
    number: int
    lon: float
    lat: float
    phones: tuple[str, ...]
    """National form: ``028-86123456`` or a mobile number."""
    website: str | None
    rating: float
    price: float
    """Ticket, lowest room or mean spending per head, yuan."""
    hours: str
    level: str | None
    fame: float
    """0-1: how much is written about it."""

    @property
    def name(self) -> str:
        """The plain name."""
        return f"{self.stem}{self.kind.word}" + (f"({self.branch}店)" if self.branch else "")

    @property
    def name_en(self) -> str:
        """The name in Latin script."""
        return f"{self.stem_en} {self.kind.english}"

    @property
    def street(self) -> str:
        """Road and number."""
        return f"{self.road}{self.number}号"


@attrs.frozen(kw_only=True)
class Listing:
    """What a platform shows of a place. Key: ``platform``, ``ref``. None: not shown."""

    platform: str
    ref: str
    place: Place
    ids: Mapping[str, str] = attrs.field(factory=dict)
    """Further ids the platform has for it."""
    name: str
    name_en: str | None = None
    aliases: tuple[str, ...] = ()
    address: str | None = None
    lon: float
    lat: float
    phones: tuple[str, ...] = ()
    website: str | None = None
    hours: str | None = None
    rating: float | None = None
    review_count: int | None = None
    level: str | None = None
    summary: str | None = None
    tags: tuple[str, ...] = ()
    price: float | None = None
    updated: datetime
    linked: bool = True
    """False: no list of the platform leads to it, only its address, which people share."""

    @property
    def adcode(self) -> str:
        """GB/T 2260 code of the district."""
        return self.place.district.adcode


@attrs.frozen(kw_only=True)
class Author:
    """Somebody who writes. Neither name nor avatar may ever reach a store."""

    id: str
    name: str
    avatar: str


@attrs.frozen(kw_only=True)
class Review:
    """What a platform shows of somebody's opinion. Key: ``platform``, ``ref``."""

    platform: str
    ref: str
    about: str = "listing"
    """``listing`` or ``note``."""
    about_ref: str
    author: Author
    rating: int | None
    text: str | None
    """None: shown in glyphs that only the page's own font draws."""
    published_at: datetime
    likes: int
    replies: int = 0
    photos: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Note:
    """What a platform shows of a note, post or video. Key: ``platform``, ``ref``."""

    platform: str
    ref: str
    ids: Mapping[str, str] = attrs.field(factory=dict)
    """Further ids the platform has for it."""
    kind: str = "note"
    title: str | None
    paragraphs: tuple[str, ...]
    companion: Author | None = None
    """Somebody whom the first paragraph names after an ``@``: the name may not be stored, the ``@`` may."""
    complete: bool = True
    author: Author
    published_at: datetime
    city: City
    mentions: tuple[Listing, ...] = ()
    """Listings of the same platform that the note links."""
    places: tuple[Place, ...] = ()
    """Places the text speaks of."""
    tagged: Place | None = None
    """Place that the author has set as a tag."""
    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    favourites: int | None = None
    shares: int | None = None
    travel_date: date | None = None
    days: int | None = None
    cost: float | None = None
    tags: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    duration: float | None = None
    gone: bool = False
    """True: the platform has removed it and says so."""
    linked: bool = True
    """As in Listing."""

    @property
    def text(self) -> str:
        """All that is shown of it, and may be stored."""
        return "\n".join(self.written("@"))

    def written(self, companion: str) -> tuple[str, ...]:
        """Return the paragraphs with the companion written in some way."""
        if self.companion is None:
            return self.paragraphs
        return (f"{self.paragraphs[0]}同行{companion} ", *self.paragraphs[1:])


@attrs.frozen(kw_only=True)
class Offer:
    """A price a platform shows for a listing, yuan."""

    platform: str
    ref: str
    what: str
    """``ticket``, ``per_head`` or ``room``."""
    amount: float


@attrs.frozen(kw_only=True)
class Shelf:
    """All that one platform shows openly."""

    listings: tuple[Listing, ...] = ()
    reviews: tuple[Review, ...] = ()
    notes: tuple[Note, ...] = ()
    offers: tuple[Offer, ...] = ()

    def __add__(self, other: Shelf) -> Shelf:
        """Return both together."""
        return Shelf(
            listings=self.listings + other.listings,
            reviews=self.reviews + other.reviews,
            notes=self.notes + other.notes,
            offers=self.offers + other.offers,
        )


@attrs.frozen(kw_only=True)
class World:
    """Everything that exists, and what each platform shows of it."""

    seed: int
    size: int
    cities: tuple[City, ...]
    places: tuple[Place, ...]
    shelves: Mapping[str, Shelf]
    authors: tuple[Author, ...]
