"""Run a callback on an answer once more without a trace: what it counts and keeps is thrown away."""

from __future__ import annotations

import copy
import inspect
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import attrs
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.statscollectors import DummyStatsCollector
from scrapy.utils.misc import arg_to_iter

CONTAINERS = (dict, list, set)
"""What a spider may keep state in: copied, one level deep."""


@attrs.define
class Read:
    """What a callback made of an answer."""

    items: list[Any] = attrs.field(factory=list)
    requests: list[Request] = attrs.field(factory=list)
    error: Exception | None = None
    carried: dict[str, int] = attrs.field(factory=dict)
    """What the requests give their pages along: see ``Carried``."""


async def reread(spider: Spider, request: Request, response: Response) -> Read:
    """Return what the callback of a request makes of an answer, run on a copy of the spider.

    The copy has its own containers and stats. Objects of other kinds that a spider changes, and what it does elsewhere (files, other
    requests that it awaits), are shared and done again.
    """
    read = Read()
    try:
        async for one in _output(_callback(_shadow(spider), spider, request)(response, **request.cb_kwargs)):
            (read.requests if isinstance(one, Request) else read.items).append(one)
    except Exception as error:
        read.error = error
    return read


def _callback(shadow: Spider, spider: Spider, request: Request) -> Callable[..., Any]:
    callback: Any = request.callback or spider._parse
    if getattr(callback, "__self__", None) is spider:
        bound: Callable[..., Any] = callback.__func__.__get__(shadow)
        return bound
    found: Callable[..., Any] = callback
    return found


def _shadow(spider: Spider) -> Spider:
    shadow, crawler = copy.copy(spider), copy.copy(spider.crawler)
    for name, value in vars(spider).items():
        if isinstance(value, CONTAINERS):
            setattr(shadow, name, copy.copy(value))
    crawler.stats = DummyStatsCollector(crawler)
    shadow.crawler = crawler
    return shadow


async def _output(result: Any) -> AsyncIterator[Any]:
    if inspect.isawaitable(result):
        result = await result
    if isinstance(result, AsyncIterator):
        async for one in result:
            yield one
        return
    found: Iterable[Any] = arg_to_iter(result)
    for one in found:
        if one is not None:
            yield one
