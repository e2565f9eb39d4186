"""Moments and days out of what sites write. Nothing here raises; what cannot be told is None.

Where a text has no offset it is China's time (Asia/Shanghai, UTC+8): all platforms write that. Relative texts (``3天前``,
``06-14``) count from ``now``: the time of the answer. Own code, because dateparser takes 0.5-1 ms a text (21 ms for
weibo's form, which it does not read; 1.5.0, 2026-11-22).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
FIRST_YEAR = 1990
"""What claims to be older is a default (1970) or nonsense: none of the platforms existed."""
AHEAD = timedelta(days=2)
"""How far a publishing time may lie in the future: clocks are wrong, and the date line is a day wide."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONGEST = 80
"""Characters of a text that is read as a time."""

_UNIX = re.compile(r"\d{9,10}(?:\.\d{1,6})?|\d{12,13}|\d{16}")
_DOTNET = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)? ?(?:Z|[+-]\d\d:?\d\d)", re.IGNORECASE)
_OFFSET_DATE = re.compile(
    r"[A-Z][a-z]{2},? (?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d) (?P<offset>[+-]\d{4}) (?P<year>\d{4})"
)
_TIME = (
    r"(?:[T ]*(?P<half>凌晨|早上|上午|中午|下午|晚上|傍晚)? ?(?P<hour>[012]?\d)"
    r"(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?|[点时](?:(?P<minute2>[0-5]?\d)分?)?))?"
)
_MONTH_DAY = r"(?P<month>1[0-2]|0?[1-9])(?:{joint}|月) ?(?P<day>3[01]|[12]\d|0?[1-9])"
_FULL = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?:[-/.]|年) ?" + _MONTH_DAY.format(joint="[-/.]") + r"(?!\d)[日号]?" + _TIME
)
_MONTH = re.compile(r"(?<!\d)(?P<year>\d{4})(?:[-/.]|年) ?(?P<month>1[0-2]|0?[1-9])(?:月|$)")
_PARTIAL = re.compile(r"(?<![\d.:/-])" + _MONTH_DAY.format(joint="[-/]") + r"(?![\d-])[日号]?" + _TIME)
_NAMED = re.compile(r"(?P<word>今天|昨天|前天|大前天|today|yesterday)" + _TIME, re.IGNORECASE)
_CLOCK = re.compile(_TIME.removesuffix("?"))
_AGO = re.compile(
    r"(?P<number>\d{1,5}|[一两二三四五六七八九十半]|几|an?) ?(?:个)?(?P<unit>秒|分钟?|小时|天|日|周|星期|礼拜|月|年|"
    r"seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|months?|years?)(?:钟)? ?(?:之?前|以前|ago)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])")
_NOW = re.compile(r"刚刚|刚才|just now", re.IGNORECASE)
_MONTHS = dict(zip(MONTHS, range(1, 13), strict=True))
_DAYS_BACK = {"今天": 0, "昨天": 1, "前天": 2, "大前天": 3, "today": 0, "yesterday": 1}
_NUMBERS = {
    "半": 0.5,
    "a": 1,
    "an": 1,
    **{word: at for at, word in enumerate("一二三四五六七八九十", start=1)},
    "两": 2,
}
_UNITS = (
    (("秒", "s"), timedelta(seconds=1)),
    (("分", "mi"), timedelta(minutes=1)),
    (("小时", "h"), timedelta(hours=1)),
    (("天", "日", "d"), timedelta(days=1)),
    (("周", "星期", "礼拜", "w"), timedelta(days=7)),
    (("月", "mo"), timedelta(days=30)),
    (("年", "y"), timedelta(days=365)),
)


def moment(value: Any, now: datetime) -> datetime | None:
    """Return an aware time in UTC, whatever year it says (see ``is_plausible``).

    Reads datetimes, Unix seconds, milliseconds and microseconds (numbers or digits), ``/Date(…)/``, ISO 8601, weibo's
    ``Sat Jun 15 11:44:46 +0800 2019``, Chinese and dotted dates anywhere in a short text (``2025-04-04 发布点评``), and
    relative ones (to the minute; from days on to the day). ``06-14`` is the latest such day that is not in the future.
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return _utc(datetime(value.year, value.month, value.day, tzinfo=CHINA))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _unix(value)
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    text = unicodedata.normalize("NFKC", value).strip()
    try:
        for read in _READERS:
            if (found := read(text, now)) is not None:
                return found
    except (ValueError, OverflowError):
        return None
    return None


def day(value: Any, now: datetime, *, ahead: bool = False) -> date | None:
    """Return a calendar day at the place; of ``2024年2月`` the first.

    ``06-14`` is the latest such day that is not in the future; with ``ahead`` (a stay) the next one.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value if value.year >= FIRST_YEAR else None
    if ahead and isinstance(value, str) and len(value) <= LONGEST and not _FULL.search(value):
        found = _PARTIAL.search(unicodedata.normalize("NFKC", value))
        return _next_day(found, now) if found else None
    at = moment(value, now)
    if at is None and isinstance(value, str) and len(value) <= LONGEST and (month := _MONTH.search(value)):
        at = _local(int(month["year"]), int(month["month"]), 1)
    try:
        return at.astimezone(CHINA).date() if at is not None and at.year >= FIRST_YEAR else None
    except OverflowError:
        return None


