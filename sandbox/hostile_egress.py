"""What the egress ports of a hostile web do, whichever site is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import attrs

from sandbox.behaviour import Behaviour
from sandbox.http import Reply, Request, text_reply

Clock = Callable[[], float]


class Chances:
    """A source of chance for each key, so that what happens on one does not depend on what happens on others."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._name = f"{seed}:{purpose}"
        self._streams: dict[tuple[str, ...], Random] = {}

    def of(self, *key: str) -> Random:
        """Return the source of a key."""
        if key not in self._streams:
            self._streams[key] = Random(f"{self._name}:{' '.join(key)}")
        return self._streams[key]


class Locked(Behaviour):
    """Wants credentials that were not given: 407, at CONNECT and at each request."""

    name = "locked"

    def __init__(self, egresses: frozenset[str]) -> None:
        self.egresses = egresses

    def before(self, request: Request) -> Reply | None:
        """Ask for credentials."""
        if request.egress not in self.egresses:
            return None
        reply = text_reply("who are you?", 407)
        return attrs.evolve(reply, headers={**reply.headers, "Proxy-Authenticate": 'Basic realm="gateway"'})


class Hanging(Behaviour):
    """Takes a request and never answers; some only inside a tunnel, which they open willingly."""

    name = "hanging"

    def __init__(self, egresses: frozenset[str], opening: frozenset[str] = frozenset()) -> None:
        self.egresses = egresses
        self.opening = opening
        """Those that open a tunnel before they fall silent."""

    def before(self, request: Request) -> Reply | None:
        """Say nothing."""
        if request.egress not in self.egresses or (request.method == "CONNECT" and request.egress in self.opening):
            return None
        return Reply(hangs=True)


class Flapping(Behaviour):
    """Works for some seconds, resets every connection for some others, and so on."""

    name = "flapping"

    def __init__(self, egresses: Mapping[str, tuple[float, float]], clock: Clock) -> None:
        self.egresses = egresses
        """Seconds up, seconds down."""
        self.clock = clock
        self._began = clock()

    def before(self, request: Request) -> Reply | None:
        """Reset while it is down."""
        times = self.egresses.get(request.egress)
        if times is None or (self.clock() - self._began) % sum(times) < times[0]:
            return None
        return Reply(resets=True)


class Slow(Behaviour):
    """Answers rightly, after seconds."""

    name = "slow"

    def __init__(self, egresses: Mapping[str, tuple[float, float]], seed: int) -> None:
        self.egresses = egresses
        """Least and most seconds an answer takes."""
        self._chances = Chances(seed, "slow")

    def after(self, request: Request, reply: Reply) -> Reply | None:
        """Wait."""
        times = self.egresses.get(request.egress)
        return attrs.evolve(reply, delay=self._chances.of(request.egress).uniform(*times)) if times else None


class Breaking(Behaviour):
    """Loses the rest of some bodies."""

    name = "breaking"

    def __init__(self, egresses: Mapping[str, float], seed: int) -> None:
        self.egresses = egresses
        """Share of the answers."""
        self._chances = Chances(seed, "breaking")

    def after(self, request: Request, reply: Reply) -> Reply | None:
        """Cut the body."""
        share = self.egresses.get(request.egress, 0.0)
        if not share or not reply.body or self._chances.of(request.egress).random() >= share:
            return None
        return attrs.evolve(reply, cut=len(reply.body) // 2)
