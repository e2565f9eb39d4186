from __future__ import annotations

from math import inf

import pytest

from travelcrawl.access.budgets import Limits
from travelcrawl.access.egress import Egress
from travelcrawl.access.health import Health
from travelcrawl.access.identities import Identity
from travelcrawl.access.lanes import LONGEST_PAUSE, Lane
from travelcrawl.access.sessions import Session, SessionBook


def lane(**limits: float) -> Lane:
    def begin(number: int) -> Session:
        return Session(id=f"{number}", site="s", egress="a:1", proxy=None, identity=Identity(headers={}))

    found = Lane(Egress("http://a:1"), Limits(**limits), SessionBook(begin), Health())
    found.health.answered(0.1)
    return found


def sent(*times: float) -> Lane:
    found = lane()
    for at in times:
        found.take(at, inf)
    return found


@pytest.mark.parametrize(
    ("times", "retry_after", "rate", "doubtful"),
    [
        pytest.param([5.0], 0.0, 1.0, True, id="the very first"),
        pytest.param([n / 5 for n in range(21)], 0.0, 5.0, False, id="even"),
        pytest.param([n * 2.0 for n in range(11)], 0.0, 0.5, False, id="slow"),
        pytest.param(
            [*(n * 2.0 for n in range(10)), *(18.0 + n / 10 for n in range(1, 21))], 0.0, 10.0, False, id="lately"
        ),
        pytest.param([0.0, 0.25, 0.5], 2.0, 2 / 3, True, id="few, a burst perhaps"),
        pytest.param([0.0, 3.16, 4.09, 5.0, 5.88], 2.0, 0.636, True, id="few, after a lull"),
        pytest.param([0.0, 1.6], 2.0, 0.625, True, id="one, which is no burst"),
        pytest.param([n / 10 for n in range(101)], 40.0, 2.0, True, id="a window"),
        pytest.param([n / 10 for n in range(101)], 2.0, 10.0, False, id="a pause"),
    ],
)
def test_what_a_refusal_tells(times: list[float], retry_after: float, rate: float, doubtful: bool) -> None:
    seen, guessed = sent(*times).seen(times[-1], retry_after)
    assert seen == pytest.approx(rate, rel=0.06)
    assert guessed is doubtful


def test_a_second_refusal_tells_more() -> None:
    times = [n / 10 for n in range(21)]
    found = sent(*times)
    found.refused(2.0, 1.0)
    for number in range(10):
        found.take(3.0 + number / 5, inf)
    rate, _ = found.seen(4.8, 1.0)
    assert 3.0 < rate < 5.0, "between with and without the pause"
    for number in range(10, 40):
        found.take(3.0 + number / 5, inf)
    assert found.seen(10.8, 1.0)[0] == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize(
    ("seconds", "until"), [(5.0, 15.0), (-5.0, 10.0), (1e18, 10.0 + LONGEST_PAUSE), (inf, 10.0 + LONGEST_PAUSE)]
)
def test_a_pause_of_any_length(seconds: float, until: float) -> None:
    found = lane()
    found.pause(10.0, seconds)
    assert found.ready_at(inf) == until
    found.pause(10.0, 1.0)
    assert found.ready_at(inf) == max(until, 11.0)


def test_it_is_driven_only_where_it_left_as_soon_as_it_could() -> None:
    found = lane()
    assert found.take(0.0, 2.0) == 0.0
    found.on_its_way = 0
    assert found.take(0.5, 2.0) == 2.0
    found.on_its_way = 0
    assert found.take(5.0, 2.0) == 0.0


def test_places_grow_with_answers_up_to_what_is_set() -> None:
    found = lane(concurrency=4)
    assert found.places == 2
    found.window = 9
    assert found.places == 4
    found.elsewhere = 3
    assert found.ready_at(inf) == -inf
    found.on_its_way = 1
    assert found.ready_at(inf) == inf


def test_its_state_for_metrics() -> None:
    found = lane()
    assert found.status(0.0) == "available"
    found.take(0.0, inf)
    assert found.status(0.0) == "working"
    found.pause(0.0, 5.0)
    assert (found.status(1.0), found.status(6.0)) == ("cooling", "working")
    found.distrusted = "lies"
    assert found.status(0.0) == "failed"
