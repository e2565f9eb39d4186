"""What people write about their journeys, platform by platform: notes, posts and videos that speak of places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import attrs

from sandbox.model import Author, Listing, Note, Place, Review, Shelf
from sandbox.names import CITIES, MIDDLES, PARAGRAPHS, TITLES, City
from sandbox.views import NOW, Ids, ReviewWriter, View, unused


@attrs.frozen(kw_only=True)
class NoteView:
    """How one platform shows what people write."""

    platform: str
    kinds: tuple[str, ...]
    """``note``, ``post`` or ``video``; one is drawn for each."""
    density: float
    """Notes per place of the world."""
    ids: Callable[[Random], Ids]
    paragraphs: tuple[int, int]
    """Fewest and most paragraphs."""
    counts: tuple[str, ...]
    """Counts the platform shows: of views, likes, favourites, shares."""
    rounded: bool = False
    """True: counts from 10,000 on are shown as 1.2万."""
    hashtags: str = ""
    """How a hashtag stands in the text; the last paragraph holds them. Empty: not in the text."""
    journey: bool = False
    """Whether it tells first day, days and cost of the journey."""
    titled: bool = True
    comments: int | None = None
    """Comments on a note at most; all are shown. None: the platform shows neither them nor how many."""
    companions: float = 0.0
    """Part of the notes that name somebody after an ``@``."""
    tagged: float = 0.0
    """Part of the notes whose author has set a place."""
    gone: float = 0.0
    """Part of the notes that were removed."""
    linked: bool = True
    """False: only shared addresses lead to its notes."""


def _number(digits: int) -> Callable[[Random], Ids]:
    return lambda rng: {"ref": str(rng.randint(10 ** (digits - 1), 10**digits - 1))}


def _xiaohongshu_ids(rng: Random) -> Ids:
    return {"ref": f"{rng.randint(6 * 16**23, 7 * 16**23 - 1):024x}", "token": f"AB{rng.getrandbits(160):040x}"}


def _weibo_ids(rng: Random) -> Ids:
    return {"ref": str(rng.randint(4 * 10**15, 52 * 10**14))}


def _bilibili_ids(rng: Random) -> Ids:
    aid = rng.randint(10**8, 2 * 10**9)
    return {"ref": bv_of(aid), "aid": str(aid)}


def bv_of(aid: int) -> str:
    """Return the BV id of a video's number: base 58 over a mask, as published by bilibili-API-collect (docs/misc/bvid_desc)."""
    alphabet = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
    left, digits = (1 << 51 | aid) ^ 23442827791579, [""] * 9
    for place in (8, 7, 0, 5, 1, 3, 2, 4, 6):
        left, digit = divmod(left, 58)
        digits[place] = alphabet[digit]
    return "BV1" + "".join(digits)


NOTE_VIEWS = (
    NoteView(
        platform="mafengwo",
        kinds=("note",),
        density=0.075,
        ids=_number(8),
        paragraphs=(4, 8),
        counts=("views", "likes"),
        journey=True,
    ),
    NoteView(
        platform="xiaohongshu",
        kinds=("note", "note", "video"),
        density=0.12,
        ids=_xiaohongshu_ids,
        paragraphs=(2, 4),
        counts=("likes", "favourites", "shares"),
        rounded=True,
        hashtags="#{} ",
        comments=8,
        companions=0.3,
        tagged=0.4,
        gone=0.05,
        linked=False,
    ),
    NoteView(
        platform="douyin",
        kinds=("video", "video", "note"),
        density=0.12,
        ids=_number(19),
        paragraphs=(1, 2),
        counts=("likes", "comments", "favourites", "shares"),
        hashtags="#{} ",
        titled=False,
        companions=0.3,
        gone=0.05,
        linked=False,
    ),
    NoteView(
        platform="weibo",
        kinds=("post",),
        density=0.12,
        ids=_weibo_ids,
        paragraphs=(1, 6),
        counts=("likes", "shares"),
        hashtags="#{}#",
        titled=False,
        comments=45,
        companions=0.3,
        tagged=0.4,
        gone=0.05,
        linked=False,
    ),
    NoteView(
        platform="bilibili",
        kinds=("video",),
        density=0.12,
        ids=_bilibili_ids,
        paragraphs=(1, 3),
        counts=("views", "likes", "favourites", "shares"),
        comments=60,
    ),
)


