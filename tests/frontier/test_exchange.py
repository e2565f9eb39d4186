"""The task between memory and backend, where the backend fails and the process stands still."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.statscollectors import StatsCollector
from scrapy.utils.request import RequestFingerprinter
from twisted.python.failure import Failure

from tests.waiting import until
from travelcrawl.errors import BackendDown, FrontierError
from travelcrawl.frontier.backend import Depth, Waiting
from travelcrawl.frontier.exchange import FULL, Pace
from travelcrawl.frontier.scheduler import Scheduler
from travelcrawl.frontier.sqlite import SqliteBackend

PACE = Pace(prefetch=8, tick=0.01, idle=0.05, lease=0.6, greeting=0.3, farewell=0.3)


class Demo(Spider):
    name = "demo"

    def parse(self, response: Any, **kwargs: Any) -> None: ...


class Fragile(SqliteBackend):
    """A backend that fails as it is told to."""

    error: Exception | None = None
    refused: tuple[str, ...] = ()

    async def _do(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        if self.error and (not self.refused or work.__name__ in self.refused):
            raise self.error
        return await super()._do(work, *args, **kwargs)


class Engine:
    """What of Scrapy's engine the frontier touches."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self._slot = SimpleNamespace(inprogress=set(), closing=None, nextcall=SimpleNamespace(schedule=lambda: None))

    async def close_spider_async(self, reason: str) -> None:
        self.closed.append(reason)


