"""How far a crawl's store has got: what the frontier asks before it acks."""

from __future__ import annotations

import asyncio
from typing import Protocol
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler


class Durable(Protocol):
    """Sequence numbers of a store (stores/base.py)."""

    accepted: int
    committed: int
    closed: asyncio.Event


_stores: WeakKeyDictionary[Crawler, Durable] = WeakKeyDictionary()


def register(crawler: Crawler, store: Durable) -> None:
    """Name the store that a crawl writes to."""
    _stores[crawler] = store


def store_of(crawler: Crawler) -> Durable | None:
    """Return the store that a crawl writes to, None where its pipelines are another project's."""
    return _stores.get(crawler)
