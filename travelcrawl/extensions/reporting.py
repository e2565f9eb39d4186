"""Errors to Sentry, where a DSN is set; what is secret is taken out before anything leaves the process."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings

from travelcrawl.extensions.host import our_version

logger = logging.getLogger(__name__)

HIDDEN = "[hidden]"
SECRET = re.compile(
    r"(?i)^(proxy-)?authorization$|cookie|x-api-key|password|passwd|secret|token|^dsn$|api_?key|^key$|^proxy$"
)
"""Names whose values never leave."""
CREDENTIALS = re.compile(r"(?<=://)[^/@\s'\"]+@")
"""Of a proxy, a database, a Redis: what stands before the host."""
PARAMETER = re.compile(r"(?i)([?&](?:key|token|sig|secret|password|access_token|api_?key)=)[^&\s'\"]+")
HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(['\"]?\s*[:=]\s*)[^\n]+")
TRACES = 0.1
PATIENCE = 2.0
"""Seconds at the end for what has not been sent."""


class Reporting:
    """Send what is logged as ERROR to ``SENTRY_DSN``, with environment (``APP_ENV``) and release. Without a DSN it is off.

    A wrong DSN or a server that cannot be reached is said in a sentence and harms nothing.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Reporting:
        """Begin to report."""
        if not crawler.settings.get("SENTRY_DSN"):
            raise NotConfigured
        begin(crawler.settings)
        one = cls()
        crawler.signals.connect(one.spider_closed, signals.spider_closed)
        return one

    async def spider_closed(self) -> None:
        """Send what is left."""
        import sentry_sdk  # noqa: PLC0415

        await asyncio.to_thread(sentry_sdk.flush, PATIENCE)


def begin(settings: BaseSettings) -> None:
    """Start the client, once a process."""
    try:
        import sentry_sdk  # noqa: PLC0415 (an extra)
        from sentry_sdk.transport import HttpTransport  # noqa: PLC0415
        from sentry_sdk.utils import BadDsn  # noqa: PLC0415
    except ImportError:
        logger.warning("errors are not reported: pip install 'travelcrawl[sentry]'")
        raise NotConfigured from None

    class Transport(HttpTransport):
        is_told = False

        def on_dropped_event(self, reason: str) -> None:
            if not self.is_told:
                type(self).is_told = True
                logger.warning("errors are not taken by the server of SENTRY_DSN (%s); the crawl goes on", reason)

    # Brotli, where it happens to be installed, is not read by every relay.
    packing: Any = {"transport_compression_algo": "gzip"}
    try:
        sentry_sdk.init(
            dsn=settings.get("SENTRY_DSN"),
            environment=str(settings.get("APP_ENV") or "local"),
            release=our_version(),
            traces_sample_rate=TRACES,
            send_default_pii=False,
            include_local_variables=False,
            shutdown_timeout=PATIENCE,
            transport=Transport,
            _experiments=packing,
            before_send=lambda event, _: hide(event),
            before_send_transaction=lambda event, _: hide(event),
        )
    except BadDsn as error:
        logger.warning("errors are not reported: SENTRY_DSN is wrong (%s)", error)
        raise NotConfigured from None


def hide(value: Any, name: str = "") -> Any:
    """Return a value without what is secret in it: by the name it has, and by what texts look like."""
    if name and SECRET.search(name) and value:
        return HIDDEN
    if isinstance(value, str):
        text = CREDENTIALS.sub(f"{HIDDEN}@", value)
        return HEADER.sub(rf"\1\2{HIDDEN}", PARAMETER.sub(rf"\1{HIDDEN}", text))
    if isinstance(value, Mapping):
        return {key: hide(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [hide(one) for one in value]
    return value
