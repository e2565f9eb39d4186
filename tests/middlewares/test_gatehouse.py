"""The gate as the settings say, and a list of egresses that changes under it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from tests.loopback import LoopbackHandler, LoopbackSite, Page, serving
from tests.waiting import until
from tools.servers import RedisServer
from travelcrawl.access.gate import Gate
from travelcrawl.errors import UsageError
from travelcrawl.middlewares.gatehouse import Gatehouse
from travelcrawl.middlewares.proxies import ProxyList


def build(**settings: Any) -> Gatehouse:
    crawler = get_crawler(settings_dict=settings)
    crawler.spider = Spider(name="amap")
    return Gatehouse(crawler)


def labels(gate: Gate) -> list[str]:
    return [egress.label for egress in gate.egresses]


@pytest.mark.parametrize(
    ("settings", "site", "rate", "at_once"),
    [
        ({"TRAVELCRAWL_SITE": "spider", "TRAVELCRAWL_RATE": 3}, "amap", 3.0, float("inf")),
        ({"TRAVELCRAWL_RATE": 0.5}, "a.example", 0.5, 8),
        ({"TRAVELCRAWL_BUDGETS": '{"a.example": {"rate": 2, "total": {"concurrency": 3}}}'}, "a.example", 2.0, 3),
        ({"CONCURRENT_REQUESTS_PER_DOMAIN": 2}, "a.example", float("inf"), 2),
    ],
    ids=["platform", "host", "named", "scrapy's"],
)
def test_budgets_come_from_the_settings(settings: dict[str, Any], site: str, rate: float, at_once: float) -> None:
    gatehouse = build(**settings)
    request = Request("https://a.example/")
    assert gatehouse.departures.next(lambda: request) is request
    (found,) = gatehouse.gate.sites.values()
    assert (found.name, found.budget.each.rate, found.budget.total.concurrency) == (site, rate, at_once)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"TRAVELCRAWL_PROXIES": "rubbish://u:secret@x"}, "is no proxy"),
        ({"TRAVELCRAWL_PROXIES": "/none/such"}, "neither a list"),
        ({"TRAVELCRAWL_PROXIES": "http://127.0.0.1:9/list?token=secret"}, "cannot be had"),
        ({"TRAVELCRAWL_BUDGETS": "{"}, "is no JSON"),
        ({"TRAVELCRAWL_PROXIES": "http://a:1", "PROXY_AUTO_SWITCH": "true"}, "needs direct"),
    ],
    ids=["proxy", "file", "address", "budgets", "switch"],
)
def test_wrong_settings_are_one_sentence(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as caught:
        build(**settings)
    assert "secret" not in str(caught.value)


async def test_a_file_that_changes_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "proxies.txt"
    path.write_text("http://u:secret@a:1\n")
    gatehouse = build(TRAVELCRAWL_PROXIES=str(path), TRAVELCRAWL_PROXIES_REFRESH=0.02)
    await gatehouse.open()
    new = tmp_path / "new"
    new.write_text("http://b:2\nrubbish\nhttp://c:3\n")
    new.replace(path)
    await until(lambda: labels(gatehouse.gate) == ["b:2", "c:3"])
    path.unlink()
    await until(lambda: "going on with the list before" in caplog.text)
    assert labels(gatehouse.gate) == ["b:2", "c:3"]
    path.write_text("http://d:4")
    await until(lambda: labels(gatehouse.gate) == ["d:4"])
    await gatehouse.close()
    assert "secret" not in caplog.text


class Lists(LoopbackHandler):
    text = b""

    def page(self) -> Page:
        return 200, self.text, {}


@pytest.fixture
def lists() -> Iterator[str]:
    with serving(LoopbackSite(Lists)) as site:
        yield f"{site.url}/proxies.txt"


async def test_the_address_of_a_list_is_asked_again(lists: str) -> None:
    Lists.text = b"http://a:1\n# a comment\nhttp://b:2"
    gatehouse = build(TRAVELCRAWL_PROXIES=lists, TRAVELCRAWL_PROXIES_REFRESH=0.02)
    assert labels(gatehouse.gate) == ["a:1", "b:2"]
    await gatehouse.open()
    Lists.text = b"http://b:2"
    await until(lambda: labels(gatehouse.gate) == ["b:2"])
    Lists.text = b"<html>login please</html>"
    await asyncio.sleep(0.1)
    assert labels(gatehouse.gate) == ["b:2"]
    await gatehouse.close()


def test_a_list_in_the_setting_itself_is_read_once() -> None:
    proxies = ProxyList("http://a:1, direct")
    assert [egress.label for egress in proxies.read()] == ["a:1", "direct"]
    assert not proxies.may_change


def test_without_a_list_proxies_are_not_touched() -> None:
    assert not build().departures.sets_proxy
    assert build(TRAVELCRAWL_PROXIES="direct").departures.sets_proxy


async def test_two_workers_share_what_they_know(redis_server: RedisServer) -> None:
    settings = {"TRAVELCRAWL_REDIS_URL": redis_server.url, "TRAVELCRAWL_PROXIES": "http://a:1,http://b:2"}
    one, two = build(**settings, TRAVELCRAWL_SITE="spider"), build(**settings, TRAVELCRAWL_SITE="spider")
    for gatehouse in (one, two):
        await gatehouse.open()
        gatehouse.gate.site("amap")
    one.gate.distrust("amap", "a:1", "it lies")
    await until(lambda: bool(two.gate.site("amap").lanes["a:1"].distrusted))
    for gatehouse in (one, two):
        await gatehouse.close()


@pytest.mark.parametrize(("settings", "said"), [({}, ["old"]), ({"TRAVELCRAWL_IDENTITIES": False}, [])])
async def test_it_says_at_the_start_that_browsers_are_old(
    settings: dict[str, Any], said: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("travelcrawl.middlewares.gatehouse.age_warning", lambda today: "old")
    gatehouse = build(**settings)
    await gatehouse.open()
    await gatehouse.close()
    assert [record.message for record in caplog.records if record.message == "old"] == said
