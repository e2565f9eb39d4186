"""Run one job: ``python -m travelcrawl.node.runner crawl SPIDER …``, with the code of an egg where one was deployed.

In place of Scrapyd's, which needs pkg_resources (setuptools 82 has it no more) and knows nothing of the node's folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

from scrapyd.utils import initialize_component

from travelcrawl.node.config import node_config

SETTINGS = "SCRAPY_SETTINGS_MODULE"


@contextmanager
def project(name: str, version: str | None) -> Iterator[None]:
    """Put the project's egg, if there is one, before what is installed."""
    storage = initialize_component(node_config(), "eggstorage", "scrapyd.eggstorage.FilesystemEggStorage")
    _, egg = storage.get(name, version)
    if egg is not None:
        with egg:
            activate(Path(egg.name))
    yield


def activate(egg: Path) -> None:
    """Import from an egg. Raises SystemExit where it names no settings."""
    sys.path.insert(0, str(egg))
    named = [
        point.module
        for found in distributions(path=[str(egg)])
        for point in found.entry_points.select(group="scrapy", name="settings")
    ]
    if not named:
        raise SystemExit("the egg names no settings; build it with scrapyd-deploy")
    os.environ[SETTINGS] = named[0]
    # This module came from what is installed; what the job runs comes from the egg.
    for name in [name for name in sys.modules if name.partition(".")[0] == named[0].partition(".")[0]]:
        del sys.modules[name]


def main() -> None:
    """Run Scrapy's command line for the project in SCRAPY_PROJECT."""
    with project(os.environ["SCRAPY_PROJECT"], os.environ.get("SCRAPYD_EGG_VERSION")):
        from scrapy.cmdline import execute  # noqa: PLC0415 (after the egg is in place)

        execute()


if __name__ == "__main__":
    main()
