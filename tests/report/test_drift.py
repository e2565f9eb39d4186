from __future__ import annotations

from typing import Any

import pytest

from travelcrawl.report.drift import ITEM, Coverage, Limits, compare, coverage_of, fields_of, has, standard_errors


def listings(count: int, platform: str = "amap", **having: int) -> list[dict[str, Any]]:
    """Make so many listings, of which so many have each field."""
    return [
        {"platform": platform, "type": "listing", "ref": str(number)}
        | {field: "x" if number < some else None for field, some in having.items()}
        for number in range(count)
    ]


def drifts(old: Coverage, new: Coverage, **limits: Any) -> dict[str, str]:
    return {row.field: row.drift for row in compare(old, new, Limits(**limits)) if row.drift}


@pytest.mark.parametrize(
    ("old", "new", "drift"),
    [
        ((100, 100), (100, 100), ""),
        ((100, 100), (100, 0), "stopped"),
        ((100, 40), (100, 0), "stopped"),
        ((100, 90), (100, 60), "fell"),
        ((100, 60), (100, 90), ""),
        ((100, 0), (100, 80), ""),
        ((1000, 900), (1000, 850), ""),
        ((100, 5), (100, 1), ""),
        ((40, 12), (40, 6), ""),
        ((19, 19), (100, 0), ""),
        ((100, 100), (19, 0), ""),
        ((20, 20), (20, 0), "stopped"),
        ((1000, 10), (25, 0), ""),
    ],
)
def test_a_field_drifts_where_it_is_no_chance(old: tuple[int, int], new: tuple[int, int], drift: str) -> None:
    found = drifts(coverage_of(listings(old[0], phones=old[1])), coverage_of(listings(new[0], phones=new[1])))
    assert found == ({"phones": drift} if drift else {})


def test_the_limits_are_the_users() -> None:
    old, new = coverage_of(listings(1000, name=900)), coverage_of(listings(1000, name=840))
    assert drifts(old, new) == {}
    assert drifts(old, new, fall=0.05) == {"name": "fell"}
    assert drifts(old, new, fall=0.05, enough=1001) == {}
    assert drifts(old, new, fall=0.05, sigmas=9.0) == {}


def test_things_that_no_longer_come_at_all_are_drift_where_the_platform_was_asked() -> None:
    old = coverage_of([*listings(50, name=50), *listings(50, "ctrip", name=50)])
    new = coverage_of(listings(50, "ctrip", name=50), ["amap"])
    (row,) = [row for row in compare(old, new) if row.drift]
    assert (row.platform, row.type, row.field, row.drift, row.old_items) == ("amap", "listing", ITEM, "stopped", 50)
    assert not [row for row in compare(old, coverage_of(listings(50, "ctrip", name=50))) if row.drift]
    few = coverage_of(listings(5, name=5))
    assert not [row for row in compare(few, coverage_of([], ["amap"])) if row.drift]


def test_shares_are_of_the_items_of_a_platform_and_type() -> None:
    reviews = [{"platform": "amap", "type": "review", "ref": "1", "text": "好"}]
    rows = compare(*[coverage_of([*listings(4, name=3), *reviews])] * 2)
    assert {(row.type, row.field): (row.old, row.new) for row in rows} == {
        ("listing", "name"): (0.75, 0.75),
        ("review", "text"): (1.0, 1.0),
    }


@pytest.mark.parametrize(
    ("value", "there"),
    [
        (None, False),
        ("", False),
        ([], False),
        (0, True),
        (False, True),
        ("x", True),
        (["x"], True),
        ([{"evidence": "text", "name": "园"}], False),
        ([{"evidence": "text"}, {"evidence": "link"}], True),
    ],
)
def test_what_counts_as_there(value: Any, there: bool) -> None:
    assert has(value) is there


def test_bookkeeping_is_no_field_of_a_page() -> None:
    assert not {"platform", "ref", "seen_at", "quality"} & set(fields_of("listing"))
    assert {"name", "lon", "phones"} <= set(fields_of("listing"))


def test_standard_errors_are_those_of_the_pooled_test() -> None:
    # NIST/SEMATECH 7.3.3's formula by hand: (0.9 - 0.6) / sqrt(0.75 * 0.25 * (1/100 + 1/100)).
    assert standard_errors(0.9, 0.6, 100, 100) == pytest.approx(4.898979)
    assert standard_errors(0.6, 0.9, 100, 100) == 0.0
