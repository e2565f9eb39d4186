"""What the sites of a hostile web do to those who ask: limits, bans, challenges, bad weather, pages with nothing in them."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from email.utils import formatdate

import attrs

from sandbox.behaviour import Behaviour
from sandbox.hostile_egress import Chances, Clock
from sandbox.http import Reply, Request, html_reply, text_reply

LEEWAY = 1.05
"""Sites let pass a little more than they say, so that two honest requests pushed together on the wire are no violation."""


@attrs.frozen(kw_only=True)
class Limit:
    """What a site allows one egress, and what it does to one that takes more."""

    rate: float
    """Requests per second."""
    burst: int = 2
    """Requests that may come at once."""
    window: float = 0.0
    """0: a bucket of ``burst`` requests that fills at ``rate``. Else no more than fit into any so many seconds."""
    retry_after: str = "seconds"
    """How a 429 says when to come again: ``seconds``, ``date`` (RFC 9110 10.2.3) or ``none``."""
    wait: float = 2.0
    """Seconds it asks to wait."""
    ban_after: int = 15
    """Violations within a minute after which an egress is banned."""
    ban_seconds: float = 60.0
    ban_reply: str = "forbidden"
    """``forbidden`` (403) or ``challenge`` (status 200)."""


@attrs.frozen(kw_only=True)
class Weather:
    """Shares of the answers of a site that are spoilt, whoever asks."""

    unavailable: float = 0.0
    resets: float = 0.0
    truncated: float = 0.0
    script_only: float = 0.0
    hollow: float = 0.0
    challenged: float = 0.0
    """Share that begins a challenge: it is put to that egress for some seconds."""
    challenge_seconds: float = 4.0
    challenge: str = "Just a moment..."
    """Title of the challenge page."""

    @property
    def spoilt(self) -> float:
        """Share of requests that bring nothing, the rest of each challenge left out."""
        return self.unavailable + self.resets + self.truncated + self.script_only + self.hollow + self.challenged


def challenge_page(title: str) -> Reply:
    """Answer with a challenge in the place of the page, status 200."""
    return html_reply(
        f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>"
        '<form method="post"><img src="/captcha.png" alt=""><input name="answer"></form></body></html>'
    )


class Bans(Behaviour):
    """Refuses egresses that are banned at a site: some from the start, others after too many violations."""

    name = "banned"

    def __init__(
        self,
        limits: Mapping[str, Limit],
        from_start: Mapping[str, frozenset[str]],
        site: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self.limits = limits
        self.from_start = from_start
        """Egress → sites where it has always been banned."""
        self.site = site
        self.clock = clock
        self.count = 0
        """Bans spoken since the start."""
        self._until: dict[tuple[str, str], float] = {}
        self._violations: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def before(self, request: Request) -> Reply | None:
        """Refuse."""
        site = self.site(request.host)
        if request.method == "CONNECT" or site not in self.limits:
            return None
        always = site in self.from_start.get(request.egress, ())
        if not always and self.clock() >= self._until.get((site, request.egress), -math.inf):
            return None
        if self.limits[site].ban_reply == "challenge":
            return challenge_page("Access denied")
        return html_reply("<html><head><title>Forbidden</title></head><body>go away</body></html>", 403)

    def violated(self, site: str, egress: str) -> None:
        """Note a violation, and ban where they are too many."""
        limit, now, recent = self.limits[site], self.clock(), self._violations[site, egress]
        recent.append(now)
        while recent and recent[0] < now - 60:
            recent.popleft()
        if len(recent) >= limit.ban_after:
            self.count += 1
            self._until[site, egress] = now + limit.ban_seconds
            recent.clear()


class RateLimit(Behaviour):
    """Answers 429 to an egress that takes more than a site allows."""

    name = "rate_limit"

    def __init__(self, limits: Mapping[str, Limit], bans: Bans, site: Callable[[str], str], clock: Clock) -> None:
        self.limits = limits
        self.bans = bans
        self.site = site
        self.clock = clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._windows: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def before(self, request: Request) -> Reply | None:
        """Take from the bucket, or refuse."""
        site = self.site(request.host)
        limit = self.limits.get(site)
        if limit is None or request.method == "CONNECT":
            return None
        fits = self._fits_window if limit.window else self._fits_bucket
        if fits((site, request.egress), limit, self.clock()):
            return None
        self.bans.violated(site, request.egress)
        reply = html_reply("<html><head><title>Too Many Requests</title></head><body>slow down</body></html>", 429)
        headers = {"seconds": f"{math.ceil(limit.wait)}", "date": formatdate(time.time() + limit.wait + 1, usegmt=True)}
        if limit.retry_after not in headers:
            return reply
        return attrs.evolve(reply, headers={**reply.headers, "Retry-After": headers[limit.retry_after]})

    def _fits_bucket(self, key: tuple[str, str], limit: Limit, now: float) -> bool:
        level, then = self._buckets.get(key, (float(limit.burst), now))
        level = min(float(limit.burst), level + (now - then) * limit.rate * LEEWAY)
        fits = level >= 1
        self._buckets[key] = (level - fits, now)
        return fits

    def _fits_window(self, key: tuple[str, str], limit: Limit, now: float) -> bool:
        recent = self._windows[key]
        while recent and recent[0] <= now - limit.window:
            recent.popleft()
        fits = len(recent) < limit.rate * LEEWAY * limit.window + limit.burst - 1
        if fits:
            recent.append(now)
        return fits


class Spoiler(Behaviour):
    """Spoils a share of the answers of each site; /robots.txt is left alone."""

    def __init__(self, weather: Mapping[str, Weather], site: Callable[[str], str], seed: int) -> None:
        self.weather = weather
        self.site = site
        self._chances = Chances(seed, self.name)

    def strikes(self, request: Request, share: str) -> bool:
        """Say whether this answer is spoilt."""
        weather = self.weather.get(self.site(request.host))
        if weather is None or request.method == "CONNECT" or request.path == "/robots.txt":
            return False
        chance: float = getattr(weather, share)
        return chance > 0 and self._chances.of(request.host, request.egress).random() < chance


class Challenges(Spoiler):
    """Puts a challenge, status 200, in the place of all answers to one egress for some seconds."""

    name = "challenge"

    def __init__(self, weather: Mapping[str, Weather], site: Callable[[str], str], seed: int, clock: Clock) -> None:
        super().__init__(weather, site, seed)
        self.clock = clock
        self._until: dict[tuple[str, str], float] = {}

    def before(self, request: Request) -> Reply | None:
        """Challenge."""
        site, now = self.site(request.host), self.clock()
        if site not in self.weather or request.method == "CONNECT" or request.path == "/robots.txt":
            return None
        key = (site, request.egress)
        if now >= self._until.get(key, -math.inf):
            if not self.strikes(request, "challenged"):
                return None
            self._until[key] = now + self.weather[site].challenge_seconds
        return challenge_page(self.weather[site].challenge)


class Unavailable(Spoiler):
    """Fails with 503."""

    name = "unavailable"

    def before(self, request: Request) -> Reply | None:
        """Fail."""
        return text_reply("upstream connect error", 503) if self.strikes(request, "unavailable") else None


class Resets(Spoiler):
    """Resets the connection."""

    name = "reset"

    def before(self, request: Request) -> Reply | None:
        """Reset."""
        return Reply(resets=True) if self.strikes(request, "resets") else None


class Truncated(Spoiler):
    """Sends half of a body."""

    name = "truncated"

    def after(self, request: Request, reply: Reply) -> Reply | None:
        """Cut it."""
        return attrs.evolve(reply, cut=len(reply.body) // 2) if self.strikes(request, "truncated") else None


class ScriptOnly(Spoiler):
    """Sends the shell of a page that only a browser fills."""

    name = "script_only"

    def before(self, request: Request) -> Reply | None:
        """Send the shell."""
        if not self.strikes(request, "script_only"):
            return None
        return html_reply(
            '<!doctype html><html><head><title></title><script src="/static/app.3f2a.js" defer></script></head>'
            '<body><div id="app"></div><noscript>Please enable JavaScript to continue.</noscript></body></html>'
        )


class Hollow(Spoiler):
    """Sends the same page with nothing in it, whatever was asked: a page of HTML, or JSON where the site speaks JSON."""

    name = "hollow"

    def after(self, request: Request, reply: Reply) -> Reply | None:
        """Empty it."""
        if not self.strikes(request, "hollow"):
            return None
        if "json" in reply.headers.get("Content-Type", ""):
            return attrs.evolve(reply, status=200, body=b'{"code":0,"message":"ok","data":{}}')
        return html_reply(
            '<!doctype html><html><head><title>Welcome</title></head><body><nav><a href="/">Home</a></nav>'
            "<main></main><footer>All rights reserved</footer></body></html>"
        )
