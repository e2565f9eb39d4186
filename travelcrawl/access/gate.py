"""Whether a request may leave now, and from where: the one place that decides it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import attrs

from travelcrawl.access.identities import Identity
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


@attrs.frozen(kw_only=True)
class Ask:
    """What the gate has to know of a request."""

    site: str
    """Whose budget it takes from: the platform; in a project without platforms the host."""
    egress: str | None = None
    """Label of the egress it must leave from (the robots.txt of a page, the next hop of a redirect); None: any."""
    avoid: frozenset[str] = frozenset()
    """Labels of egresses it must not leave from: it failed there, or a second opinion is wanted."""
    not_before: float = 0.0
    """Seconds since the epoch before which it must not leave."""


@attrs.frozen(kw_only=True)
class Session:
    """Egress, identity and cookies, kept together and retired together."""

    id: str
    """Name of its cookie jar and browser context; holds no credentials."""
    site: str
    egress: str
    """Label."""
    proxy: str | None = attrs.field(repr=False)
    """Proxy URL with credentials, None: direct."""
    identity: Identity


@attrs.frozen(kw_only=True)
class Grant:
    """Leave to send one request."""

    number: int
    session: Session
    timeout: float
    """Seconds that an answer is waited for, learned per site and egress."""


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


class Gate(Protocol):
    """Decides in memory, at once; what workers share is exchanged beside it."""

    clock: Callable[[], float]
    """Seconds, monotonic."""

    def ask(self, ask: Ask) -> Grant | Wait:
        """Give leave or say when to ask again. A grant takes a token of each budget and a place of each concurrency limit."""

    def charge(self, session: Session) -> Grant:
        """Give leave at once for a request that cannot wait, as its page already has leave: its robots.txt.

        Budgets go into debt for it, so that what comes after waits longer; ``done`` and ``left`` follow as for any grant.
        """

    def done(self, grant: Grant, outcome: Outcome) -> None:
        """Book what came of it: once for each request that was sent."""

    def left(self, grant: Grant) -> None:
        """Give back the places the request held: once for each grant, sent or not."""

    def distrust(self, site: str, egress: str, why: str) -> None:
        """Use an egress no more for a site: its answers were not true."""

    def crawl_delay(self, site: str, seconds: float) -> None:
        """Obey a robots.txt that asks for so many seconds between requests of one egress."""
