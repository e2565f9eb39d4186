"""What follows from a verdict: one table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

import attrs

from travelcrawl.access.verdicts import Verdict


class Fault(StrEnum):
    """Who is to blame."""

    EGRESS = "egress"
    SESSION = "session"
    SITE = "site"
    PACE = "pace"
    """We were too fast."""
    PAGE = "page"


class Then(StrEnum):
    """What becomes of the session."""

    KEPT = "kept"
    RESTED = "rested"
    RETIRED = "retired"


@attrs.frozen(kw_only=True)
class FollowUp:
    """What to do about a request that got no answer, and about what it left with."""

    fault: Fault
    tries: int
    """How often it is sent in all."""
    elsewhere: bool = False
    """The next try leaves from another egress, where there is one."""
    wait: float = 0.0
    """Seconds before the second try, doubled with each further one; a Retry-After of the site goes before."""
    session: Then = Then.KEPT
    rest: float = 0.0
    """Seconds that the site is not asked through this egress, doubled with each fault that answers have not made good; 0: goes on.
    Where the session is kept the first fault is let pass."""
    counts: bool = False
    """It speaks for the site refusing us altogether: the breaker counts it."""
    escalates: bool = False
    """A browser may get what this did not, where the platform has one."""


FOLLOW_UPS: Mapping[Verdict, FollowUp] = {
    Verdict.RATE_LIMITED: FollowUp(fault=Fault.PACE, tries=10, wait=1.0),
    Verdict.CHALLENGED: FollowUp(
        fault=Fault.SESSION, tries=6, elsewhere=True, wait=0.5, session=Then.RESTED, rest=5.0, counts=True
    ),
    Verdict.LOGIN_REQUIRED: FollowUp(fault=Fault.PAGE, tries=3, elsewhere=True),
    Verdict.FORBIDDEN: FollowUp(
        fault=Fault.SESSION, tries=5, elsewhere=True, wait=0.5, session=Then.RETIRED, rest=10.0, counts=True
    ),
    Verdict.SOFT_BLOCKED: FollowUp(
        fault=Fault.SESSION, tries=4, elsewhere=True, wait=0.5, rest=4.0, counts=True, escalates=True
    ),
    Verdict.MALFORMED: FollowUp(fault=Fault.PAGE, tries=3, elsewhere=True, wait=0.2),
    Verdict.EGRESS_FAULT: FollowUp(fault=Fault.EGRESS, tries=6, elsewhere=True, wait=0.1, rest=4.0),
    Verdict.SITE_DOWN: FollowUp(fault=Fault.SITE, tries=6, wait=0.5, counts=True),
}
"""Verdicts that are answers (ok, empty, gone) need nothing and blame nobody."""

LONGEST_WAIT = 60.0
"""Seconds that a request waits at the most."""


def wait_before(verdict: Verdict, tries: int, retry_after: float | None = None) -> float | None:
    """Return the seconds to wait before the next try after so many tries, None where it is given up."""
    follow_up = FOLLOW_UPS[verdict]
    if tries >= follow_up.tries:
        return None
    wait = retry_after if retry_after is not None else follow_up.wait * 2 ** (tries - 1)
    return min(wait, LONGEST_WAIT)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header (seconds or an HTTP date, RFC 9110 10.2.3) as seconds from now; None where it is neither."""
    if value is None:
        return None
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
