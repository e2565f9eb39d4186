"""Every metric there is, as data, and the Scrapy stats that some are made of. docs/metrics.md lists both; a test compares.

Names, labels and buckets are fixed: dashboards, alerts and the scaling of workers go by them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import attrs

from travelcrawl.access.verdicts import Verdict

Kind = Literal["counter", "gauge", "histogram"]

REQUEST_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60)
ITEM_SECONDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1)
TASK_SECONDS = (1, 5, 10, 30, 60, 120, 300, 720)
QUERY_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)
SCORES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@attrs.frozen
class Family:
    """A metric: what it is called and how its series differ."""

    name: str
    kind: Kind
    text: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """Of a histogram."""
    of_all: Literal["max", "sum", "mostrecent"] = "max"
    """What a node makes of the gauges of its live jobs: things that all share are the same from each."""


FAMILIES: tuple[Family, ...] = (
    Family("crawler_requests_total", "counter", "Requests that came to an end", ("platform", "engine", "status")),
    Family(
        "crawler_request_duration_seconds",
        "histogram",
        "From the wire and back, whatever came of it",
        ("platform", "engine"),
        REQUEST_SECONDS,
    ),
    Family(
        "crawler_data_processed_total",
        "counter",
        "Items through a pipeline",
        ("platform", "processor_type", "status"),
    ),
    Family(
        "crawler_data_processing_duration_seconds",
        "histogram",
        "Work of a pipeline on an item",
        ("processor_type",),
        ITEM_SECONDS,
    ),
    Family(
        "crawler_poi_discovered_total", "counter", "Listings seen for the first time in a run", ("platform", "city")
    ),
    Family("crawler_data_quality_score", "histogram", "Quality of items, 0-1", ("platform",), SCORES),
    Family("crawler_errors_total", "counter", "What went wrong", ("error_type", "platform", "component")),
    Family("crawler_active_engines", "gauge", "Crawls, and browsers", ("engine_type",), of_all="sum"),
    Family("crawler_browser_active", "gauge", "Pages open in browsers", of_all="sum"),
    Family("crawler_browser_memory_bytes", "gauge", "Memory of all processes under a crawl", of_all="sum"),
    Family("crawler_proxy_pool_size", "gauge", "Egresses by state", ("status",)),
    Family("crawler_proxy_mode", "gauge", "0 direct, 1 through proxies", ("platform",)),
    Family("crawler_queue_depth", "gauge", "What waits", ("name", "platform")),
    Family("crawler_tasks_processed_total", "counter", "Requests of the frontier done with", ("platform", "status")),
    Family(
        "crawler_task_processing_duration_seconds",
        "histogram",
        "From the frontier until its answer is worked through",
        ("platform",),
        TASK_SECONDS,
    ),
    Family("crawler_task_dlq_total", "counter", "Requests that became dead letters", ("platform", "cause")),
    Family("crawler_redis_connections", "gauge", "Clients of Redis"),
    Family("crawler_db_connections", "gauge", "Connections to the database", ("state",)),
    Family("crawler_db_query_duration_seconds", "histogram", "Statements of the store", ("statement",), QUERY_SECONDS),
    Family("crawler_host_cpu_percent", "gauge", "Processor"),
    Family("crawler_host_memory_percent", "gauge", "Memory"),
    Family("crawler_host_disk_usage_percent", "gauge", "Disk of the working directory"),
    Family("crawler_host_disk_free_bytes", "gauge", "Disk of the working directory"),
    Family("crawler_host_network_bytes_total", "counter", "All interfaces", ("direction",)),
    Family("crawler_host_active_connections", "gauge", "Sockets of TCP and UDP"),
    Family("crawler_host_load_average", "gauge", "Load", ("window",)),
    Family("crawler_system_info", "gauge", "What runs here", ("version", "environment", "python_version")),
    Family("crawler_verdicts_total", "counter", "What answers meant", ("platform", "verdict")),
    Family("crawler_given_up_total", "counter", "Requests given up", ("platform", "cause")),
    Family("crawler_leases_reaped_total", "counter", "Requests taken from silent workers", ("platform",)),
    Family("crawler_lease_oldest_seconds", "gauge", "Age of the oldest request held", ("platform",)),
    Family("crawler_budget_waits_total", "counter", "Requests that had to wait", ("platform", "reason")),
    Family("crawler_budget_waited_seconds_total", "counter", "How long they waited", ("platform", "reason")),
    Family("crawler_breaker_state", "gauge", "0 closed, 1 half open, 2 open", ("platform",)),
    Family("crawler_datum_offset_meters", "gauge", "Median offset of matched pairs", ("platform", "other")),
    Family("crawler_match_decisions_total", "counter", "Pairs of listings by decision", ("decision",)),
    Family("crawler_quarantine_total", "counter", "Items in quarantine", ("platform", "reason")),
    Family("crawler_event_loop_lag_seconds", "gauge", "How late the event loop was, at worst"),
    Family("crawler_memory_bytes", "gauge", "Resident memory of a crawl", of_all="sum"),
    Family("crawler_relief", "gauge", "Steps of relief in force", ("action",)),
    Family("crawler_reliefs_total", "counter", "Steps by which load was taken off, and put back", ("action",)),
    Family("crawler_export_age_seconds", "gauge", "Since the last scrapy export"),
    Family("crawler_node_jobs", "gauge", "Jobs of a Scrapyd node", ("state",)),
    Family("crawler_node_slots", "gauge", "Jobs that a Scrapyd node runs at once"),
    Family("scrapy_requests_total", "counter", "Requests sent", ("platform",)),
    Family("scrapy_requests_by_method_total", "counter", "Requests sent", ("platform", "method")),
    Family("scrapy_request_bytes_total", "counter", "Bytes sent", ("platform",)),
    Family("scrapy_responses_total", "counter", "Answers received", ("platform",)),
    Family("scrapy_responses_by_status_total", "counter", "Answers received", ("platform", "status")),
    Family("scrapy_response_bytes_total", "counter", "Bytes received", ("platform",)),
    Family("scrapy_exceptions_total", "counter", "Failures of the downloader", ("platform", "exception")),
    Family("scrapy_items_scraped_total", "counter", "Items through all pipelines", ("platform",)),
    Family("scrapy_items_dropped_total", "counter", "Items that a pipeline dropped", ("platform",)),
    Family("scrapy_log_records_total", "counter", "Records logged", ("platform", "level")),
    Family("scrapy_duplicates_filtered_total", "counter", "Requests seen before", ("platform",)),
    Family("scrapy_offsite_filtered_total", "counter", "Requests to foreign hosts", ("platform",)),
    Family("scrapy_scheduler_enqueued_total", "counter", "Requests that began to wait", ("platform",)),
    Family("scrapy_scheduler_dequeued_total", "counter", "Requests that waited no longer", ("platform",)),
    Family("scrapy_request_depth_max", "gauge", "Deepest request", ("platform",)),
    Family("scrapy_memusage_max_bytes", "gauge", "Peak memory, by Scrapy's MemoryUsage", ("platform",)),
)
NAMED: Mapping[str, Family] = {family.name: family for family in FAMILIES}


@attrs.frozen
class Stat:
    """A Scrapy stat and the metric it becomes; parts in braces are labels, ``platform`` is the spider's name where none says it."""

    path: str
    metric: str
    fixed: Mapping[str, str] = attrs.field(factory=dict)
    """Labels that do not depend on the stat."""

    def labels(self, name: str) -> dict[str, str] | None:
        """Return the labels in a stat's name, None where it is another one."""
        found = re.fullmatch(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path)), name)
        return None if found is None else {**found.groupdict(), **self.fixed}


