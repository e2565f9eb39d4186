from __future__ import annotations

from typing import Any

import pytest
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from travelcrawl.extensions.tally import Tally, by_platform


def tally(platform: str = "ctrip", *, limit: int | None = None, started: float = 0, **stats: Any) -> Tally:
    collector = MemoryStatsCollector(get_crawler())
    collector.set_stats(stats)
    return Tally(platform=platform, stats=collector, limit=limit, started=started)


@pytest.mark.parametrize(
    ("items", "counts", "kept"),
    [
        ([("listing", "1"), ("listing", "1"), ("listing", "2")], {"listing": 2}, 2),
        ([("review", "1"), ("review", "2"), ("note", "1"), ("note", "1")], {"review": 2, "note": 1}, 1),
        ([("offer", "1"), ("offer", "1"), ("quarantine", None)], {"offer": 2, "quarantine": 1}, 0),
    ],
)
def test_a_thing_in_parts_counts_once(items: list[tuple[str, str | None]], counts: dict[str, int], kept: int) -> None:
    one = tally()
    for kind, ref in items:
        one.count(kind, ref)
    assert (one.items, one.kept) == (counts, kept)


def test_errors_are_what_is_no_answer() -> None:
    one = tally(
        **{
            "verdict/ok/ctrip": 50,
            "verdict/gone/ctrip": 3,
            "verdict/rate_limited/ctrip": 4,
            "verdict/site_down/ctrip": 2,
            "verdict/challenged/amap": 9,
            "given_up/robots": 1,
            "given_up/site_down": 2,
            "spider_exceptions/count": 1,
        }
    )
    assert one.errors == {"rate_limited": 4, "site_down": 2, "given up": 3, "in the code": 1}
    assert (one.blocked, one.given_up) == (4, 3)


def test_rates_are_of_late() -> None:
    one = tally(limit=100)
    for second in range(31):
        one.stats.set_value("response_received_count", second if second <= 20 else 20 + 5 * (second - 20))
        one.count("listing", str(second))
        one.sample(second)
    assert (one.pages, one.rate) == (70, 5.0)
    assert one.left == 69.0


@pytest.mark.parametrize("limit", [None, 5])
def test_nothing_is_told_of_the_time_left_before_anything_came(limit: int | None) -> None:
    one = tally(limit=limit)
    one.sample(0)
    one.sample(1)
    assert (one.rate, one.left) == (0.0, None)
    one.count("listing", "1")
    one.sample(2)
    assert one.left == (None if limit is None else 8.0)
    one.ended = 2.0
    assert one.left is None


def test_crawls_of_one_platform_are_taken_together() -> None:
    first, second = tally(started=1, limit=10, **{"downloader/request_count": 3}), tally(started=4)
    other = tally("amap", **{"verdict/forbidden/amap": 2})
    for one, end in ((first, 5.0), (second, 9.0)):
        one.count("listing", "1")
        one.ended, one.reason = end, "finished" if end == 9 else "shutdown"
    amap, ctrip = by_platform([first, other, second])
    assert (ctrip.platform, ctrip.items("listing"), ctrip.total("requests"), ctrip.seconds) == ("ctrip", 2, 3, 8.0)
    assert (ctrip.reasons, ctrip.left, ctrip.rate) == ("finished, shutdown", None, 0)
    assert (amap.platform, amap.reasons, amap.seconds, amap.errors) == ("amap", "", 0.0, {"forbidden": 2})


def test_time_left_is_the_slowest_and_only_where_all_tell() -> None:
    def at(rate: int, limit: int | None) -> Tally:
        one = tally(limit=limit)
        one.sample(0)
        for number in range(rate):
            one.count("listing", str(number))
        one.sample(1)
        return one

    assert by_platform([at(2, 12), at(1, 21)])[0].left == 20.0
    assert by_platform([at(2, 12), at(1, None)])[0].left is None
