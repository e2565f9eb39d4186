import pytest

from travelcrawl.frontier.backend import Lease
from travelcrawl.frontier.watermark import Mark, Watermark


def held(*requests: str) -> Watermark[str]:
    watermark: Watermark[str] = Watermark()
    for request in requests:
        watermark.took(request, Lease(id=request.upper(), payload="{}"))
    return watermark


def test_a_request_in_the_engine_is_never_acked() -> None:
    watermark = held("a", "b")
    watermark.sweep({"a", "b"}, Mark(0, 0))
    assert watermark.durable(Mark(99, 99)) == []
    assert len(watermark) == 2


def test_a_lease_that_was_lost_and_came_back_while_its_request_works_is_timed_once() -> None:
    watermark = held("a")
    watermark.took("b", Lease(id="A", payload="{}"))
    watermark.sweep({"b"}, Mark(0, 0))
    assert watermark.durable(Mark(0, 0)) == ["A"]
    assert watermark.sweep(set(), Mark(0, 0)) == ["A"]
    assert sum(watermark.seconds.counts) == 1


@pytest.mark.parametrize(
    ("committed", "acked"),
    [(Mark(4, 9), []), (Mark(5, 1), []), (Mark(5, 2), ["A"]), (Mark(9, 9), ["A", "B"]), (Mark(5, 9), ["A"])],
)
def test_what_left_is_acked_when_store_and_queue_have_reached_its_mark(committed: Mark, acked: list[str]) -> None:
    watermark = held("a", "b")
    watermark.sweep({"b"}, Mark(5, 2))
    watermark.sweep(set(), Mark(7, 3))
    assert watermark.durable(committed) == acked
    assert watermark.durable(committed) == []
    assert len(watermark) == 2 - len(acked)


def test_what_gave_nothing_is_acked_at_once() -> None:
    watermark = held("a")
    watermark.sweep(set(), Mark(0, 0))
    assert watermark.durable(Mark(0, 0)) == ["A"]


def test_what_was_buried_is_not_acked_as_well() -> None:
    watermark = held("a", "b")
    assert watermark.forget("a") == Lease(id="A", payload="{}")
    assert watermark.forget("a") is None
    watermark.sweep(set(), Mark(0, 0))
    assert watermark.durable(Mark(0, 0)) == ["B"]


def test_what_is_not_acked_can_be_given_back() -> None:
    watermark = held("a", "b")
    watermark.sweep({"b"}, Mark(1, 0))
    assert sorted(watermark.unacked()) == ["A", "B"]


def test_requests_are_told_apart_by_identity() -> None:
    from scrapy import Request

    first, second = Request("https://a.example/"), Request("https://a.example/")
    watermark: Watermark[Request] = Watermark()
    watermark.took(first, Lease(id="1", payload="{}"))
    watermark.took(second, Lease(id="2", payload="{}"))
    watermark.sweep({second}, Mark(0, 0))
    assert watermark.durable(Mark(0, 0)) == ["1"]
