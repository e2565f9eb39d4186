"""What people write about their journeys, platform by platform: notes, posts and videos that speak of places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import attrs

from sandbox.model import Author, Listing, Note, Place, Review, Shelf
from sandbox.names import CITIES, MIDDLES, PARAGRAPHS, TITLES, City
from sandbox.views import NOW, ReviewWriter, unused


@attrs.frozen(kw_only=True)
class NoteView:
    """How one platform shows what people write."""

    platform: str
    kind: str
    density: float
    """Notes per place of the world."""
    ids: Callable[[Random], Mapping[str, str]]
    paragraphs: tuple[int, int]
    """Fewest and most paragraphs."""
    counts: tuple[str, ...]
    """Counts the platform shows: of views, likes, comments, favourites, shares."""
    journey: bool = False
    """Whether it tells first day, days and cost of the journey."""
    titled: bool = True
    comments: int = 0
    """Comments on a note at most; all are shown."""
    gone: float = 0.0
    """Part of the notes that were removed."""


def _number(digits: int) -> Callable[[Random], Mapping[str, str]]:
    return lambda rng: {"ref": str(rng.randint(10 ** (digits - 1), 10**digits - 1))}


def _hexadecimal(rng: Random) -> Mapping[str, str]:
    return {"ref": f"{rng.randint(6 * 16**23, 7 * 16**23 - 1):024x}"}


NOTE_VIEWS = (
    NoteView(
        platform="mafengwo",
        kind="note",
        density=0.075,
        ids=_number(8),
        paragraphs=(4, 8),
        counts=("views", "likes"),
        journey=True,
    ),
)


def write_notes(view: NoteView, shelf: Shelf, places: Sequence[Place], authors: Sequence[Author], rng: Random) -> Shelf:
    """Add to a platform's shelf what people write there."""
    listed: dict[int, Listing] = {listing.place.id: listing for listing in shelf.listings}
    writer = ReviewWriter(view.platform, authors, rng)
    taken = {listing.ref for listing in shelf.listings}
    notes: list[Note] = []
    reviews: list[Review] = list(shelf.reviews)
    for city in CITIES:
        there = [place for place in places if place.city is city and (not listed or place.id in listed)]
        for _ in range(max(2, round(len(places) / len(CITIES) * view.density))):
            note = _note(view, city, rng.sample(there, min(len(there), rng.randint(2, 5))), listed, authors, taken, rng)
            comments = []
            if view.comments and not note.gone:
                count = rng.randint(0, view.comments)
                comments = writer.answer(note.ref, note.places[0].stem, count, note.published_at)
            notes.append(attrs.evolve(note, comments=len(comments)) if view.comments else note)
            reviews += comments
    return attrs.evolve(shelf, notes=tuple(notes), reviews=tuple(reviews))


def _note(
    view: NoteView,
    city: City,
    subjects: Sequence[Place],
    listed: Mapping[int, Listing],
    authors: Sequence[Author],
    taken: set[str],
    rng: Random,
) -> Note:
    ref = unused(view.ids, taken, rng)["ref"]
    mentions = tuple(listed[place.id] for place in subjects if place.id in listed)
    names = [listing.name for listing in mentions] or [place.name for place in subjects]
    first = date(2025, 1, 1) + timedelta(days=rng.randint(0, 600))
    days = rng.randint(1, 9)
    note = Note(
        platform=view.platform,
        ref=ref,
        kind=view.kind,
        title=rng.choice(TITLES).format(city=city.name, n=days, name=names[0]) if view.titled else None,
        paragraphs=_paragraphs(view, names, rng),
        author=rng.choice(authors),
        published_at=(NOW - timedelta(minutes=rng.randint(1440, 400 * 1440))).replace(second=0),
        city=city,
        mentions=mentions,
        places=tuple(subjects),
        travel_date=first if view.journey else None,
        days=days if view.journey else None,
        cost=float(rng.randint(3, 80) * 100) if view.journey else None,
        tags=(f"{city.name}旅游", names[0].partition("(")[0].partition("（")[0]),
        photos=tuple(f"note{ref}n{number}.jpeg" for number in range(len(names))),
        duration=float(rng.randint(15, 900)) if view.kind == "video" else None,
        gone=rng.random() < view.gone,
    )
    counts: dict[str, Any] = {name: int(10 ** rng.uniform(0.5, 5)) for name in view.counts}
    return attrs.evolve(note, **counts)


def _paragraphs(view: NoteView, names: Sequence[str], rng: Random) -> tuple[str, ...]:
    count = max(rng.randint(*view.paragraphs), min(len(names), view.paragraphs[1]))
    texts = []
    for number in range(count):
        middle, second = rng.sample(MIDDLES, 2)
        name = names[number % len(names)]
        text = rng.choice(PARAGRAPHS).format(name=name, middle=middle, middle2=second)
        texts.append(text.format(n=rng.randint(2, 40)))
    return tuple(texts)
