"""A numbered site and a relay that can hold its breath, both in one asyncio loop on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

BODY = b"<html><body>" + b"<p>page of a travel site</p>" * 100 + b"</body></html>"
FAILS = 997
"""Every so many pages one is gone for good, if nothing is linked from it."""


def is_gone(number: int, last: int) -> bool:
    """Say whether a page is not there."""
    return number % FAILS == 0 and 2 * number > last


class Site(asyncio.Protocol):
    """Answers ``GET /n`` after some milliseconds."""

    def __init__(self, asked: Counter[int], last: int, delay: float) -> None:
        self.asked, self.last, self.delay = asked, last, delay
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            number = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
            self.asked[number] += 1
            asyncio.get_running_loop().call_later(self.delay, self.answer, is_gone(number, self.last))

    def answer(self, gone: bool) -> None:
        """Send a page."""
        status = b"404 Not Found" if gone else b"200 OK"
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 %b\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (status, len(BODY), BODY)
            )


class Relay:
    """A TCP relay that forwards nothing while ``open`` is not set: a network that hangs without closing."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.open = asyncio.Event()
        self.open.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection."""
        try:
            upstream, downstream = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pump(reader, downstream), self._pump(upstream, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self.open.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
