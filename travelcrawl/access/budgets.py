"""Budgets: how often a site may be asked, by one egress and by all together."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import inf, isfinite
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from travelcrawl.access.quota import next_midnight
from travelcrawl.errors import UsageError

EVERY = "*"
"""The name that stands for all sites without a line of their own."""
EARLY = 0.05
"""Seconds by which requests may close up after one that was late, where no burst is set."""
ZONE = "Asia/Shanghai"


@attrs.frozen(kw_only=True)
class Limits:
    """What one key may do."""

    rate: float = inf
    """Requests per second; inf: none is set."""
    burst: float | None = None
    """Requests that may leave together after a pause; None: what the rate gives in 0.05 s, at least one."""
    concurrency: float = inf
    """Requests on their way at the same time."""
    daily: float = inf
    """Requests from midnight to midnight in the site's time zone."""


@attrs.frozen(kw_only=True)
class Quiet:
    """Hours of the day in which a site is left alone; over midnight where the end comes before the begin."""

    begin: time
    end: time

    def holds(self, at: time) -> bool:
        """Say whether a time of the day, in the site's zone, is in them."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@attrs.frozen(kw_only=True)
class Budget:
    """What a site may be asked."""

    each: Limits = attrs.field(factory=Limits)
    """By one egress."""
    total: Limits = attrs.field(factory=Limits)
    """By all egresses together."""
    quiet: Quiet | None = None
    zone: str = ZONE
    """IANA name."""


@attrs.frozen
class Budgets:
    """The budget of each site."""

    named: Mapping[str, Budget] = attrs.field(factory=dict)
    default: Budget = attrs.field(factory=Budget)

    def of(self, site: str) -> Budget:
        """Return a site's budget."""
        return self.named.get(site, self.default)


def parse_budgets(text: str | Mapping[str, Any], rate: float = 0.0) -> Budgets:
    """Read TRAVELCRAWL_BUDGETS: a mapping, or one as JSON, of site (``*``: all others) to its budget.

    ``{"amap": {"rate": 3, "burst": 1, "concurrency": 2, "daily": 100, "total": {"rate": 10, "daily": 1000}, "quiet": "01:00-05:30",
    "zone": "Asia/Shanghai"}}``: the first four are those of one egress, ``total`` has the same four for all together. ``rate`` holds
    where a site names none; 0: none, it is learned. Raises UsageError, which names the site and what is wrong.
    """
    try:
        data = json.loads(text.strip() or "{}") if isinstance(text, str) else text
    except ValueError:
        raise UsageError('TRAVELCRAWL_BUDGETS is no JSON; write {"site": {"rate": 3}}') from None
    if not isinstance(data, Mapping) or not all(isinstance(one, Mapping) for one in data.values()):
        raise UsageError('TRAVELCRAWL_BUDGETS is no mapping of sites to budgets; write {"site": {"rate": 3}}')
    if not 0 <= rate < inf:
        raise UsageError(f"TRAVELCRAWL_RATE is {rate}; write requests per second, or 0 to have them learned")
    base = {"rate": rate} if rate else {}
    base |= data.get(EVERY, {})
    named = {site: _budget(site, {**base, **one}) for site, one in data.items() if site != EVERY}
    return Budgets(named, _budget(EVERY, base))


def _budget(site: str, data: Mapping[str, Any]) -> Budget:
    names = {"rate", "burst", "concurrency", "daily"}
    total = data.get("total", {})
    if not isinstance(total, Mapping) or (
        unknown := (set(data) - names - {"total", "quiet", "zone"}) | (set(total) - names)
    ):
        what = f"names {', '.join(sorted(unknown))}" if isinstance(total, Mapping) else "has a total that is no mapping"
        raise UsageError(
            f"TRAVELCRAWL_BUDGETS: the budget of {site} {what}; it may have rate, burst, concurrency, daily, quiet and zone,"
            " and the first four again in total"
        )
    zone = data.get("zone", ZONE)
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, TypeError, KeyError):
        raise UsageError(f"TRAVELCRAWL_BUDGETS: {zone!r} of {site} is no time zone; write Asia/Shanghai") from None
    each = {name: value for name, value in data.items() if name in names}
    return Budget(
        each=_limits(site, each), total=_limits(site, total), quiet=_quiet(site, data.get("quiet")), zone=zone
    )


