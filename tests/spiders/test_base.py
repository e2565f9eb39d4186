from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from scrapy import Request
from scrapy.http import TextResponse
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from travelcrawl import settings
from travelcrawl.errors import GaveUp, PutOff, UsageError
from travelcrawl.items import Link, Listing, Note, Offer, Review, SearchPage
from travelcrawl.pages.base import TravelPage
from travelcrawl.spiders import base
from travelcrawl.spiders.base import TravelSpider
from travelcrawl.spiders.query import Query


@attrs.define(slots=False)
class ListPage(TravelPage[SearchPage]):
    """Three listings with prices, reviews and notes behind them."""

    patterns = (r"demo\.example/list",)
    expects = ("listing.name", "listing.address")

    async def to_item(self) -> SearchPage:
        page = self.params.get("page", 1)
        refs = [f"{page}{letter}" for letter in "abc"]
        return SearchPage(
            items=[
                *(
                    Listing(platform="demo", ref=ref, name=ref, hidden=["address"] if "a" in ref else None)
                    for ref in refs
                ),
                *(Offer(platform="demo", ref=ref, what="ticket", amount=1) for ref in refs),
            ],
            links=[
                Link(url=f"https://demo.example/list?{page + 1}", page="ListPage", params={"page": page + 1}),
                *(
                    Link(url=f"https://demo.example/reviews/{ref}", page="ReviewPage", params={"ref": ref})
                    for ref in refs
                ),
                Link(url="https://demo.example/note/1", page="NotePage"),
            ],
        )


@attrs.define(slots=False)
class ReviewPage(TravelPage[Review]):
    """One review."""

    gives = frozenset({"reviews"})

    async def to_item(self) -> Review:
        return Review(platform="demo", ref="r", about_ref=self.params["ref"])


@attrs.define(slots=False)
class NotePage(TravelPage[Note]):
    """One note."""

    gives = frozenset({"notes"})
    patterns = (r"demo\.example/note",)

    async def to_item(self) -> Note:
        return Note(platform="demo", ref=self.response.url.path)


LIMITS = {name: getattr(settings, name) for name in dir(settings) if name.startswith("BROWSER_") or name == "MAX_TASKS"}


class Demo(TravelSpider):
    """A platform of three lines."""

    name = "demo"
    cities = {"510100": "104"}
    categories = {"sight": "s"}

    def seeds(self, query: Query) -> Iterable[Link]:
        assert query.city
        yield Link(url=f"https://demo.example/list?{self.city_id(query.city)}", page="ListPage", headers={"X-A": "b"})


@pytest.fixture(autouse=True)
def _pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "pages_of", lambda _: {page.__name__: page for page in (ListPage, ReviewPage, NotePage)})


def build(**arguments: str) -> Demo:
    return Demo.from_crawler(get_crawler(Demo), **arguments)


async def start(spider: TravelSpider) -> list[Request]:
    return [request async for request in spider.start()]


async def parse(spider: TravelSpider, page: str = "ListPage", meta: Any = None, **params: Any) -> list[Any]:
    response = TextResponse("https://demo.example/list?1", request=Request("https://demo.example/", meta=meta or {}))
    return [result async for result in spider.parse(response, page, params)]


def words(results: list[Any]) -> list[str]:
    return [
        result.url[21:] if isinstance(result, Request) else f"{type(result).__name__} {result.ref}"
        for result in results
    ]


