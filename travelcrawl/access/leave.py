"""Leave to send a request: what is asked for, what is given, what came of it, how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import inf

import attrs

from travelcrawl.access.breaker import State
from travelcrawl.access.sessions import Session
from travelcrawl.access.verdicts import Verdict


class Why(StrEnum):
    """What a request waits for."""

    NOT_BEFORE = "not_before"
    BUDGET = "budget"
    EGRESS = "egress"
    BREAKER = "breaker"
    QUOTA = "quota"
    QUIET = "quiet"
    ROBOTS = "robots"
    """Another request of its host finds out what robots.txt allows."""
    BROWSER = "browser"
    """All pages that may be open at once in browsers are."""


@attrs.frozen(kw_only=True)
class Ask:
    """What the gate has to know of a request."""

    site: str
    """Whose budget it takes from: the platform; in a project without platforms the host."""
    egress: str | None = None
    """Label of the egress it must leave from (the next hop of a redirect); None, or one that is listed no more: any."""
    avoid: frozenset[str] = frozenset()
    """Labels of egresses it should not leave from: it failed there, or a second opinion is wanted. Obeyed while another egress may
    be had within ``Gate.PATIENCE`` seconds."""
    strictly: bool = False
    """Rather not at all than from another egress than that, or from one of those."""
    not_before: float = 0.0
    """Seconds since the epoch before which it must not leave."""
    is_question: bool = False
    """Through ``egress``, though its answers are not believed any more: since when it lies is to be found out."""
    in_browser: bool = False
    """It takes one of the pages that may be open at once in browsers; whoever asks the gate counts those."""


@attrs.frozen(kw_only=True)
class Grant:
    """Leave to send one request."""

    number: int
    session: Session
    timeout: float
    """Seconds that an answer is waited for, learned per site and egress."""
    drive: float = inf
    """Requests per second at which its egress was driven when it left; 0 where it could have left earlier, so that it proves nothing."""
    avoided: frozenset[str] = frozenset()
    """Labels of the egresses that it failed at before, or that others are to be compared with."""


@attrs.frozen(kw_only=True)
class Wait:
    """No leave yet."""

    seconds: float
    """When it is worth asking again; inf: not before something is reported."""
    why: Why


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of a request that was sent."""

    verdict: Verdict
    seconds: float
    """From leave to answer."""
    retry_after: float | None = None
    """Seconds the site asked for."""


@attrs.frozen(kw_only=True)
class SiteState:
    """What metrics show of a site."""

    breaker: State
    egresses: Mapping[str, int]
    """How many are available, working, cooling (they rest, or the site asked for a pause) and failed (used no more)."""
    uses_proxies: bool
    rate: float
    """Requests per second of one egress; inf: no limit is known."""
