"""What a connection does at the edges: bytes before the handshake is reported, tunnels that break, slow answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from sandbox.authority import Authority
from sandbox.behaviour import Behaviour
from sandbox.connection import Connection, Port
from sandbox.http import Reply, Request, text_reply
from sandbox.server import Control, Options, Server
from sandbox.web import Web


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True


class Slow(Behaviour):
    """Takes its time, and sends much."""

    name = "slow"

    def after(self, request: Request, reply: Reply) -> Reply | None:
        if request.path == "/robots.txt":
            return attrs.evolve(reply, delay=0.01)
        return Reply(body=b"x" * 65536, times=100) if request.path == "/much" else None


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    server = Server(Options(folder=tmp_path, size=12, egresses=1, behaviours=(Slow(),)))
    yield (await server.start())["proxies"][0]
    await server.close()


def test_bytes_before_the_end_of_the_handshake_are_read_after_it(world: Any, tmp_path: Path) -> None:
    connection = Connection(Port(Web(world), Authority(tmp_path), "egress-0"), "https", "www.mafengwo.cn")
    connection.data_received(b"GET /robots.txt HTTP/1.1\r\n")
    connection.data_received(b"Host: www.mafengwo.cn\r\nConnection: close\r\n\r\n")
    wire = Wire()
    connection.connection_made(wire)
    assert b"Disallow: /" in wire.sent
    assert wire.closed


async def test_an_answer_may_take_its_time_and_the_next_follows(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET http://www.mafengwo.cn/robots.txt HTTP/1.1\r\nHost: www.mafengwo.cn\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"sitemapIndex.xml\n")
    writer.close()
    await writer.wait_closed()


async def test_who_reads_slowly_is_waited_for_and_who_leaves_is_forgotten(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET http://www.mafengwo.cn/much HTTP/1.1\r\nHost: www.mafengwo.cn\r\nConnection: close\r\n\r\n")
    await asyncio.sleep(0.05)
    assert len(await reader.read()) > 100 * 65536
    writer.close()
    await writer.wait_closed()
    _, leaving = await asyncio.open_connection("127.0.0.1", port)
    leaving.write(b"GET http://www.mafengwo.cn/much HTTP/1.1\r\nHost: www.mafengwo.cn\r\n\r\n")
    await asyncio.sleep(0.05)
    leaving.transport.abort()
    await asyncio.sleep(0.01)
    assert not [task for task in asyncio.all_tasks() if "_send_slowly" in repr(task)]


async def test_a_tunnel_without_a_handshake_is_closed(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"CONNECT www.mafengwo.cn:443 HTTP/1.1\r\nHost: www.mafengwo.cn:443\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"GET / HTTP/1.1\r\nHost: www.mafengwo.cn\r\n\r\n")
    assert b"HTTP" not in await reader.read()
    writer.close()
    await writer.wait_closed()


def test_the_control_port_serves_no_site(world: Any) -> None:
    control = Control(Web(world))
    asked = Request(host="www.mafengwo.cn")
    assert {control.refuses(asked).status, control.answer(asked).status} == {405}  # type: ignore[union-attr]
    assert control.answer_direct(Request(host="127.0.0.1", target="/")).status == text_reply("", 404).status
