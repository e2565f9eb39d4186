"""Faults on demand: what a crawler has to survive, as behaviours. ``--fault NAME:TARGET[:COUNT]`` chooses them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Mapping
from functools import cache

from sandbox.behaviour import Behaviour
from sandbox.http import Reply, Request, html_reply, json_reply, redirect

_MEGABYTE = 1024 * 1024


def _html(_: Request) -> Reply:
    return html_reply("<html><head><title>系统维护</title></head><body><h1>系统维护中</h1></body></html>")


def _huge(_: Request) -> Reply:
    return Reply(headers={"Content-Type": "text/html"}, body=b"<p>" + b" " * (_MEGABYTE - 3), times=200)


def _redirect(request: Request) -> Reply:
    step = int(request.query.get("step", "0")) + 1
    return redirect(f"{request.scheme}://{request.host}{request.path}?step={step}")


@cache
def _bomb() -> bytes:
    """Return half a gigabyte of blanks as half a megabyte of gzip: one compressed megabyte, repeated."""
    megabyte, times = b" " * _MEGABYTE, 512
    packer = zlib.compressobj(level=9, wbits=-15)
    once = packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(megabyte, checksum)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    return head + once * times + packer.flush() + struct.pack("<II", checksum, times * _MEGABYTE)


def _gzip_bomb(_: Request) -> Reply:
    return Reply(headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}, body=_bomb())


def _refused_key(_: Request) -> Reply:
    return json_reply({"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"})


def _spent_quota(_: Request) -> Reply:
    return json_reply({"status": "0", "info": "DAILY_QUERY_OVER_LIMIT", "infocode": "10003"})


def _hang(_: Request) -> Reply:
    return Reply(hangs=True)


def _unavailable(_: Request) -> Reply:
    return html_reply("<html><head><title>503 Service Temporarily Unavailable</title></head></html>", 503)


def _forbidden(_: Request) -> Reply:
    return html_reply("<html><head><title>403 Forbidden</title></head></html>", 403)


def _truncated(_: Request) -> Reply:
    return Reply(headers={"Content-Type": "application/json"}, body=b'{"status":"1","pois":[' + b" " * 4096, cut=512)


FAULTS: Mapping[str, Callable[[Request], Reply]] = {
    "html": _html,
    "huge": _huge,
    "redirect": _redirect,
    "gzip_bomb": _gzip_bomb,
    "refused_key": _refused_key,
    "spent_quota": _spent_quota,
    "hang": _hang,
    "unavailable": _unavailable,
    "forbidden": _forbidden,
    "truncated": _truncated,
}
"""HTML for JSON; 200 MB; a redirect without end; 512 MB in 0.5 MB of gzip; amap's 10001, 10003; silence; 503, 403; half a body."""


class Fault(Behaviour):
    """Answer with a fault in the place of some hosts, everywhere but at /robots.txt."""

    def __init__(self, name: str, hosts: Collection[str], count: int | None = None) -> None:
        self.name = name
        self.hosts = frozenset(hosts)
        self.left = count
        """How many requests are still to be spoilt; None: all."""
        self._answer = FAULTS[name]

    def before(self, request: Request) -> Reply | None:
        """Spoil the answer."""
        if request.host not in self.hosts or request.method == "CONNECT" or request.path == "/robots.txt":
            return None
        if self.left is not None:
            if self.left <= 0:
                return None
            self.left -= 1
        return self._answer(request)


def parse_fault(text: str, platforms: Mapping[str, str]) -> Fault:
    """Read ``NAME:TARGET[:COUNT]``; the target is a platform or a host. ``platforms``: host → platform.

    Raises ValueError with one sentence where it is none.
    """
    name, _, rest = text.partition(":")
    target, _, count = rest.partition(":")
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}; there are {', '.join(FAULTS)}")
    hosts = [host for host, platform in platforms.items() if target in {host, platform, "all"}]
    if not hosts:
        raise ValueError(f"the sandbox has no platform or host {target!r}; write {name}:PLATFORM or {name}:HOST")
    if count and not count.isdecimal():
        raise ValueError(f"{count!r} is no number of requests; write {name}:{target}:5")
    return Fault(name, hosts, int(count) if count else None)
