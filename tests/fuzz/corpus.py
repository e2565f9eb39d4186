"""What fuzzing starts from: the project's fixtures and the sandbox's answers, by page class."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urljoin, urlsplit

import attrs
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader
from w3lib.url import add_or_replace_parameters
from web_poet import HttpResponse, PageParams

from sandbox import build_world
from sandbox.http import Request
from sandbox.platforms import dialects_of
from sandbox.platforms.amap import KEY
from sandbox.web import Web
from travelcrawl.items import Link
from travelcrawl.pages.amap_parts import Search
from travelcrawl.pages.base import TravelPage, page_for, pages_of, parts_of

FIXTURES = Path(__file__).parents[1] / "fixtures"
PLATFORMS = ("amap", "ctrip", "mafengwo", "dianping", "xiaohongshu", "douyin", "weibo", "bilibili")
PAGES = [page for platform in PLATFORMS for page in pages_of(platform).values()]
MOST = 4
"""Answers of one page class taken from the sandbox."""
LONGEST_CHAIN = 150
"""Links of one platform followed at most."""


@attrs.frozen
class Sample:
    """An answer, and what its request knew."""

    url: str
    body: bytes
    params: dict[str, Any] = attrs.field(factory=dict)


def platform_of(page: type[TravelPage[Any]]) -> str:
    return page.__module__.rpartition(".")[2]


@cache
def samples_of(page: type[TravelPage[Any]]) -> tuple[Sample, ...]:
    """Return the answers of a page class; where there are none, those of its platform."""
    found = _samples(platform_of(page))
    return tuple(found[page.__name__]) or tuple(one for many in found.values() for one in many)


@cache
def _samples(platform: str) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for folder in sorted(FIXTURES.glob(f"travelcrawl.pages.{platform}.*/*/inputs")):
        info = json.loads((folder / "HttpResponse-info.json").read_text(encoding="utf-8"))
        body = next(folder.glob("HttpResponse-body.*")).read_bytes()
        found[folder.parent.parent.name.rpartition(".")[2]].append(Sample(str(info["url"]), body))
    counts: dict[str, int] = defaultdict(int)
    for name, sample in _crawled(platform):
        counts[name] += 1
        if counts[name] <= MOST:
            found[name].append(sample)
    return found


def _seeds(platform: str) -> Iterator[Link]:
    spider = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["travelcrawl.spiders"]})).load(platform)
    (dialect,) = (one for one in dialects_of(build_world(7, 40)) if one.platform == platform)
    if "city" in spider.offers_seeds:
        one = spider(city="510100")
        yield from one.seeds(one.query)
    if platform == "amap":
        yield from Search(types="110101", city="510100", district="510104").narrower()[0]
    if lines := list(dialect.shared()):
        with NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write("\n".join(lines))
            file.flush()
            yield from map(spider(urls=file.name).seed_url, lines)


def _crawled(platform: str) -> Iterator[tuple[str, Sample]]:
    """Yield page names and answers, following what the pages lead to."""
    web, pages = Web(build_world(7, 40)), pages_of(platform)
    waiting, seen = list(_seeds(platform)), set[str]()
    while waiting and len(seen) < LONGEST_CHAIN:
        link = waiting.pop(0)
        if f"{link.url} {link.body}" in seen:
            continue
        seen.add(f"{link.url} {link.body}")
        sample = _fetch(web, link)
        page = pages[link.page]
        answer = HttpResponse(url=sample.url, body=sample.body)
        name = page.__name__ if page.fits(answer) else getattr(page_for(platform, answer), "__name__", link.page)
        yield name, sample
        result = asyncio.run(page(response=answer, params=PageParams(link.params)).to_item())
        # The newest links first of each page class, so that a long list does not hide what lies behind it.
        waiting[:0] = parts_of(result)[1][:8]


def _fetch(web: Web, link: Link) -> Sample:
    address = add_or_replace_parameters(link.url, {"key": KEY}) if "restapi.amap.com" in link.url else link.url
    for _ in range(5):
        parts = urlsplit(address)
        reply = web.answer(
            Request(
                method=link.method,
                scheme=parts.scheme,
                host=parts.hostname or "",
                target=parts.path + (f"?{parts.query}" if parts.query else ""),
                headers={name.lower(): value for name, value in link.headers.items()},
                body=(link.body or "").encode(),
            )
        )
        if reply.status not in (301, 302, 303, 307):
            break
        address = urljoin(address, reply.headers["Location"])
    return Sample(address, reply.body, dict(link.params))
