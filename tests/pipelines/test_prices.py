import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travelcrawl.pipelines.prices import Price, currency, price


@pytest.mark.parametrize(
    ("raw", "amount", "code", "unit", "lowest"),
    [
        ("¥120起", 120, "CNY", None, True),
        ("￥1,280/晚", 1280, "CNY", "night", None),
        ("免费", 0, None, None, None),
        ("全年免费开放", 0, None, None, None),
        ("人均：85元", 85, "CNY", "person", None),
        ("人均 ¥ 85", 85, "CNY", "person", None),
        ("￥88/人", 88, "CNY", "person", None),
        ("HK$ 300", 300, "HKD", None, None),
        ("NT$2,000", 2000, "TWD", None, None),
        ("120-180元", 120, "CNY", None, True),
        ("¥120 - ¥180", 120, "CNY", None, True),
        ("成人票:55人民币/半票27人民币 (1月1日-12月31日 周一-周日)", 27, "CNY", None, True),
        ("门票60元，优惠票30元", 30, "CNY", None, True),
        ("6岁以下免费，成人60元", 60, "CNY", None, None),
        ("原价¥200 现价¥120", 120, "CNY", None, None),
        ("一百二十元", 120, "CNY", None, None),
        ("1.2万元", 12_000, "CNY", None, None),
        ("3000日元", 3000, "JPY", None, None),
        ("USD 30", 30, "USD", None, None),
        ("€ 9.50", 9.5, "EUR", None, None),
        ("$30", 30, None, None, None),
        ("85.00", 85, None, None, None),
        ("60/张", 60, None, "item", None),
        ("100元/张", 100, "CNY", "item", None),
        ("总价 ¥3,200", 3200, "CNY", "stay", None),
        ("起价 ¥99", 99, "CNY", None, True),
        ("0元", 0, "CNY", None, None),
        (85, 85, None, None, None),
        (-1, -1, None, None, None),
    ],
)
def test_price(raw: object, amount: float, code: str | None, unit: str | None, lowest: bool | None) -> None:
    assert price(raw) == Price(amount=amount, currency=code, unit=unit, lowest=lowest)


@pytest.mark.parametrize(
    "raw",
    [
        "暂无",
        "",
        "元",
        "1xx",
        "¥1??",
        "¥**",
        "1.3米以下儿童免费",
        "满100减20",
        "2024-02-03",
        "-5",
        "-",
        None,
        True,
        math.nan,
        10**400,
        "1" * 400,
        ["¥1"],
    ],
)
def test_no_price(raw: object) -> None:
    assert price(raw) == Price()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("CNY", "CNY"),
        ("rmb", "CNY"),
        ("人民币", "CNY"),
        ("￥", "CNY"),
        ("hk$", "HKD"),
        ("ZAR", "ZAR"),
        ("$", None),
        ("wampum", None),
        (None, None),
        (5, None),
    ],
)
def test_currency(raw: object, code: str | None) -> None:
    assert currency(raw) == code


@pytest.mark.no_cover
@given(st.one_of(st.text(), st.from_regex(r"[¥$元起免费\d.,/晚人均-]{0,20}"), st.floats(), st.integers()))
def test_nothing_raises(raw: object) -> None:
    amount = price(raw).amount
    assert amount is None or math.isfinite(amount)
