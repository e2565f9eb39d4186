"""Several gates and one Redis."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from math import inf
from random import Random

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from scrapy.settings import Settings

from tests.access.hostile import Clock, gate_of
from tools.servers import RedisServer
from travelcrawl.access.budgets import parse_budgets
from travelcrawl.access.gate import Ask, Gate, Grant, Outcome, Terms
from travelcrawl.access.shared import SharedAccess
from travelcrawl.access.slots import STALE, Slots
from travelcrawl.access.verdicts import Verdict
from travelcrawl.frontier.server import connect


class Fleet:
    """Gates that share a Redis and exchange when told to."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url, self.prefix = url, prefix
        self.workers: list[SharedAccess] = []
        self.changed: Counter[str] = Counter()

    def worker(self, budgets: object = None, egresses: int = 3) -> Gate:
        """Add one."""
        terms = Terms(budgets=parse_budgets(budgets or {}))  # type: ignore[arg-type]
        gate = gate_of(Clock(), *(f"e{n}:1" for n in range(egresses)), terms=terms, seed=len(self.workers))
        gate.clock = time.monotonic
        gate.wall = time.time
        self.add(gate)
        return gate

    def add(self, gate: Gate) -> SharedAccess:
        server = connect(Settings({"TRAVELCRAWL_REDIS_URL": self.url}))
        shared = SharedAccess(gate, server, lambda site: self.changed.update([site]), prefix=self.prefix)
        self.workers.append(shared)
        return shared

    async def exchange(self) -> None:
        for shared in self.workers:
            await shared.exchange()

    async def close(self) -> None:
        for shared in self.workers:
            await shared.server.aclose()


@pytest.fixture
async def fleet(redis_server: RedisServer, request: pytest.FixtureRequest) -> AsyncIterator[Fleet]:
    fleet = Fleet(redis_server.url, request.node.name)
    yield fleet
    await fleet.close()


def ask(gate: Gate, egress: str | None = None) -> Grant | None:
    answer = gate.ask(Ask(site="s", egress=egress))
    return answer if isinstance(answer, Grant) else None


def answer(gate: Gate, grant: Grant, verdict: Verdict = Verdict.OK, retry_after: float | None = None) -> None:
    gate.done(grant, Outcome(verdict=verdict, seconds=0.01, retry_after=retry_after))
    gate.left(grant)


@pytest.mark.parametrize(
    ("budget", "rate"),
    [
        pytest.param({"rate": 40, "burst": 1}, 40.0, id="each egress"),
        pytest.param({"rate": 500, "total": {"rate": 40, "burst": 1}}, 40.0, id="the site"),
    ],
)
async def test_three_workers_keep_one_budget(fleet: Fleet, budget: dict[str, object], rate: float) -> None:
    gates = [fleet.worker({"s": budget}, egresses=1) for _ in range(3)]
    sent: list[float] = []
    senders: Counter[int] = Counter()
    began = time.monotonic()
    while time.monotonic() - began < 1.5:
        for number, gate in enumerate(gates):
            while grant := ask(gate):
                sent.append(time.monotonic())
                senders[number] += 1
                answer(gate, grant)
        await fleet.exchange()
        await asyncio.sleep(0.01)
    seconds = sent[-1] - sent[0]
    assert len(sent) <= rate * (seconds + STALE) * 1.02 + 3
    assert len(sent) > 10
    assert len(senders) == 3


async def test_a_ban_a_lie_and_a_pause_are_known_to_all_also_to_who_comes_later(fleet: Fleet) -> None:
    first, second = fleet.worker({"s": {"rate": 100}}), fleet.worker({"s": {"rate": 100}})
    for gate in (first, second):
        ask(gate)
    await fleet.exchange()
    for egress, verdict, pause in (("e0:1", Verdict.FORBIDDEN, None), ("e1:1", Verdict.RATE_LIMITED, 60.0)):
        while (grant := ask(first, egress)) is None:
            await fleet.exchange()
        answer(first, grant, verdict, pause)
    first.distrust("s", "e2:1", "decoys")
    await fleet.exchange()
    third = fleet.worker()
    await fleet.exchange()
    for gate in (second, third):
        lanes = gate.site("s").lanes
        assert lanes["e0:1"].health.rests_until > time.monotonic() + 5
        assert lanes["e1:1"].paused_until > time.monotonic() + 50
        assert lanes["e2:1"].distrusted == "decoys"
    assert fleet.changed["s"]
    await fleet.exchange()
    assert all(not shared._reporter.events() for shared in fleet.workers), (
        "news is not told again by those who heard it"
    )