def _limits(site: str, data: Mapping[str, Any]) -> Limits:
    for name, value in data.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        if not is_number or (value <= 0 if name == "rate" else value < 1):
            least = "above 0" if name == "rate" else "of 1 or more"
            raise UsageError(f"TRAVELCRAWL_BUDGETS: {name} of {site} is {value!r}; write a number {least}")
    return Limits(**data)


def _quiet(site: str, text: Any) -> Quiet | None:
    if not text:
        return None
    found = re.fullmatch(r"\s*(\d?\d:\d\d)\s*-\s*(\d?\d:\d\d)\s*", text) if isinstance(text, str) else None
    try:
        begin, end = (time.fromisoformat(one.rjust(5, "0")) for one in found.groups()) if found else (None, None)
    except ValueError:
        begin = end = None
    if begin is None or end is None or begin == end:
        raise UsageError(f"TRAVELCRAWL_BUDGETS: quiet of {site} is {text!r}; write 01:00-05:30")
    return Quiet(begin=begin, end=end)


@attrs.define(eq=False)
class Spacing:
    """Keep requests apart: GCRA, kept as the number of requests that are ahead of the rate (a leaky bucket as a meter).

    The rate may change between two requests, and debts may be made.
    """

    burst: float | None = None
    ahead: float = 0.0
    """Requests sent that the rate has not yet covered, at ``at``."""
    at: float = 0.0

    def ready_at(self, rate: float) -> float:
        """Return when the next request may leave."""
        if rate in (0.0, inf):
            return -inf if rate else inf
        room = rate * EARLY if self.burst is None else self.burst - 1
        return self.at + (self.ahead - room) / rate if self.ahead > room else -inf

    def take(self, now: float, rate: float, count: float = 1.0) -> None:
        """Book requests that leave now."""
        self.ahead = 0.0 if rate == inf else max(0.0, self.ahead - max(0.0, now - self.at) * rate) + count
        self.at = now


@attrs.define(eq=False)
class Calendar:
    """What day it is at a site and whether its quiet hours are on; asked for each request, so it remembers until it changes.

    A wall clock that jumps, and comes back, gives nobody a day's quota again at once: a day counts anew only once it is later.
    """

    zone: str
    quiet: Quiet | None = None
    day: date = date.min
    is_quiet: bool = False
    changes_at: float = -inf
    """Seconds since the epoch."""
    _looked_at: float = attrs.field(default=-inf, alias="looked_at")
    _clear: Callable[[], None] = attrs.field(default=lambda: None, alias="clear")
    """Called when a new day begins."""

    def look(self, wall: float) -> None:
        """Bring ``day`` and ``is_quiet`` up to a moment, in seconds since the epoch."""
        if self._looked_at <= wall < self.changes_at:
            return
        try:
            now = datetime.fromtimestamp(wall, UTC).astimezone(ZoneInfo(self.zone))
            midnight = next_midnight(now, self.zone).timestamp()
        except (OverflowError, ValueError, OSError):
            return
        self._looked_at = wall
        today = now.date()
        if today > self.day:
            self._clear()
        if today > self.day or self.day - today > timedelta(days=1):
            self.day = today
        self.is_quiet = self.quiet is not None and self.quiet.holds(now.time())
        self.changes_at = min([midnight, *self._edges(now)])

    def _edges(self, now: datetime) -> list[float]:
        """Return the begin and end of the quiet hours that come next."""
        edges = []
        for edge in (self.quiet.begin, self.quiet.end) if self.quiet else ():
            at = datetime.combine(now.date(), edge, tzinfo=now.tzinfo)
            edges.append((at if at > now else at + timedelta(days=1)).timestamp())
        return edges
