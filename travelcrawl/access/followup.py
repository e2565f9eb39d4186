"""What follows from a verdict: one table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import attrs

from travelcrawl.access.verdicts import Verdict


@attrs.frozen(kw_only=True)
class FollowUp:
    """What to do with a request that got no answer."""

    tries: int
    """How often it is sent in all."""
    wait: float = 0.0
    """Seconds before the second try, doubled with each further one; a Retry-After of the site goes before."""


FOLLOW_UPS: Mapping[Verdict, FollowUp] = {
    Verdict.RATE_LIMITED: FollowUp(tries=6, wait=1.0),
    Verdict.CHALLENGED: FollowUp(tries=2, wait=2.0),
    Verdict.LOGIN_REQUIRED: FollowUp(tries=1),
    Verdict.FORBIDDEN: FollowUp(tries=1),
    Verdict.SOFT_BLOCKED: FollowUp(tries=2, wait=1.0),
    Verdict.MALFORMED: FollowUp(tries=2),
    Verdict.EGRESS_FAULT: FollowUp(tries=4, wait=0.5),
    Verdict.SITE_DOWN: FollowUp(tries=4, wait=0.5),
}
"""Verdicts that are answers (ok, empty, gone) need nothing."""

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
