"""Decoys: answers that look right and are not, fed to some egresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping

import attrs

from sandbox.behaviour import Behaviour
from sandbox.hostile_egress import Chances
from sandbox.http import Reply, Request

Liar = Callable[[Request, str], "Reply | None"]
"""Answers a request falsely; the same text (the salt) tells the same lies. None: it has nothing false to say."""


@attrs.frozen(kw_only=True)
class Lies:
    """How an egress is lied to."""

    share: float = 1.0
    """Of the answers."""
    after: int = 0
    """Right answers of a site before the first decoy."""
    sites: Collection[str] = ()
    """Only there; empty: everywhere."""


class Decoys(Behaviour):
    """Feeds decoys. Sites in ``together`` tell all egresses the same lies, the others tell each its own."""

    name = "decoy"

    def __init__(
        self,
        egresses: Mapping[str, Lies],
        liar: Liar,
        *,
        together: Collection[str],
        site: Callable[[str], str],
        seed: int,
    ) -> None:
        self.egresses = egresses
        self.liar = liar
        self.together = together
        self.site = site
        self.seed = seed
        self._answers: Counter[tuple[str, str]] = Counter()
        self._chances = Chances(seed, "decoys")

    def after(self, request: Request, reply: Reply) -> Reply | None:
        """Lie."""
        lies = self.egresses.get(request.egress)
        if lies is None or request.path == "/robots.txt" or request.method == "CONNECT":
            return None
        site = self.site(request.host)
        if lies.sites and site not in lies.sites:
            return None
        self._answers[site, request.egress] += 1
        if self._answers[site, request.egress] <= lies.after:
            return None
        if lies.share < 1 and self._chances.of(site, request.egress).random() >= lies.share:
            return None
        salt = f"{self.seed}:{'all' if site in self.together else request.egress}"
        lie = self.liar(request, salt)
        return None if lie is None or (lie.status != reply.status and reply.status == 200) else lie
