import pytest
from scrapy.statscollectors import StatsCollector
from scrapy.utils.test import get_crawler

from travelcrawl.commands.crawling import bad_end


@pytest.mark.parametrize(
    ("stats", "sentence"),
    [
        ({}, ""),
        ({"pages/read": 3, "given_up/forbidden": 1}, ""),
        ({"given_up/forbidden": 2, "given_up/gone": 1000}, "nothing was read: 2 × forbidden, 1,000 × gone"),
        # Killed after it had read all but what is refused: seen 2026-11-22, after which the whole run was said to have failed.
        ({"given_up/forbidden": 2, "frontier/found": 2}, ""),
        ({"given_up/egress_fault": 2, "given_up/gone": 1, "frontier/found": 3}, "nothing was read: 2 × egress_fault, 1 × gone"),
        ({"finish_reason": "shutdown"}, "ended before it was done: shutdown"),
        ({"finish_reason": "store_failed", "store/stopped": "the disk is full"}, "ended before it was done: the disk is full"),
        ({"finish_reason": "forbidden", "ended_by": "the key is refused"}, "ended before it was done: the key is refused"),
        ({"store/uncommitted": 1200}, "the store did not take the end of the run: 1,200 records are not in it; the log says why"),
    ],
)  # fmt: skip
def test_what_is_held_against_a_crawl(stats: dict[str, object], sentence: str) -> None:
    collector = StatsCollector(get_crawler())
    collector.set_stats({"finish_reason": "finished", **stats})
    assert bad_end(collector) == sentence
