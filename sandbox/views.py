"""What each platform shows of the places: its own part, noise, names, gaps and prices. A platform is one line of data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import attrs

from sandbox.model import Author, Listing, Offer, Place, Review, Shelf
from sandbox.names import CLOSERS, LABELS, MIDDLES, OPENERS

NOW = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
"""The world's last day: nothing was written later."""
_METRES = 111_320.0
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Ids = Mapping[str, str]


@attrs.frozen(kw_only=True)
class View:
    """How one platform sees the places."""

    platform: str
    shares: Mapping[str, float]
    """Sort of place → the part of them the platform has."""
    jitter: float
    """How far its pins lie off, metres (standard deviation)."""
    ids: Callable[[Random], Ids]
    """Draw the platform's ids; ``ref`` is the one listings are known by."""
    names: Mapping[str, tuple[str, ...]]
    """Sort of place → how the platform writes names."""
    shows: Mapping[str, float]
    """Field → how often it is given."""
    sells: Mapping[str, str] = attrs.field(factory=dict)
    """Sort of place → what the price it shows is for."""
    reviews: int = 0
    """Reviews of the most famous place."""
    reachable: int = 10**6
    """Reviews of one listing that can be reached; more are only counted."""
    glyphs: float = 0.0
    """Part of the reviews whose text is in glyphs."""
    rating_step: float = 0.1
    minutes: bool = False
    """True: times are shown without seconds."""
    linked: bool = True
    """False: only shared addresses lead to its listings."""


def _amap_ids(rng: Random) -> Ids:
    return {"ref": "B0" + "".join(rng.choices(_ALPHANUMERIC, k=8)), "navi": f"J50F0{rng.randint(10**6, 10**7)}"}


def _ctrip_ids(rng: Random) -> Ids:
    return {"ref": str(rng.randint(1_000, 9_999_999)), "poi": str(rng.randint(10_000_000, 99_999_999))}


def _ctrip_hotel_ids(rng: Random) -> Ids:
    return {"ref": f"hotel-{rng.randint(100_000, 99_999_999)}"}


def _mafengwo_ids(rng: Random) -> Ids:
    return {"ref": str(rng.randint(1_000, 99_999_999))}


def _dianping_ids(rng: Random) -> Ids:
    return {"ref": "".join(rng.choices(_ALPHANUMERIC + "abcdefghijklmnopqrstuvwxyz", k=16))}


LISTING_VIEWS = (
    View(
        platform="amap",
        shares={"sight": 0.9, "hotel": 0.9, "restaurant": 0.9},
        jitter=8.0,
        ids=_amap_ids,
        names={
            "sight": ("{name}", "{name}", "{name}景区", "{city}{name}"),
            "hotel": ("{name}",),
            "restaurant": ("{name}",),
        },
        shows={"phones": 0.8, "rating": 0.85, "price": 0.85, "hours": 0.6, "tags": 0.5, "aliases": 0.2},
        sells={"restaurant": "per_head"},
    ),
    View(
        platform="ctrip",
        shares={"sight": 0.85},
        jitter=25.0,
        ids=_ctrip_ids,
        names={"sight": ("{name}", "{name}", "{name}风景区", "{city}{name}")},
        shows={"rating": 0.95, "level": 1.0, "price": 0.9, "tags": 0.8, "summary": 0.7},
        sells={"sight": "ticket"},
        reviews=45,
    ),
    View(
        platform="ctrip",
        linked=False,
        shares={"hotel": 0.3},
        jitter=20.0,
        ids=_ctrip_hotel_ids,
        names={"hotel": ("{name}", "{stem}{kind}{branch}")},
        shows={"name_en": 0.6, "phones": 0.7, "rating": 0.9, "level": 1.0},
    ),
    View(
        platform="mafengwo",
        shares={"sight": 0.8},
        jitter=40.0,
        ids=_mafengwo_ids,
        names={"sight": ("{name}", "{name}", "{city}{name}", "{name}旅游区")},
        shows={"name_en": 0.7, "phones": 0.6, "website": 0.4, "price": 0.7, "hours": 0.8, "summary": 0.9},
        sells={"sight": "ticket"},
        reviews=70,
        reachable=50,
    ),
    View(
        platform="dianping",
        shares={"restaurant": 0.85, "sight": 0.3},
        jitter=15.0,
        ids=_dianping_ids,
        names={"restaurant": ("{name}", "{stem}·{kind}{branch}"), "sight": ("{name}", "{name}景区")},
        shows={"rating": 0.9, "phones": 0.5, "price": 0.3, "hours": 0.5, "review_count": 0.3},
        sells={"restaurant": "per_head"},
        reviews=30,
        reachable=15,
        glyphs=0.25,
        rating_step=0.5,
        minutes=True,
    ),
)


def stock(view: View, places: Sequence[Place], authors: Sequence[Author], rng: Random) -> Shelf:
    """Fill a platform's shelf with what it shows of the places."""
    taken: set[str] = set()
    listings = [
        _listing(view, place, taken, rng) for place in places if rng.random() < view.shares.get(place.sort, 0.0)
    ]
    offers = [
        Offer(platform=view.platform, ref=listing.ref, what=view.sells[listing.place.sort], amount=listing.price)
        for listing in listings
        if listing.price is not None
    ]
    writer = ReviewWriter(view, authors, rng)
    reviews: list[Review] = []
    if view.reviews:
        for listing in listings:
            reviews += writer.write(listing, min(view.reachable, listing.review_count or 0))
    if "review_count" in view.shows:
        listings = [
            listing if rng.random() < view.shows["review_count"] else attrs.evolve(listing, review_count=None)
            for listing in listings
        ]
    return Shelf(listings=tuple(listings), offers=tuple(offers), reviews=tuple(reviews))


