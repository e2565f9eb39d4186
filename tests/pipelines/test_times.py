from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travelcrawl.pipelines.times import day, is_plausible, moment

NOW = datetime(2026, 11, 22, 12, 34, 56, 789, tzinfo=UTC)
"""20:34:56 in China."""


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1743773025, utc(2025, 4, 4, 13, 23, 45)),
        (1743773025000, utc(2025, 4, 4, 13, 23, 45)),
        ("1743773025", utc(2025, 4, 4, 13, 23, 45)),
        ("1743773025000", utc(2025, 4, 4, 13, 23, 45)),
        (1743773025.5, utc(2025, 4, 4, 13, 23, 45, 500_000)),
        ("/Date(1743773025000+0800)/", utc(2025, 4, 4, 13, 23, 45)),
        ("/Date(1743773025000)/", utc(2025, 4, 4, 13, 23, 45)),
        ("2025-04-04T13:23:45Z", utc(2025, 4, 4, 13, 23, 45)),
        ("2025-04-04T21:23:45+08:00", utc(2025, 4, 4, 13, 23, 45)),
        ("2025-04-04T21:23:45.5 +0800", utc(2025, 4, 4, 13, 23, 45, 500_000)),
        ("2025-04-04T21:23:45", utc(2025, 4, 4, 13, 23, 45)),
        ("2025-04-04 21:23", utc(2025, 4, 4, 13, 23)),
        ("2025-04-04 发布点评", utc(2025, 4, 3, 16)),
        ("编辑于 2025-04-04 上海", utc(2025, 4, 3, 16)),
        ("Sat Jun 15 11:44:46 +0800 2019", utc(2019, 6, 15, 3, 44, 46)),
        ("2024年2月3日", utc(2024, 2, 2, 16)),
        ("2024年2月3日 下午3点", utc(2024, 2, 3, 7)),
        ("２０２４．２．３", utc(2024, 2, 2, 16)),
        ("20240203", utc(2024, 2, 2, 16)),
        ("3天前", utc(2026, 11, 18, 16)),
        ("两周前", utc(2026, 11, 7, 16)),
        ("1个月前", utc(2026, 10, 22, 16)),
        ("5分钟前", utc(2026, 11, 22, 12, 29)),
        ("半小时前", utc(2026, 11, 22, 12, 4)),
        ("2 hours ago", utc(2026, 11, 22, 10, 34)),
        ("a day ago", utc(2026, 11, 20, 16)),
        ("刚刚", utc(2026, 11, 22, 12, 34)),
        ("昨天 12:30", utc(2026, 11, 21, 4, 30)),
        ("昨天 下午3:05", utc(2026, 11, 21, 7, 5)),
        ("前天", utc(2026, 11, 19, 16)),
        ("今天 08:00", utc(2026, 11, 22)),
        ("20:30", utc(2026, 11, 22, 12, 30)),
        ("06-14", utc(2026, 6, 13, 16)),
        ("06-14 四川", utc(2026, 6, 13, 16)),
        ("11-22", utc(2026, 11, 21, 16)),
        ("11-23", utc(2025, 11, 22, 16)),
        ("12-31 23:59", utc(2025, 12, 31, 15, 59)),
        ("2月29日", utc(2024, 2, 28, 16)),
        (utc(2025, 4, 4, 21).replace(tzinfo=None), utc(2025, 4, 4, 13)),
        (datetime(2025, 4, 4, 21, 0, tzinfo=timezone(timedelta(hours=9))), utc(2025, 4, 4, 12)),
        (date(2025, 4, 4), utc(2025, 4, 3, 16)),
    ],
)
def test_moment(raw: object, expected: datetime) -> None:
    found = moment(raw, NOW)
    assert found == expected
    assert found.tzinfo is UTC
    assert moment(found, NOW) == found


@pytest.mark.parametrize(
    "raw",
    [
        None, True, "", "IP属地:四川", "13-45", "2024-02-30", "2-30", "99:99", "几天前", "4.6-5", 0, -1, 5, 10**17, 10**400,
        "Sat Foo 15 11:44:46 +0800 2019", "2024-02-03T25:00:00Z", "1" * 100, float("nan"), float("inf"), [], "99999年前",
        "9999999999999999",
    ],
)  # fmt: skip
def test_no_moment(raw: object) -> None:
    found = moment(raw, NOW)
    assert found is None or not is_plausible(found, NOW)


@pytest.mark.parametrize(
    ("raw", "ahead", "expected"),
    [
        ("2014-04-12", False, date(2014, 4, 12)),
        ("出发时间/2014-04-12", False, date(2014, 4, 12)),
        ("2024年2月", False, date(2024, 2, 1)),
        (date(2014, 4, 12), False, date(2014, 4, 12)),
        (datetime(2014, 4, 12, 20, tzinfo=UTC), False, date(2014, 4, 13)),
        ("12-24", False, date(2025, 12, 24)),
        ("12-24", True, date(2026, 12, 24)),
        ("2月1日", True, date(2027, 2, 1)),
        ("2月29日", True, date(2028, 2, 29)),
        ("11-21", True, date(2026, 11, 21)),
        ("2月30日", True, None),
        ("2027-02-01", True, date(2027, 2, 1)),
        ("后天", True, None),
        (date(1066, 10, 14), False, None),
        (datetime.max.replace(tzinfo=UTC), False, None),
        (None, True, None),
    ],
)
def test_day(raw: object, ahead: bool, expected: date | None) -> None:
    assert day(raw, NOW, ahead=ahead) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (utc(1989, 12, 31), False),
        (utc(1990, 1, 1), True),
        (NOW + timedelta(days=1), True),
        (NOW + timedelta(days=3), False),
    ],
)
def test_plausible(at: datetime, expected: bool) -> None:
    assert is_plausible(at, NOW) is expected


DATELIKE = st.from_regex(r"[\d年月日天前昨:./+TZ -]{0,24}", fullmatch=True)


@given(
    st.one_of(
        st.text(),
        DATELIKE,
        st.integers(),
        st.floats(),
        st.datetimes(),
        st.datetimes(timezones=st.timezones()),
        st.dates(),
    ),
    st.integers(946_684_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC)),
)
def test_nothing_raises_and_what_is_found_stays(raw: object, now: datetime) -> None:
    found = moment(raw, now)
    assert found is None or moment(found, now) == found
    for ahead in (False, True):
        on = day(raw, now, ahead=ahead)
        assert on is None or day(on, now, ahead=ahead) == on
