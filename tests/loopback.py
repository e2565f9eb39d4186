"""A site on loopback, served from a thread of the test's own process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TypeVar

Page = tuple[int, bytes, Mapping[str, str]]
"""Status, body, and headers beside length and type."""


class LoopbackSite(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def handle_error(self, *_: object) -> None:
        """Say nothing of connections that were cut."""


class LoopbackHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    body = b""
    """What was posted."""

    def page(self) -> Page:
        """Return what ``path`` is answered with."""
        raise NotImplementedError

    def do_GET(self) -> None:
        status, body, headers = self.page()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Content-Type": "text/html", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


SiteT = TypeVar("SiteT", bound=LoopbackSite)


@contextmanager
def serving(site: SiteT) -> Iterator[SiteT]:
    """Serve as long as the test runs."""
    thread = Thread(target=site.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
