from __future__ import annotations

import pytest

from travelcrawl.access.identities import Identity
from travelcrawl.access.sessions import AGE, FAILURES, USES, Session, SessionBook


def book() -> SessionBook:
    return SessionBook(
        lambda number: Session(id=f"s/{number}", site="s", egress="a:1", proxy=None, identity=Identity(headers={}))
    )


def test_one_session_is_used_until_it_is_retired() -> None:
    sessions = book()
    first = sessions.use(0.0)
    assert sessions.use(1.0) is first
    sessions.retire(first)
    second = sessions.use(2.0)
    sessions.retire(first)
    assert sessions.use(3.0) is second
    assert (first.id, second.id) == ("s/0", "s/1")


def test_it_is_renewed_by_age() -> None:
    sessions = book()
    first = sessions.use(0.0)
    assert sessions.use(AGE - 1) is first
    assert sessions.use(AGE) is not first


def test_it_is_renewed_by_use() -> None:
    sessions = book()
    assert len({sessions.use(0.0).id for _ in range(USES)}) == 1
    assert sessions.use(0.0).id == "s/1"


@pytest.mark.parametrize(("good", "same"), [(0, False), (1, True)])
def test_it_is_renewed_when_too_much_speaks_against_it(good: int, same: bool) -> None:
    sessions = book()
    first = sessions.use(0.0)
    sessions.mark_good(first)
    for _ in range(FAILURES - 1):
        sessions.mark_bad(first)
    for _ in range(good):
        sessions.mark_good(first)
    sessions.mark_bad(first)
    assert sessions.is_usable(0.0) is same
    assert (sessions.use(0.0) is first) is same


def test_what_comes_of_an_older_session_says_nothing_of_this_one() -> None:
    sessions = book()
    first = sessions.use(0.0)
    sessions.retire(first)
    sessions.use(0.0)
    for _ in range(FAILURES):
        sessions.mark_bad(first)
    sessions.mark_good(first)
    assert sessions.is_usable(0.0)
