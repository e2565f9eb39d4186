"""Requests as a site sees them, and the replies it gives."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import attrs

_SMALL = 512
"""Bytes below which nothing is compressed."""


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Request:
    """A request to a site. Header names are in lower case."""

    method: str = "GET"
    scheme: str = "https"
    host: str
    target: str = "/"
    """Path and query, as sent."""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    egress: str = "egress-0"
    """The port it came through; ``direct`` where it came through none."""

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters, the last of each name."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """The body's parameters, where it is a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The body as JSON, {} where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Reply:
    """What a site answers, and how it behaves on the wire while doing so."""

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    times: int = 1
    """How often the body is sent, one after the other, for answers too large to be held."""
    delay: float = 0.0
    """Seconds before the answer."""
    hangs: bool = False
    """True: no answer ever, the connection stays open."""
    resets: bool = False
    """True: no answer, the connection is reset."""
    cut: int | None = None
    """Bytes of the body after which the connection is closed, though more were announced."""

    @cached_property
    def gzipped(self) -> Reply:
        """The same, compressed; itself where that is no use."""
        if len(self.body) < _SMALL or self.times > 1 or "Content-Encoding" in self.headers:
            return self
        packer = zlib.compressobj(level=1, wbits=31)
        headers = {**self.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return attrs.evolve(self, headers=headers, body=packer.compress(self.body) + packer.flush())

    def head(self, *, close: bool) -> bytes:
        """Return status line and headers."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}", f"Content-Length: {len(self.body) * self.times}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += ["Connection: close" if close else "Connection: keep-alive", "", ""]
        return "\r\n".join(lines).encode("latin-1")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


def json_reply(data: Any, status: int = 200) -> Reply:
    """Answer with JSON."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status=status, headers={"Content-Type": "application/json;charset=UTF-8"}, body=body)


def html_reply(text: str, status: int = 200) -> Reply:
    """Answer with a page."""
    return Reply(status=status, headers={"Content-Type": "text/html; charset=utf-8"}, body=text.encode())


def text_reply(text: str, status: int = 200) -> Reply:
    """Answer with plain text."""
    return Reply(status=status, headers={"Content-Type": "text/plain; charset=utf-8"}, body=text.encode())


def redirect(location: str, status: int = 302) -> Reply:
    """Send elsewhere."""
    return Reply(status=status, headers={"Location": location, "Content-Type": "text/html"})
