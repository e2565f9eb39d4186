"""What a page may say: listings, reviews, notes, offers, and where to go on.

A page fills a field with what the source says, as it says it; ``pipelines/clean.py`` puts the normal form in its
place. Where the two can differ in meaning (coordinates, rating), the source's value stays beside the normal one.
``None`` always means *not seen*: it never overwrites what an earlier part of the same thing has said.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeAlias

import attrs

from travelcrawl.errors import NotSerialisable

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Count: TypeAlias = "int | str | None"
"""How many. A page may give the source's text (``1.2万``); clean makes it an int ≥ 0."""
Moment: TypeAlias = "datetime | int | float | str | None"
"""When. A page may give Unix seconds or milliseconds, ``/Date(…)/`` or text (``3天前``); clean makes it an aware datetime in UTC."""
Day: TypeAlias = "date | str | None"
"""A calendar day at the place. A page may give the source's text; clean makes it a date."""
Number: TypeAlias = "float | int | str | None"
"""A quantity. A page may give the source's text; clean makes it a float."""


@attrs.define(kw_only=True)
class Listing:
    """What one platform says about one place. Key: ``platform``, ``ref``."""

    platform: str
    """The platform's name, as its spider is called."""
    ref: str
    """The platform's own id of the thing."""
    url: str | None = None
    """The page a person would open."""
    name: str | None = None
    """The name as the platform writes it, branch and brackets included."""
    name_en: str | None = None
    """The name in Latin script, where the platform gives one apart."""
    aliases: list[str] | None = None
    """Other names the platform gives."""
    category: str | None = None
    """The platform's own category, levels joined by ``;``."""
    category_code: str | None = None
    """The platform's own category code."""
    category_class: str | None = None
    """The shared class (``enhance``): see ``travelcrawl/pipelines/categories.csv``."""
    address: str | None = None
    """Street address as one line, without the country."""
    province: str | None = None
    """Province, in Chinese (``四川省``)."""
    city: str | None = None
    """City, in Chinese (``成都市``)."""
    district: str | None = None
    """District or county, in Chinese (``锦江区``)."""
    adcode: str | None = None
    """GB/T 2260 code of the district, six digits; of the city or province where no finer one is known."""
    source_lon: Number = None
    """Longitude in degrees as the source gives it, in ``datum``."""
    source_lat: Number = None
    """Latitude in degrees as the source gives it, in ``datum``."""
    datum: str | None = None
    """Datum of ``source_lon``, ``source_lat``: ``WGS-84``, ``GCJ-02``, ``BD-09``; None: the platform does not say and it is not known."""
    lon: float | None = None
    """Longitude, degrees, WGS-84 (clean)."""
    lat: float | None = None
    """Latitude, degrees, WGS-84 (clean)."""
    phones: list[str] | None = None
    """Phone numbers; E.164 after clean."""
    website: str | None = None
    """The place's own site."""
    opening_hours: str | None = None
    """When it is open: the OSM opening_hours form where clean can tell, else the source's text."""
    source_rating: Number = None
    """Mean rating as the source gives it, on ``rating_scale``."""
    rating_scale: float | None = None
    """The best rating the source can give (5, 10, 50)."""
    rating: float | None = None
    """Mean rating, 0-5 (clean)."""
    review_count: Count = None
    """How many reviews the platform says it has."""
    level: str | None = None
    """Official class: ``5A`` of a sight, stars of a hotel."""
    summary: str | None = None
    """What the platform says about it, plain text."""
    tags: list[str] | None = None
    """Short labels the platform gives."""
    photos: list[str] | None = None
    """Addresses of pictures."""
    parent: str | None = None
    """``ref`` of the listing this one is part of."""
    status: str | None = None
    """``open``, ``closed`` (for good), ``suspended``, ``gone`` (the platform removed it)."""
    hidden: list[str] | None = None
    """Names of fields the platform shows only in part or in an obfuscated font: they are None here, never guessed."""
    h3: str | None = None
    """H3 cell at resolution 9 (enhance)."""
    quality: float | None = None
    """Quality score 0-1 (validate); formula in docs/data.md."""
    seen_at: Moment = None
    """When the platform said so; the crawl's clock where a page does not tell."""


