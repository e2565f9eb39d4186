"""What fuzzing found, kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest
from web_poet import HttpResponse

from travelcrawl.items import Listing
from travelcrawl.pages.base import page_for, pages_of
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


@pytest.mark.parametrize("encoding", ["undefined", "idna", "hex", "unicode_escape", "no-such", "gbk", "utf-16"])
def test_an_encoding_that_is_none_of_text_is_not_believed(encoding: str) -> None:
    body = f'<html><head><meta charset="{encoding}"></head><body>shop_config {{'.encode() + bytes(range(256))
    for response in (
        HttpResponse("", body),
        HttpResponse("", b"shop_config", headers={"Content-Type": f"text/html; charset={encoding}"}),
    ):
        for page in pages_of("dianping").values():
            built = page(response=response)
            page.fits(built.response)
            asyncio.run(built.to_item())
        page_for("dianping", response)


def test_attributes_that_xml_has_no_place_for_are_left() -> None:
    body = "<div class='breadcrumb'><a href='/g110' '1='2'>火锅</a><a \x00='1' href='/r5'>园</a></div> shop_config".encode()
    response = HttpResponse("https://www.dianping.com/shop/l1N2o3P4q5R6s7T8", body)
    asyncio.run(pages_of("dianping")["ShopPage"](response=response).to_item())
