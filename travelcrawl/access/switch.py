"""PROXY_AUTO_SWITCH: direct as long as that goes well, then proxies for some time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from math import inf
from typing import Protocol, TypeVar

import attrs

from travelcrawl.access.egress import Egress

logger = logging.getLogger(__name__)


class _HasEgress(Protocol):
    egress: Egress


LaneT = TypeVar("LaneT", bound=_HasEgress)


@attrs.define(eq=False)
class Switch:
    """Which egresses one site uses: direct until so many faults were not made good by answers, then proxies for the cool-down."""

    site: str
    threshold: int = 10
    """PROXY_FAILURE_THRESHOLD."""
    cooldown: float = 600.0
    """PROXY_COOLDOWN, seconds."""
    failures: int = 0
    until: float = -inf

    def tiers(self, tiers: Sequence[Sequence[LaneT]], now: float) -> list[list[LaneT]]:
        """Return the lanes that are in use."""
        is_direct = now >= self.until
        return [[lane for lane in tier if (lane.egress.url is None) == is_direct] for tier in tiers]

    def answered(self) -> None:
        """Book an answer that came directly."""
        self.failures = max(0, self.failures - 1)

    def failed(self, now: float) -> None:
        """Book a fault of a request that left directly."""
        if now < self.until:
            return
        self.failures += 1
        if self.failures >= self.threshold:
            self.failures, self.until = 0, now + self.cooldown
            logger.info("proxy switched: %s goes through proxies for %.0f s", self.site, self.cooldown)
