"""What the runs of a store say of themselves: requests, verdicts, what was given up, how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from travelcrawl.access.verdicts import Verdict

BLOCKS = frozenset(verdict.value for verdict in Verdict if verdict.is_block)
"""Names of the verdicts that are refusals."""


@attrs.frozen(kw_only=True)
class RunRecord:
    """One row of the layer ``runs``. Stats are Scrapy's, by their paths."""

    platform: str
    arguments: Mapping[str, str]
    started_at: datetime
    ended_at: datetime | None
    """None where the run still goes on, or was killed."""
    reason: str
    """Why it ended, as Scrapy says it (``finished``); ``did not end`` where it says nothing."""
    stats: Mapping[str, Any]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> RunRecord:
        """Read a row; whatever a foreign writer left out is taken as nothing."""
        outcome = row.get("outcome") or {}
        stats = outcome.get("stats")
        started_at = row.get("started_at") or datetime.fromtimestamp(0, UTC)
        ended_at = row.get("ended_at")
        return cls(
            platform=str(row.get("platform") or "unknown"),
            arguments={str(key): str(value) for key, value in (row.get("arguments") or {}).items()},
            started_at=started_at,
            ended_at=max(ended_at, started_at) if ended_at else None,
            reason=str(outcome.get("reason") or "did not end"),
            stats=stats if isinstance(stats, Mapping) else outcome,
        )

    @property
    def asked(self) -> str:
        """The arguments as they are given to ``scrapy crawl``: ``city=成都 limit=50``."""
        return " ".join(f"{name}={value}" for name, value in sorted(self.arguments.items()))

    @property
    def seconds(self) -> float | None:
        """How long it ran; None where it did not end."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None

    @property
    def requests(self) -> int:
        """Requests that were sent, robots.txt and repeated ones included."""
        return _number(self.stats.get("downloader/request_count"))

    @property
    def verdicts(self) -> Counter[str]:
        """How many answers had which verdict."""
        return Counter({key.partition("/")[0]: count for key, count in _below(self.stats, "verdict/")})

    @property
    def blocked(self) -> int:
        """Answers that were refusals."""
        return sum(count for verdict, count in self.verdicts.items() if verdict in BLOCKS)

    @property
    def given_up(self) -> Counter[str]:
        """Requests given up, by cause."""
        return Counter(dict(_below(self.stats, "given_up/")))


def _below(stats: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, int]]:
    """Yield the numbers of the paths below a prefix, without it."""
    for key, value in stats.items():
        if key.startswith(prefix) and (count := _number(value)):
            yield key.removeprefix(prefix), count


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def newest(runs: Iterable[RunRecord]) -> list[RunRecord]:
    """Keep of each platform and its arguments the newest run: what is said of requests is said of these.

    A crawl done again replaces what it said before; another city, or another platform, adds to it.
    """
    kept: dict[tuple[str, str], RunRecord] = {}
    for run in sorted(runs, key=lambda one: one.started_at):
        kept[run.platform, run.asked] = run
    return list(kept.values())


def seconds_of(runs: Iterable[RunRecord]) -> float:
    """Return for how many seconds at least one of the runs was under way."""
    total, busy_until = 0.0, None
    for start, end in sorted((run.started_at, run.ended_at) for run in runs if run.ended_at):
        begin = start if busy_until is None else max(start, busy_until)
        if end > begin:
            total += (end - begin).total_seconds()
            busy_until = end
    return total
