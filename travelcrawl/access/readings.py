"""What was read of a page as facts that can be compared, whatever else the page shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

from itemadapter import ItemAdapter

Facts: TypeAlias = Mapping[str, int]
"""Name of a fact → 64-bit hash of its value: ``Listing.price`` of all items in order, ``Listing#`` how many, ``links``."""
Fields: TypeAlias = Sequence[tuple[str, str | int | float]]
"""Names and values of a page's thing."""
IDS = ("ref", "id", "sku", "url", "link")
"""Fields that tell things apart."""
KEYS = (*IDS, "name", "title")
"""Fields that rows are put in order by: the first that an item has."""
NOTHING: tuple[Any, ...] = (None, "", [], {}, ())
"""Values that say nothing."""
OUTCOME = " outcome"
"""End of the name of the fact that says what an answer is, where it is no page."""
CARRIED = " carried"
"""End of the name of the fact that says what links carry along to the pages they lead to."""
HALF = 0.5
"""Share of what the truth holds without which a page came half."""
STEADY = 8
"""Comparisons in a row that must agree before a fact is no longer taken as volatile."""
MOST = 200
"""Facts that are taken as volatile at most."""


def digest(value: Any) -> int:
    """Return a 64-bit hash of what a value says."""
    text = value if isinstance(value, str) else repr(value)
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def facts_of(
    kind: str, items: Iterable[Any], links: Collection[str], outcome: str = "", carried: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return what was read: the values of each field over all items of a type, the links, what they carry along, and what else came of it.

    0 stands for nothing: no link, a field that no item fills. Numbers (``Listing#``, ``links#``) are themselves. The order of
    rows does not count where they have a key. Links and numbers are told apart by kind of page.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        groups.setdefault(type(item).__name__, []).append(ItemAdapter(item).asdict())
    facts = {f"{kind} links": digest(sorted(links)) if links else 0, f"{kind} links#": len(links)}
    facts[f"{kind}{OUTCOME}"] = digest(outcome) if outcome else 0
    if carried:
        facts[f"{kind}{CARRIED}"] = digest(sorted(carried.items()))
    for name, rows in groups.items():
        rows.sort(key=_key)
        facts[f"{kind} {name}#"] = len(rows)
        for field in {field for row in rows for field in row}:
            values = [row.get(field) for row in rows]
            facts[f"{name}.{field}"] = 0 if all(value in NOTHING for value in values) else digest(values)
    return facts


def fields_of(items: Collection[Any]) -> Fields:
    """Return name (``Listing.price``) and value of the plain fields of each item that is the only one of its type."""
    types = Counter(type(item) for item in items)
    return [
        (f"{type(item).__name__}.{name}", value)
        for item in items
        if types[type(item)] == 1
        for name, value in ItemAdapter(item).asdict().items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    ]


def is_blank(facts: Facts) -> bool:
    """Say whether nothing at all was read."""
    return not any(facts.values())


def says_nothing(facts: Facts) -> bool:
    """Say whether nothing was read, though the answer may say so itself: it is gone."""
    return not any(value for name, value in facts.items() if not name.endswith(OUTCOME))


def has_outcome(facts: Facts) -> bool:
    """Say whether the answer is another than a page: it says itself that something is gone, or that there is nothing."""
    return any(value for name, value in facts.items() if name.endswith(OUTCOME))


def says_less(facts: Facts, truth: Facts) -> bool:
    """Say whether facts lack something that the truth has, and say nothing else: a page that came half, not a lie.

    One that lacks half of all came half whatever else it says: a challenge that nobody knows has a heading, too.
    """
    differing = {name for name, _ in facts.items() ^ truth.items()}
    if all(not facts.get(name) for name in differing):
        return True
    if any(facts.get(name) and not truth.get(name) for name in differing):
        return False
    lacking = sum(bool(truth.get(name)) and not facts.get(name) for name in differing)
    return lacking >= HALF * sum(map(bool, truth.values()))


def _key(row: Mapping[str, Any]) -> str:
    return next((str(row[name]) for name in KEYS if row.get(name) is not None), "")


class Volatile:
    """Learn which facts differ from fetch to fetch, so that they are not compared: a nonce, a time, a shuffled advertisement."""

    def __init__(self, ignored: Iterable[str] = ()) -> None:
        self.ignored = frozenset(ignored)
        """Names of facts, or of fields of items of any type, that are never compared."""
        self.names: dict[str, int] = {}
        """Fact → in how many comparisons in a row it did not differ, lately."""
        self._outvoted: dict[str, set[str]] = {}

    def said(self, facts: Facts) -> frozenset[tuple[str, int]]:
        """Return what of the facts counts."""
        return frozenset(fact for fact in facts.items() if not self._is_ignored(fact[0]))

    def learn(self, opinions: Sequence[Facts], *, is_last: bool) -> None:
        """Learn from opinions on one page that differ.

        A fact is volatile where five of five opinions (of three, if there are no more) say something else, or of ten no four agree:
        those who tell the truth agree, and they are the most.
        """
        enough = len(opinions) >= (3 if is_last else 5)
        for name in {name for facts in opinions for name in facts}:
            most = max(Counter(facts.get(name) for facts in opinions).values())
            if (enough and most == 1) or (len(opinions) >= 10 and most < len(opinions) / 2.5):
                self._add(name)

    def agreed(self, opinions: Sequence[Facts]) -> None:
        """Take back what has been steady for long."""
        for name, times in [*self.names.items()]:
            values = [facts[name] for facts in opinions[-2:] if name in facts]
            if len(values) == 2:
                self.names[name] = times + 1 if values[0] == values[1] else 0
                if self.names[name] >= STEADY:
                    del self.names[name]

    def outvoted(self, egress: str, facts: Facts, truth: Facts, known: int) -> tuple[str, ...]:
        """Return the facts over which an egress was outvoted, by name.

        One over which more than half of the known egresses have been outvoted changes with time: it is volatile from now on, and
        nobody is outvoted over it.
        """
        names = {name for name, _ in self.said(facts) ^ self.said(truth)}
        for name in sorted(names):
            who = self._outvoted.setdefault(name, set())
            who.add(egress)
            if len(who) > max(2, known / 2):
                self._add(name)
        return tuple(sorted(names - self.names.keys()))

    def _add(self, name: str) -> None:
        if len(self.names) < MOST:
            self.names.setdefault(name, 0)

    def _is_ignored(self, name: str) -> bool:
        return name in self.names or name in self.ignored or name.rpartition(".")[2] in self.ignored