def _listing(view: View, place: Place, taken: set[str], rng: Random) -> Listing:
    ids = unused(view.ids, taken, rng)
    bearing, distance = rng.uniform(0, 2 * math.pi), abs(rng.gauss(0, view.jitter))
    scale = math.cos(math.radians(place.lat))
    given = {name: rng.random() < share for name, share in sorted(view.shows.items())}
    name = _name(rng.choice(view.names[place.sort]), place)
    price = place.price * (1 if rng.random() < 0.7 else rng.choice((0.9, 1.1)))
    rating = min(5.0, max(1.0, place.rating + rng.choice((-0.2, -0.1, 0.0, 0.0, 0.1, 0.2))))
    return Listing(
        platform=view.platform,
        ref=ids["ref"],
        place=place,
        ids=ids,
        name=name,
        name_en=place.name_en if given.get("name_en") else None,
        aliases=(f"{place.stem}小{place.kind.word}",) if given.get("aliases") else (),
        address=place.street,
        lon=round(place.lon + distance * math.sin(bearing) / (_METRES * scale), 6),
        lat=round(place.lat + distance * math.cos(bearing) / _METRES, 6),
        phones=place.phones if given.get("phones") else (),
        website=place.website if given.get("website") else None,
        hours=place.hours if given.get("hours") else None,
        rating=round(round(rating / view.rating_step) * view.rating_step, 1) if given.get("rating") else None,
        review_count=int(place.fame * view.reviews) + rng.randint(0, 3) if view.reviews else None,
        level=place.level if given.get("level") else None,
        summary=_summary(place, rng) if given.get("summary") else None,
        tags=tuple(rng.sample(LABELS, 3)) if given.get("tags") else (),
        price=round(price) if given.get("price") and place.sort in view.sells else None,
        updated=NOW - timedelta(seconds=rng.randint(0, 90 * 86400)),
        linked=view.linked,
    )


def _name(style: str, place: Place) -> str:
    branch = f"（{place.branch}店）" if place.branch else ""
    return style.format(name=place.name, city=place.city.name, stem=place.stem, kind=place.kind.word, branch=branch)


def _summary(place: Place, rng: Random) -> str:
    middle = rng.choice(MIDDLES).format(n=rng.randint(2, 20))
    return f"{place.name}在{place.district.name}{place.road}上，{middle}。"


def unused(ids: Callable[[Random], Ids], taken: set[str], rng: Random) -> Ids:
    """Draw ids until none of them is taken."""
    while True:
        drawn = ids(rng)
        if taken.isdisjoint(drawn.values()):
            taken.update(drawn.values())
            return drawn


class ReviewWriter:
    """Write reviews: no two of one listing have the same text."""

    def __init__(self, view: View, authors: Sequence[Author], rng: Random) -> None:
        self.view = view
        self.authors = authors
        self.rng = rng
        self.taken: set[str] = set()

    def write(self, listing: Listing, count: int) -> list[Review]:
        """Write reviews of a listing, newest first."""
        texts: set[str] = set()
        while len(texts) < count:
            texts.add(opinion(listing.place.stem + listing.place.kind.word, self.rng))
        reviews = [self._review("listing", listing.ref, text) for text in sorted(texts)]
        return sorted(reviews, key=lambda review: review.published_at, reverse=True)

    def answer(self, note_ref: str, subject: str, count: int, since: datetime) -> list[Review]:
        """Write comments on a note, none older than the note."""
        texts: set[str] = set()
        while len(texts) < count:
            texts.add(opinion(subject, self.rng))
        span = max(60, int((NOW - since).total_seconds()))
        reviews = [
            attrs.evolve(
                self._review("note", note_ref, text),
                rating=None,
                published_at=since + timedelta(seconds=self.rng.randint(1, span - 1)),
            )
            for text in sorted(texts)
        ]
        return sorted(reviews, key=lambda review: review.published_at, reverse=True)

    def _review(self, about: str, about_ref: str, text: str) -> Review:
        rng = self.rng
        ref = unused(lambda rng: {"ref": str(rng.randint(10**8, 10**9 - 1))}, self.taken, rng)["ref"]
        photos = tuple(f"review{ref}n{number}.jpeg" for number in range(rng.choice((0, 0, 0, 1, 2))))
        published = NOW - timedelta(seconds=rng.randint(0, 3 * 365 * 86400))
        return Review(
            platform=self.view.platform,
            ref=ref,
            about=about,
            about_ref=about_ref,
            author=rng.choice(self.authors),
            rating=rng.choice((1, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5)),
            text=None if rng.random() < self.view.glyphs else text,
            published_at=published.replace(second=0) if self.view.minutes else published,
            likes=rng.choice((0, 0, 0, 1, 2, 5, 17)),
            photos=photos,
        )


def opinion(subject: str, rng: Random) -> str:
    """Write what somebody thinks of a subject."""
    parts = [rng.choice(OPENERS), *rng.sample(MIDDLES, rng.randint(1, 3))]
    return (
        "，".join(parts).format(name=subject, n=rng.randint(2, 99))
        + "。"
        + rng.choice(CLOSERS).format(n=rng.randint(2, 99))
    )