@attrs.define(kw_only=True)
class Review:
    """What one person says about a listing or a note. Key: ``platform``, ``ref``."""

    platform: str
    ref: str
    """The platform's own id of the review; where it has none, a hash of listing, author, time and text."""
    about: str = "listing"
    """What ``about_ref`` names: ``listing`` or ``note``."""
    about_ref: str | None = None
    """``ref`` of the listing or note it is about."""
    author: str | None = None
    """Who: the platform's user id, or the name where there is no id. Clean replaces it by a keyed hash; nothing else is ever stored."""
    source_rating: Number = None
    """Rating as given, on ``rating_scale``."""
    rating_scale: float | None = None
    """The best rating the source can give."""
    rating: float | None = None
    """Rating, 0-5 (clean)."""
    text: str | None = None
    """Plain text."""
    published_at: Moment = None
    """When it was published."""
    likes: Count = None
    """How many found it useful."""
    replies: Count = None
    """How many answers it has."""
    photos: list[str] | None = None
    """Addresses of pictures."""
    hidden: list[str] | None = None
    """As in Listing."""
    quality: float | None = None
    """Quality score 0-1 (validate)."""
    seen_at: Moment = None
    """As in Listing."""


@attrs.define(kw_only=True)
class Mention:
    """A place a note speaks of."""

    name: str | None = None
    """The place as the note calls it."""
    ref: str | None = None
    """``ref`` of the listing, where the note links it or it is the only one of that name."""
    platform: str | None = None
    """The listing's platform; None: the note's own."""
    evidence: str
    """How it is known: ``link``, ``tag``, ``hashtag``, ``text``."""
    score: float
    """How sure, 0-1."""
    times: int = 1
    """How often the note does so."""


@attrs.define(kw_only=True)
class Note:
    """A travel note, article, post or video. Key: ``platform``, ``ref``."""

    platform: str
    ref: str
    """The platform's own id."""
    url: str | None = None
    """The page a person would open."""
    kind: str = "note"
    """``note``, ``article``, ``post`` or ``video``."""
    title: str | None = None
    """Its title, as the platform writes it."""
    text: str | None = None
    """Plain text; as much of it as the answer holds (see ``complete``)."""
    complete: bool | None = None
    """False where the platform gives only the beginning."""
    author: str | None = None
    """As in Review."""
    published_at: Moment = None
    """When it was published."""
    city: str | None = None
    """City it is about, in Chinese, where the platform says so."""
    views: Count = None
    """How often it was opened or played."""
    likes: Count = None
    """How many liked it."""
    comments: Count = None
    """How many comments it has."""
    favourites: Count = None
    """How many keep it among their favourites."""
    shares: Count = None
    """How often it was shared."""
    duration: Number = None
    """Length of a video, seconds."""
    travel_date: Day = None
    """First day of the journey."""
    days: Count = None
    """Length of the journey, days."""
    cost: Number = None
    """Cost of the journey per head, in ``currency``."""
    currency: str | None = None
    """ISO 4217 code of ``cost``."""
    tags: list[str] | None = None
    """Labels and hashtags."""
    photos: list[str] | None = None
    """Addresses of pictures."""
    mentions: list[Mention] | None = None
    """Places it speaks of."""
    hidden: list[str] | None = None
    """As in Listing."""
    quality: float | None = None
    """Quality score 0-1 (validate)."""
    seen_at: Moment = None
    """As in Listing."""


