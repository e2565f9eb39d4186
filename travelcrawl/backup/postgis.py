"""A PostGIS store in a backup: pg_dump's custom format, and the tally of the same moment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql as build
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from travelcrawl.backup.manifest import Manifest, Tally, compare
from travelcrawl.errors import BackupError
from travelcrawl.stores.gpkg_rows import sql
from travelcrawl.stores.migrate import applied, check_url, known, said, troubles
from travelcrawl.stores.postgis_rows import OPTIONS, connect

FILE = "store.dump"
LEFT_TO_THE_SERVER = re.compile(r"^\d+; \d+ \d+ (EXTENSION|SCHEMA|COMMENT - (EXTENSION|SCHEMA)) ")
"""Entries of a dump that only a superuser may restore; they are made before it, where they are missing."""
MADE = re.compile(r"^\d+; \d+ \d+ (TABLE|VIEW|FUNCTION) (?!DATA |ATTACH )(\S+) (\S.*) \S+$")
EXTENSIONS = ("postgis", "pg_trgm")


class PostgisBackup:
    """Saves and restores a database. Raises UsageError, StoreError, BackupError."""

    kind = "postgis"

    def __init__(self, url: str) -> None:
        check_url(url)
        self.url = url

    def save(self, folder: Path, manifest: Manifest) -> None:
        """Dump the database and count it, both as of one snapshot."""
        with closing(connect(self.url)) as connection, troubles(self.url), connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = _value(connection, "SELECT pg_export_snapshot()")
            self._run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={folder / FILE}")
            manifest.tables = tally(connection)
            manifest.migrations = sorted(applied(connection))
            manifest.versions["postgresql"] = _value(connection, "SHOW server_version")
            manifest.versions["postgis"] = _value(connection, "SELECT postgis_lib_version()")

    def check_empty(self, manifest: Manifest) -> None:
        """Raise BackupError unless the database holds no row of anybody and the schema saved is known here."""
        if strange := set(manifest.migrations) - known():
            raise BackupError(f"the backup is of a newer travelcrawl ({max(strange)} is not known here); update first")
        with closing(self._connect()) as connection, troubles(self.url):
            for table in _tables(connection):
                name = build.Identifier(*table.split("."))
                full = connection.execute(build.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone()
                if full and not table.startswith("public._yoyo"):
                    raise BackupError(
                        f"{said(self.url)} is not empty ({table} has rows); restore into a database of its own: createdb"
                    )

    def load(self, folder: Path, manifest: Manifest) -> None:
        """Restore the dump in one transaction, and compare what is there with the manifest."""
        dump = folder / FILE
        contents = _run("pg_restore", "--list", str(dump)).splitlines()
        with closing(self._connect()) as connection, troubles(self.url):
            with connection.transaction():
                for statement in _making_room(contents):
                    connection.execute(statement)
                for extension in EXTENSIONS:
                    connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}".encode())
            wanted = "\n".join(line for line in contents if not LEFT_TO_THE_SERVER.match(line))
            options = (
                "--single-transaction",
                "--exit-on-error",
                "--no-owner",
                "--no-privileges",
                "--use-list=/dev/stdin",
            )
            self._run("pg_restore", *options, str(dump), given=wanted)
            connection.execute(sql("postgis/0001_roles").encode())
            compare("database", manifest.tables, tally(connection))
            connection.execute("ANALYZE")

    def _connect(self) -> psycopg.Connection[Any]:
        """Return a connection, whatever tables there are."""
        with troubles(self.url):
            return psycopg.connect(self.url, autocommit=True, **OPTIONS)  # type: ignore[arg-type]

    def _run(self, name: str, *arguments: str, given: str | None = None) -> None:
        """Run a program on the database; the password goes by the environment, where other users do not see it."""
        parts = conninfo_to_dict(self.url)
        password = parts.pop("password", None)
        address = make_conninfo("", **parts)
        _run(name, *arguments, f"--dbname={address}", given=given, password=str(password or ""))


def tally(connection: psycopg.Connection[Any]) -> dict[str, Tally]:
    """Return what each table holds, by a hash over its rows' text that does not depend on the server's settings."""
    found = {}
    with connection.transaction():
        for setting in ("statement_timeout = 0", "datestyle = ISO", "extra_float_digits = 1", "timezone = UTC"):
            connection.execute(f"SET LOCAL {setting}".encode())
        for table in _tables(connection):
            name = build.Identifier(*table.split("."))
            rows, total = connection.execute(build.SQL(TALLY).format(name)).fetchone() or (0, 0)
            found[table] = Tally(rows, f"{int(total) % 2**64:016x}")
    return found


TALLY = """SELECT count(*), coalesce(sum(('x' || left(md5(stored::text), 16))::bit(64)::bigint), 0)
FROM {} AS stored"""


def _run(name: str, *arguments: str, given: str | None = None, password: str = "") -> str:
    """Return what a program of PostgreSQL prints. Raises BackupError with what it says where it fails."""
    done = subprocess.run(  # noqa: S603 (no shell, and the words are our own)
        [program(name), *arguments],
        input=given,
        env={**os.environ, "PGPASSWORD": password} if password else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{name} failed: {' '.join(done.stderr.split())[:500]}")
    return done.stdout


def program(name: str) -> str:
    """Return the path of a program of PostgreSQL, the newest where there are several. Raises BackupError."""
    paths = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4].split(".")[0]))
    found = str(paths[-1]) if paths else shutil.which(name)
    if not found:
        raise BackupError(f"{name} is not installed; it comes with PostgreSQL's client programs (postgresql-client)")
    return found


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the tables that are no part of an extension or of the server, partitions as one table."""
    return [name for (name,) in connection.execute(sql("postgis/tables").encode())]


def _making_room(contents: Iterable[str]) -> Iterator[bytes]:
    """Yield what drops the empty tables, views and functions that a dump brings itself."""
    for line in contents:
        if found := MADE.match(line):
            what, schema, name = found.groups()
            yield f"DROP {what} IF EXISTS {schema}.{name} CASCADE".encode()


def _value(connection: psycopg.Connection[Any], statement: str) -> str:
    (value,) = connection.execute(statement.encode()).fetchone() or ("",)
    return str(value)