async def test_one_goes_ahead_and_the_others_take_over_what_it_finds(fleet: Fleet) -> None:
    leader, other = fleet.worker(), fleet.worker()
    leader.site("s")
    other.site("s")
    await fleet.exchange()
    assert (leader.site("s").pace.leads, other.site("s").pace.leads) == (True, False)
    pace, scout = leader.site("s").pace, leader.site("s").lanes["e1:1"]
    for _ in range(40):
        pace.answered(scout, pace.rate_of(scout))
    await fleet.exchange()
    copy = other.site("s").pace
    assert (copy.follow, copy.lead.rate) == (pytest.approx(pace.follow), pytest.approx(pace.lead.rate))
    assert copy.scout is other.site("s").lanes["e1:1"]
    lane = other.site("s").lanes["e1:1"]
    lane.refused(time.monotonic(), 0.0)
    copy.refused(lane, time.monotonic(), time.monotonic(), 4.0)
    before = pace.lead.rate
    for _ in range(3):
        await fleet.exchange()
    assert pace.lead.rate <= before / 2
    assert copy.lead.rate == pytest.approx(pace.lead.rate)


async def test_the_breaker_of_one_is_everybodys(fleet: Fleet) -> None:
    first, second = fleet.worker(), fleet.worker()
    for gate in (first, second):
        gate.site("s")
    breaker = first.site("s").breaker
    for number in range(12):
        breaker.book(time.monotonic(), f"e{number % 3}:1", refused=True)
    await fleet.exchange()
    other = second.site("s").breaker
    assert other.state == "open"
    assert other.opens_at > breaker.opens_at
    breaker.answered()
    await fleet.exchange()
    assert other.state == "closed"


async def test_places_and_quotas_of_the_day_are_shared(fleet: Fleet) -> None:
    budget = {"s": {"concurrency": 1, "daily": 2}}
    first, second = fleet.worker(budget, 1), fleet.worker(budget, 1)
    second.site("s").calendar.look(time.time())
    grant = ask(first)
    assert grant
    await fleet.exchange()
    assert ask(second) is None
    answer(first, grant)
    again = ask(first)
    assert again
    answer(first, again)
    await fleet.exchange()
    await fleet.exchange()
    assert second.site("s").lanes["e0:1"].today == 2
    assert ask(second) is None


async def test_redis_gone_each_goes_on_with_its_share_and_says_so_once(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server = RedisServer(tmp_path_factory.mktemp("away"))
    server.start()
    fleet = Fleet(server.url, "away")
    gates = [fleet.worker({"s": {"rate": 2, "burst": 1}}, 1) for _ in range(2)]
    for gate in gates:
        ask(gate)
    await fleet.exchange()
    await fleet.exchange()
    server.stop()
    for _ in range(2):
        for shared in fleet.workers:
            assert not await shared._turn()
    assert sum("each egress is asked at 1/2 of its rate" in message for message in caplog.messages) == 2
    slots = gates[0].site("s").lanes["e0:1"].spacing
    assert isinstance(slots, Slots)
    slots.times.clear()
    slots.take(100.0, 2.0)
    assert slots.ready_at(2.0) == pytest.approx(101.0, abs=0.03)
    server.start()
    for shared in fleet.workers:
        assert await shared._turn()
    assert slots.share == 0
    assert "Redis is there again: budgets are shared" in caplog.text
    await fleet.close()
    server.stop()


async def test_it_begins_and_ends_beside_the_gate(fleet: Fleet) -> None:
    gate = fleet.worker({"s": {"rate": 50}})
    (shared,) = fleet.workers
    slots = asyncio.Event()
    shared.changed = lambda _: slots.set()
    await shared.open()
    while (grant := ask(gate)) is None:
        slots.clear()
        await slots.wait()
    answer(gate, grant)
    await shared.close()
    fleet.workers.clear()


async def test_what_nobody_speaks_of_is_forgotten(fleet: Fleet) -> None:
    gate = fleet.worker({"s": {"rate": 50, "daily": 5}})
    ask(gate)
    await fleet.exchange()
    ask(gate)
    await fleet.exchange()
    (shared,) = fleet.workers
    keys = [key async for key in shared.server.scan_iter(f"{fleet.prefix}:*")]
    assert keys
    assert all([await shared.server.ttl(key) > 0 for key in keys])


async def test_trouble_that_is_not_redis_is_not_hidden(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.worker()
    (shared,) = fleet.workers

    async def broken(**_: object) -> str:
        raise RedisConnectionError("redis://user:secret@host")

    monkeypatch.setattr(shared, "_script", broken)
    assert not await shared._turn()


def test_slots_are_used_once_and_in_time() -> None:
    slots = Slots(None)
    assert (slots.ready_at(5.0), slots.ready_at(inf), slots.ready_at(0.0)) == (inf, -inf, inf)
    slots.give(0.0, [1.0, 1.2, 1.4, 9.0])
    assert slots.ready_at(5.0) == 1.0
    slots.take(1.0, 5.0)
    slots.give(1.2 + STALE + 0.1, [])
    assert slots.ready_at(5.0) == 1.4
    slots.times.clear()
    slots.take(2.0, 5.0, 2.0)
    assert slots.debt == 2.0
    slots.take(2.0, inf)
    assert slots.debt == 2.0
    assert (Slots(3).room(5.0), Slots(None).room(100.0)) == (3, 6.0)


def test_the_random_of_a_gate_is_its_own() -> None:
    assert gate_of(Clock(), "a:1").random.random() == Random(1).random()
