from __future__ import annotations

import pytest

from travelcrawl.matching.phones import key, phone_numbers


@pytest.mark.parametrize(
    ("said", "region", "numbers"),
    [
        ("", "CN", set()),
        ("025-52100000", "CN", {"+862552100000"}),
        ("0086-25-52100000", "CN", {"+862552100000"}),
        ("+86 138 0000 1111", "", {"+8613800001111"}),
        ("0571-88888888;13800001111 / 400-800-1234", "CN", {"+8657188888888", "+8613800001111", "+864008001234"}),
        ("02552100000转8001", "CN", {"+862552100000"}),
        ("52100000", "CN", {"52100000"}),
        ("(416) 555-0123", "", {"+14165550123"}),
        ("1-416-555-0123 ext. 7", "US", {"+14165550123"}),
        ("+44 20 7946 0000", "US", {"+442079460000"}),
        ("020 7946 0000", "GB", {"+442079460000"}),
        ("12345678", "XX", {"12345678"}),
        ("0123 4567 89", "", {"123456789"}),
        ("110", "CN", set()),
        ("n/a", "CN", set()),
    ],
)
def test_phone_numbers(said: str, region: str, numbers: set[str]) -> None:
    assert phone_numbers(said, region) == numbers


def test_key_forgets_area_and_country() -> None:
    assert key("+862552100000") == key("52100000") == 52100000
