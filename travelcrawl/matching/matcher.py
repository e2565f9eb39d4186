"""From listings to places: the whole way in one call, and the score of single pairs for who matches as they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from travelcrawl.matching.block import block
from travelcrawl.matching.cluster import Key, cluster
from travelcrawl.matching.context import among_rivals
from travelcrawl.matching.features import features
from travelcrawl.matching.files import listings_of_pairs
from travelcrawl.matching.gate import gate, likest
from travelcrawl.matching.normalise import Table, normalise
from travelcrawl.matching.score import Model, model
from travelcrawl.matching.text import Bools, Floats, Ints
from travelcrawl.matching.words import words

SAME, REVIEW = 0.96, 0.5
"""Scores from which a pair is taken as one place, and from which a person should look. The first is the least, in hundredths, at which
99 % were right both of Overture's training pairs (4 folds that share no listing: 99.1, at 0.95 98.9; by region 99.3 and 99.0) and of
invented cities that the model had not seen (99.4 in Han, 99.7 in Latin script; 2026-11-29)."""
LOOSE_PARTS = ("atm", "stop")
"""Kinds of part that sources confuse with the whole (a bank and its ATM): left to the model."""
LEAST = REVIEW / 2
"""Score from which a pair is kept: it speaks against a place whose other pairs are strong."""
PART_CEILING = 0.3
"""Score, at most, of a place and a part of it (a hotel and its gate), and of what has no name: never the same."""


@attrs.frozen(kw_only=True)
class Link:
    """Two listings of different sources that are, or may be, one place."""

    a: Key
    b: Key
    score: float
    decision: str
    """``same`` or ``review``."""


@attrs.frozen(kw_only=True)
class Matching:
    """What came out of a set of listings."""

    links: tuple[Link, ...]
    """By keys, ascending."""
    parts: tuple[tuple[Key, Key], ...]
    """Pairs of a whole and a part of it, the whole first."""
    candidates: int
    """Pairs that were scored."""
    notes: tuple[str, ...]
    """What was cut, capped or left out, a sentence each."""


@attrs.frozen(kw_only=True, eq=False)
class Scored:
    """The pairs of a set of listings that score at least LEAST, before any becomes a place."""

    table: Table
    a: Ints
    b: Ints
    """Rows of the table, a pair each."""
    score: Floats
    pairs: list[tuple[Key, Key]]
    """Their keys, the lesser first."""
    parts: tuple[tuple[Key, Key], ...]
    """As in Matching."""
    candidates: int
    notes: tuple[str, ...]


def decide(score: float) -> str:
    """Return ``same``, ``review`` or ``different``."""
    return "same" if score >= SAME else "review" if score >= REVIEW else "different"


def match(
    columns: Mapping[str, Sequence[str]],
    *,
    must: Iterable[tuple[Key, Key]] = (),
    cannot: Iterable[tuple[Key, Key]] = (),
    trees: Model | None = None,
) -> Matching:
    """Match listings given as columns of text (``normalise.FIELDS``), each (source, id) once.

    ``must`` and ``cannot`` are pairs that people linked or parted for ever.
    """
    found = scored(columns, trees)
    must = [(min(pair), max(pair)) for pair in must]
    known = dict(zip(found.pairs, found.score.tolist(), strict=True))
    grouped = cluster(known, must=must, cannot=cannot)
    return Matching(
        links=tuple(_links(grouped.groups, known, set(must))),
        parts=found.parts,
        candidates=found.candidates,
        notes=(*found.notes, *grouped.alarms),
    )


def scored(columns: Mapping[str, Sequence[str]], trees: Model | None = None) -> Scored:
    """Score the pairs worth a look of listings given as columns of text (``normalise.FIELDS``), each (source, id) once."""
    table = normalise(columns)
    a, b, capped = block(table)
    passed = gate(table, a, b)
    a, b = _in_order(table, a[passed], b[passed])
    kept, crowded = likest(table, a, b)
    a, b = a[kept], b[kept]
    score = scores(table, a, b, trees)
    keys = [(table.sources[source], ref) for source, ref in zip(table.source.tolist(), table.ids, strict=True)]
    found = score >= LEAST
    return Scored(
        table=table,
        a=a[found],
        b=b[found],
        score=score[found],
        pairs=[(keys[one], keys[other]) for one, other in zip(a[found].tolist(), b[found].tolist(), strict=True)],
        parts=tuple(_parts(table, a, b, keys)),
        candidates=len(a),
        notes=(*table.notes, *capped, *crowded),
    )


def _in_order(table: Table, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Return the pairs with the lesser key first: then nothing can hang on the order of the listings."""
    rank = np.empty(len(table), dtype=np.int64)
    rank[sorted(range(len(table)), key=lambda row: (table.source[row], table.ids[row]))] = np.arange(len(table))
    turned = rank[a] > rank[b]
    return np.where(turned, b, a), np.where(turned, a, b)


