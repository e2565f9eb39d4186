import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from tests.middlewares.gates import ToldGate, session
from travelcrawl.errors import UsageError
from travelcrawl.middlewares.departures import OF_PAGE, Departures, register
from travelcrawl.middlewares.robots import DisallowedByRobots, RobotsMiddleware

Answer = Response | Exception


class Engine:
    """Stands for the engine: answers /robots.txt from a script, slowly enough that others come to wait."""

    _slot = None

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self.downloader = SimpleNamespace(active=set())
        self.answers = list(answers)
        self.asked: list[Request] = []

    async def download_async(self, request: Request) -> Response:
        self.asked.append(request)
        await asyncio.sleep(0.01)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Response(request.url, status=answer[0], body=answer[1])


@pytest.fixture
def middleware() -> Callable[..., RobotsMiddleware]:
    def build(*answers: Any, permitted: str = "", gate: ToldGate | None = None, **settings: Any) -> RobotsMiddleware:
        settings = {
            "TRAVELCRAWL_PERMITTED_HOSTS": permitted,
            "TRAVELCRAWL_ROBOTS_WAITS": "0,0",
            "ROBOTSTXT_USER_AGENT": "travelcrawl",
        } | settings
        crawler = get_crawler(settings_dict=settings)
        crawler.engine = Engine(*answers)  # type: ignore[assignment]
        built = RobotsMiddleware.from_crawler(crawler)
        if gate:
            register(crawler, Departures(crawler, gate, site=None, size=8))
            built.spider_opened()
        return built

    return build


async def allowed(middleware: RobotsMiddleware, *urls: str, **meta: Any) -> list[bool]:
    async def one(url: str) -> bool:
        try:
            await middleware.check(Request(url, meta=dict(meta)))
        except DisallowedByRobots:
            return False
        return True

    return list(await asyncio.gather(*(one(url) for url in urls)))


PAGES = [f"https://a.example/poi/{number}.html" for number in range(32)]


async def test_of_32_at_once_under_disallow_none_passes_and_robots_is_asked_once(middleware: Any) -> None:
    built = middleware((200, b"User-agent: *\nDisallow: /"))
    assert await allowed(built, *PAGES) == [False] * 32
    assert await allowed(built, PAGES[0]) == [False]
    assert len(built.crawler.engine.asked) == 1
    assert built.crawler.stats.get_value("robots/denied") == 33


async def test_hosts_are_told_apart(middleware: Any) -> None:
    built = middleware((200, b"User-agent: *\nDisallow: /"), (404, b""))
    await allowed(built, "https://a.example/1")
    assert await allowed(built, "https://b.example/1", "https://a.example/1", "http://a.example/1") == [
        True,
        False,
        True,
    ]
    assert [request.url for request in built.crawler.engine.asked] == [
        "https://a.example/robots.txt",
        "https://b.example/robots.txt",
        "http://a.example/robots.txt",
    ]


@pytest.mark.parametrize(
    "answer", [(503, b""), OSError("no route"), (200, "<title>安全验证</title>".encode()), (429, b"")]
)
async def test_what_cannot_be_had_is_asked_again_then_denied_for_a_while(middleware: Any, answer: Any) -> None:
    built = middleware(answer, answer, answer, (404, b""))
    now = [0.0]
    built.clock = lambda: now[0]
    assert await allowed(built, *PAGES[:3]) == [False] * 3
    assert len(built.crawler.engine.asked) == 3
    now[0] = built.UNREACHABLE + 1
    assert await allowed(built, PAGES[0]) == [True]


async def test_a_second_try_that_answers_counts(middleware: Any) -> None:
    built = middleware((503, b""), (200, b"User-agent: *\nAllow: /"))
    assert await allowed(built, PAGES[0]) == [True]


async def test_robots_is_asked_through_the_session_of_the_page(middleware: Any) -> None:
    gate = ToldGate("http://b:2")
    built = middleware((404, b""), gate=gate)
    request = Request(PAGES[0])
    assert built.departures.next(lambda: request) is request
    await built.process_request(request)
    (asked,) = built.crawler.engine.asked
    assert asked.meta[OF_PAGE] is built.departures.passage(request).grant.session
    assert asked.meta[OF_PAGE].proxy == "http://b:2"


async def test_a_page_keeps_the_distance_to_the_robots_it_asked_for_and_others_do_not(middleware: Any) -> None:
    gate = ToldGate()
    gate.seconds_apart = 0.2
    built = middleware((404, b""), gate=gate)
    first, second = Request(PAGES[0]), Request(PAGES[1])
    assert built.departures.next(lambda: first) is first
    began = built.clock()
    asking = asyncio.ensure_future(built.process_request(first))
    await asyncio.sleep(0.01)
    await allowed(built, second.url)
    assert not asking.done()
    await asking
    assert built.clock() - began >= 0.2


async def test_another_egress_is_asked_as_well_where_one_says_nothing(
    middleware: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("travelcrawl.middlewares.robots.SOON", 0.01)
    gate = ToldGate("http://hangs:1", "http://b:2")
    built = middleware((200, b"User-agent: *\nDisallow: /account"), gate=gate)
    answer, labels = built.crawler.engine.download_async, iter(("hangs:1", "b:2"))

    async def download(request: Request) -> Response:
        request.meta["egress"] = next(labels)
        if request.meta["egress"] == "hangs:1":
            await asyncio.Event().wait()
        return await answer(request)

    built.crawler.engine.download_async = download
    assert await allowed(built, *PAGES, **{OF_PAGE: session(egress="hangs:1")}) == [True] * len(PAGES)
    assert [request.meta["avoid"] for request in built.crawler.engine.asked] == [["hangs:1"]]


async def test_permitted_hosts_and_robots_itself_are_not_asked(middleware: Any) -> None:
    built = middleware((200, b"User-agent: *\nDisallow: /"), permitted="a.example=contract 12")
    assert await allowed(built, PAGES[0]) == [True]
    assert await allowed(built, "https://b.example/robots.txt", is_robots=True) == [True]
    assert built.crawler.engine.asked == []


def test_a_permission_without_reason_is_refused(middleware: Any) -> None:
    with pytest.raises(UsageError, match="host=reason"):
        middleware((404, b""), permitted="a.example")
