"""A web for browsers, on loopback: a site behind proxies that want credentials, and a crawl of it in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from sandbox.authority import Authority
from sandbox.connection import Connection, Port
from sandbox.http import Reply, Request, html_reply, json_reply, redirect, text_reply
from tests import programs

ROOT = Path(__file__).parents[2]
SHELL = """<!doctype html><title>app</title><img src="/picture.png"><div id="app"></div>
<script src="/app.js"></script><script src="http://127.0.0.1:{direct}/leak.js"></script>
<link rel="preconnect" href="http://127.0.0.1:{direct}">"""
PROGRAM = """
const who = {agent: navigator.userAgent, language: navigator.language, width: innerWidth, touch: navigator.maxTouchPoints > 0,
  hints: navigator.userAgentData ? navigator.userAgentData.toJSON() : null};
fetch('/forbidden/data.json').catch(() => null);
fetch('/data.json').then(answer => answer.json()).then(data => {
  document.getElementById('app').innerHTML =
    '<p class="name">' + data.name + '</p><pre id="who">' + JSON.stringify(who) + '</pre>';
});
"""

PAGES = {
    "/robots.txt": text_reply("User-agent: *\nDisallow: /forbidden/\n"),
    "/app.js": Reply(headers={"Content-Type": "text/javascript"}, body=PROGRAM.encode()),
    "/data.json": json_reply({"name": "望江楼"}),
    "/redirect": redirect("https://login.example/signin"),
    "/hang": Reply(hangs=True),
    "/loop": html_reply("<body onload='setTimeout(() => { while (true) {} })'>busy</body>"),
    "/plain": html_reply("<p>plain</p>"),
    "/big": html_reply("<p>" + "big " * 100_000),
    "/gone": html_reply("<p>gone</p>", 404),
}


@attrs.define
class Site:
    """What the browsers ask; ``asked`` is what was, in order: (port, host, path, headers)."""

    credentials: Mapping[str, str]
    """Port → ``user:password`` that it wants."""
    direct: int = 0
    asked: list[tuple[str, str, str, Mapping[str, str]]] = attrs.field(factory=list)

    def refuses(self, request: Request) -> Reply | None:
        wanted = self.credentials.get(request.egress)
        said = request.headers.get("proxy-authorization", "")
        if wanted and said != f"Basic {base64.b64encode(wanted.encode()).decode()}":
            return Reply(status=407, headers={"Proxy-Authenticate": 'Basic realm="proxy"'})
        return None

    def answer(self, request: Request) -> Reply:
        if request.scheme == "http" and (refusal := self.refuses(request)):
            return refusal
        self.asked.append((request.egress, request.host, request.path, request.headers))
        return self._page(request)

    def answer_direct(self, request: Request) -> Reply:
        self.asked.append((request.egress, request.host, request.path, request.headers))
        return self._page(request)

    def _page(self, request: Request) -> Reply:
        if request.path == "/cookie":
            reply = html_reply(f"<p>{request.headers.get('cookie', 'none')}</p>")
            return attrs.evolve(reply, headers={**reply.headers, "Set-Cookie": "token=1; Path=/"})
        return PAGES.get(request.path) or html_reply(SHELL.format(direct=self.direct))


@attrs.frozen
class Served:
    site: Site
    ports: Mapping[str, int]
    ca_file: Path

    def proxy(self, name: str) -> str:
        credentials = self.site.credentials.get(name)
        return f"http://{credentials + '@' if credentials else ''}127.0.0.1:{self.ports[name]}"


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve on the ports ``one`` and ``two`` (proxies that want credentials), ``forged`` (a proxy whose certificates only come
    along with the trusted authority's), ``site`` (the site itself) and ``direct`` (where nobody should come)."""
    site = Site(credentials={"one": "u1:s3cret", "two": "u2:s3cret"})
    trusted, other = Authority(folder / "trusted"), Authority(folder / "other")
    other._certificate = trusted._certificate
    loop = asyncio.new_event_loop()
    ports = {}
    opened = []

    async def start() -> None:
        for name in ("one", "two", "forged", "site", "direct"):
            port = Port(site, other if name == "forged" else trusted, name, proxy=name not in {"site", "direct"})
            server = await loop.create_server(lambda port=port: Connection(port), "127.0.0.1", 0)
            ports[name] = server.sockets[0].getsockname()[1]
            opened.append((server, port))

    loop.run_until_complete(start())
    site.direct = ports["direct"]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield Served(site, ports, trusted.file)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for server, port in opened:
            server.close()
            port.abort()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def crawl(
    chains: Sequence[Sequence[Mapping[str, Any]]], settings: Mapping[str, Any], folder: Path, proxy: str
) -> dict[str, Any]:
    """Crawl chains of requests (``url`` and ``meta``), each after the one before it; ``proxy`` is the environment's.

    Return ``answers`` (in the order they came: url, and status and body or error), ``stats``, ``left`` (processes still there at the
    end) and ``log``.
    """
    out = folder / "out.json"
    work = {"chains": chains, "settings": {**settings, "LOG_LEVEL": "DEBUG"}, "out": str(out)}
    (folder / "work.json").write_text(json.dumps(work))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "http_proxy": proxy, "https_proxy": proxy}
    done = programs.run(__file__, str(folder / "work.json"), env=environment, timeout=240)
    assert out.exists(), done.stderr
    result: dict[str, Any] = json.loads(out.read_text())
    return {**result, "log": done.stderr}


def main() -> None:
    import psutil
    from scrapy import Request as Ask
    from scrapy import Spider
    from scrapy.crawler import AsyncCrawlerProcess

    warnings.simplefilter("error", ResourceWarning)
    work = json.loads(Path(sys.argv[1]).read_text())
    answers: list[dict[str, Any]] = []

    class Chains(Spider):
        name = "chains"

        async def start(self):
            for chain in work["chains"]:
                yield self.ask(chain)

        def ask(self, chain):
            first, *rest = chain
            return Ask(
                first["url"],
                meta={"rest": rest, **first["meta"]},
                headers=first.get("headers"),
                dont_filter=True,
                callback=self.got,
                errback=self.failed,
            )

        def got(self, response):
            answers.append({"url": response.request.url, "status": response.status, "body": response.text})
            answers[-1]["headers"] = dict(response.headers.to_unicode_dict())
            if response.meta["rest"]:
                yield self.ask(response.meta["rest"])

        def failed(self, failure):
            answers.append({"url": failure.request.url, "error": repr(failure.value)})
            if failure.request.meta["rest"]:
                yield self.ask(failure.request.meta["rest"])

    process = AsyncCrawlerProcess(settings=work["settings"])
    crawler = process.create_crawler(Chains)
    process.crawl(crawler)
    process.start()
    left = [child.name() for child in psutil.Process().children(recursive=True)]
    stats = {name: value for name, value in crawler.stats.get_stats().items() if isinstance(value, int | str)}
    Path(work["out"]).write_text(json.dumps({"answers": answers, "stats": stats, "left": left}))


if __name__ == "__main__":
    main()
