"""A hostile web from a seed and a mixture: which egress does what, what each site allows, and how fast that can be crawled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from random import Random

import attrs

from sandbox.behaviour import Behaviour
from sandbox.hostile_decoys import Decoys, Liar, Lies
from sandbox.hostile_egress import Breaking, Clock, Flapping, Hanging, Locked, Slow
from sandbox.hostile_sites import (
    Bans,
    Challenges,
    Hollow,
    Limit,
    RateLimit,
    Resets,
    ScriptOnly,
    Truncated,
    Unavailable,
    Weather,
)

EGRESSES = 24

LIARS: Mapping[str, Lies] = {
    "decoy": Lies(),
    "decoy_30": Lies(share=0.30),
    "decoy_10": Lies(share=0.10),
    "decoy_5": Lies(share=0.05),
    "decoy_late": Lies(after=25),
}
"""Kinds of egresses that are fed decoys: of all answers, of some, of all but the first."""
FLAPS = (9.0, 5.0)
"""Seconds up and down."""
SLOWNESS = (2.0, 4.5)
"""Least and most seconds."""
BROKEN_SHARE = 0.35


@attrs.frozen(kw_only=True)
class Mixture:
    """What a hostile web is made of. Shares of egresses are of 24; for other numbers they are scaled."""

    egresses: Mapping[str, int]
    """Kind → how many; the others are healthy. ``gateway`` ones are healthy too: users of one port with credentials."""
    rate: float = 0.6
    """Requests per second that a site allows an egress."""
    weather: Weather
    ban_after: int = 15
    ban_seconds: float = 60.0


_WEATHER = Weather(unavailable=0.01, resets=0.005, truncated=0.005, script_only=0.005, hollow=0.005, challenged=0.005)

MIXTURES: Mapping[str, Mixture] = {
    "calm": Mixture(egresses={"banned": 4}, weather=Weather()),
    "even": Mixture(
        egresses={
            "dead": 2, "hanging": 2, "locked": 2, "slow": 1, "flapping": 1, "banned": 2,
            "decoy": 3, "decoy_30": 1, "decoy_10": 1, "decoy_5": 1, "decoy_late": 1, "gateway": 2,
        },
        weather=_WEATHER,
    ),
    "liars": Mixture(
        egresses={
            "dead": 1, "hanging": 1, "locked": 1, "banned": 1,
            "decoy": 3, "decoy_30": 2, "decoy_10": 2, "decoy_5": 2, "decoy_late": 2, "gateway": 2,
        },
        weather=attrs.evolve(_WEATHER, hollow=0.01),
    ),
    "broken": Mixture(
        egresses={
            "dead": 4, "hanging": 4, "locked": 2, "slow": 2, "flapping": 2, "breaking": 1, "banned": 1,
            "decoy": 1, "decoy_5": 1, "gateway": 2,
        },
        weather=attrs.evolve(_WEATHER, unavailable=0.02, resets=0.02, truncated=0.02),
    ),
    "strict": Mixture(
        egresses={
            "dead": 2, "hanging": 1, "locked": 1, "flapping": 1, "banned": 5,
            "decoy": 1, "decoy_30": 1, "decoy_10": 1, "decoy_late": 1, "gateway": 2,
        },
        rate=0.5,
        weather=attrs.evolve(_WEATHER, challenged=0.02),
        ban_after=5,
        ban_seconds=300.0,
    ),
}  # fmt: skip
"""Limits only; something of all; decoys for nearly half of the egresses; connections that hardly hold; bans that come soon and last."""

_CHALLENGES = ("Just a moment...", "Are you a robot?", "One quick check", "Attention Required!")
_RETRY_AFTER = ("seconds", "date", "none", "seconds")


@attrs.frozen(kw_only=True)
class Exit:
    """One egress of a hostile web."""

    name: str
    kind: str
    user: str = ""
    """Where given, it is a user of the gateway that all such exits share."""
    password: str = ""
    banned_at: frozenset[str] = frozenset()
    lies: Lies | None = None

    def capacity(self, site: str) -> float:
        """Return the share of a site's rate that this egress can truthfully bring home."""
        if self.kind in {"dead", "hanging", "locked"} or site in self.banned_at:
            return 0.0
        if self.lies is not None and (not self.lies.sites or site in self.lies.sites):
            return 0.0
        if self.kind == "flapping":
            return FLAPS[0] / sum(FLAPS)
        return 1 - BROKEN_SHARE if self.kind == "breaking" else 1.0


