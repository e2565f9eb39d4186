"""Serve, crawl, report, compare: what ``make crawl`` shows on a bare machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from sandbox.client import ROOT, Running, running
from sandbox.compare import NoStore, compare
from sandbox.compare_places import compare_places
from sandbox.dialect import Dialect
from sandbox.model import World
from sandbox.names import CITIES
from sandbox.platforms import DIALECTS
from sandbox.report import show
from sandbox.world import SEED, SIZE, build_world

RATE = "200"
"""Requests per second that a site of the sandbox bears through one egress."""


@attrs.frozen(kw_only=True)
class Demo:
    """What to crawl, and where to."""

    store: Path = Path("out/travel.gpkg")
    platforms: tuple[str, ...] = ()
    """Empty: all."""
    cities: tuple[str, ...] = ()
    """adcodes; empty: all."""
    seed: int = SEED
    size: int = SIZE

    def run(self) -> int:
        """Serve, crawl, report, compare. Returns 0 where all ended well and the store says the truth, of all that is shown."""
        world = build_world(self.seed, self.size)
        with running(seed=self.seed, size=self.size) as web:
            # What these sites bear is told: it is found out with care where it is not, in 10-15 s a crawl (2026-11-29).
            told = {"TRAVELCRAWL_STORE": str(self.store), "TRAVELCRAWL_RATE": RATE}
            environment = {"LOG_LEVEL": "WARNING", **os.environ, **web.env, **told}
            failed = [command for command in self._crawls(world) if _scrapy(environment, command)]
            astray = _astray(web)
        reported = _scrapy(environment, ("report", "--out", str(self.store.parent)))
        try:
            comparison = compare(self.store, world, self._names, self.cities, shared=True)
        except NoStore as error:
            print(error, file=sys.stderr)
            return 2
        show(comparison)
        places = compare_places(self.store, world)
        print(places)
        for command in failed:
            print(f"did not end well: scrapy {' '.join(command)}", file=sys.stderr)
        return int(bool(failed or reported or astray or not comparison.is_right or not places.is_right))

    @property
    def _names(self) -> tuple[str, ...]:
        return self.platforms or tuple(dialect.platform for dialect in DIALECTS)

    def _crawls(self, world: World) -> Iterator[Sequence[str]]:
        """Yield the crawls: all cities at once, then what people share of each platform."""
        dialects: list[Dialect] = [dialect(world) for dialect in DIALECTS if dialect.platform in self._names]
        listed = [dialect.platform for dialect in dialects if dialect.by_city]
        cities = self.cities or tuple(city.adcode for city in CITIES)
        if listed:
            yield ("crawlall", *listed, "-a", f"city={','.join(cities)}")
        shared = {dialect.platform: lines for dialect in dialects if (lines := list(dialect.shared()))}
        if shared:
            with tempfile.TemporaryDirectory(prefix="shared-") as folder:
                for platform, lines in shared.items():
                    Path(folder, f"{platform}.txt").write_text("\n".join(lines), encoding="utf-8")
                yield ("crawlall", *shared, "-a", f"urls={folder}/%(name)s.txt")


def _scrapy(environment: dict[str, str], arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "scrapy", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _astray(web: Running) -> bool:
    """Say whether requests went where none should: past the proxy, or to hosts that are not in the box."""
    books = web.stats()
    for name, hosts in (
        ("past the proxy", books["direct"]),
        ("to hosts that the sandbox does not have", books["unknown"]),
    ):
        if hosts:
            print(f"requests went {name}: {hosts}", file=sys.stderr)
    return bool(books["direct"] or books["unknown"])
