"""Bring the schema of a PostGIS database up to date, and say whether it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from travelcrawl.errors import StoreCorrupt, StoreError, StoreFull, UsageError

SCHEMES = ("postgresql", "postgres")
CONTENDED = ("40001", "40P01", "55P03")
"""What PostgreSQL says where transactions stood in each other's way."""


UNAVAILABLE = ("0A000", "58P01")
"""What PostgreSQL says of an extension that is not installed."""
OLDEST = 15
"""The first PostgreSQL that has UNIQUE NULLS NOT DISTINCT."""


class Contended(StoreError):
    """Raised when other writers were in the way; trying again at once is right."""


def migrate(url: str) -> list[str]:
    """Apply the migrations that are missing, one after the other under a lock; return their names.

    Raises StoreError where the database cannot be reached, is newer than this travelcrawl or lacks PostGIS.
    """
    from yoyo import get_backend, read_migrations  # noqa: PLC0415 (only migrating needs it)

    check_url(url)
    with troubles(url), resources.as_file(resources.files("travelcrawl.stores") / "migrations") as folder:
        with psycopg.connect(url, connect_timeout=10) as connection:
            if connection.info.server_version < OLDEST * 10_000:
                raise StoreError(f"{said(url)} is older than PostgreSQL {OLDEST}; use a newer server")
            _check_not_newer(applied(connection), url)
        backend = get_backend(urlunsplit(urlsplit(url)._replace(scheme="postgresql+psycopg")))
        try:
            with backend.lock():
                missing = backend.to_apply(read_migrations(str(folder)))
                names = [migration.id for migration in missing]
                backend.apply_migrations(missing)
        finally:
            backend.connection.close()
    return names


def retire(url: str, months: int) -> list[str]:
    """Drop the partitions of offers that ended so many whole months ago, and return their names.

    Raises StoreError, also where this user is not the tables' owner.
    """
    with troubles(url), psycopg.connect(url, connect_timeout=10) as connection:
        check_schema(connection, url)
        before = "(date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => %s))::date"
        found = connection.execute(f"SELECT unnest(retire_offers({before}))".encode(), (months,))
        return [name for (name,) in found]


def check_schema(connection: psycopg.Connection[Any], url: str) -> None:
    """Raise StoreError unless the database has exactly the migrations of this travelcrawl."""
    there = applied(connection)
    _check_not_newer(there, url)
    if missing := known() - there:
        raise StoreError(
            f"{said(url)} has no tables for this travelcrawl yet ({min(missing)} is missing); run: scrapy migrate"
        )


def known() -> set[str]:
    """Return the names of this travelcrawl's migrations."""
    files = (resources.files("travelcrawl.stores") / "migrations").iterdir()
    return {file.name.removesuffix(".py") for file in files if file.name[:1].isdigit()}


def applied(connection: psycopg.Connection[Any]) -> set[str]:
    """Return the names of the migrations that a database has."""
    (table,) = connection.execute("SELECT to_regclass('_yoyo_migration')").fetchone() or (None,)
    if table is None:
        return set()
    return {name for (name,) in connection.execute("SELECT migration_id FROM _yoyo_migration")}


def _check_not_newer(there: set[str], url: str) -> None:
    if strange := there - known():
        raise StoreError(
            f"{said(url)} was migrated by a newer travelcrawl ({max(strange)} is not known here); update travelcrawl"
        )


def check_url(url: str) -> None:
    """Raise UsageError unless it is the URL of a PostgreSQL database."""
    scheme = url.split("://", maxsplit=1)[0]
    if "://" not in url or scheme not in SCHEMES:
        raise UsageError(
            f"the database's URL must begin with postgresql:// (it begins with {scheme[:20]!r}); "
            "leave it empty for a GeoPackage"
        )


def said(url: str) -> str:
    """Return how a database is named in messages: without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}{f':{parts.port}' if parts.port else ''}{parts.path}"


@contextmanager
def troubles(url: str) -> Iterator[None]:
    """Turn the errors of PostgreSQL into StoreError, each one sentence that says what to do."""
    try:
        yield
    except psycopg.Error as error:
        raise store_error(error, url) from error


def store_error(error: psycopg.Error, url: str) -> StoreError:
    """Return the StoreError of an error of PostgreSQL."""
    state, text = error.sqlstate or "", " ".join(str(error).split())
    if state == "53100":
        return StoreFull(f"the disk of {said(url)} is full; make room: what was not written is kept and written then")
    if state in CONTENDED:
        return Contended(f"{said(url)}: other writers were faster; it is tried again")
    if state == "42501":
        return StoreError(f"{said(url)} does not let this user do that ({text}); its owner can, or can grant it")
    if state in UNAVAILABLE:
        return StoreError(f"{said(url)} lacks what travelcrawl needs ({text}); install PostGIS on its server")
    if state.startswith("42"):
        return StoreCorrupt(f"{said(url)} is not as travelcrawl's migrations make it ({text}); run: scrapy migrate")
    if not state or state.startswith(("08", "57P")):
        return StoreError(f"{said(url)} cannot be reached ({text}); what was not written is kept and written then")
    return StoreError(f"{said(url)} does not take it now ({text}); it is tried again")
