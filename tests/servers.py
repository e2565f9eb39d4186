"""Servers that tests and benchmarks start for themselves, on loopback, in a folder of their own."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from travelcrawl.stores.migrate import migrate


class PostgresServer:
    """A server that can be stopped the hard way and started again. PostgreSQL refuses to run as root."""

    def __init__(self, folder: Path, programs: Path, options: str = "") -> None:
        self.folder = folder
        self.options = options
        self.programs = programs
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.numbers = itertools.count()
        if self.user:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [*self.user, self.programs / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c fsync=off -c log_min_messages=panic"
            f" {self.options}"
        )
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", mode, "stop")

    def seconds(self) -> float:
        """Return the processor time that the server's processes have taken; those that have ended are left out."""
        parent = (self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0]
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = path.read_text().rsplit(")", 1)[1].split()
                ticks += int(fields[11]) + int(fields[12]) if fields[1] == parent else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def database(self, template: str) -> str:
        name = f"test_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)


def postgres_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, None where PostgreSQL is not installed."""
    found = shutil.which("initdb") or next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
    return Path(found).resolve().parent if found else None


@contextmanager
def postgres_server(programs: Path, options: str = "") -> Iterator[PostgresServer]:
    """Run a server whose database ``migrated`` has the tables of the store; everything is gone afterwards.

    Options are the server's own: ``-c name=value``.
    """
    folder = Path(tempfile.mkdtemp())
    try:
        server = PostgresServer(folder, programs, options)
        server.start()
        try:
            server.execute("CREATE DATABASE migrated")
            migrate(server.url("migrated"))
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
