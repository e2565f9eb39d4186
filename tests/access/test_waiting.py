"""The waiting room: who leaves first, what is looked past, what is asked again and when."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest

from travelcrawl.access.gate import Ask, Grant, Session, Wait, Why
from travelcrawl.access.identities import Identity
from travelcrawl.access.waiting import PATIENCE, Key, WaitingRoom

GRANT = Grant(
    number=1,
    session=Session(id="s", site="a", egress="direct", proxy=None, identity=Identity(headers={})),
    timeout=1.0,
)


class Scene:
    """A room, the clock, what the gate says of each site, and what is drawn."""

    def __init__(self, size: int = 100, only: str | None = None) -> None:
        self.now = 0.0
        self.waits: dict[str, Wait] = {}
        self.asked = 0
        self.queue: list[tuple[Key, int, str]] = []
        key = (Ask(site=only), "") if only else None
        self.room: WaitingRoom[str] = WaitingRoom(self.leave, lambda: self.now, size, key)

    def leave(self, key: Key) -> Grant | Wait:
        self.asked += 1
        return self.waits.get(key[0].site, GRANT)

    def wait(self, site: str, seconds: float, why: Why = Why.BUDGET) -> None:
        self.waits[site] = Wait(seconds=seconds, why=why)

    def add(self, *names: str, priority: int = 0, **more: frozenset[str]) -> None:
        self.queue += [((Ask(site=name[0], **more), ""), priority, name) for name in names]  # type: ignore[arg-type]

    def draw(self) -> tuple[Key, int, str] | None:
        return self.queue.pop(0) if self.queue else None

    def leaving(self) -> list[str]:
        found = []
        while drawn := self.room.next(self.draw):
            found.append(drawn[0])
        return found


def test_what_may_leave_leaves_as_it_is_drawn() -> None:
    scene = Scene()
    scene.add("a1", "b1", "a2")
    assert scene.leaving() == ["a1", "b1", "a2"]
    assert scene.room.opens_at == inf


def test_it_looks_past_those_who_wait() -> None:
    scene = Scene()
    scene.wait("a", 0.5)
    scene.add("a1", "a2", "b1", "a3", "b2")
    assert scene.leaving() == ["b1", "b2"]
    assert (len(scene.room), scene.room.opens_at) == (3, 0.5)


def test_it_says_how_many_wait_once_nothing_else_is_to_be_had() -> None:
    scene = Scene(size=3)
    scene.wait("a", 5.0)
    scene.add("a1", "a2", "a3", "a4")
    scene.leaving()
    assert scene.room.behind("a") == inf
    scene = Scene()
    scene.wait("a", 5.0)
    scene.add("a1", "b1", "a2")
    scene.leaving()
    assert (scene.room.behind("a"), scene.room.behind("b")) == (2, 0)


def test_but_only_so_far() -> None:
    scene = Scene(size=2)
    scene.wait("a", 0.5)
    scene.add("a1", "a2", "a3", "b1")
    assert scene.leaving() == []
    assert len(scene.queue) == 2


def test_and_not_at_all_where_there_is_but_one_site() -> None:
    scene = Scene(only="a")
    scene.wait("a", 0.5)
    scene.add("a1", "a2", "a3")
    assert scene.leaving() == []
    assert len(scene.room) == 1


def test_a_retry_that_waits_for_its_time_does_not_hold_up_its_site() -> None:
    scene = Scene(only="a")
    scene.add("a1", avoid=frozenset({"x"}))
    scene.add("a2")
    scene.leave = lambda key: Wait(seconds=5, why=Why.EGRESS) if key[0].avoid else GRANT  # type: ignore[method-assign]
    scene.room.leave = scene.leave
    assert scene.leaving() == ["a2"]


def test_higher_priority_first_then_first_in_first_out() -> None:
    scene = Scene()
    scene.wait("a", 0.5)
    scene.add("a1", "a2")
    scene.add("a3", priority=5)
    assert scene.leaving() == []
    scene.waits.clear()
    scene.now = 0.5
    scene.add("a4")
    assert scene.leaving() == ["a3", "a1", "a2", "a4"]


def test_lanes_take_turns_by_who_came_first() -> None:
    scene = Scene()
    scene.wait("a", 0.1)
    scene.wait("b", 0.1)
    scene.add("a1", "b1", "a2", "b2")
    scene.leaving()
    scene.waits.clear()
    scene.now = 0.1
    assert scene.leaving() == ["a1", "b1", "a2", "b2"]


def test_the_gate_is_asked_once_for_all_that_get_the_same_answer_and_not_before_its_time() -> None:
    scene = Scene()
    scene.wait("a", 0.5)
    scene.add(*(f"a{number}" for number in range(50)))
    for _ in range(10):
        assert scene.leaving() == []
    assert scene.asked == 1
    scene.now = 0.5
    scene.leaving()
    assert scene.asked == 2


@pytest.mark.parametrize(
    ("seconds", "why", "again"),
    [
        (0.5, Why.BUDGET, 0.5),
        (0.0, Why.BUDGET, 0.001),
        (inf, Why.EGRESS, PATIENCE),
        (3600.0, Why.QUIET, PATIENCE),
        (-5.0, Why.BUDGET, 0.001),
    ],
)
def test_a_gate_is_asked_again_soon_enough_and_not_without_end(seconds: float, why: Why, again: float) -> None:
    scene = Scene()
    scene.wait("a", seconds, why)
    scene.add("a1")
    assert scene.leaving() == []
    assert scene.room.opens_at == again


@pytest.mark.parametrize(
    ("why", "site", "asks"),
    [(Why.BUDGET, "a", True), (Why.EGRESS, "a", True), (Why.BUDGET, "b", False), (Why.NOT_BEFORE, "a", False)],
)
def test_what_is_reported_opens_its_site_again(why: Why, site: str, asks: bool) -> None:
    scene = Scene()
    scene.wait("a", 0.5, why)
    scene.add("a1")
    scene.leaving()
    scene.waits.clear()
    scene.room.stir(site)
    assert scene.leaving() == (["a1"] if asks else [])


def test_all_that_wait_are_given_back_in_order() -> None:
    scene = Scene()
    scene.wait("a", 1)
    scene.wait("b", 1)
    scene.add("a1", "b1", "a2")
    scene.add("b2", priority=1)
    scene.leaving()
    assert scene.room.clear() == ["b2", "a1", "b1", "a2"]
    assert (len(scene.room), scene.room.opens_at, scene.room.is_full) == (0, inf, False)


def test_a_full_room_of_lanes_is_asked_in_bounded_work() -> None:
    scene = Scene(size=256)
    letters = [chr(0x4E00 + number) for number in range(256)]
    for letter in letters:
        scene.wait(letter, 1.0)
        scene.add(letter)
    scene.leaving()
    scene.now = 1.0
    before = scene.asked
    scene.leaving()
    assert scene.asked - before == 256
    assert all(first <= second for first, second in pairwise([scene.now, scene.room.opens_at]))


def test_it_counts_who_waited_for_what_and_how_long() -> None:
    scene = Scene()
    scene.wait("a", 2.0)
    scene.wait("b", 5.0, Why.EGRESS)
    scene.add("a1", "a2", "b1")
    assert scene.leaving() == []
    assert scene.room.waits == {Why.BUDGET: 2, Why.EGRESS: 1}
    assert scene.room.waited == {}
    scene.now, scene.waits = 3.0, {}
    assert scene.leaving() == ["a1", "a2", "b1"]
    assert scene.room.waited == {Why.BUDGET: 6.0, Why.EGRESS: 3.0}
