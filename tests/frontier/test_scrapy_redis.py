"""What scrapy-redis's own tests ask of its queue, dupefilter and spider, asked of the frontier (docs/decisions.md, *Frontier*)."""

import json
from collections import Counter

import pytest
import redis
from scrapy import Request, Spider
from scrapy.settings import Settings
from scrapy.utils.request import RequestFingerprinter

from tests.frontier.test_scheduler import EVERY, Fleet, Site, log_of, redis_fleet, site
from tests.waiting import wait_until
from tools.servers import RedisServer
from travelcrawl.frontier.backend import Backend, Depth, Waiting
from travelcrawl.frontier.codec import decode, encode
from travelcrawl.frontier.factory import keys_of

__all__ = ["redis_fleet", "site"]


class Demo(Spider):
    name = "demo"

    def parse(self, response: object, **kwargs: object) -> None: ...


def waiting(request: Request) -> Waiting:
    fingerprint = int.from_bytes(RequestFingerprinter().fingerprint(request)[:8], "big", signed=True)
    seen = None if request.dont_filter else fingerprint
    return Waiting(payload=encode(request, Demo()), fingerprint=seen, priority=request.priority)


async def urls(backend: Backend) -> list[str]:
    return [decode(lease.payload, Demo()).url for lease in await backend.take(99)]


# Queue


async def test_a_queue_has_a_length_and_is_emptied(backend: Backend) -> None:
    assert (await backend.depth()).waiting == 0
    for number in range(3):
        await backend.push([waiting(Request(f"http://a.example/{number}"))])
    assert (await backend.depth()).waiting == 3
    await backend.command("cancelled")
    assert await backend.depth() == Depth()


async def test_first_in_first_out(backend: Backend) -> None:
    requests = [Request(f"http://a.example/?page={number}") for number in range(5)]
    await backend.push([waiting(request) for request in requests])
    assert await urls(backend) == [request.url for request in requests]


async def test_by_priority(backend: Backend) -> None:
    await backend.push([waiting(Request(f"http://a.example/{number}", priority=number)) for number in (1, 2, 0, -1)])
    assert await urls(backend) == [f"http://a.example/{number}" for number in (2, 1, 0, -1)]


async def test_callback_arguments_and_meta_come_back(backend: Backend) -> None:
    spider = Demo()
    request = Request(
        "http://a.example/", callback=spider.parse, errback=spider.parse, meta={"a": 1}, cb_kwargs={"b": [2]}
    )
    await backend.push([Waiting(payload=encode(request, spider), fingerprint=None)])
    (lease,) = await backend.take(1)
    assert decode(lease.payload, spider).to_dict(spider=spider) == request.to_dict(spider=spider)


# Dupefilter


async def test_seen_is_told_by_the_fingerprint(backend: Backend) -> None:
    assert await backend.push([waiting(Request("http://a.example/?a=1&b=2"))]) == 1
    assert await backend.push([waiting(Request("http://a.example/?b=2&a=1"))]) == 0
    assert await backend.push([waiting(Request("http://a.example/?a=1&b=2", method="POST"))]) == 1
    assert await backend.push([waiting(Request("http://a.example/?a=1&b=2", dont_filter=True))]) == 1


# Keys and spider


def test_keys_are_named_as_there() -> None:
    keys = keys_of(Settings(), "demo")
    assert (keys.queue, keys.dupefilter, keys.starts) == ("demo:requests", "demo:dupefilter", "demo:start_urls")
    named = {
        "SCHEDULER_QUEUE_KEY": "q:%(spider)s",
        "SCHEDULER_DUPEFILTER_KEY": "d:%(spider)s",
        "REDIS_START_URLS_KEY": "s:%(name)s",
    }
    keys = keys_of(Settings(named), "demo", "7")
    assert (keys.queue, keys.dupefilter, keys.starts) == ("q:demo:7", "d:demo:7", "s:demo:7")


def test_start_keys_take_addresses_and_objects_also_while_it_works(redis_fleet: Fleet, site: Site) -> None:
    assert redis_fleet.redis
    starts = f"numbers:start_urls:{redis_fleet.folder.name}"
    site.slow = 0.2
    process = redis_fleet.start()
    wait_until(lambda: len(site.asked) >= 20)
    redis_fleet.redis.rpush(starts, f"{site.url}/500", json.dumps({"url": f"{site.url}/501"}))
    wait_until(lambda: {500, 501} <= set(site.asked))
    # They did not have to wait until all else was done.
    assert len(site.asked) < len(EVERY) + 2
    site.slow = 0
    assert "(finished)" in log_of(process)
    assert redis_fleet.items() == Counter(EVERY | {500, 501})


@pytest.mark.no_cover
def test_it_idles_while_another_works_and_not_longer(redis_fleet: Fleet, site: Site, redis_server: RedisServer) -> None:
    site.slow = 1.0
    words = ("CONCURRENT_REQUESTS=1", "TRAVELCRAWL_LEASE=30")
    first, second = redis_fleet.start(*words), redis_fleet.start(*words)
    with redis.Redis.from_url(redis_server.url) as client:
        wait_until(lambda: client.zcard(f"numbers:requests:{redis_fleet.folder.name}:workers") == 2)
        # One holds page 1 for a second, the other has nothing and has to stay: then there is work for both.
        wait_until(lambda: len(site.asked) >= 1)
        site.slow = 0.02
    logs = [log_of(first), log_of(second)]
    assert all("(finished)" in log and "'item_scraped_count'" in log for log in logs)
    assert redis_fleet.items() == Counter(EVERY)
