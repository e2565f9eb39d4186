"""Whether a worker of a new image does as well as those that run, from what both tell Prometheus."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from prometheus_client.parser import text_string_to_metric_families

ENOUGH = 20
"""Requests, or items, below which nothing is said of a share."""
WORSE = 0.05
"""How much lower a share may be."""
GOOD = 0.8
"""Share of success that is asked of a canary where the stable worker has too little to compare with."""


@attrs.frozen(kw_only=True)
class Work:
    """What a worker has done: since it started, or between two looks."""

    requests: float = 0
    successes: float = 0
    items: float = 0
    quality: float = 0
    """Sum of the items' scores."""

    def __sub__(self, earlier: Work) -> Work:
        now, then = attrs.astuple(self), attrs.astuple(earlier)
        return Work(**{field.name: max(0.0, a - b) for field, a, b in zip(attrs.fields(Work), now, then, strict=True)})

    @property
    def success(self) -> float | None:
        """Share of requests with a usable answer; None: too few to say."""
        return self.successes / self.requests if self.requests >= ENOUGH else None

    @property
    def mean_quality(self) -> float | None:
        """Mean score of its items; None: too few to say."""
        return self.quality / self.items if self.items >= ENOUGH else None


def work_of(metrics: str) -> Work:
    """Read a worker's work out of what /metrics says."""
    requests = successes = items = quality = 0.0
    for sample in _samples(metrics):
        name, labels, value = sample[0], sample[1], sample[2]
        if name == "crawler_requests_total":
            requests += value
            successes += value if labels.get("status") == "success" else 0
        elif name == "crawler_data_quality_score_count":
            items += value
        elif name == "crawler_data_quality_score_sum":
            quality += value
    return Work(requests=requests, successes=successes, items=items, quality=quality)


def _samples(metrics: str) -> Iterable[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


def judge(stable: Work, canary: Work) -> str:
    """Say why a canary is to be taken back; empty: it does as well."""
    if canary.success is None:
        return f"the canary came to {canary.requests:.0f} requests, and {ENOUGH} are the least that says something"
    wanted = GOOD if stable.success is None else stable.success - WORSE
    if canary.success < wanted:
        return f"{canary.success:.0%} of the canary's requests had a usable answer, and {wanted:.0%} are wanted"
    if stable.mean_quality is None or canary.mean_quality is None or canary.mean_quality >= stable.mean_quality - WORSE:
        return ""
    return (
        f"the canary's items have a quality of {canary.mean_quality:.2f}, those of the others {stable.mean_quality:.2f}"
    )
