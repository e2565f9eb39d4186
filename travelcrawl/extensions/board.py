"""The process's metrics, as prometheus_client keeps them: in memory, or in files that a Scrapyd node reads of all its jobs."""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from travelcrawl.extensions.buckets import Buckets
from travelcrawl.extensions.figures import NAMED, Family, Labels

logger = logging.getLogger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable of prometheus_client, which reads it when it is imported: a Scrapyd node sets it for its jobs."""


def is_shared() -> bool:
    """Say whether this process is one of a node's, whose metrics are served by the node."""
    return FOLDER in os.environ


class Board:
    """All metrics of figures.py. Label values are bounded here, so that nothing else has to think of it."""

    def __init__(self) -> None:
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.labels = Labels()
        self._metrics: dict[str, Any] = {}
        self._children: dict[tuple[str, tuple[str, ...]], Any] = {}

    def count(self, name: str, amount: float, /, **labels: str) -> None:
        """Add to a counter; 0 makes it known, so that its first rise is seen as one."""
        self._child(name, labels).inc(max(0.0, amount))

    def show(self, name: str, value: float, /, **labels: str) -> None:
        """Set a gauge."""
        self._child(name, labels).set(value)

    def observe(self, name: str, counts: Mapping[int, int], total: float, /, **labels: str) -> None:
        """Add to a histogram: values by the place of their bucket, and their sum."""
        child = self._child(name, labels)
        # Private names of prometheus_client 0.26: observe() takes one value at a time. A test fails where they change.
        for place, count in counts.items():
            child._buckets[place].inc(count)
        child._sum.inc(total)

    def text(self) -> bytes:
        """Return all as Prometheus reads it; of a node all its jobs'."""
        if not is_shared():
            return generate_latest(self.registry)
        everyone = CollectorRegistry()
        everyone.register(_Everyone())
        return generate_latest(everyone)

    def _child(self, name: str, labels: Mapping[str, str]) -> Any:
        values = tuple(self.labels.bounded(name, label, str(labels[label])) for label in NAMED[name].labels)
        child = self._children.get((name, values))
        if child is None:
            # Not before there is something to say: without labels it would be told as 0.
            metric = self._metrics.get(name) or self._metrics.setdefault(name, _metric(NAMED[name], self.registry))
            child = self._children[name, values] = metric.labels(*values) if values else metric
        return child


class _Everyone(Collector):
    """The metrics of all processes of a node."""

    def collect(self) -> Iterable[Metric]:
        """Read all files but those that are being made: prometheus_client's own collector raises on an empty one."""
        files = [str(file) for file in Path(os.environ[FOLDER]).glob("*.db") if file.stat().st_size]
        found: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return found


class Teller:
    """What one crawl has told the board so far: stats and buckets only grow, the board is told what has come on top."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._told: dict[object, float] = {}
        self._buckets: dict[object, tuple[list[int], float]] = {}

    def total(self, key: object, name: str, value: float, /, **labels: str) -> None:
        """Bring a counter up to a total; ``key`` says whose it is."""
        self.board.count(name, value - self._told.get(key, 0.0), **labels)
        self._told[key] = max(value, self._told.get(key, 0.0))

    def histogram(self, name: str, buckets: Buckets, /, **labels: str) -> None:
        """Bring a histogram up to date."""
        key = (name, *labels.values())
        counts, total = [*buckets.counts], buckets.total
        before, sum_before = self._buckets.get(key, ([0] * len(counts), 0.0))
        new = {place: count - old for place, (count, old) in enumerate(zip(counts, before, strict=True)) if count > old}
        if new:
            self.board.observe(name, new, total - sum_before, **labels)
            self._buckets[key] = counts, total


def _metric(family: Family, registry: CollectorRegistry) -> Any:
    if family.kind == "counter":
        return Counter(family.name, family.text, family.labels, registry=registry)
    if family.kind == "histogram":
        return Histogram(family.name, family.text, family.labels, buckets=family.bounds, registry=registry)
    mode = {"max": "livemax", "sum": "livesum", "mostrecent": "livemostrecent"}[family.of_all]
    return Gauge(family.name, family.text, family.labels, registry=registry, multiprocess_mode=mode)  # type: ignore[arg-type]


def forget(pid: int) -> None:
    """Take the gauges of a job that has ended off a node's endpoint, and put its counters to those of the others that have.

    One file for all of them: with two a job an answer would take a second after some 6,000 jobs.
    """
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
    folder = Path(os.environ[FOLDER])
    for kind in ("counter", "histogram"):
        file = folder / f"{kind}_{pid}.db"
        if file.exists():
            try:
                _add(file, folder / f"{kind}_ended.db")
            except (OSError, RuntimeError, struct.error) as error:
                # Killed as it wrote: what cannot be read would spoil every answer.
                logger.warning("the metrics of job %d are lost: %s", pid, error)
            file.unlink()


def _add(file: Path, to: Path) -> None:
    values: Any = MmapedDict
    kept = values(str(to))
    try:
        for key, value, stamp, _ in values.read_all_values_from_file(str(file)):
            kept.write_value(key, kept.read_value(key)[0] + value, stamp)
    finally:
        kept.close()


_board: list[Board] = []


def shared_board() -> Board:
    """Return the board of this process."""
    if not _board:
        _board.append(Board())
    return _board[0]
