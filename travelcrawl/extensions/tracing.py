"""Traces by OTLP: a span for each request, sampled, and one for the crawl that they are linked to."""

from __future__ import annotations

import asyncio
import logging
import time
from random import Random
from typing import TYPE_CHECKING, Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from w3lib.url import safe_url_string

from travelcrawl.access.secrets import without
from travelcrawl.extensions.logs import SERVICE, trace_ids
from travelcrawl.frontier.codec import secrets_of
from travelcrawl.middlewares.watch import Seen, watch_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

logger = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds that an export, and the last at the end, may take."""
PATH = "/v1/traces"
NANO = 1_000_000_000


class Tracing:
    """Send spans to the collector of ``OTEL_EXPORTER_OTLP_ENDPOINT``; without one it is off.

    Attributes of a request's span: ``platform``, ``verdict``, ``egress`` (direct or proxy), ``http.response.status_code``, ``error.type``,
    ``url.full`` without secrets. Settings: that address, ``OTEL_TRACES_SAMPLER_ARG`` (share of requests). A collector that cannot be
    reached is said once and harms nothing.
    """

    def __init__(self, crawler: Crawler, endpoint: str, share: float, random: Random) -> None:
        self.crawler = crawler
        self.endpoint = endpoint
        self.share = share
        self.random = random
        self._provider: TracerProvider | None = None
        self._tracer: Tracer | None = None
        self._crawl: Span | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Tracing:
        """Build where an address is set."""
        endpoint = crawler.settings.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        if not endpoint:
            raise NotConfigured
        share = crawler.settings.getfloat("OTEL_TRACES_SAMPLER_ARG", 0.1)
        tracing = cls(crawler, endpoint, share, Random())  # noqa: S311 (no secret)
        crawler.signals.connect(tracing.spider_opened, signals.spider_opened)
        crawler.signals.connect(tracing.spider_closed, signals.spider_closed)
        return tracing

    def spider_opened(self, spider: Spider) -> None:
        """Begin the crawl's span and look at requests."""
        try:
            self._provider = _provider(self.endpoint, str(self.crawler.settings.get("APP_ENV") or "local"))
        except ImportError:
            logger.warning("no traces are sent: pip install 'travelcrawl[tracing]'")
            return
        self._tracer = self._provider.get_tracer(SERVICE)
        self._crawl = self._tracer.start_span(f"crawl {spider.name}", attributes={"platform": spider.name})
        trace_ids[spider.name] = f"{self._crawl.get_span_context().trace_id:032x}"
        if watch := watch_of(self.crawler):
            watch.witnesses.append(self.seen)

    def seen(self, seen: Seen) -> None:
        """Send a request's span, if it is one of the sample."""
        if self.random.random() < self.share:
            self._send(seen)

    def _send(self, seen: Seen) -> None:
        from opentelemetry.context import Context  # noqa: PLC0415 (only where traces are sent)
        from opentelemetry.trace import Link, SpanKind, StatusCode  # noqa: PLC0415

        assert self._tracer
        assert self._crawl
        spider = self.crawler.spider
        assert spider
        end = time.time_ns()
        attributes: dict[str, Any] = {
            "platform": spider.name,
            "verdict": seen.verdict.value,
            "egress": "proxy" if seen.request.meta.get("proxy") else "direct",
            "engine": seen.engine,
            "http.request.method": seen.request.method,
            "url.full": safe_url_string(without(seen.request.url, secrets_of(spider))),
        }
        if seen.status is not None:
            attributes["http.response.status_code"] = seen.status
        if seen.error is not None:
            attributes["error.type"] = type(seen.error).__name__
        span = self._tracer.start_span(
            f"{seen.request.method} {spider.name}",
            context=Context(),
            kind=SpanKind.CLIENT,
            attributes=attributes,
            links=[Link(self._crawl.get_span_context())],
            start_time=end - int(seen.seconds * NANO),
        )
        if seen.trouble:
            span.set_status(StatusCode.ERROR, seen.trouble)
        span.end(end)

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Send what is left, for some seconds."""
        trace_ids.pop(spider.name, None)
        if self._provider is None or self._crawl is None:
            return
        self._crawl.set_attribute("reason", reason)
        self._crawl.end()
        await asyncio.to_thread(self._provider.shutdown)


def _provider(endpoint: str, environment: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    address = endpoint.rstrip("/")
    address = address if address.endswith(PATH) else address + PATH
    resource = Resource.create({"service.name": SERVICE, "deployment.environment.name": environment})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=address, timeout=PATIENCE)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    Once.over("opentelemetry", f"traces are not taken by {endpoint}; the crawl goes on without")
    return provider


class Once(logging.Filter):
    """Have a library say in one sentence, once, what it says with every try."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence
        self.is_said = False

    @classmethod
    def over(cls, name: str, sentence: str) -> None:
        """Filter all that a library logs."""
        library = logging.getLogger(name)
        library.propagate = False
        if not library.handlers:
            library.addHandler(_Sentence(cls(sentence)))

    def filter(self, record: logging.LogRecord) -> bool:
        """Say it at the first record that is a warning or worse; pass none."""
        if record.levelno >= logging.WARNING and not self.is_said:
            self.is_said = True
            logger.warning("%s (%s)", self.sentence, record.getMessage())
        return False


class _Sentence(logging.Handler):
    def __init__(self, once: Once) -> None:
        super().__init__()
        self.addFilter(once)

    def emit(self, record: logging.LogRecord) -> None:
        """Say nothing more."""
