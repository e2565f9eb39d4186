from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Spider
from scrapy.exceptions import NotConfigured
from scrapy.utils.test import get_crawler

from travelcrawl.access.relief import Load
from travelcrawl.extensions import relief as module
from travelcrawl.extensions.relief import Gauge, LoadRelief
from travelcrawl.frontier.exchange import Pace

CALM = Load(cpu=10, memory=10, connections=10)


def built(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, LoadRelief, list[str], dict[str, float]]:
    crawler: Any = get_crawler(Spider, {"CONCURRENT_REQUESTS": 32})
    done: list[str] = []
    now = {"time": 0.0}
    exchange = SimpleNamespace(pace=Pace(prefetch=64))
    crawler.engine = SimpleNamespace(downloader=SimpleNamespace(total_concurrency=32))
    crawler.get_downloader_middleware = lambda _: SimpleNamespace(renew=lambda: done.append("browsers renewed"))
    monkeypatch.setattr(module, "scheduler_of", lambda _: SimpleNamespace(exchange=exchange))
    monkeypatch.setattr(module, "keep_idle", lambda *, is_short: done.append(f"short {is_short}"))
    crawler.exchange = exchange
    return crawler, LoadRelief(crawler, lambda: CALM, lambda: now["time"]), done, now


def test_each_action_is_done_logged_counted_and_undone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    crawler, relief, done, now = built(monkeypatch)
    relief.look(Load(cpu=91, memory=90, connections=800))
    assert crawler.engine.downloader.total_concurrency == 22
    assert crawler.exchange.pace.prefetch == 32
    assert done == ["browsers renewed", "short True"]
    now["time"] = 600.0
    relief.look(CALM)
    assert crawler.engine.downloader.total_concurrency == 32
    assert crawler.exchange.pace.prefetch == 64
    assert done == ["browsers renewed", "short True", "short False"]
    for action in ("concurrency", "memory", "connections"):
        assert crawler.stats.get_value(f"relief/{action}/count") == 2
        assert crawler.stats.get_value(f"relief/{action}/on") == 0
    assert "relief: concurrency at 91: 22 requests at once" in caplog.text
    assert "relief undone: memory at 10: 64 requests ahead" in caplog.text


def test_switched_off() -> None:
    with pytest.raises(NotConfigured):
        LoadRelief.from_crawler(get_crawler(Spider, {"TRAVELCRAWL_RELIEF": "false"}))


def test_this_machine_can_be_measured() -> None:
    gauge = Gauge()
    load = gauge.measure()
    assert 0 <= load.cpu <= 100
    assert 0 < load.memory < 100
    assert load.connections >= 0
