"""Places out of scored pairs: best pairs first, one listing a source, and no place held together by one link.

The outcome depends on the listings and scores alone, not on their order: equal scores are taken in the order of the
listings' keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

MEAN_LINK = 0.5
"""The least mean score of all links between two groups that become one (matching.md 1.5: B³ F 99.8 at 0.5)."""

Key = tuple[str, str]
"""Source and id of a listing."""


@attrs.frozen(kw_only=True)
class Clustering:
    """Groups of listings that are one place each."""

    groups: tuple[tuple[Key, ...], ...]
    """Groups of two and more, keys ascending."""
    alarms: tuple[str, ...]
    """Groups that people's links made larger than the number of sources, a sentence each."""


class _Groups:
    """Union-find over listings that knows each group's members."""

    def __init__(self) -> None:
        self.head: dict[Key, Key] = {}
        self.members: dict[Key, list[Key]] = {}

    def of(self, key: Key) -> list[Key]:
        head = self.head.setdefault(key, key)
        return self.members.setdefault(head, [key])

    def join(self, one: Key, other: Key) -> None:
        kept, gone = self.of(one), self.of(other)
        if kept is gone:
            return
        if len(kept) < len(gone):
            kept, gone = gone, kept
        head = self.head[kept[0]]
        del self.members[self.head[gone[0]]]
        for key in gone:
            self.head[key] = head
        kept.extend(gone)


def cluster(
    scores: Mapping[tuple[Key, Key], float],
    *,
    must: Iterable[tuple[Key, Key]] = (),
    cannot: Iterable[tuple[Key, Key]] = (),
    least: float = MEAN_LINK,
) -> Clustering:
    """Group listings by the scores of their pairs (keys in ascending order within a pair).

    ``must`` and ``cannot`` are people's word and win over every score; a pair not scored counts as 0. Two listings of one
    source come together only by ``must``.
    """
    parted = {frozenset(pair) for pair in cannot}
    groups = _Groups()
    for one, other in sorted(must):
        if frozenset((one, other)) not in parted:
            groups.join(one, other)
    for (one, other), score in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        if score < least:
            break
        left, right = groups.of(one), groups.of(other)
        if left is not right and _may_join(left, right, scores, parted, least):
            groups.join(one, other)
    found = sorted(tuple(sorted(members)) for members in groups.members.values() if len(members) > 1)
    sources = len({source for pair in scores for source, _ in pair})
    alarms = [
        f"{len(group)} listings became one place, more than there are sources: {group[0]} …"
        for group in found
        if len(group) > max(sources, 2)
    ]
    return Clustering(groups=tuple(found), alarms=tuple(alarms))


def _may_join(
    left: Sequence[Key],
    right: Sequence[Key],
    scores: Mapping[tuple[Key, Key], float],
    parted: set[frozenset[Key]],
    least: float,
) -> bool:
    if len(left) == len(right) == 1 and not parted:
        return left[0][0] != right[0][0]
    if {source for source, _ in left} & {source for source, _ in right}:
        return False
    pairs = [(min(one, other), max(one, other)) for one in left for other in right]
    if parted and any(frozenset(pair) in parted for pair in pairs):
        return False
    return sum(scores.get(pair, 0.0) for pair in pairs) / len(pairs) >= least
