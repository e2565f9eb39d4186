"""Which prices say something new: offers have no rows to merge into, each is compared with the one before it in its series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import NamedTuple

from travelcrawl.stores.base import Run
from travelcrawl.stores.merge import Changes, Key, Part, Refusal, settled
from travelcrawl.stores.values import Codec, Values


def offers_of(codec: Codec, parts: Iterable[Part], refused: list[Refusal]) -> list[Values]:
    """Return the offers of a batch in storable form, in the order they were seen."""
    offers = (values | {"seen_at": part.seen} for part, values, _ in settled(codec, parts, refused))
    return sorted(offers, key=itemgetter("seen_at"))


class Before(NamedTuple):
    """The offer that was the last of its series at the time of another."""

    content_hash: int
    seen_at: datetime
    stale: bool


def differing(codec: Codec, offers: Sequence[Values], before: Sequence[Before | None], run: Run) -> Changes:
    """Say which offers differ from the one before them in their series (platform, ref, what, stay dates).

    ``offers`` are storable and in the order of ``seen_at``; ``before`` has, for each, the last stored one at or before
    its time, or the first one after it. In ``seen`` of the result the keys are those of stored offers: series and ``seen_at``.
    """
    changes = Changes()
    mine: dict[Key, Before] = {}
    for offer, stored in zip(offers, before, strict=True):
        series = codec.key(offer)
        digest, seen = codec.digest(offer) or 0, offer["seen_at"]
        earlier = [one for one in (stored, mine.get(series)) if one and one.seen_at <= seen]
        last = max(earlier, key=attrgetter("seen_at"), default=stored)
        if last is None or last.content_hash != digest:
            mine[series] = Before(digest, seen, stale=False)
            changes.new.append(offer | {"content_hash": digest, "last_seen": seen, "run": run.id})
            continue
        changes.unchanged += 1
        if last.stale:
            changes.seen[*series, last.seen_at] = seen
    return changes