@attrs.frozen(kw_only=True, slots=False)
class Plan:
    """A hostile web, worked out."""

    seed: int
    exits: tuple[Exit, ...]
    limits: Mapping[str, Limit]
    """Site → what it allows. A site is a host of the foreign web, or a platform."""
    weather: Mapping[str, Weather]
    together: frozenset[str]
    """Sites that tell all egresses the same lies."""

    def at(self, rate: float) -> Plan:
        """Return the same web with another rate, which all sites allow an egress."""
        limits = {site: attrs.evolve(limit, rate=rate) for site, limit in self.limits.items()}
        return attrs.evolve(self, limits=limits)

    @cached_property
    def by_kind(self) -> dict[str, list[Exit]]:
        """Return kind → egresses."""
        kinds: dict[str, list[Exit]] = {}
        for exit_ in self.exits:
            kinds.setdefault(exit_.kind, []).append(exit_)
        return kinds

    def ideal_seconds(self, pages: Mapping[str, int]) -> float:
        """Return the seconds that the limits of the truthful egresses allow at best for so many pages of each site.

        All of them asked without a pause from the first second, each lost answer asked for again, no page asked for twice
        otherwise, nothing spent on finding out who is truthful.
        """
        return max(self._seconds(site, count) for site, count in pages.items())

    def _seconds(self, site: str, pages: int) -> float:
        limit = self.limits[site]
        truthful = sum(exit_.capacity(site) for exit_ in self.exits)
        if not truthful:
            return float("inf")
        needed = pages / (1 - self.weather[site].spoilt)
        return max(0.0, needed - truthful * limit.burst) / (truthful * limit.rate)

    def behaviours(
        self, liar: Liar, site: Callable[[str], str], clock: Clock = time.monotonic
    ) -> tuple[Behaviour, ...]:
        """Build all that misbehaves, in the order in which a request meets it. ``site``: host → site."""
        bans = Bans(
            self.limits,
            {exit_.name: exit_.banned_at for exit_ in self.exits if exit_.banned_at},
            site=site,
            clock=clock,
        )
        weather, seed = self.weather, self.seed
        hanging = sorted(self._names("hanging"))
        return (
            Locked(frozenset({"gateway", *self._names("locked")})),
            Hanging(frozenset(hanging), opening=frozenset(hanging[::2])),
            Flapping(dict.fromkeys(self._names("flapping"), FLAPS), clock),
            bans,
            RateLimit(self.limits, bans, site, clock),
            Challenges(weather, site, seed, clock),
            Unavailable(weather, site, seed),
            Resets(weather, site, seed),
            ScriptOnly(weather, site, seed),
            Decoys(
                {exit_.name: exit_.lies for exit_ in self.exits if exit_.lies},
                liar,
                together=self.together,
                site=site,
                seed=seed,
            ),
            Hollow(weather, site, seed),
            Truncated(weather, site, seed),
            Breaking(dict.fromkeys(self._names("breaking"), BROKEN_SHARE), seed),
            Slow(dict.fromkeys(self._names("slow"), SLOWNESS), seed),
        )

    def _names(self, kind: str) -> Iterable[str]:
        return [exit_.name for exit_ in self.by_kind.get(kind, ())]


def plan(seed: int, mixture: str, sites: Sequence[str], egresses: int = EGRESSES) -> Plan:
    """Work a hostile web out. The same seed, mixture and sites give the same one.

    Raises ValueError with one sentence where there is no such mixture or there are too few egresses.
    """
    if mixture not in MIXTURES:
        raise ValueError(f"there is no mixture {mixture!r}; there are {', '.join(MIXTURES)}")
    if egresses < 1:
        raise ValueError(f"{egresses} egresses are too few; a hostile web needs one at least")
    chosen = MIXTURES[mixture]
    rng = Random(f"{seed}:hostile {mixture}")
    exits = _exits(_kinds(chosen, egresses, rng), sites, rng)
    return Plan(
        seed=seed,
        exits=exits,
        limits={site: _limit(chosen, number) for number, site in enumerate(sites)},
        weather={
            site: attrs.evolve(chosen.weather, challenge=_CHALLENGES[number % len(_CHALLENGES)])
            for number, site in enumerate(sites)
        },
        together=frozenset(sites[::2]),
    )


def _kinds(mixture: Mixture, egresses: int, rng: Random) -> list[str]:
    """Return a kind for each egress, healthy ones for those that the mixture leaves."""
    wanted = [kind for kind, count in mixture.egresses.items() for _ in range(count)]
    wanted += ["healthy"] * (EGRESSES - len(wanted))
    kinds = wanted * (egresses // EGRESSES) + rng.sample(wanted, egresses % EGRESSES)
    rng.shuffle(kinds)
    return kinds


def _exits(kinds: Sequence[str], sites: Sequence[str], rng: Random) -> tuple[Exit, ...]:
    exits = []
    for number, kind in enumerate(kinds):
        exit_ = Exit(name=f"egress-{number}", kind=kind)
        if kind == "gateway":
            exit_ = attrs.evolve(exit_, user=f"user{number}", password=f"{rng.getrandbits(40):010x}")
        if kind == "banned":
            exit_ = attrs.evolve(exit_, banned_at=frozenset(rng.sample(list(sites), -(-len(sites) // 2))))
        if lies := LIARS.get(kind):
            # A liar in part lies at half of the sites only, and is as good as any at the others.
            where = () if lies.share == 1 else tuple(sorted(rng.sample(list(sites), -(-len(sites) // 2))))
            exit_ = attrs.evolve(exit_, lies=attrs.evolve(lies, sites=where))
        exits.append(exit_)
    return tuple(exits)


def _limit(mixture: Mixture, number: int) -> Limit:
    return Limit(
        rate=mixture.rate,
        window=10.0 if number % 4 == 3 else 0.0,
        retry_after=_RETRY_AFTER[number % len(_RETRY_AFTER)],
        ban_after=mixture.ban_after,
        ban_seconds=mixture.ban_seconds,
        ban_reply="challenge" if number % 3 == 1 else "forbidden",
    )