def is_plausible(at: datetime, now: datetime) -> bool:
    """Say whether something can have been published or seen then: from 1990 to two days after now."""
    return at.year >= FIRST_YEAR and at <= now + AHEAD


def _utc(at: datetime) -> datetime | None:
    try:
        return (at if at.tzinfo else at.replace(tzinfo=CHINA)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _unix(number: float) -> datetime | None:
    """Read seconds, milliseconds or microseconds: which they are shows in their size (1973 to 5138)."""
    try:
        size = abs(float(number))
    except OverflowError:
        return None
    if not math.isfinite(size) or not 1e8 <= size < 1e17:
        return None
    divisor = 1 if size < 1e11 else 1e3 if size < 1e14 else 1e6
    try:
        return datetime.fromtimestamp(number / divisor, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _local(
    year: int, month: int, day_: int, clock: re.Match[str] | None = None, spare: timedelta = timedelta()
) -> datetime:
    at = datetime(year, month, day_, tzinfo=CHINA)
    if clock is not None and clock["hour"] is not None:
        hour = int(clock["hour"])
        if clock["half"] in ("下午", "晚上", "傍晚") and hour < 12:
            hour += 12
        at = at.replace(
            hour=hour, minute=int(clock["minute"] or clock["minute2"] or 0), second=int(clock["second"] or 0)
        )
    return (at - spare).astimezone(UTC)


def _read_unix(text: str, _now: datetime) -> datetime | None:
    if _UNIX.fullmatch(text):
        return _unix(float(text) if "." in text else int(text))
    found = _DOTNET.search(text)
    return _unix(int(found[1])) if found else None


def _read_iso(text: str, _now: datetime) -> datetime | None:
    found = _ISO.search(text)
    return (
        _utc(datetime.fromisoformat(found[0].upper().replace(",", ".").replace(" +", "+").replace(" -", "-")))
        if found
        else None
    )


def _read_offset_date(text: str, _now: datetime) -> datetime | None:
    found = _OFFSET_DATE.search(text)
    if not found:
        return None
    month = _MONTHS.get(found["month"], 0)
    return _utc(
        datetime.fromisoformat(f"{found['year']}-{month:02}-{int(found['day']):02}T{found['time']}{found['offset']}")
    )


def _read_full(text: str, _now: datetime) -> datetime | None:
    if found := _FULL.search(text):
        return _local(int(found["year"]), int(found["month"]), int(found["day"]), found)
    found = _COMPACT.fullmatch(text)
    return _local(int(found["year"]), int(found["month"]), int(found["day"])) if found else None


def _read_ago(text: str, now: datetime) -> datetime | None:
    local = now.astimezone(CHINA).replace(second=0, microsecond=0)
    if _NOW.search(text):
        return local.astimezone(UTC)
    found = _AGO.search(text)
    if not found or found["number"] == "几":
        return None
    number, unit = found["number"].lower(), found["unit"].lower()
    step = next(step for starts, step in _UNITS if unit.startswith(starts))
    at = local - step * (_NUMBERS[number] if number in _NUMBERS else int(number))
    # As fine as the text says, so that "3天前" today and "4天前" tomorrow are one time, not a change.
    if step >= timedelta(days=1):
        at = at.replace(hour=0, minute=0)
    return at.astimezone(UTC)


def _read_named(text: str, now: datetime) -> datetime | None:
    found = _NAMED.search(text)
    if not found:
        return None
    today = now.astimezone(CHINA)
    return _local(today.year, today.month, today.day, found, timedelta(days=_DAYS_BACK[found["word"].lower()]))


def _read_partial(text: str, now: datetime) -> datetime | None:
    found = _PARTIAL.search(text)
    if not found:
        return None
    today = now.astimezone(CHINA)
    # Eight years hold a 29th of February, whatever the century.
    for year in range(today.year, today.year - 9, -1):
        at = _at(year, found)
        if at is not None and at <= now:
            return at
    return None


def _read_clock(text: str, now: datetime) -> datetime | None:
    """Read a time alone (``12:30``), which is today's."""
    found = _CLOCK.fullmatch(text)
    if not found or not found["hour"]:
        return None
    today = now.astimezone(CHINA)
    return _local(today.year, today.month, today.day, found)


def _next_day(found: re.Match[str], now: datetime) -> date | None:
    today = now.astimezone(CHINA).date()
    for year in range(today.year, today.year + 9):
        try:
            that = date(year, int(found["month"]), int(found["day"]))
        except ValueError:
            continue
        if that >= today - timedelta(days=1):
            return that
    return None


def _at(year: int, found: re.Match[str]) -> datetime | None:
    try:
        return _local(year, int(found["month"]), int(found["day"]), found)
    except ValueError:
        return None


_READERS: tuple[Callable[[str, datetime], datetime | None], ...] = (
    _read_unix,
    _read_iso,
    _read_offset_date,
    _read_full,
    _read_ago,
    _read_named,
    _read_partial,
    _read_clock,
)
