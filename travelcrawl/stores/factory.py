"""Choose the store: PostGIS where a database is named, else a GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from travelcrawl.errors import StoreError
from travelcrawl.stores.base import Store
from travelcrawl.stores.geopackage import GeoPackageReader, GeoPackageStore
from travelcrawl.stores.migrate import check_url, said
from travelcrawl.stores.postgis import PostgisReader, PostgisStore
from travelcrawl.stores.reader import Reader

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from travelcrawl.stores.places import PlaceStore


def store_from_settings(settings: BaseSettings) -> Store:
    """Return the store of TRAVELCRAWL_DATABASE_URL, or of TRAVELCRAWL_STORE where that is empty; not yet opened.

    Raises UsageError.
    """
    where = where_from_settings(settings)
    return PostgisStore(where) if settings.get("TRAVELCRAWL_DATABASE_URL") else GeoPackageStore(where)


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


def where_from_settings(settings: BaseSettings) -> str:
    """Return the URL of the database, or the path of the GeoPackage where none is named. Raises UsageError."""
    if url := settings.get("TRAVELCRAWL_DATABASE_URL"):
        check_url(url)
    return str(url or settings.get("TRAVELCRAWL_STORE") or "out/travel.gpkg")


def places_at(where: str | Path, *, there: bool = False) -> PlaceStore:
    """Return a hand on the places of a store: the path of a GeoPackage, or the URL of a database.

    A GeoPackage is made where there is none, unless it has to be ``there``. Raises UsageError for a URL of another kind,
    StoreError where the store cannot be opened.
    """
    if "://" in str(where):
        from travelcrawl.stores.postgis_places import PostgisPlaces  # noqa: PLC0415 (only who matches needs it)

        return PostgisPlaces(str(where))
    from travelcrawl.stores.gpkg_places import GeoPackagePlaces  # noqa: PLC0415 (only who matches needs it)

    if there and not Path(where).exists():
        raise StoreError(f"{where} is not there; crawl first, or give the path of a store")
    return GeoPackagePlaces(where)
