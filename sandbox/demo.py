"""Serve, crawl, report, compare: what ``make crawl`` shows on a bare machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.client import ROOT, running
from sandbox.compare import NoStore, compare
from sandbox.names import CITIES
from sandbox.platforms import DIALECTS
from sandbox.report import show
from sandbox.world import SEED, SIZE, build_world


def demo(
    *,
    store: Path,
    platforms: Sequence[str] = (),
    cities: Sequence[str] = (),
    seed: int = SEED,
    size: int = SIZE,
) -> int:
    """Crawl the sandbox into a store, report and compare. Returns 0 where all ended well and the store says the truth."""
    platforms = platforms or tuple(dialect.platform for dialect in DIALECTS)
    cities = cities or tuple(city.adcode for city in CITIES)
    with running(seed=seed, size=size) as web:
        environment = {**os.environ, **web.env, "TRAVELCRAWL_STORE": str(store)}
        crawled = _scrapy(environment, "crawlall", *platforms, "-a", f"city={','.join(cities)}")
        books = web.stats()
    reported = _scrapy(environment, "report")
    try:
        comparison = compare(store, build_world(seed, size), platforms, cities)
    except NoStore as error:
        print(error, file=sys.stderr)
        return crawled or 2
    show(comparison)
    if books["direct"] or books["unknown"]:
        print(f"requests that did not go where they should: {books['direct']} {books['unknown']}", file=sys.stderr)
    astray = bool(books["direct"] or books["unknown"])
    return crawled or reported or int(astray or not comparison.is_right)


def _scrapy(environment: dict[str, str], *arguments: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode
