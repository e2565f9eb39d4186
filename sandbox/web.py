"""The web in the box: finds the platform of a host, lets behaviours interfere, keeps the books."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from protego import Protego

from sandbox.behaviour import Behaviour
from sandbox.books import Books
from sandbox.dialect import Dialect
from sandbox.http import Reply, Request, text_reply
from sandbox.model import World
from sandbox.platforms import dialects_of

_KEPT = 8192
"""Answers kept ready."""


class Web:
    """Answer requests for all hosts of all platforms."""

    def __init__(
        self, world: World, behaviours: Iterable[Behaviour] = (), dialects: Iterable[Dialect] | None = None
    ) -> None:
        self.dialects: dict[str, Dialect] = {}
        self.platforms: dict[str, str] = {}
        for dialect in dialects_of(world) if dialects is None else dialects:
            for host in dialect.hosts:
                self.dialects[host] = dialect
                self.platforms[host] = dialect.platform
        self.behaviours: Sequence[Behaviour] = tuple(behaviours)
        self.books = Books()
        self.log: Callable[[str], object] = lambda _: None
        """Takes a line for each answered request: seconds, egress, status, address."""
        self._ready: OrderedDict[tuple[object, ...], Reply] = OrderedDict()
        self._robots = {
            host: Protego.parse(text)
            for dialect in set(self.dialects.values())
            for host, text in dialect.robots.items()
        }

    @property
    def hosts(self) -> tuple[str, ...]:
        """All hosts of the box."""
        return tuple(self.dialects)

    def refuses(self, request: Request) -> Reply | None:
        """Say why a tunnel is not opened; None: it is."""
        for behaviour in self.behaviours:
            if (reply := behaviour.before(request)) is not None:
                self.books.interfered(behaviour.name, request.host, request.egress, tunnel=True)
                return reply
        return None if request.host in self.dialects else self._unknown(request)

    def answer(self, request: Request) -> Reply:
        """Answer a request, honestly unless a behaviour interferes."""
        dialect = self.dialects.get(request.host)
        if dialect is None:
            return self._unknown(request)
        reply = self._behave(request, dialect)
        self._enter(request, dialect, reply)
        return reply.gzipped if "gzip" in request.headers.get("accept-encoding", "") else reply

    def answer_direct(self, request: Request) -> Reply:
        """Answer what came past the proxy: it is counted, and told so."""
        self.books.direct[request.host] += 1
        return text_reply("this request did not come through a proxy; the sandbox has noticed", 421)

    def _behave(self, request: Request, dialect: Dialect) -> Reply:
        for behaviour in self.behaviours:
            if (instead := behaviour.before(request)) is not None:
                self.books.interfered(behaviour.name, request.host, request.egress)
                return instead
        reply = self._honest(request, dialect)
        for behaviour in self.behaviours:
            if (changed := behaviour.after(request, reply)) is not None:
                self.books.interfered(behaviour.name, request.host, request.egress)
                reply = changed
        return reply

    def _honest(self, request: Request, dialect: Dialect) -> Reply:
        if dialect.fresh:
            return dialect.answer(request)
        varied = tuple(request.headers.get(name) for name in dialect.varies)
        key = (request.method, request.scheme, request.host, request.target, request.body, varied)
        reply = self._ready.get(key)
        if reply is None:
            reply = self._ready[key] = dialect.answer(request)
            if len(self._ready) > _KEPT:
                self._ready.popitem(last=False)
        return reply

    def _enter(self, request: Request, dialect: Dialect, reply: Reply) -> None:
        found = dialect.find(request)
        label = "robots.txt" if request.path == "/robots.txt" else found[0].label if found else "unknown"
        robots = self._robots.get(request.host)
        disallowed = robots is not None and label != "robots.txt" and not robots.can_fetch(request.url, "*")
        self.log(f"{time.monotonic():.3f} {request.egress} {reply.status} {request.url}\n")
        self.books.note(request.host, label, reply.status, request.egress, disallowed=disallowed)

    def _unknown(self, request: Request) -> Reply:
        self.books.unknown[request.host] += 1
        return text_reply(f"the sandbox has no host {request.host!r}; nothing was asked outside", 502)