def _failed(processor: str, kind: str = "parse") -> Stat:
    labels = {"error_type": kind, "component": f"processor.{processor}"}
    return Stat(f"processed/{processor}/failed", "crawler_errors_total", labels)


STATS: tuple[Stat, ...] = (
    Stat("processed/{processor_type}/{status}", "crawler_data_processed_total"),
    *(_failed(processor) for processor in ("cleaner", "enhancer", "deduplicator", "matcher")),
    _failed("validator", "invalid"),
    Stat("processed/store/failed", "crawler_errors_total", {"error_type": "store", "component": "store"}),
    Stat("spider_exceptions/count", "crawler_errors_total", {"error_type": "parse", "component": "processor.page"}),
    Stat("frontier/outages", "crawler_errors_total", {"error_type": "outage", "component": "frontier"}),
    Stat("frontier/acked", "crawler_tasks_processed_total", {"status": "success"}),
    Stat("frontier/dead/{cause}", "crawler_tasks_processed_total", {"status": "failed"}),
    Stat("frontier/dead/{cause}", "crawler_task_dlq_total"),
    Stat("frontier/reaped", "crawler_leases_reaped_total"),
    Stat("verdict/{verdict}/{platform}", "crawler_verdicts_total"),
    Stat("given_up/{cause}", "crawler_given_up_total"),
    Stat("access/waits/{reason}", "crawler_budget_waits_total"),
    Stat("access/waited/{reason}", "crawler_budget_waited_seconds_total"),
    Stat("access/breaker/{platform}", "crawler_breaker_state"),
    Stat("access/mode/{platform}", "crawler_proxy_mode"),
    Stat("access/egresses/{status}/{platform}", "crawler_proxy_pool_size"),
    Stat("browser/open", "crawler_browser_active"),
    Stat("browser/memory", "crawler_browser_memory_bytes"),
    Stat("quarantine/{reason}", "crawler_quarantine_total"),
    Stat("match/decision/{decision}", "crawler_match_decisions_total"),
    Stat("datum/offset/{platform}/{other}", "crawler_datum_offset_meters"),
    Stat("relief/{action}/count", "crawler_reliefs_total"),
    Stat("relief/{action}/on", "crawler_relief"),
    Stat("downloader/request_count", "scrapy_requests_total"),
    Stat("downloader/request_method_count/{method}", "scrapy_requests_by_method_total"),
    Stat("downloader/request_bytes", "scrapy_request_bytes_total"),
    Stat("response_received_count", "scrapy_responses_total"),
    Stat("downloader/response_status_count/{status}", "scrapy_responses_by_status_total"),
    Stat("downloader/response_bytes", "scrapy_response_bytes_total"),
    Stat("downloader/exception_type_count/{exception}", "scrapy_exceptions_total"),
    Stat("item_scraped_count", "scrapy_items_scraped_total"),
    Stat("item_dropped_count", "scrapy_items_dropped_total"),
    Stat("log_count/{level}", "scrapy_log_records_total"),
    Stat("dupefilter/filtered", "scrapy_duplicates_filtered_total"),
    Stat("frontier/seen", "scrapy_duplicates_filtered_total"),
    Stat("offsite/filtered", "scrapy_offsite_filtered_total"),
    Stat("scheduler/enqueued", "scrapy_scheduler_enqueued_total"),
    Stat("scheduler/dequeued", "scrapy_scheduler_dequeued_total"),
    Stat("frontier/pushed", "scrapy_scheduler_enqueued_total"),
    Stat("frontier/taken", "scrapy_scheduler_dequeued_total"),
    Stat("request_depth_max", "scrapy_request_depth_max"),
    Stat("memusage/max", "scrapy_memusage_max_bytes"),
)

KNOWN: Mapping[str, frozenset[str]] = {
    "verdict": frozenset(map(str, Verdict)),
    "cause": frozenset(map(str, Verdict)) | {"crash", "error", "refused", "robots", "needs_browser", "limit"},
    "processor_type": frozenset({"cleaner", "validator", "enhancer", "deduplicator", "matcher", "store"}),
    "level": frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}),
    "method": frozenset({"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"}),
}
"""Labels whose values are known beforehand; anything else there is ``other``."""
MOST = 50
"""Values that any other label of a metric may have."""
OTHER = "other"
_PLAIN = re.compile(r"[\w.+-]{1,64}")


class Labels:
    """Keep the values of labels few and plain, whatever a page, a queue or a spider says."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], set[str]] = {}

    def bounded(self, metric: str, label: str, value: str) -> str:
        """Return a value, or ``other`` where it is not known, not plain, or one too many."""
        known = KNOWN.get(label)
        if known is not None:
            return value if value in known else OTHER
        if not _PLAIN.fullmatch(value):
            return OTHER
        seen = self._seen.setdefault((metric, label), set())
        if value not in seen and len(seen) >= MOST:
            return OTHER
        seen.add(value)
        return value
