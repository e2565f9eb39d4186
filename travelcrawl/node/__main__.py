"""``python -m travelcrawl.node``: run a Scrapyd node until SIGTERM, then drain it. Fit to be process 1 of a container."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from travelcrawl.errors import TravelcrawlError, UsageError
from travelcrawl.node.config import check_address, node_config, node_folder


def main() -> int:
    """Run. Exit status 2 where the configuration is wrong."""
    try:
        config = node_config()
        check_address(config)
        share_metrics(node_folder() / "metrics")
        return run(config)
    except TravelcrawlError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def share_metrics(folder: Path) -> None:
    """Have this process and its jobs write their metrics to a folder, and clear what an earlier node left there.

    Before anything imports prometheus_client, which looks then. Raises UsageError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise UsageError(
            f"{folder.parent} cannot be written ({error.strerror}); name another folder in TRAVELCRAWL_NODE_FOLDER"
        ) from None
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def run(config: object) -> int:
    """Run the node in an asyncio loop."""
    from twisted.internet import asyncioreactor  # noqa: PLC0415 (before anything imports the reactor)

    asyncioreactor.install()  # type: ignore[no-untyped-call]
    from twisted.internet import reactor  # noqa: PLC0415
    from twisted.internet.error import CannotListenError  # noqa: PLC0415
    from twisted.python.log import PythonLoggingObserver  # noqa: PLC0415

    from travelcrawl.extensions.logs import use_json  # noqa: PLC0415
    from travelcrawl.node.app import application, service_of  # noqa: PLC0415
    from travelcrawl.settings import LOG_FORMAT  # noqa: PLC0415

    handler, level = logging.StreamHandler(sys.stdout), os.environ.get("LOG_LEVEL", "INFO")
    if os.environ.get("TRAVELCRAWL_LOGS") == "json":
        logging.root.setLevel(level)
        use_json(handler, level)
    else:
        logging.basicConfig(level=level, handlers=[handler], format=LOG_FORMAT)
    PythonLoggingObserver().start()  # type: ignore[no-untyped-call]
    service = service_of(application(config))
    try:
        service.privilegedStartService()
        service.startService()
    except CannotListenError as error:
        raise UsageError(f"port {error.port} is taken; name another in SCRAPYD_HTTP_PORT") from None
    loop: Any = reactor
    loop.addSystemEventTrigger("before", "shutdown", service.stopService)
    loop.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
