"""What fuzzing found, kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from travelcrawl.items import Listing
from travelcrawl.pages.fields import query, with_query
from travelcrawl.pages.social import moment, seconds
from travelcrawl.pipelines.clean import clean

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("address", ["http://[", "http://[::1/?page=1", ""])
def test_a_stored_answer_may_come_from_an_address_that_is_none(address: str) -> None:
    assert isinstance(with_query(address, {"page": "2"}), str)
    assert query(address, "pages") is None


@pytest.mark.parametrize("number", [10**400, -(10**400), float("nan"), float("inf"), True, 0])
def test_a_number_that_is_no_time(number: Any) -> None:
    assert moment(number) is None
    assert seconds(number) is None


@pytest.mark.parametrize("day", [date(1, 1, 1), datetime(1, 1, 1)])  # noqa: DTZ001
def test_the_first_day_of_all_is_no_moment_in_china(day: date) -> None:
    assert clean(Listing(platform="amap", ref="1", seen_at=day), NOW, b"key").seen_at == NOW