def pair_scores(table: Table, a: Ints, b: Ints, trees: Model | None = None) -> Floats:
    """Return the calibrated score of pairs of rows, without regard to rivals."""
    return _ruled(_never(table, a, b), (trees or model()).probability(features(table, a, b)))


def _never(table: Table, a: Ints, b: Ints) -> Bools:
    """Say which pairs are never the same by the hard rules: a place and a part of it, and what has no name."""
    hard = np.array([part not in LOOSE_PARTS for part in words().parts])
    related = (
        (table.part[a] != table.part[b])
        & (hard[table.part[a]] | (table.part[a] < 0))
        & (hard[table.part[b]] | (table.part[b] < 0))
    )
    return np.asarray(related | table.nameless[a] | table.nameless[b])


def _ruled(never: Bools, score: Floats) -> Floats:
    return np.where(never, np.minimum(score, PART_CEILING), score)


def scores(table: Table, a: Ints, b: Ints, trees: Model | None = None) -> Floats:
    """Return the calibrated score of pairs of rows among all their rivals."""
    owner, never = trees or model(), _never(table, a, b)
    alone = _ruled(never, owner.probability(features(table, a, b)))
    among = among_rivals(table, a, b, alone, lambda one, other: pair_scores(table, one, other, owner))
    placed = ~np.isnan(table.lon[a] + table.lon[b])
    return _ruled(never, np.where(placed, owner.settle(among), among))


def match_pairs(rows: Sequence[Mapping[str, str]], trees: Model | None = None) -> tuple[Floats, tuple[str, ...]]:
    """Return the score of each given pair (fields with ``a_`` and ``b_`` before them), and what was cut, a sentence each.

    Sides that say exactly the same in several rows are one listing: its pairs are rivals.
    """
    columns, a, b = listings_of_pairs(rows)
    table = normalise(columns)
    return scores(table, a, b, trees), table.notes


def score_new(new: Mapping[str, str], candidates: Mapping[str, Sequence[str]]) -> Floats:
    """Return how likely each candidate is the same place as a new listing: for who matches as listings come."""
    size = len(candidates["name"])
    columns = {field: [new.get(field, ""), *candidates[field]] for field in candidates}
    columns["source"] = ["new", *(["known"] * size)]
    return pair_scores(normalise(columns), np.zeros(size, dtype=np.int64), np.arange(1, size + 1))


def _links(
    groups: Sequence[tuple[Key, ...]], known: Mapping[tuple[Key, Key], float], must: set[tuple[Key, Key]]
) -> Iterable[Link]:
    """Yield the pairs of different sources inside each group; a pair never scored is as strong as the group's weakest link."""
    for group in groups:
        pairs = [(one, other) for at, one in enumerate(group) for other in group[at + 1 :] if one[0] != other[0]]
        weakest = min((known[pair] for pair in pairs if pair in known), default=REVIEW)
        for pair in pairs:
            score = 1.0 if pair in must else known.get(pair, weakest)
            yield Link(a=pair[0], b=pair[1], score=score, decision="same" if score >= SAME else "review")


def _parts(table: Table, a: Ints, b: Ints, keys: Sequence[Key]) -> Iterable[tuple[Key, Key]]:
    """Yield pairs of which only one names a kind of part and holds the other's whole name."""
    related = np.flatnonzero((table.part[a] < 0) != (table.part[b] < 0))
    for one, other in zip(a[related].tolist(), b[related].tolist(), strict=True):
        whole, part = (one, other) if table.part[one] < 0 else (other, one)
        if table.core[whole] and table.core[whole] in table.name[part]:
            yield keys[whole], keys[part]
