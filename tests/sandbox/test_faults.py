from __future__ import annotations

import asyncio
import gzip
import http.client
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox import Running, World, running
from sandbox.behaviour import Behaviour
from sandbox.faults import FAULTS, parse_fault
from sandbox.http import Reply, Request, text_reply
from sandbox.server import Options, Server
from sandbox.web import Web

HOSTS = (
    "restapi.amap.com",
    "m.ctrip.com",
    "you.ctrip.com",
    "hotels.ctrip.com",
    "www.mafengwo.cn",
    "pagelet.mafengwo.cn",
)


@pytest.fixture(scope="module")
def spoilt() -> Iterator[Running]:
    faults = ["huge:hotels.ctrip.com", "hang:you.ctrip.com", "truncated:m.ctrip.com", "gzip_bomb:www.mafengwo.cn"]
    with running(seed=7, size=12, egresses=1, faults=faults) as served:
        yield served


def through(web: Running, host: str) -> http.client.HTTPSConnection:
    proxy = urlsplit(web.proxies[0])
    context = ssl.create_default_context(cafile=str(web.ca_file))
    connection = http.client.HTTPSConnection(proxy.hostname or "", proxy.port, context=context, timeout=1.0)
    connection.set_tunnel(host, 443)
    return connection


@contextmanager
def answered(web: Running, host: str, target: str = "/") -> Iterator[http.client.HTTPResponse]:
    with closing(through(web, host)) as connection:
        connection.request("GET", target)
        with connection.getresponse() as answer:
            yield answer


def test_200_megabytes_are_sent_as_fast_as_they_are_read(spoilt: Running) -> None:
    with answered(spoilt, "hotels.ctrip.com") as answer:
        assert answer.getheader("Content-Length") == str(200 * 1024 * 1024)
        assert len(answer.read(3 * 1024 * 1024)) == 3 * 1024 * 1024


def test_silence(spoilt: Running) -> None:
    with closing(through(spoilt, "you.ctrip.com")) as connection:
        connection.request("GET", "/")
        with pytest.raises(TimeoutError):
            connection.getresponse()


def test_half_a_body(spoilt: Running) -> None:
    with answered(spoilt, "m.ctrip.com") as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()


def test_a_bomb_is_small_on_the_wire_and_robots_stays_readable(spoilt: Running) -> None:
    with answered(spoilt, "www.mafengwo.cn", "/robots.txt") as answer:
        assert b"Disallow" in answer.read()
    with answered(spoilt, "www.mafengwo.cn") as answer:
        packed = answer.read()
        assert answer.getheader("Content-Encoding") == "gzip"
    assert len(packed) < 4 * 1024 * 1024
    with gzip.open(BytesIO(packed)) as unpacked:
        assert len(unpacked.read(16 * 1024 * 1024)) == 16 * 1024 * 1024


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_spoils_its_target_only_and_is_counted(world: World, name: str) -> None:
    web = Web(world)
    web.behaviours = (parse_fault(f"{name}:mafengwo", web.platforms),)
    spoilt = web.answer(Request(host="pagelet.mafengwo.cn", target="/poi/pagelet/poiTicketsApi"))
    clean = web.answer(Request(host="you.ctrip.com", target="/sight/chengdu104.html"))
    assert clean.status == 200
    assert "sight" in clean.body.decode()
    assert spoilt.body != b'{"data":{"html":"","controller_data":{}}}'
    assert web.books.faults == {name: 1}


def test_a_redirect_has_no_end(world: World) -> None:
    web = Web(world)
    web.behaviours = (parse_fault("redirect:www.mafengwo.cn", web.platforms),)
    seen, target = set(), "/jd/10035/gonglve.html"
    for _ in range(30):
        reply = web.answer(Request(host="www.mafengwo.cn", target=target))
        assert reply.status == 302
        target = reply.headers["Location"].removeprefix("https://www.mafengwo.cn")
        assert target not in seen
        seen.add(target)


def test_a_count_ends_a_fault(world: World) -> None:
    web = Web(world)
    web.behaviours = (parse_fault("unavailable:amap:2", web.platforms),)
    statuses = [web.answer(Request(host="restapi.amap.com", target="/v5/place/text")).status for _ in range(4)]
    assert statuses == [503, 503, 200, 200]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("earthquake:amap", "there is no fault 'earthquake'"),
        ("html:tripadvisor", "no platform or host 'tripadvisor'"),
        ("html:amap:many", "'many' is no number"),
    ],
)
def test_a_wrong_fault_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_fault(text, dict.fromkeys(HOSTS, "amap"))


class Grumpy(Behaviour):
    """Refuses tunnels to one host, changes the answers of another."""

    name = "grumpy"

    def before(self, request: Request) -> Reply | None:
        refused = request.method == "CONNECT" and request.host == "you.ctrip.com"
        return text_reply("no", 403) if refused else None

    def after(self, request: Request, reply: Reply) -> Reply | None:
        return text_reply("changed", 200) if request.path == "/robots.txt" else None


def test_a_behaviour_sees_tunnels_and_answers(world: World) -> None:
    web = Web(world, [Behaviour(), Grumpy()])
    refused = web.refuses(Request(method="CONNECT", host="you.ctrip.com", target=""))
    assert refused is not None
    assert refused.status == 403
    assert web.refuses(Request(method="CONNECT", host="m.ctrip.com", target="")) is None
    assert web.answer(Request(host="www.mafengwo.cn", target="/robots.txt")).body == b"changed"
    assert web.books.faults == {"grumpy": 2}


async def test_a_server_in_this_process_takes_behaviours(tmp_path: Path) -> None:
    server = Server(Options(folder=tmp_path, size=12, egresses=1, behaviours=(Grumpy(),)))
    record = await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", record["proxies"][0])
    writer.write(
        b"GET http://www.mafengwo.cn/robots.txt HTTP/1.1\r\nHost: www.mafengwo.cn\r\nConnection: close\r\n\r\n"
    )
    assert b"changed" in await reader.read()
    writer.close()
    await writer.wait_closed()
    await server.close()
