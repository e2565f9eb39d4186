"""What robots.txt allows (RFC 9309), decided from whatever a host sends for it."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import attrs
from protego import Protego

from travelcrawl.access.verdicts import Answer, VerdictPolicy
from travelcrawl.errors import UsageError

MAX_BYTES = 512 * 1024
"""Bytes of a robots.txt that are read; RFC 9309 2.5 asks for 500 KiB at least."""


@attrs.frozen
class Robots:
    """What one host allows."""

    rules: Protego | None
    """None: everything, as the host has no robots.txt."""

    def allows(self, url: str, agent: str) -> bool:
        """Say whether the agent may fetch the address."""
        return self.rules is None or bool(self.rules.can_fetch(url, agent))

    def crawl_delay(self, agent: str) -> float | None:
        """Return the seconds between requests that it asks the agent for, None where it asks for none."""
        delay = self.rules.crawl_delay(agent) if self.rules else None
        return float(delay) if delay is not None and 0 < delay < inf else None


ALLOW_ALL = Robots(None)
DENY_ALL = Robots(Protego.parse("User-agent: *\nDisallow: /"))


def read_robots(answer: Answer) -> Robots | None:
    """Return what an answer to /robots.txt says, None where it says nothing and has to be asked again.

    No file (HTTP 4xx) allows all, as RFC 9309 2.3.1.3 has it. 429, 5xx and challenges are no answer. A page of HTML in its
    place is no robots file (seen at openhome.bilibili.com, 2026-08), unless it is a challenge.
    """
    if 200 <= answer.status < 300:
        if VerdictPolicy().judge(answer).verdict.is_block:
            return None
        if answer.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            return ALLOW_ALL
        return Robots(Protego.parse(answer.body[:MAX_BYTES].decode("utf-8-sig", "replace")))
    if 400 <= answer.status < 500 and answer.status != 429:
        return ALLOW_ALL
    return None


def parse_permitted(text: str) -> Mapping[str, str]:
    """Read ``host=reason;host=reason``: hosts an operator has permission for. Raises UsageError where a reason is missing."""
    permitted: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        host, _, reason = (word.strip() for word in part.partition("="))
        if not host or not reason or "/" in host:
            raise UsageError(
                f"TRAVELCRAWL_PERMITTED_HOSTS: {part!r} is not host=reason; name the host and why it may be fetched"
            )
        permitted[host.lower()] = reason
    return permitted
