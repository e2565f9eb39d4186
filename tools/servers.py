"""A redis-server of one's own on loopback, for tests, benchmarks and chaos."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class RedisServer:
    """A redis-server with an append-only file that can be killed and started again."""

    def __init__(self, folder: Path, *options: str, **client: Any) -> None:
        self.folder = folder
        self.options = options
        self.client = client
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of its database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def connect(self) -> Any:
        """Return a blocking client."""
        return redis.Redis(**{"host": "127.0.0.1", "port": self.port, "retry": Retry(NoBackoff(), 0), **self.client})

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [
                shutil.which("redis-server") or "redis-server",
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--loglevel", "warning"),
                *self.options,
            ],
            stdout=subprocess.DEVNULL,
        )
        with closing(self.connect()) as client:
            for _ in range(1000):
                try:
                    client.ping()
                except (redis.exceptions.ConnectionError, redis.exceptions.BusyLoadingError):
                    time.sleep(0.01)
                else:
                    return
        raise RuntimeError("redis-server does not start")

    def stop(self) -> None:
        """Kill it."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
