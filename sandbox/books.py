"""What happened, by the server's own count: tests ask it instead of believing the crawler."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import attrs


@attrs.define
class HostBook:
    """Counts of one host."""

    requests: int = 0
    robots_disallowed: int = 0
    """Requests to paths that the host's robots.txt forbids to everybody."""
    statuses: Counter[str] = attrs.field(factory=Counter)
    routes: Counter[str] = attrs.field(factory=Counter)
    egresses: Counter[str] = attrs.field(factory=Counter)
    spans: dict[str, list[float]] = attrs.field(factory=dict)
    """Egress → seconds of the first and the last request through it, since some moment."""


@attrs.define
class Books:
    """Counts of everything since the start or the last reset."""

    started: float = attrs.field(factory=time.monotonic)
    hosts: dict[str, HostBook] = attrs.field(factory=dict)
    direct: Counter[str] = attrs.field(factory=Counter)
    """Host → requests that came past the proxy."""
    unknown: Counter[str] = attrs.field(factory=Counter)
    """Host → requests for hosts that the sandbox does not have."""
    faults: Counter[str] = attrs.field(factory=Counter)
    """Behaviour → how often it interfered."""
    marks: dict[str, dict[str, Counter[str]]] = attrs.field(factory=dict)
    """Behaviour → host → egress → how often it interfered there."""
    refused_tunnels: int = 0
    """Requests that came no further than CONNECT, as a behaviour answered it."""

    def interfered(self, name: str, host: str, egress: str, *, tunnel: bool = False) -> None:
        """Enter that a behaviour answered in the place of a site, or changed what it said."""
        self.faults[name] += 1
        self.marks.setdefault(name, {}).setdefault(host, Counter())[egress] += 1
        self.refused_tunnels += tunnel

    def note(self, host: str, route: str, status: int, egress: str, *, disallowed: bool) -> None:
        """Enter one answered request."""
        book = self.hosts.setdefault(host, HostBook())
        book.requests += 1
        book.robots_disallowed += disallowed
        book.statuses[str(status)] += 1
        book.routes[route] += 1
        book.egresses[egress] += 1
        now = time.monotonic()
        book.spans.setdefault(egress, [now, now])[1] = now

    def report(self) -> dict[str, Any]:
        """Return all counts as plain JSON types."""
        return {
            "seconds": round(time.monotonic() - self.started, 3),
            "requests": sum(book.requests for book in self.hosts.values()),
            "hosts": {host: attrs.asdict(book) for host, book in sorted(self.hosts.items())},
            "direct": dict(self.direct),
            "unknown": dict(self.unknown),
            "faults": dict(self.faults),
            "marks": self.marks,
            "refused_tunnels": self.refused_tunnels,
        }
