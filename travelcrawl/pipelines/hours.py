"""Opening hours in the OSM form (https://wiki.openstreetmap.org/wiki/Key:opening_hours), where the text is sure.

A text is sure where every part of it is understood; one unknown word and the source's text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from travelcrawl.pipelines.times import MONTHS

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
LONGEST = 300
"""Characters of a text that is read."""

_DAY = r"(?:周|星期|礼拜)?[一二三四五六日天]"
_FIRST_DAY = r"(?:周|星期|礼拜)[一二三四五六日天]"
_DAY_AT = {letter: at for at, letter in enumerate("一二三四五六日")} | {"天": 6}
_TO = "(?:-|~|–|—|至|到)+"
_CLOCK = r"(?:次日|翌日|第二天)?(?:凌晨|早上?|上午|中午|下午|晚上?)?\d{1,2}(?::\d{2}(?::00)?|[点时](?:\d{1,2}分?)?)"
_LAST_WORDS = (
    "(?:停止|截止|最晚|最后|停)(?:入场|入园|入馆|入内|进场|进园|进馆|售票|检票|取票|接待|换票|售取票)(?:时间)?|"
    "(?:最晚|最后)(?:入场|入园|入馆|进园|点单)(?:时间)?"
)
_LAST_ENTRY = re.compile(
    rf"[(;,。]?(?:{_CLOCK}(?:后|以后|起|之后)?(?:{_LAST_WORDS})|(?:{_LAST_WORDS})(?:为|是)?[: ]?{_CLOCK})\)?"
)
_LABEL = re.compile(r"^(?:(?:正常)?(?:营业|开放|开园|开馆|服务|接待)(?:时间)?(?:为|是)?:?)")
_ALWAYS = re.compile(
    r"^(?:(?:全年|每天|每日|周一至周日|周一到周日|周一-周日)[,:;]?)*(?:(?:全天|24小时|24h|全天候|全天24小时|0?0:00-24:00)[,;]?)+"
    r"(?:开放|营业|服务)?$",
    re.IGNORECASE,
)
_WHOLE_YEAR = re.compile(r"0?1月0?1日-12月31日")
# mafengwo writes the days behind the times: 07:30-18:00 (1月1日-12月31日 周一-周日).
_DAYS_BEHIND = re.compile(r"^([^()]*\d)\s*\(([^()\d:]+)\)$")
_SEASON = re.compile(rf"(\d{{1,2}})月(?:(\d{{1,2}})[日号])?{_TO}(?:次年)?(\d{{1,2}})月(?:(\d{{1,2}})[日号])?")
_DAY_RANGE = re.compile(rf"({_FIRST_DAY}){_TO}({_DAY})")
_DAY_LIST = re.compile(rf"{_FIRST_DAY}(?:[、,和及]{_DAY})*")
_EVERY_DAY = re.compile("每天|每日|天天|全周|全年")
_WORKDAYS = re.compile("工作日")
_WEEKEND = re.compile("双休日|周末")
_HOLIDAY = re.compile("(?:法定)?节?假日")
_SPAN = re.compile(rf"({_CLOCK}){_TO}({_CLOCK})")
_OFF = re.compile("(?:全天)?(?:闭馆|闭园|休息|休馆|不开放|不营业|店休|关闭)")
_JOINT = re.compile(r"[;,、。:()和及]+")
_AFTERNOON = re.compile("下午|晚")
_CLOCK_PARTS = re.compile(
    r"(次日|翌日|第二天)?(凌晨|早上?|上午|中午|下午|晚上?)?(\d{1,2})(?::(\d{2})(?::00)?|[点时](\d{1,2})?分?)"
)


class _Unsure(Exception):
    """Raised inside this module where a text is not understood."""


class _Rule:
    """One rule: in a season, on days, at times."""

    def __init__(self) -> None:
        self.season = ""
        self.days: list[str] = []
        self.spans: list[tuple[int, int]] = []
        """Minutes from midnight; the end is beyond 24 h where it lies in the next day."""
        self.off = False

    @property
    def is_complete(self) -> bool:
        return bool(self.spans) or self.off

    def __str__(self) -> str:
        times = ",".join(f"{_written(first)}-{_written(last)}" for first, last in self.spans)
        parts = [self.season, ",".join(self.days), "off" if self.off else times]
        return " ".join(part for part in parts if part)


def opening_hours(text: str) -> str | None:
    """Return the OSM form of a text of one line, None where it is not sure.

    Reads ``周一至周日 09:00-17:00``, ``08:30-17:30(16:30停止入场)``, ``24小时``, ``周一闭馆``, seasons, several spans a
    day and hours past midnight. The last admission is left out: OSM has no place for it.
    """
    return _read(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=2048)
def _read(text: str) -> str | None:
    bare = _LABEL.sub("", re.sub(r"\s*([-~–—至到:;,、()])\s*", r"\1", text).strip())
    bare = _WHOLE_YEAR.sub("", _LAST_ENTRY.sub(" ", bare)).replace("()", "").strip(" ;,。")
    bare = _DAYS_BEHIND.sub(r"\2 \1", bare)
    if _ALWAYS.match(bare.replace(" ", "")):
        return "24/7"
    try:
        rules = list(_rules(bare))
    except _Unsure:
        return None
    if not any(rule.spans for rule in rules):
        return None
    return "; ".join(map(str, rules))


def _rules(text: str) -> Iterator[_Rule]:
    rule, at = _Rule(), 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        if joint := _JOINT.match(text, at):
            at = joint.end()
            continue
        found, take = _matched(text, at)
        # Times close a rule: whatever but a further time opens the next one.
        if rule.is_complete and (take is not _take_span or rule.off):
            yield rule
            season, rule = rule.season, _Rule()
            rule.season = season
        take(rule, found)
        at = found.end()
    if rule.is_complete:
        yield rule
    elif rule.days:
        raise _Unsure


def _matched(text: str, at: int) -> tuple[re.Match[str], Callable[[_Rule, re.Match[str]], None]]:
    for pattern, take in _GRAMMAR:
        if found := pattern.match(text, at):
            return found, take
    raise _Unsure


def _take_season(rule: _Rule, found: re.Match[str]) -> None:
    first, first_day, last, last_day = (int(part) if part else 0 for part in found.groups())
    if not (1 <= first <= 12 and 1 <= last <= 12 and first_day <= 31 and last_day <= 31) or bool(first_day) != bool(
        last_day
    ):
        raise _Unsure
    ends = [
        f"{MONTHS[month - 1]} {day:02}" if day else MONTHS[month - 1]
        for month, day in ((first, first_day), (last, last_day))
    ]
    rule.season = "-".join(ends)


def _take_day_range(rule: _Rule, found: re.Match[str]) -> None:
    first, last = (_DAY_AT[part[-1]] for part in found.groups())
    rule.days.append(DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}")


def _take_day_list(rule: _Rule, found: re.Match[str]) -> None:
    rule.days += [DAYS[_DAY_AT[letter]] for letter in found[0] if letter in _DAY_AT]


def _take_days(*days: str) -> Callable[[_Rule, re.Match[str]], None]:
    def take(rule: _Rule, _found: re.Match[str]) -> None:
        rule.days += days

    return take


def _take_span(rule: _Rule, found: re.Match[str]) -> None:
    first, last = _minutes(found[1]), _minutes(found[2])
    if _AFTERNOON.search(found[1]) and first < last + 12 * 60 <= 24 * 60:
        last += 12 * 60
    if last <= first:
        last += 24 * 60
    if first >= 24 * 60 or last - first > 24 * 60 or any(first < end and start < last for start, end in rule.spans):
        raise _Unsure
    rule.spans.append((first, last))


def _take_off(rule: _Rule, _found: re.Match[str]) -> None:
    if not rule.days:
        raise _Unsure
    rule.off = True


def _minutes(clock: str) -> int:
    found = _CLOCK_PARTS.fullmatch(clock)
    if not found:
        raise _Unsure
    next_day, half, hour, minute, minute2 = found.groups()
    hours, minutes = int(hour), int(minute or minute2 or 0)
    if half in ("下午", "晚", "晚上") and hours < 12:
        hours += 12
    if hours > 24 or minutes > 59 or (hours == 24 and minutes):
        raise _Unsure
    return (hours + (24 if next_day and hours < 24 else 0)) * 60 + minutes


def _written(minutes: int) -> str:
    if minutes > 24 * 60:
        minutes -= 24 * 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


_GRAMMAR: tuple[tuple[re.Pattern[str], Callable[[_Rule, re.Match[str]], None]], ...] = (
    (_SPAN, _take_span),
    (_SEASON, _take_season),
    (_DAY_RANGE, _take_day_range),
    (_DAY_LIST, _take_day_list),
    (_EVERY_DAY, _take_days("Mo-Su")),
    (_WORKDAYS, _take_days("Mo-Fr")),
    (_WEEKEND, _take_days("Sa-Su")),
    (_HOLIDAY, _take_days("PH")),
    (_OFF, _take_off),
)
