import random
from datetime import UTC, datetime, timedelta

import pytest

from travelcrawl.matching.cluster import Key
from travelcrawl.matching.places import SETTLED, Assignment, Link, assign, natural_id

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOW + SETTLED
A, B, C, D = (("amap", "1"), ("ctrip", "1"), ("dianping", "1"), ("mafengwo", "1"))


def links(**places: str) -> dict[Key, Link]:
    """Return links of listings a, b, c, d that have stayed where they are."""
    named = dict(zip("abcd", (A, B, C, D), strict=True))
    return {named[name]: Link(place=place, since=NOW) for name, place in places.items()}


def told(found: Assignment) -> dict[str, str]:
    """Return place → its listings as letters."""
    letter = {A: "a", B: "b", C: "c", D: "d"}
    return {place: "".join(letter[key] for key in group) for place, group in found.places.items()}


def groups(text: str) -> list[list[Key]]:
    named = dict(zip("abcd", (A, B, C, D), strict=True))
    return [[named[letter] for letter in group] for group in text.split()]


def test_a_new_group_has_the_id_of_its_least_key() -> None:
    assert told(assign(groups("cb ad"), {}, NOW)) == {natural_id(A): "ad", natural_id(B): "bc"}


@pytest.mark.parametrize(
    ("before", "now", "places", "merged"),
    [
        ({"a": "p", "b": "p", "c": "q"}, "ab c", {"p": "ab", "q": "c"}, {}),
        ({"a": "p", "b": "q", "c": "q"}, "abc", {"q": "abc"}, {"p": "q"}),
        ({"a": "q", "b": "p"}, "ab", {"p": "ab"}, {"q": "p"}),
        ({"a": "p", "b": "p", "c": "p"}, "a bc", {"p": "bc", natural_id(A): "a"}, {}),
        ({"a": "p", "b": "p"}, "a b", {"p": "a", natural_id(B): "b"}, {}),
        ({"a": "p", "b": "p", "c": "q", "d": "q"}, "ac bd", {"p": "ac", "q": "bd"}, {}),
        ({"b": "p"}, "ab c d", {"p": "ab", natural_id(C): "c", natural_id(D): "d"}, {}),
    ],
)
def test_who_is_at_home_keeps_the_place(
    before: dict[str, str], now: str, places: dict[str, str], merged: dict[str, str]
) -> None:
    found = assign(groups(now), links(**before), LATER)
    assert told(found) == places
    assert found.merged == merged


def test_the_older_of_two_places_takes_the_younger_in() -> None:
    founded = {"p": NOW, "q": NOW - timedelta(days=1)}
    assert told(assign(groups("ab"), links(a="p", b="q"), LATER, founded=founded)) == {"q": "ab"}


def test_until_it_has_settled_a_place_is_claimed_by_nobody() -> None:
    first = assign(groups("b"), {}, NOW)
    found = assign(groups("ab"), links(b=next(iter(first.places))), LATER - timedelta(seconds=1))
    assert told(found) == {natural_id(A): "ab"}
    assert found.merged == {natural_id(B): natural_id(A)}


def test_where_a_listing_was_at_home_counts_until_it_is_at_home_elsewhere() -> None:
    moved = {A: Link(place="q", since=LATER, home="p"), B: Link(place="q", since=NOW)}
    soon = LATER + timedelta(days=1)
    assert told(assign(groups("a b"), moved, soon)) == {"p": "a", "q": "b"}
    assert told(assign(groups("a b"), moved, LATER + SETTLED)) == {"q": "a", natural_id(B): "b"}


def test_an_id_that_others_are_at_home_in_is_given_to_nobody_else() -> None:
    found = assign(groups("a"), {}, NOW, held=[natural_id(A)])
    assert told(found) == {natural_id(A, 1): "a"}
    assert natural_id(A) != natural_id(A, 1) != natural_id(A, 2)


def test_nothing_hangs_on_what_came_between() -> None:
    """Whatever groups stood for a while, the last ones decide, with what was at home before."""
    chance = random.Random(4)
    for _ in range(200):
        at_home = {key: Link(place=chance.choice("pq"), since=NOW) for key in (A, B, C, D) if chance.random() < 0.5}
        last = _some_groups(chance)
        expected = assign(last, at_home, LATER).places
        now_in, time = dict(at_home), LATER
        for _ in range(3):
            time += timedelta(hours=1)
            now_in = _moved(now_in, assign(_some_groups(chance), now_in, time), time)
        assert assign(last, now_in, time).places == expected


def _some_groups(chance: random.Random) -> list[list[Key]]:
    made: dict[int, list[Key]] = {}
    for key in (A, B, C, D):
        made.setdefault(chance.randrange(3), []).append(key)
    return list(made.values())


def _moved(before: dict[Key, Link], found: Assignment, time: datetime) -> dict[Key, Link]:
    now = {key: place for place, group in found.places.items() for key in group}
    made = {}
    for key, place in now.items():
        old = before.get(key)
        if old is None:
            made[key] = Link(place=place, since=time)
        else:
            made[key] = old if old.place == place else Link(place=place, since=time, home=old.home_at(time))
    return made
