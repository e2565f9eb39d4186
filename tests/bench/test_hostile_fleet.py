"""Three Scrapy processes and a Redis: what the server saw of them together. ``FLEET=100``: over so many places, in half a minute."""

from __future__ import annotations

import os

import pytest

from bench.hostile_fleet import crawl

SIZE = int(os.environ.get("FLEET", "0"))


@pytest.mark.skipif(not SIZE, reason="takes half a minute: FLEET=100; make bench runs the long form")
def test_three_workers_keep_one_budget_and_tell_each_other_of_bans() -> None:
    told = crawl(workers=3, size=SIZE, rate=1.5, seconds=120.0, seed=1)
    assert told["right"] == 100.0
    assert told["of_them_at_work"] == 3
    assert told["over_budget_percent"] <= 2.0
    # Alone, each of the two others would ask through each at once; together one probe follows after 20 s and one after 40 s more.
    assert told["requests_through_banned_once_known"] <= told["banned_egresses"] * (1 + (told["seconds"] > 45))
