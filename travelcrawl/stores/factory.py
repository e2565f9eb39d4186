"""Choose the store: PostGIS where a database is named, else a GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from travelcrawl.errors import UsageError
from travelcrawl.stores.base import Reader, Store
from travelcrawl.stores.geopackage import GeoPackageReader, GeoPackageStore

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

DATABASE_SCHEMES = ("postgresql://", "postgres://")


def store_from_settings(settings: BaseSettings) -> Store:
    """Return the store of TRAVELCRAWL_DATABASE_URL, or of TRAVELCRAWL_STORE where that is empty; not yet opened.

    Raises UsageError.
    """
    url = settings.get("TRAVELCRAWL_DATABASE_URL") or ""
    if url:
        raise UsageError(_no_database(url, "TRAVELCRAWL_DATABASE_URL"))
    return GeoPackageStore(settings.get("TRAVELCRAWL_STORE") or "out/travel.gpkg")


def reader_for(where: str | Path) -> Reader:
    """Return a reader of a store: the path of a GeoPackage, or the URL of a database.

    Raises UsageError for a URL of another kind, StoreError where there is nothing to read.
    """
    if "://" in str(where):
        raise UsageError(_no_database(str(where), "the store"))
    return GeoPackageReader(where)


def _no_database(url: str, name: str) -> str:
    if url.startswith(DATABASE_SCHEMES):
        return f"{name} names a PostgreSQL database, which this version does not write yet; leave it empty"
    scheme = url.split("://", maxsplit=1)[0][:20]
    return f"{name} must begin with postgresql:// (it begins with {scheme!r}), or be empty for a GeoPackage"
