"""The process that is the web: egress ports, a port where nobody should come, and a control port for its books."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any

import attrs
import uvloop

from sandbox.authority import Authority
from sandbox.behaviour import Behaviour
from sandbox.books import Books
from sandbox.changes import changed
from sandbox.connection import Connection, Port
from sandbox.faults import parse_fault
from sandbox.http import Reply, Request, json_reply, text_reply
from sandbox.platforms.amap import KEY
from sandbox.web import Web
from sandbox.world import SEED, SIZE, build_world

HOST = "127.0.0.1"


@attrs.frozen(kw_only=True)
class Options:
    """How to serve."""

    folder: Path
    """Where certificates are kept."""
    seed: int = SEED
    size: int = SIZE
    egresses: int = 4
    """Number of proxy ports."""
    changed: bool = False
    """True: the world as it is some days later (changes.py)."""
    faults: tuple[str, ...] = ()
    """``NAME:TARGET[:COUNT]``, see faults.py."""
    behaviours: tuple[Behaviour, ...] = ()
    """Further misbehaviour, where the server runs in this process."""


class Control:
    """The site on the control port: /__sandbox__/stats, and POST /__sandbox__/reset."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def refuses(self, _: Request) -> Reply | None:
        """Refuse every tunnel."""
        return text_reply("this is the control port of the sandbox, not a proxy", 405)

    def answer(self, _: Request) -> Reply:
        """Refuse to be a proxy."""
        return text_reply("this is the control port of the sandbox, not a proxy", 405)

    def answer_direct(self, request: Request) -> Reply:
        """Say what happened, or begin to count anew."""
        if request.path == "/__sandbox__/stats":
            return json_reply(self.web.books.report())
        if request.path == "/__sandbox__/reset" and request.method == "POST":
            self.web.books = Books()
            return json_reply({"reset": True})
        return text_reply("the control port knows /__sandbox__/stats and POST /__sandbox__/reset", 404)


class Server:
    """All ports of the sandbox in one event loop."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.web = self.build(options)
        faults = [parse_fault(text, self.web.platforms) for text in options.faults]
        self.web.behaviours = (*faults, *options.behaviours, *self.web.behaviours)
        self.authority = Authority(options.folder)
        self._servers: list[tuple[asyncio.Server, Port]] = []

    def build(self, options: Options) -> Web:
        """Build the web to serve."""
        world = build_world(options.seed, options.size)
        return Web(changed(world)[0] if options.changed else world)

    async def open_egresses(self) -> list[str | int]:
        """Open the proxy ports and return the number or the address of each."""
        return [await self._open(self.web, f"egress-{number}") for number in range(self.options.egresses)]

    async def start(self) -> dict[str, Any]:
        """Open all ports and return the record that callers need: ports, CA file, environment."""
        proxies = await self.open_egresses()
        direct = await self._open(self.web, "direct", proxy=False)
        control = await self._open(Control(self.web), "control", proxy=False)
        return {
            "proxies": proxies,
            "direct": direct,
            "control": control,
            "ca_file": str(self.authority.file),
            "seed": self.options.seed,
            "size": self.options.size,
            "hosts": list(self.web.hosts),
            "env": {
                "TRAVELCRAWL_PROXIES": ",".join(map(address_of, proxies)),
                "TRAVELCRAWL_CA_FILE": str(self.authority.file),
                "TRAVELCRAWL_PERMITTED_HOSTS": ";".join(f"{host}=sandbox" for host in self.web.hosts),
                "TRAVELCRAWL_RATE": "0",
                # Its egresses tell the truth; second opinions would double what a small crawl asks for.
                "TRAVELCRAWL_AUDIT": "0",
                "AMAP_KEY": KEY,
            },
        }

    async def _open(self, site: Web | Control, name: str, *, proxy: bool = True) -> int:
        return await self.listen(Port(site, self.authority, name, proxy))

    async def listen(self, port: Port) -> int:
        """Open a port and return its number."""
        server = await asyncio.get_running_loop().create_server(lambda: Connection(port), HOST, 0, backlog=1024)
        self._servers.append((server, port))
        number: int = server.sockets[0].getsockname()[1]
        return number

    async def close(self) -> None:
        """Close all ports and what is connected to them."""
        for server, port in self._servers:
            server.close()
            port.abort()
        # The loop lets go of their sockets in its next turn.
        await asyncio.sleep(0)


def address_of(proxy: str | int) -> str:
    """Return the address of a proxy that a record names by its address or its port."""
    return proxy if isinstance(proxy, str) else f"http://{HOST}:{proxy}"


async def _serve(server: Server) -> None:
    record = await server.start()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    _stop_with_stdin(loop, stopped)
    print(json.dumps(record), flush=True)
    await stopped.wait()
    await server.close()


def _stop_with_stdin(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Stop when a pipe on standard input is closed: the sandbox does not outlive who started it."""
    with contextlib.suppress(OSError, ValueError):
        if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
            loop.add_reader(sys.stdin.fileno(), _read, sys.stdin.fileno(), stopped)


def _read(number: int, stopped: asyncio.Event) -> None:
    if not os.read(number, 4096):
        stopped.set()


def serve(server: Server) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input."""
    uvloop.run(_serve(server))
