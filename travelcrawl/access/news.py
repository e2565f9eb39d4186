"""News that workers tell each other: egresses that rest, pauses, lies, refusals, the pace of a site, its breaker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import inf
from typing import Any

import attrs

from travelcrawl.access.breaker import State
from travelcrawl.access.gate import Gate
from travelcrawl.access.lanes import Lane
from travelcrawl.access.sites import Site

SHORT = 0.05
"""Seconds that are not worth a word."""
GRACE = 1.0
"""Seconds for which the others leave the probe of a breaker to the worker that opened it."""


@attrs.define(eq=False)
class _Told:
    """What the others know of one lane."""

    rests_until: float = -inf
    paused_until: float = -inf
    distrusted: str = ""
    refusals: int = 0


class Reporter:
    """Say what is new of a gate's sites, and book what others say; times travel as seconds from now, as clocks differ."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self._lanes: dict[tuple[str, str], _Told] = {}
        self._paces: dict[str, Mapping[str, Any]] = {}
        self._breakers: dict[str, State] = {}
        self._changed: set[str] = set()

    def changed(self) -> set[str]:
        """Return the sites that something was heard of, once."""
        changed, self._changed = self._changed, set()
        return changed

    # What is said

    def events(self) -> list[str]:
        """Return what is new as JSON; it is told again until ``told``."""
        found: list[Mapping[str, Any]] = []
        for site in self.gate.sites.values():
            for lane in site.lanes.values():
                found.extend(self._of_lane(site, lane))
            if site.pace.leads and (pace := _state(site)) != self._paces.get(site.name):
                found.append({"what": "pace", "site": site.name, **pace})
            state = State.CLOSED if site.breaker.state is State.CLOSED else State.OPEN
            if state is not self._breakers.get(site.name, State.CLOSED):
                left = max(0.0, site.breaker.opens_at - self.gate.clock())
                found.append({"what": "breaker", "site": site.name, "state": state, "seconds": left})
        return [json.dumps(event) for event in found]

    def _of_lane(self, site: Site, lane: Lane) -> list[Mapping[str, Any]]:
        now, told = self.gate.clock(), self._told(site, lane)
        about = {"site": site.name, "egress": lane.label}
        found: list[Mapping[str, Any]] = []
        if lane.distrusted != told.distrusted:
            found.append({"what": "distrust", **about, "why": lane.distrusted})
        elif max(now, told.rests_until) + SHORT < lane.health.rests_until < inf:
            left = lane.health.rests_until - now
            found.append({"what": "rest", **about, "seconds": left, "level": lane.health.level})
        if max(now, told.paused_until) + SHORT < lane.paused_until:
            found.append({"what": "pause", **about, "seconds": lane.paused_until - now})
        if lane.refusals > told.refusals:
            rate, doubtful = lane.refused_rate
            found.append({"what": "refused", **about, "rate": rate, "doubtful": doubtful})
        return found

    def told(self, events: list[str]) -> None:
        """Note that these were told."""
        for event in map(json.loads, events):
            site = self.gate.site(event["site"])
            if event["what"] == "pace":
                self._paces[site.name] = _state(site)
            elif event["what"] == "breaker":
                self._breakers[site.name] = event["state"]
            elif lane := site.lanes.get(event["egress"]):
                self._note(site, lane)

    def _told(self, site: Site, lane: Lane) -> _Told:
        return self._lanes.setdefault((site.name, lane.label), _Told())

    def _note(self, site: Site, lane: Lane) -> None:
        told = self._told(site, lane)
        told.rests_until, told.paused_until = lane.health.rests_until, lane.paused_until
        told.distrusted, told.refusals = lane.distrusted, lane.refusals

    # What is heard

    def hear(self, news: list[Any], leads: Mapping[str, bool]) -> None:
        """Book news, each with the seconds since it was told, and for which sites this worker goes ahead."""
        for name, is_leader in leads.items():
            self.gate.site(name).pace.leads = is_leader
        for age, text in news:
            event = json.loads(text)
            site = self.gate.site(event["site"])
            self._changed.add(site.name)
            if event["what"] == "pace":
                self._adopt(site, event)
            elif event["what"] == "breaker":
                self._break(site, event, age)
            elif lane := site.lanes.get(event["egress"]):
                self._hear_of(site, lane, event, age)

    def _hear_of(self, site: Site, lane: Lane, event: Mapping[str, Any], age: float) -> None:
        now = self.gate.clock()
        until = now + event.get("seconds", 0.0) - age
        match event["what"]:
            case "distrust":
                site.distrust(lane.label, event["why"], now)
            case "rest" if until > now:
                site.rest(lane, until, event["level"], now)
            case "pause":
                lane.paused_until = max(lane.paused_until, until)
            case "refused":
                site.pace.refused(lane, now, now - age, event["rate"], doubtful=event["doubtful"])
        self._note(site, lane)

    def _adopt(self, site: Site, event: Mapping[str, Any]) -> None:
        if not site.pace.leads:
            lead, ceiling, follow = (
                inf if event[name] is None else event[name] for name in ("lead", "ceiling", "follow")
            )
            site.pace.adopt(site.lanes.get(event["scout"]), lead, ceiling, follow, learns=event["learns"])
            self._paces[site.name] = _state(site)

    def _break(self, site: Site, event: Mapping[str, Any], age: float) -> None:
        if event["state"] == State.CLOSED:
            site.breaker.answered()
        elif site.breaker.state is State.CLOSED:
            site.breaker.open(self.gate.clock() + max(0.0, event["seconds"] - age) + GRACE)
        self._breakers[site.name] = State(event["state"])


def _state(site: Site) -> Mapping[str, Any]:
    """Return the pace of a site as JSON has it: no limit is null."""
    pace = site.pace
    rates = {"lead": pace.lead.rate, "ceiling": pace.lead.ceiling, "follow": pace.follow}
    scout = next((label for label, lane in site.lanes.items() if lane is pace.scout), None)
    return {
        "scout": scout,
        "learns": pace.learns,
        **{name: None if rate == inf else rate for name, rate in rates.items()},
    }
