from __future__ import annotations

from typing import Any

import attrs
import pytest
from scrapy import Spider, signals
from scrapy.utils.test import get_crawler

from travelcrawl.errors import UsageError
from travelcrawl.extensions import progress as module
from travelcrawl.extensions.display import Display
from travelcrawl.extensions.progress import Progress
from travelcrawl.extensions.tally import Tally
from travelcrawl.items import Listing, Review
from travelcrawl.pipelines.base import Rejected


class Board(Display):
    """A display that only remembers."""

    def __init__(self) -> None:
        super().__init__(live=False, clock=iter((10.0, 12.5)).__next__)
        self.joined: list[Tally] = []
        self.left = 0

    def join(self, tally: Tally) -> None:
        self.joined.append(tally)

    def leave(self) -> None:
        self.left += 1


@attrs.frozen
class Query:
    limit: int | None


class CtripSpider(Spider):
    name = "ctrip"
    query = Query(limit=40)


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    board = Board()
    monkeypatch.setattr(module, "shared_display", lambda mode: board)
    return board


def build(spider: type[Spider] = CtripSpider) -> tuple[Any, Spider, Progress]:
    crawler = get_crawler(spider)
    return crawler, spider(), Progress.from_crawler(crawler)


def test_a_crawl_is_shown_from_open_to_close(board: Board) -> None:
    crawler, spider, kept = build()
    assert kept.display is board
    crawler.signals.send_catch_log(signals.spider_opened, spider=spider)
    rejected = Rejected(kind="listing", platform="ctrip", ref="9", reasons=("no_name",), item={}, seen_at=None)
    for item in (
        Listing(platform="ctrip", ref="1"),
        Listing(platform="ctrip", ref="1", name="云锦楼"),
        Review(platform="ctrip", ref="1"),
        {"type": "note", "platform": "ctrip", "ref": "n"},
        {"of": "another project"},
        rejected,
    ):
        crawler.signals.send_catch_log(signals.item_scraped, item=item, spider=spider)
    crawler.signals.send_catch_log(signals.spider_closed, spider=spider, reason="finished")
    (tally,) = board.joined
    assert (tally.platform, tally.limit, tally.started, tally.seconds, tally.reason) == (
        *("ctrip", 40, 10.0),
        *(2.5, "finished"),
    )
    assert tally.items == {"listing": 1, "review": 1, "note": 1, "quarantine": 1}
    assert board.left == 1


def test_a_spider_of_another_project_has_no_limit(board: Board) -> None:
    class Plain(Spider):
        name = "plain"

    crawler, spider, _kept = build(Plain)
    crawler.signals.send_catch_log(signals.spider_opened, spider=spider)
    assert board.joined[0].limit is None


def test_a_crawl_that_never_opened_is_not_shown(board: Board) -> None:
    crawler, spider, _kept = build()
    crawler.signals.send_catch_log(signals.item_scraped, item=Review(platform="ctrip", ref="1"), spider=spider)
    crawler.signals.send_catch_log(signals.spider_closed, spider=spider, reason="shutdown")
    assert (board.joined, board.left) == ([], 0)


def test_a_wrong_setting_is_said() -> None:
    with pytest.raises(UsageError, match="TRAVELCRAWL_PROGRESS"):
        Progress.from_crawler(get_crawler(settings_dict={"TRAVELCRAWL_PROGRESS": "loud"}))
