from __future__ import annotations

import pytest

from travelcrawl.node.launcher import Stuck


@pytest.mark.parametrize(
    ("looks", "is_stuck"),
    [
        ([(0, 0, 0)], False),
        ([(0, 3, 4), (61, 3, 4)], False),
        ([(0, 3, 3), (61, 3, 3)], True),
        ([(0, 3, 3), (59, 3, 3)], False),
        ([(0, 3, 3), (50, 3, 4), (61, 3, 3)], False),
        ([(0, 3, 3), (50, 0, 3), (61, 3, 3)], False),
    ],
)
def test_jobs_that_wait_though_places_are_free(looks: list[tuple[int, int, int]], is_stuck: bool) -> None:
    stuck = Stuck()
    said = [stuck.look(pending, running, 4, float(now)) for now, pending, running in looks]
    assert said[-1] is is_stuck
