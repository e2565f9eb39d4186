"""Send every request through an egress of the list."""

from __future__ import annotations

import logging

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from travelcrawl.access.egress import EgressPool, parse_egresses

logger = logging.getLogger(__name__)


class EgressMiddleware:
    """Give each request an egress, so that nothing leaves directly unless ``direct`` is in the list.

    A request keeps its egress through redirects. Setting: ``TRAVELCRAWL_PROXIES``. Meta: ``egress`` (label). Without a list
    it is off.
    """

    def __init__(self, pool: EgressPool) -> None:
        self.pool = pool

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> EgressMiddleware:
        """Read the list of egresses. Raises UsageError where one is no proxy."""
        egresses = parse_egresses(crawler.settings["TRAVELCRAWL_PROXIES"])
        if not egresses:
            raise NotConfigured
        logger.info("%d egresses: %s", len(egresses), ", ".join(egress.label for egress in egresses[:5]))
        return cls(EgressPool(egresses))

    def process_request(self, request: Request) -> None:
        """Set the request's proxy."""
        label = request.meta.get("egress")
        egress = (self.pool.named(label) if label else None) or self.pool.take()
        request.meta["egress"] = egress.label
        # HttpProxyMiddleware takes the credentials out of meta["proxy"]: it is set anew each time (pains.md E7).
        request.meta["proxy"] = egress.url