def write_notes(view: NoteView, shelf: Shelf, places: Sequence[Place], authors: Sequence[Author], rng: Random) -> Shelf:
    """Add to a platform's shelf what people write there."""
    writer = _Writer(view, shelf, authors, rng)
    notes: list[Note] = []
    reviews: list[Review] = list(shelf.reviews)
    for city in CITIES:
        there = [place for place in places if place.city is city and writer.may_speak_of(place)]
        for _ in range(max(2, round(len(places) / len(CITIES) * view.density)) if there else 0):
            note = writer.note(city, rng.sample(there, min(len(there), rng.randint(2, 5))))
            comments = writer.comments(note)
            notes.append(note if view.comments is None else attrs.evolve(note, comments=len(comments)))
            reviews += comments
    return attrs.evolve(shelf, notes=tuple(notes), reviews=tuple(reviews))


class _Writer:
    """Writes the notes of one platform."""

    def __init__(self, view: NoteView, shelf: Shelf, authors: Sequence[Author], rng: Random) -> None:
        self.view = view
        self.authors = authors
        self.rng = rng
        self._listed: Mapping[int, Listing] = {listing.place.id: listing for listing in shelf.listings}
        self._taken = {listing.ref for listing in shelf.listings}
        plain = View(platform=view.platform, shares={}, jitter=0.0, ids=view.ids, names={}, shows={})
        self._reviews = ReviewWriter(plain, authors, rng)

    def may_speak_of(self, place: Place) -> bool:
        """Say whether a note may be about a place: on a platform with places, those it has."""
        return not self._listed or place.id in self._listed

    def note(self, city: City, subjects: Sequence[Place]) -> Note:
        """Write a note about some places of a city."""
        view, rng = self.view, self.rng
        ids = unused(view.ids, self._taken, rng)
        mentions = tuple(self._listed[place.id] for place in subjects if place.id in self._listed)
        names = [listing.name for listing in mentions] or [place.name for place in subjects]
        kind, days = rng.choice(view.kinds), rng.randint(1, 9)
        tags = (f"{city.name}旅游", f"{subjects[0].stem}{subjects[0].kind.word}")
        note = Note(
            platform=view.platform,
            ref=ids["ref"],
            ids=ids,
            kind=kind,
            title=rng.choice(TITLES).format(city=city.name, n=days, name=names[0]) if view.titled else None,
            paragraphs=self._paragraphs(names, tags),
            companion=rng.choice(self.authors) if rng.random() < view.companions else None,
            author=rng.choice(self.authors),
            published_at=(NOW - timedelta(minutes=rng.randint(1440, 400 * 1440))).replace(second=0),
            city=city,
            mentions=mentions,
            places=tuple(subjects),
            tagged=subjects[0] if rng.random() < view.tagged else None,
            tags=tags,
            photos=tuple(f"note{ids['ref']}n{number}.jpeg" for number in range(len(names))),
            duration=float(rng.randint(15, 900)) if kind == "video" else None,
            gone=rng.random() < view.gone,
            linked=view.linked,
        )
        return attrs.evolve(note, **self._counts(), **self._journey(days))

    def comments(self, note: Note) -> list[Review]:
        """Write comments on a note."""
        if not self.view.comments or note.gone:
            return []
        return self._reviews.answer(
            note.ref, note.places[0].stem, self.rng.randint(0, self.view.comments), note.published_at
        )

    def _counts(self) -> dict[str, Any]:
        found = {name: int(10 ** self.rng.uniform(0.5, 5)) for name in self.view.counts}
        if self.view.rounded:
            return {name: value if value < 10_000 else round(value, -3) for name, value in found.items()}
        return dict(found)

    def _journey(self, days: int) -> dict[str, Any]:
        first, cost = date(2025, 1, 1) + timedelta(days=self.rng.randint(0, 600)), self.rng.randint(3, 80) * 100.0
        return {"travel_date": first, "days": days, "cost": cost} if self.view.journey else {}

    def _paragraphs(self, names: Sequence[str], tags: Sequence[str]) -> tuple[str, ...]:
        view, rng = self.view, self.rng
        count = max(rng.randint(*view.paragraphs), min(len(names), view.paragraphs[1]))
        texts = []
        for number in range(count):
            middle, second = rng.sample(MIDDLES, 2)
            text = rng.choice(PARAGRAPHS).format(name=names[number % len(names)], middle=middle, middle2=second)
            texts.append(text.format(n=rng.randint(2, 40)))
        if view.hashtags:
            texts.append("".join(view.hashtags.format(tag) for tag in tags).strip())
        return tuple(texts)