class Crawling:
    """What of a crawler the frontier touches."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.stats = StatsCollector(SimpleNamespace(settings=Settings()))  # type: ignore[arg-type]


class Worker:
    """A scheduler over a backend, with an engine that holds what it is told to."""

    def __init__(self, path: Path) -> None:
        self.engine = Engine()
        self.backend = Fragile(path, "demo", lease=PACE.lease)
        crawler: Any = Crawling(self.engine)
        self.crawler = crawler
        self.scheduler = Scheduler(crawler, self.backend, RequestFingerprinter(), PACE)
        self.spider = self.scheduler.spider = Demo()

    def stat(self, name: str) -> int:
        return int(self.crawler.stats.get_value(f"frontier/{name}", 0))

    async def next(self) -> Request:
        request = None
        while request is None:
            await asyncio.sleep(0.005)
            request = self.scheduler.next_request()
        self.engine._slot.inprogress.add(request)
        return request

    def push(self, count: int, **more: Any) -> None:
        for number in range(count):
            self.scheduler.enqueue_request(Request(f"http://a.example/{number}", callback=self.spider.parse, **more))


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    worker = Worker(tmp_path / "f.sqlite")
    await worker.scheduler.exchange.open()
    yield worker
    worker.backend.error = None
    await worker.scheduler.exchange.close(finished=False)


async def test_a_failure_for_good_closes_the_spider_with_a_sentence(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    worker.backend.error = FrontierError("the frontier is damaged")
    await until(lambda: worker.engine.closed)
    assert worker.engine.closed == ["frontier_failed"]
    assert "the frontier is damaged" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_bug_closes_the_spider_too(worker: Worker) -> None:
    worker.backend.error = ZeroDivisionError()
    await until(lambda: worker.engine.closed)
    assert worker.engine.closed == ["frontier_failed"]


async def test_acks_go_on_where_nothing_new_is_taken(worker: Worker) -> None:
    worker.push(3)
    requests = [await worker.next() for _ in range(3)]
    worker.backend.refused, worker.backend.error = ("push", "take"), BackendDown("it is full")
    worker.scheduler.enqueue_request(Request("http://a.example/new", callback=worker.spider.parse))
    # What left before the new one was accepted does not depend on it; here it did, and is acked when there is room.
    worker.engine._slot.inprogress.clear()
    await until(lambda: worker.stat("outages"))
    worker.backend.error = None
    await until(lambda: worker.stat("acked") == len(requests))


async def test_an_outage_acks_nothing_twice_and_gives_nothing_away(worker: Worker) -> None:
    worker.push(6)
    held = [await worker.next() for _ in range(3)]
    worker.backend.error = BackendDown("away")
    await until(lambda: worker.stat("outages"))
    assert worker.scheduler.has_pending_requests()
    worker.engine._slot.inprogress.difference_update(held[:2])
    worker.backend.error = None
    await until(lambda: worker.stat("acked") == 2)
    assert (await worker.backend.depth()) == Depth(waiting=0, leased=4)
    assert worker.stat("lost") == 0


async def test_after_standing_still_what_went_to_others_is_let_go(worker: Worker, tmp_path: Path) -> None:
    worker.push(5)
    await worker.next()
    other = SqliteBackend(tmp_path / "f.sqlite", "demo", lease=PACE.lease, clock=lambda: 1e12)
    await other.open()
    worker.backend.refused, worker.backend.error = ("take",), BackendDown("the other is quicker")
    assert await other.reap() == 5
    taken = await other.take(5)
    worker.backend.error = None
    worker.scheduler.exchange._beaten -= 10
    await until(lambda: worker.stat("lost") == 5)
    assert worker.scheduler.next_request() is None
    worker.scheduler.exchange._beaten -= 10
    await until(lambda: worker.scheduler.exchange._beaten > worker.scheduler.exchange.clock() - PACE.lease)
    await asyncio.sleep(5 * PACE.tick)
    assert worker.stat("lost") == 5, "the one at work here is lost once"
    await other.ack([lease.id for lease in taken])
    await other.close()


async def test_what_was_lost_and_comes_back_while_it_is_at_work_is_no_failure(worker: Worker, tmp_path: Path) -> None:
    worker.push(1)
    first = await worker.next()
    other = SqliteBackend(tmp_path / "f.sqlite", "demo", lease=PACE.lease, clock=lambda: 1e12)
    await other.open()
    assert await other.reap() == 1
    await other.close()
    again = await worker.next()
    assert again.url == first.url
    for done in (first, again):
        worker.engine._slot.inprogress.discard(done)
        await until(lambda done=done: done not in worker.scheduler.buffers.watermark._held)  # type: ignore[misc]
    await until(lambda: worker.stat("acked") == 2)
    assert worker.engine.closed == []


async def test_what_came_back_and_is_lost_again_is_let_go_again(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.push(1)
    await worker.next()
    (lease,) = worker.scheduler.buffers.watermark.leases()

    async def resync(held: list[str]) -> set[str]:
        return {lease.id}

    monkeypatch.setattr(worker.backend, "resync", resync)
    for _ in range(2):
        worker.scheduler.buffers.ready.append(lease)
        await worker.scheduler.exchange._resync()
        assert not worker.scheduler.buffers.ready


async def test_it_is_over_only_when_all_is_empty_for_a_while(worker: Worker, tmp_path: Path) -> None:
    other = SqliteBackend(tmp_path / "f.sqlite", "demo")
    await other.open()
    await other.push([Waiting(payload="{}", fingerprint=None)])
    (lease,) = await other.take(1)
    await asyncio.sleep(5 * PACE.idle)
    assert worker.scheduler.has_pending_requests()
    await other.push([Waiting(payload='{"url": "http://a.example/"}', fingerprint=None)])
    await other.ack([lease.id])
    request = await worker.next()
    assert worker.scheduler.has_pending_requests()
    worker.engine._slot.inprogress.discard(request)
    await until(lambda: not worker.scheduler.has_pending_requests())
    await other.close()


async def test_it_is_not_over_while_the_backend_is_away(worker: Worker) -> None:
    await until(lambda: not worker.scheduler.has_pending_requests())
    worker.backend.error = BackendDown("away")
    await until(worker.scheduler.has_pending_requests)


@pytest.mark.parametrize("meta", [{}, {"session": object()}])
async def test_a_request_is_buried_as_it_waited(worker: Worker, meta: dict[str, Any]) -> None:
    worker.push(1, meta={"group": "x", "tries": 2, "egress": "a"})
    request = await worker.next()
    request.meta.update(meta)
    worker.scheduler.bury(request, "challenged", "a challenge page", sample="<html>")
    await until(lambda: not worker.scheduler.buffers.letters)
    (letter,) = await worker.backend.letters()
    assert (letter.cause, letter.attempts, letter.egress, letter.sample) == ("challenged", 3, "a", "<html>")
    assert '"meta": {"group": "x"}' in letter.payload
    assert await worker.backend.depth() == Depth(dead=1)


@pytest.mark.parametrize("answered", [True, False])
async def test_a_page_or_an_errback_that_raises_is_a_dead_letter(worker: Worker, answered: bool) -> None:
    worker.push(1)
    request = await worker.next()
    answer: Any = Response(request.url, body=b"text", request=request)
    if not answered:
        answer = Failure(ValueError("no answer"))
        answer.request = request
    worker.scheduler.page_raised(Failure(ZeroDivisionError("a bug")), answer)
    await until(lambda: worker.stat("dead/error"))
    await until(lambda: not worker.scheduler.buffers.letters)
    (letter,) = await worker.backend.letters()
    assert (letter.cause, letter.sample) == ("error", "text" if answered else None)


@pytest.mark.parametrize(
    ("cause", "level"),
    [
        ("login_required", logging.INFO),
        ("robots", logging.INFO),
        ("malformed", logging.ERROR),
        ("site_down", logging.ERROR),
        ("error", logging.ERROR),
    ],
)
async def test_what_is_ours_to_mend_is_an_error(
    worker: Worker, caplog: pytest.LogCaptureFixture, cause: str, level: int
) -> None:
    caplog.set_level(logging.INFO)
    worker.push(1)
    worker.scheduler.bury(await worker.next(), cause, "so it is")
    (said,) = [one for one in caplog.records if one.getMessage().startswith("task processing failed: ")]
    assert (said.levelno, said.getMessage()) == (
        level,
        f"task processing failed: http://a.example/0: so it is ({cause})",
    )


async def test_start_waits_for_room(worker: Worker) -> None:
    worker.backend.error = BackendDown("away")
    worker.push(FULL)
    waiting = asyncio.ensure_future(worker.scheduler.room())
    await until(lambda: worker.stat("outages"))
    assert not waiting.done()
    worker.backend.error = None
    async with asyncio.timeout(20):
        await waiting


async def test_closing_while_the_backend_is_away_says_so_and_raises_nothing(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    worker.backend.error = BackendDown("Redis cannot be reached now")
    await worker.scheduler.exchange.close(finished=False)
    assert "what this worker held goes to others" in caplog.text


async def test_a_worker_that_closes_gives_back_at_once_what_has_not_begun(worker: Worker) -> None:
    worker.push(6)
    requests = [await worker.next() for _ in range(2)]
    await until(lambda: worker.stat("taken") == 6)
    worker.engine._slot.closing = object()
    await until(lambda: worker.stat("released") == 4)
    assert (await worker.backend.depth()) == Depth(waiting=4, leased=2)
    # What is in work is finished and acked as always, and nothing new is taken.
    worker.engine._slot.inprogress.difference_update(requests)
    await until(lambda: worker.stat("acked") == 2)
    assert worker.stat("taken") == 6


async def test_a_backend_that_stays_away_at_start_is_an_error(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "f.sqlite")
    worker.backend.error = BackendDown("away")
    with pytest.raises(BackendDown):
        await worker.scheduler.exchange.open()
    await worker.scheduler.exchange.close(finished=False)
    worker.backend._thread.shutdown()


@pytest.mark.parametrize("control", ["draining", "cancelled"])
async def test_a_crawl_that_is_drained_or_cancelled_closes_its_workers(worker: Worker, control: str) -> None:
    worker.push(1)
    await worker.next()
    await worker.backend.command(control)
    await until(lambda: worker.engine.closed)
    assert worker.engine.closed == [control]
