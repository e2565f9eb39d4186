"""The node's configuration: scrapyd.conf, in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from scrapyd.config import Config

from travelcrawl.errors import UsageError

FOLDER = "TRAVELCRAWL_NODE_FOLDER"
"""Environment variable: where queues, eggs and logs are kept."""
DEFAULT_FOLDER = ".travelcrawl/node"
FOLDERS = ("dbs_dir", "eggs_dir", "logs_dir")
JOB_MEMORY = 450 * 1024 * 1024
"""Bytes that a job may come to take: 87 MB idle, three times that with its gazetteer and a page of 8 MB in work (2026-11)."""
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container's memory limit stands, cgroups 2 and 1."""


def node_config(environ: Mapping[str, str] = os.environ) -> Config:
    """Return scrapyd.conf with its folders in the node's, and no more jobs at once than the memory is for."""
    config = Config()
    home = node_folder(environ)
    for name in FOLDERS:
        if said := config.get(name, ""):
            config.cp.set(config.SECTION, name, str(home / said))
    places = places_of(config.getint("max_proc", 0) or 4, memory_limit())
    config.cp.set(config.SECTION, "max_proc", str(places))
    return config


def node_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the node's folder, absolute."""
    return Path(environ.get(FOLDER) or DEFAULT_FOLDER).absolute()


def places_of(wanted: int, memory: float | None) -> int:
    """Return how many jobs may run at once."""
    return wanted if memory is None else max(1, min(wanted, int(memory // JOB_MEMORY)))


def memory_limit(files: tuple[Path, ...] = LIMITS) -> float | None:
    """Return the container's memory limit in bytes, None where there is none."""
    for file in files:
        try:
            said = file.read_text(encoding="ascii").strip()
        except OSError:
            continue
        # Version 1 says "none" as a number near 2^63.
        return None if said == "max" or int(said) > 1 << 60 else float(said)
    return None


def check_address(config: Config, environ: Mapping[str, str] = os.environ) -> None:
    """Refuse to listen where others can schedule, without credentials, and on what is no port. Raises UsageError."""
    port = environ.get("SCRAPYD_HTTP_PORT") or config.get("http_port", "6800")
    if not (port.isdecimal() and int(port) < 65_536):
        raise UsageError(f"SCRAPYD_HTTP_PORT is {port!r}; it must be a port, such as 6800")
    address = environ.get("SCRAPYD_BIND_ADDRESS") or config.get("bind_address", "127.0.0.1")
    user = environ.get("SCRAPYD_USERNAME") or config.get("username", "")
    password = environ.get("SCRAPYD_PASSWORD") or config.get("password", "")
    if user and password:
        return
    if bool(user) != bool(password):
        raise UsageError("SCRAPYD_USERNAME and SCRAPYD_PASSWORD go together; one of them is missing")
    if not _is_loopback(address):
        raise UsageError(
            f"Scrapyd does not listen on {address} without credentials, as who can schedule can run code: "
            "set SCRAPYD_USERNAME and SCRAPYD_PASSWORD, or bind_address = 127.0.0.1"
        )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