@attrs.define(kw_only=True)
class Offer:
    """A price seen at a time. Key: ``platform``, ``ref``, ``what``, ``stay_from``, ``stay_to``, and the time."""

    platform: str
    ref: str
    """``ref`` of the listing it is for."""
    what: str
    """What is sold: ``ticket``, ``per_head`` (mean spending), ``room``, ``product``."""
    amount: Number = None
    """Price in ``currency``; 0 is free. A page may give the source's text (``¥120起``)."""
    currency: str | None = None
    """ISO 4217 code."""
    unit: str | None = None
    """What the amount pays for: ``person``, ``night``, ``stay``, ``item``."""
    lowest: bool | None = None
    """True where the source says *from* (``起``)."""
    taxes_included: bool | None = None
    """True where the amount holds all taxes and fees."""
    stay_from: Day = None
    """First night, for a room."""
    stay_to: Day = None
    """Day of leaving, for a room."""
    hidden: list[str] | None = None
    """As in Listing."""
    quality: float | None = None
    """Quality score 0-1 (validate)."""
    seen_at: Moment = None
    """When the price was seen."""


@attrs.define(kw_only=True)
class Link:
    """Where a page leads: a request in plain JSON types, so that every queue can carry it."""

    url: str
    page: str
    """Name of the page class (in the platform's page module) that reads the answer."""
    method: str = "GET"
    body: str | None = None
    """Request body, text."""
    headers: dict[str, str] = attrs.field(factory=dict)
    params: dict[str, Json] = attrs.field(factory=dict)
    """What the page must know and the answer does not say; handed to it as web_poet.PageParams."""
    priority: int = 0
    """Higher goes first."""
    again: bool | None = None
    """True: asked even where its address was asked before, for the sake of other params."""

    def __attrs_post_init__(self) -> None:
        for name in ("headers", "params"):
            _check_plain(getattr(self, name), f"{name} of the link to {self.url}")
        if not isinstance(self.url, str) or not isinstance(self.body, str | None):
            raise NotSerialisable(f"url and body of the link to {self.url!r} must be text")


@attrs.define(kw_only=True)
class SearchPage:
    """A page that holds several things, or leads to others."""

    items: list[Listing | Review | Note | Offer] = attrs.field(factory=list)
    links: list[Link] = attrs.field(factory=list)
    total: int | None = None
    """How many things the platform says the whole list has."""
    count: str | None = None
    """Name of a stat that the run should count up by one: something happened here that no item tells."""


@attrs.define(kw_only=True)
class Area:
    """A part of a platform that has been listed whole: what was known there and was not seen is gone. No thing, so no Item."""

    platform: str
    tile: str
    """Its name: what was asked for, and the city, district or corners it was asked of."""
    codes: list[str]
    """Beginnings of the ``category_code`` of what was asked for."""
    adcode: str
    """Beginning of the ``adcode`` of the city or district."""
    west: float | None = None
    """Corners of the tile, degrees, in the platform's own datum; None: the city or district whole."""
    south: float | None = None
    """As west."""
    east: float | None = None
    """As west."""
    north: float | None = None
    """As west."""
    since: Moment = None
    """When the crawl began to ask: what it saw there it has seen since."""
    listings: int | None = None
    """How many listings the platform gave."""


Item: TypeAlias = Listing | Review | Note | Offer
TYPES: dict[str, type[Listing] | type[Review] | type[Note] | type[Offer]] = {
    "listing": Listing,
    "review": Review,
    "note": Note,
    "offer": Offer,
}
"""The name of each type, as ``scrapy extract`` prints it; the layer of a store is its plural."""


def _check_plain(value: object, where: str) -> None:
    """Raise NotSerialisable unless value is made of plain JSON types only."""
    if value is None or isinstance(value, str | bool | int | float):
        return
    if isinstance(value, list):
        for part in value:
            _check_plain(part, where)
        return
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                raise NotSerialisable(f"{where}: key {key!r} is not text")
            _check_plain(part, where)
        return
    raise NotSerialisable(f"{where}: {type(value).__name__} is not a plain JSON type")
