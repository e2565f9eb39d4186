"""The process that is the hostile web: the same ports and books as the friendly one, behind egresses that misbehave."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import attrs

from sandbox.connection import Port
from sandbox.foreign_sites import NOWHERE, foreign_web
from sandbox.hostile import EGRESSES, Exit, Plan, plan
from sandbox.hostile_travel import FalseWorlds
from sandbox.http import Reply, Request
from sandbox.server import HOST, Options, Server
from sandbox.web import Web
from sandbox.world import build_world


@attrs.frozen(kw_only=True)
class HostileOptions(Options):
    """How to serve a hostile web."""

    mixture: str = "even"
    """One of hostile.py."""
    egresses: int = EGRESSES
    web: str = "foreign"
    """``foreign``: invented hosts. ``travel``: the imitated platforms."""
    sites: Sequence[str] = ()
    """Hosts of the foreign web, or platforms; empty: all."""
    rate: float | None = None
    """Requests per second that a site allows an egress; None: the mixture's."""


class HostileServer(Server):
    """Serve a hostile web. Raises ValueError with one sentence where an option is wrong."""

    options: HostileOptions

    def __init__(self, options: HostileOptions) -> None:
        self._seeds: list[str] = []
        super().__init__(options)

    def build(self, options: Options) -> Web:
        """Build the web and the plan, and set what misbehaves."""
        assert isinstance(options, HostileOptions)
        web = self._foreign(options) if options.web == "foreign" else self._travel(options)
        self._blocked: list[socket.socket] = []
        return web

    def _foreign(self, options: HostileOptions) -> Web:
        world = foreign_web(options.seed, options.size, options.sites)
        sites = {site.host: site for site in world.sites}

        def lie(request: Request, salt: str) -> Reply:
            return sites[request.host].lie(request, salt)

        self._seeds = world.seeds
        self.plan = _planned(options, list(sites))
        return Web(NOWHERE, self.plan.behaviours(lie, lambda host: host), dialects=world.sites)

    def _travel(self, options: HostileOptions) -> Web:
        world = build_world(options.seed, options.size)
        web = Web(world)
        known = list(dict.fromkeys(web.platforms.values()))
        if unknown := set(options.sites) - set(known):
            raise ValueError(f"the sandbox has no platform {min(unknown)!r}; there are {', '.join(known)}")
        self.plan = _planned(options, list(options.sites) or known)
        false = FalseWorlds(world, web.platforms)
        web.behaviours = self.plan.behaviours(false.lie, lambda host: web.platforms.get(host, host))
        return web

    async def open_egresses(self) -> list[str | int]:
        """Open a port for each egress, one for all users of the gateway, and none for the dead."""
        gateway = Port(
            self.web, self.authority, "gateway", users={_basic(one): one.name for one in self.plan.exits if one.user}
        )
        number = await self.listen(gateway) if gateway.users else 0
        return [await self._address(one, number) for one in self.plan.exits]

    async def _address(self, one: Exit, gateway: int) -> str:
        if one.user:
            return f"http://{one.user}:{one.password}@{HOST}:{gateway}"
        if one.kind == "dead":
            return f"http://{HOST}:{self._refusing()}"
        return f"http://{HOST}:{await self.listen(Port(self.web, self.authority, one.name))}"

    def _refusing(self) -> int:
        """Return a port that refuses: bound, so that nobody else gets it, and never listened to."""
        bound = socket.socket()
        bound.bind((HOST, 0))
        self._blocked.append(bound)
        number: int = bound.getsockname()[1]
        return number

    async def start(self) -> dict[str, Any]:
        """Open all ports and return the record; beside the friendly one's: seeds, mixture and what a site allows."""
        record = await super().start()
        rates = {site: limit.rate for site, limit in self.plan.limits.items()}
        bursts = {site: limit.burst for site, limit in self.plan.limits.items()}
        record |= {"mixture": self.options.mixture, "rates": rates, "bursts": bursts, "seeds": self._seeds}
        del record["env"]["TRAVELCRAWL_AUDIT"]
        record["env"] |= {"TRAVELCRAWL_RATE": f"{min(rates.values())}"}
        return record

    async def close(self) -> None:
        """Close all ports and what is connected to them."""
        for bound in self._blocked:
            bound.close()
        await super().close()


def _planned(options: HostileOptions, sites: Sequence[str]) -> Plan:
    made = plan(options.seed, options.mixture, sites, options.egresses)
    return made if options.rate is None else made.at(options.rate)


def _basic(one: Exit) -> str:
    return f"Basic {b64encode(f'{one.user}:{one.password}'.encode()).decode()}"