@pytest.mark.parametrize(("meta", "taken", "left"), [({"browser": True}, 4, 2), ({}, 6, None)], ids=["browser", "http"])
async def test_of_a_page_in_a_browser_so_many_items_are_taken(meta: Any, taken: int, left: int | None) -> None:
    spider = Demo.from_crawler(get_crawler(Demo, LIMITS | {"BROWSER_MAX_FETCH_COUNT": "4"}), city="成都")
    assert sum(not isinstance(one, Request) for one in await parse(spider, meta=meta)) == taken
    assert spider.crawler.stats.get_value("browser/items_left") == left


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "demo needs -a city=… or -a urls=… to begin with"),
        ({"city": "上海"}, "demo is not known to cover 上海市; it covers 成都市"),
        ({"keyword": "西湖"}, "demo needs -a city=… or -a urls=… to begin with"),
    ],
)
def test_wrong_arguments_get_one_sentence(arguments: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(**arguments)
    assert sentence in str(caught.value)


async def test_seeds_become_requests_that_a_queue_can_carry() -> None:
    spider = build(city="chengdu", category="sight")
    (request,) = await start(spider)
    assert request.url == "https://demo.example/list?104"
    assert request.headers["X-A"] == b"b"
    assert request.to_dict(spider=spider)["callback"] == "parse"
    assert not request.dont_filter


async def test_addresses_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text("﻿# mine\nhttps://demo.example/note/7\n\n", encoding="utf-8")
    (request,) = await start(build(urls=str(path)))
    assert request.cb_kwargs["page"] == "NotePage"
    path.write_text("https://elsewhere.example/\n", encoding="utf-8")
    with pytest.raises(UsageError, match="has no page for"):
        build(urls=str(path))


@pytest.mark.parametrize(
    ("seed", "sentence"),
    [
        ('{"town": "成都"}', "does not know the argument 'town'"),
        ('{"self": "x"}', "does not know the argument 'self'"),
        ('{"what": "notes"}', "needs -a city"),
        ('{"city": "成都", "urls": "/dev/zero"}', "names no file: push the addresses themselves"),
        ("{", "is no JSON"),
    ],
)
def test_a_wrong_start_entry_gets_one_sentence(seed: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        build(city="成都").requests_from_seed(seed)


async def test_a_page_gives_items_then_where_to_go_on() -> None:
    spider = build(city="成都")
    assert words(await parse(spider)) == [
        *("Listing 1a", "Listing 1b", "Listing 1c", "Offer 1a", "Offer 1b", "Offer 1c"),
        *("list?2", "reviews/1a", "reviews/1b", "reviews/1c", "note/1"),
    ]
    assert words(await parse(spider, "ReviewPage", ref="1a")) == ["Review r"]


async def test_a_limit_keeps_whole_listings() -> None:
    results = words(await parse(build(city="成都", limit="2")))
    assert results == ["Listing 1a", "Listing 1b", "Offer 1a", "Offer 1b", "reviews/1a", "reviews/1b", "note/1"]


async def test_what_was_not_true_takes_no_place_of_the_limit() -> None:
    spider = build(city="成都", limit="2")
    first = [one for one in await parse(spider) if not isinstance(one, Request)]
    again = [one for one in await parse(spider) if not isinstance(one, Request)]
    spider.take_back(first)
    assert set(spider._kept) == {"1a", "1b"}
    spider.take_back(again)
    assert not spider._kept


async def test_an_answer_that_holds_nothing_is_not_read() -> None:
    assert await parse(build(city="成都"), meta={"verdict": "empty"}) == []


async def test_missing_fields_are_counted_hidden_ones_are_not() -> None:
    spider = build(city="成都")
    await parse(spider)
    assert spider.crawler.stats
    assert spider.crawler.stats.get_value("missing/listing.address") == 2
    assert spider.crawler.stats.get_value("missing/listing.name") is None


def test_what_is_given_up_is_counted_with_its_cause() -> None:
    spider = build(city="成都")
    spider.crawler.engine = SimpleNamespace(scheduler=None)  # type: ignore[assignment]
    for error in (GaveUp("asked in vain", cause="challenged"), ValueError("boom")):
        failure = Failure(error)
        failure.request = Request("https://demo.example/1")  # type: ignore[attr-defined]
        spider.failed(failure)
    assert spider.crawler.stats
    assert spider.crawler.stats.get_value("given_up/challenged") == 1
    assert spider.crawler.stats.get_value("given_up/ValueError") == 1


@attrs.define(slots=False)
class HollowPage(TravelPage[SearchPage]):
    """Reads nothing out of what it is given."""

    patterns = (r"demo\.example/",)
    is_json = True

    async def to_item(self) -> SearchPage:
        return SearchPage()


async def test_an_answer_that_should_hold_something_is_asked_for_again_then_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base, "pages_of", lambda _: {"ListPage": HollowPage})
    spider = build(city="成都")
    spider.crawler.engine = SimpleNamespace(scheduler=None)  # type: ignore[assignment]
    (again,) = await parse(spider, meta={"group": "510100", "egress": "a:1", "download_slot": "x"})
    assert again.dont_filter
    assert again.meta == {"group": "510100", "tries": 1, "avoid": ["a:1"]}
    assert await parse(spider, meta={**again.meta, "tries": 2}) == []
    assert spider.crawler.stats.get_value("given_up/malformed") == 1
    assert spider.crawler.stats.get_value("pages/read") is None


def test_a_platform_without_seeds_says_so() -> None:
    class Bare(TravelSpider):
        name = "demo"

    with pytest.raises(NotImplementedError):
        Bare(city="成都").seeds(Query())
    assert Bare(city="成都").city_id(build(city="成都").query.city) == "510100"  # type: ignore[arg-type]


@attrs.define(slots=False)
class CutOffPage(TravelPage[SearchPage]):
    """A list that its platform cuts off: it leads on in parts, or, at the finest, no further."""

    async def to_item(self) -> SearchPage:
        parts = [Link(url="https://demo.example/list?1", page="ListPage", params={"part": 1}, again=True)]
        return SearchPage(
            items=[Listing(platform="demo", ref="1")], links=[] if self.params.get("finest") else parts, count="tiles/x"
        )


async def test_a_list_that_is_cut_off_is_counted_and_its_parts_are_asked_for_whatever_their_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(base, "pages_of", lambda _: {"ListPage": CutOffPage})
    spider = build(city="成都")
    _, part = await parse(spider)
    assert part.dont_filter
    assert caplog.text == ""
    assert len(await parse(spider, finest=True)) == 1
    assert "is cut off and leads no further: tiles/x" in caplog.text
    assert spider.crawler.stats
    assert spider.crawler.stats.get_value("tiles/x") == 2


def test_what_is_put_off_goes_back_to_the_frontier_and_is_not_given_up() -> None:
    spider = build(city="成都")
    spider.crawler.engine = SimpleNamespace(scheduler=None)  # type: ignore[assignment]
    failure = Failure(PutOff("the quota of the day is used up", cause="rate_limited"))
    failure.request = Request("https://demo.example/1")  # type: ignore[attr-defined]
    spider.failed(failure)
    assert spider.crawler.stats
    assert spider.crawler.stats.get_value("put_off/rate_limited") == 1
    assert spider.crawler.stats.get_value("given_up/rate_limited") is None
