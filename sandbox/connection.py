"""One connection to a port of the sandbox: HTTP requests in absolute form, and CONNECT with TLS ended here."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from typing import Protocol, cast
from weakref import WeakSet

import attrs
import httptools

from sandbox.authority import Authority
from sandbox.http import Reply, Request, text_reply


class Site(Protocol):
    """Who answers."""

    def refuses(self, request: Request, /) -> Reply | None:
        """Say why a tunnel is not opened."""

    def answer(self, request: Request, /) -> Reply:
        """Answer a request."""

    def answer_direct(self, request: Request, /) -> Reply:
        """Answer a request that came past the proxy."""


@attrs.frozen
class Port:
    """What all connections of one port share."""

    site: Site
    authority: Authority
    name: str
    proxy: bool = True
    """False: the port where nobody should come, which stands for a request sent directly."""
    users: Mapping[str, str] = attrs.field(factory=dict)
    """Value of Proxy-Authorization → name of the egress it stands for: users of one gateway are egresses of their own."""
    connections: WeakSet[Connection] = attrs.field(factory=WeakSet, eq=False)

    def abort(self) -> None:
        """Close what is connected to it, without sending what is left."""
        for connection in list(self.connections):
            connection.abort()

    def egress_of(self, headers: Mapping[str, str]) -> str:
        """Return the name of the egress that a request comes through."""
        return self.users.get(headers.get("proxy-authorization", ""), self.name) if self.users else self.name


class Connection(asyncio.Protocol):
    """Read requests, write replies. Inside a tunnel ``host`` is where it leads."""

    def __init__(self, port: Port, scheme: str = "http", host: str | None = None) -> None:
        self.port = port
        self.scheme = scheme
        self.host = host
        self.transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._early: list[bytes] = []
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._begin()
        port.connections.add(self)

    def abort(self) -> None:
        """Close it without sending what is left."""
        if self.transport is not None:
            self.transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; bytes that came before the end of a TLS handshake was reported are read now."""
        # uvloop's transports are not subclasses of asyncio's.
        self.transport = cast("asyncio.Transport", transport)
        for data in self._early:
            self.data_received(data)
        self._early.clear()

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        if self.transport is None:
            self._early.append(data)
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return
        except httptools.HttpParserError:
            self._send(text_reply("this is not HTTP", 400), close=True)

    def connection_lost(self, _: Exception | None) -> None:
        """Stop what is still being sent."""
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """Wait: the other side reads slowly."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on."""
        self._writable.set()

    # What the parser calls

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def on_message_begin(self) -> None:
        """Forget the last request."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer."""
        method = self._parser.get_method().decode()
        close = not self._parser.should_keep_alive()
        if method == "CONNECT":
            self._connect()
            return
        request, direct = self._request(method)
        reply = self.port.site.answer_direct(request) if direct else self.port.site.answer(request)
        self._send(attrs.evolve(reply, body=b"") if method == "HEAD" else reply, close=close)

    def _request(self, method: str) -> tuple[Request, bool]:
        """Return the request, and whether it came as to a site itself, not as to a proxy."""
        address = self._url.decode("latin-1")
        scheme, host, direct = self.scheme, self.host, not self.port.proxy
        if "://" in address[:8]:
            scheme, _, rest = address.partition("://")
            host, slash, rest = rest.partition("/")
            address = slash + rest or "/"
        elif host is None:
            host, direct = self._headers.get("host", ""), True
        request = Request(
            method=method,
            scheme=scheme,
            host=_bare(host),
            target=address,
            headers=self._headers,
            body=b"".join(self._body),
            egress=self.port.egress_of(self._headers),
        )
        return request, direct

    # Replies

    def _send(self, reply: Reply, *, close: bool) -> None:
        assert self.transport is not None
        if reply.hangs:
            return
        if reply.resets:
            self._reset()
            return
        if reply.delay or reply.times > 1:
            self.transport.pause_reading()
            self._task = asyncio.get_running_loop().create_task(self._send_slowly(reply, close=close))
            return
        self.transport.write(reply.head(close=close) + reply.body[: reply.cut])
        if close or reply.cut is not None:
            self.transport.close()

    def _reset(self) -> None:
        assert self.transport is not None
        wire = self.transport.get_extra_info("socket")
        if wire is not None:
            # Closed with nothing to linger for, the kernel sends a reset.
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    async def _send_slowly(self, reply: Reply, *, close: bool) -> None:
        assert self.transport is not None
        await asyncio.sleep(reply.delay)
        self.transport.write(reply.head(close=close))
        for _ in range(reply.times):
            await self._writable.wait()
            self.transport.write(reply.body[: reply.cut])
        if close or reply.cut is not None:
            self.transport.close()
        else:
            self.transport.resume_reading()

    # Tunnels

    def _connect(self) -> None:
        assert self.transport is not None
        host, _, number = self._url.decode("latin-1").rpartition(":")
        port = attrs.evolve(self.port, name=self.port.egress_of(self._headers), users={})
        request = Request(method="CONNECT", host=_bare(host), target="", headers=self._headers, egress=port.name)
        refusal = self.port.site.refuses(request) if self.port.proxy else self.port.site.answer_direct(request)
        if refusal is not None:
            self._send(refusal, close=True)
            return
        self.transport.pause_reading()
        self.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._task = asyncio.get_running_loop().create_task(self._tunnel(port, request.host, secure=number != "80"))

    async def _tunnel(self, port: Port, host: str, *, secure: bool) -> None:
        assert self.transport is not None
        inner = Connection(port, "https" if secure else "http", host)
        self._task = None
        if not secure:
            self.transport.set_protocol(inner)
            inner.connection_made(self.transport)
            self.transport.resume_reading()
            return
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self.transport, inner, self.port.authority.context(host), server_side=True, ssl_handshake_timeout=20
            )
        except (OSError, ConnectionError):
            self.transport.close()
            return
        if transport is not None:
            inner.connection_made(transport)


def _bare(host: str) -> str:
    return host.rpartition("@")[2].partition(":")[0].lower()
