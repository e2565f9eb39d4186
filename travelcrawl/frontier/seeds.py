"""Start entries: what people push to ``<spider>:start_urls`` of a running fleet, and the requests they become."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from scrapy import Request, Spider

from travelcrawl.errors import TravelcrawlError, UsageError


def plant(spider: Spider, seed: str) -> Iterable[Request]:
    """Turn a start entry into requests: an address, or a JSON object of spider arguments (``{"city": "成都"}``).

    A spider that knows more has ``requests_from_seed`` (ours) or ``make_request_from_data`` (scrapy-redis's). Raises
    UsageError where the entry is neither, or the spider's method fails on it.
    """
    try:
        if callable(own := getattr(spider, "requests_from_seed", None)):
            return list(own(seed))
        if callable(own := getattr(spider, "make_request_from_data", None)):
            made = own(seed.encode())
            return [made] if isinstance(made, Request) else list(made or ())
    except TravelcrawlError:
        raise
    except Exception as error:
        raise UsageError(
            f"{spider.name} cannot read the start entry {seed[:80]!r}: {type(error).__name__}: {error}"
        ) from error
    return [_request(spider, seed)]


def _request(spider: Spider, seed: str) -> Request:
    """Read an entry as scrapy-redis does: an address, or an object with ``url``, ``method`` and ``meta``."""
    data: Any = {"url": seed}
    if seed.lstrip().startswith("{"):
        try:
            data = json.loads(seed)
        except ValueError as error:
            raise UsageError(f"a start entry of {spider.name} is no JSON: {error}") from None
    address = data.get("url")
    if not isinstance(address, str) or not address.startswith(("http://", "https://")):
        raise UsageError(f"a start entry of {spider.name} has no http address: {str(seed)[:80]!r}")
    return Request(
        address, method=str(data.get("method", "GET")), meta=_dict(data.get("meta")), callback=_parse(spider)
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _parse(spider: Spider) -> Any:
    return getattr(spider, "parse", None)
