"""How access stands, in the stats of a crawl."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from travelcrawl.access.breaker import State
from travelcrawl.middlewares.gatehouse import Gatehouse
from travelcrawl.middlewares.state import MOST


def build(**settings: Any) -> Gatehouse:
    crawler = get_crawler(settings_dict={"TRAVELCRAWL_SITE": "spider", **settings})
    crawler.spider = Spider(name="amap")
    return Gatehouse(crawler)


def shown(gatehouse: Gatehouse) -> dict[str, Any]:
    gatehouse.state.write()
    stats = gatehouse.state.stats.get_stats()
    return {name: value for name, value in stats.items() if name.startswith("access/")}


def test_pool_breaker_mode_rate_and_waits_are_shown() -> None:
    gatehouse = build(TRAVELCRAWL_PROXIES="http://a:1 http://b:1 http://u:secret@c:1", TRAVELCRAWL_RATE=2)
    assert shown(gatehouse) == {"access/waiting": 0}
    departures, gate = gatehouse.departures, gatehouse.gate
    queue = [Request("https://x.example/1", meta={"not_before": 0})]
    assert departures.next(lambda: queue.pop() if queue else None)
    gate.distrust("amap", "b:1", "it lies")
    gate.site("amap").breaker.open(gate.clock() + 60)
    found = shown(gatehouse)
    assert "secret" not in str(found)
    assert found == {
        "access/waiting": 0,
        "access/breaker/amap": 2,
        "access/mode/amap": 1,
        "access/rate/amap": 0.5,
        "access/egresses/available/amap": 1,
        "access/egresses/working/amap": 1,
        "access/egresses/cooling/amap": 0,
        "access/egresses/failed/amap": 1,
    }


async def test_who_waits_is_counted() -> None:
    gatehouse = build()
    gatehouse.gate.site("amap").breaker.open(gatehouse.gate.clock() + 60)
    queue = [Request(f"https://x.example/{n}") for n in range(3)]
    assert gatehouse.departures.next(lambda: queue.pop() if queue else None) is None
    # A crawl of one site takes in one request and leaves the others in the frontier.
    assert shown(gatehouse)["access/waits/breaker"] == shown(gatehouse)["access/waiting"] == 1
    gatehouse.departures.close()


@pytest.mark.parametrize(("state", "number"), [(State.CLOSED, 0), (State.HALF_OPEN, 1), (State.OPEN, 2)])
def test_the_breaker_is_a_number(state: State, number: int) -> None:
    gatehouse = build()
    gatehouse.gate.site("amap").breaker.state = state
    found = shown(gatehouse)
    assert (found["access/breaker/amap"], found["access/mode/amap"]) == (number, 0)
    assert "access/rate/amap" not in found


def test_a_crawl_of_many_hosts_does_not_fill_the_stats() -> None:
    gatehouse = build()
    for number in range(MOST + 20):
        gatehouse.gate.site(f"h{number}.example")
    assert sum(name.startswith("access/breaker/") for name in shown(gatehouse)) == MOST
