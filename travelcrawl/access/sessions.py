"""Sessions: an egress, an identity and a cookie jar that are used together and retired together."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from travelcrawl.access.identities import Identity

AGE = 3600.0
"""Seconds after which a session is renewed."""
USES = 1000
"""Requests after which it is."""
FAILURES = 3
"""Answers that spoke against it, less those that did not, after which it is."""


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


@attrs.define(eq=False)
class SessionBook:
    """The current session of one site and egress, and how it fares."""

    begin: Callable[[int], Session]
    """Makes the session of a number."""
    session: Session | None = None
    count: int = 0
    """Sessions begun."""
    born: float = 0.0
    uses: int = 0
    failures: int = 0

    def is_usable(self, now: float) -> bool:
        """Say whether the current session may be used on, by its age and use."""
        return self.session is not None and now - self.born < AGE and self.uses < USES and self.failures < FAILURES

    def use(self, now: float) -> Session:
        """Return the session for one more request, a new one where there is none that is usable."""
        if self.session is None or not self.is_usable(now):
            self.session = self.begin(self.count)
            self.count += 1
            self.born, self.uses, self.failures = now, 0, 0
        self.uses += 1
        return self.session

    def mark_good(self, session: Session) -> None:
        """Book an answer."""
        if session is self.session:
            self.failures = max(0, self.failures - 1)

    def mark_bad(self, session: Session) -> None:
        """Book an answer that speaks against the session: a challenge."""
        if session is self.session:
            self.failures += 1

    def retire(self, session: Session) -> None:
        """Use a session no more: the next request has a new identity and an empty jar."""
        if session is self.session:
            self.session = None
