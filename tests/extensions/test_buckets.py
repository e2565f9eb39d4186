from __future__ import annotations

from travelcrawl.extensions.buckets import Buckets


def test_bounds_are_included_and_the_rest_is_counted() -> None:
    buckets = Buckets((1, 2))
    for value in (0.0, 1.0, 1.5, 2.0, 9.0):
        buckets.add(value)
    assert (buckets.counts, buckets.total) == ([2, 2, 1], 13.5)
