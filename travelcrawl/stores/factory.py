"""Choose the store: PostGIS where a database is named, else a GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from travelcrawl.stores.base import Reader, Store
from travelcrawl.stores.geopackage import GeoPackageReader, GeoPackageStore
from travelcrawl.stores.migrate import said
from travelcrawl.stores.postgis import PostgisReader, PostgisStore

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


def store_from_settings(settings: BaseSettings) -> Store:
    """Return the store of TRAVELCRAWL_DATABASE_URL, or of TRAVELCRAWL_STORE where that is empty; not yet opened.

    Raises UsageError.
    """
    url = settings.get("TRAVELCRAWL_DATABASE_URL") or ""
    if url:
        return PostgisStore(url)
    return GeoPackageStore(settings.get("TRAVELCRAWL_STORE") or "out/travel.gpkg")


def where(settings: BaseSettings) -> str:
    """Return how the store is named in messages: without user and password."""
    url = settings.get("TRAVELCRAWL_DATABASE_URL") or ""
    return said(url) if url else str(settings.get("TRAVELCRAWL_STORE") or "out/travel.gpkg")


def reader_for(where: str | Path) -> Reader:
    """Return a reader of a store: the path of a GeoPackage, or the URL of a database.

    Raises UsageError for a URL of another kind, StoreError where there is nothing to read.
    """
    if "://" in str(where):
        return PostgisReader(str(where))
    return GeoPackageReader(where)
