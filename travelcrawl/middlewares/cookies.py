"""Keep each session's cookies apart, at no cost where a site sets none."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import cookies
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

# It would fetch the list of public suffixes from the network, past every egress and with the loop standing still; the list it
# was packed with does.
cookies._split_domain.suffix_list_urls = ()


class _Jars(defaultdict[Any, CookieJar]):
    """Jars by session, those in use last; those of sessions that were retired are forgotten in time."""

    MOST = 2_000

    def __missing__(self, key: Any) -> CookieJar:
        if len(self) >= self.MOST:
            del self[next(iter(self))]
        jar = self[key] = CookieJar()
        return jar

    def use(self, key: Any) -> bool:
        """Say whether there is a jar, and keep it from being forgotten."""
        if (jar := self.pop(key, None)) is not None:
            self[key] = jar
        return jar is not None


class CookiesMiddleware:
    """Scrapy's, with one jar a session (meta ``cookiejar``), asked only where there are cookies."""

    def __init__(self, inner: cookies.CookiesMiddleware) -> None:
        self.inner = inner
        self.jars = inner.jars = _Jars()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CookiesMiddleware:
        """Build over Scrapy's; off where COOKIES_ENABLED says so."""
        return cls(cookies.CookiesMiddleware.from_crawler(crawler))

    def process_request(self, request: Request) -> None:
        """Put on the session's cookies."""
        if self.jars.use(request.meta.get("cookiejar")) or request.cookies:
            self.inner.process_request(request)
        else:
            request.headers.pop("Cookie", None)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep the cookies that an answer sets."""
        if "Set-Cookie" in response.headers:
            self.inner.process_response(request, response)
        return response
