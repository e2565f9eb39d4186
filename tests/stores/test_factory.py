from pathlib import Path

import pytest
from scrapy.settings import Settings

from travelcrawl.errors import StoreError, UsageError
from travelcrawl.stores.factory import reader_for, store_from_settings
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.postgis import PostgisStore


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({}, "out/travel.gpkg"),
        ({"TRAVELCRAWL_STORE": "x/y.gpkg"}, "x/y.gpkg"),
        ({"TRAVELCRAWL_STORE": "", "TRAVELCRAWL_DATABASE_URL": ""}, "out/travel.gpkg"),
    ],
)
def test_without_a_database_the_store_is_a_geopackage(settings: dict[str, str], path: str) -> None:
    store = store_from_settings(Settings(settings))
    assert isinstance(store, GeoPackageStore)
    assert store.path == Path(path)


def test_with_a_database_it_is_postgis() -> None:
    store = store_from_settings(Settings({"TRAVELCRAWL_DATABASE_URL": "postgresql://u@x/y"}))
    assert isinstance(store, PostgisStore)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "mysql://secret@x/y",
            r"must begin with postgresql:// \(it begins with 'mysql'\); leave it empty for a GeoPackage",
        ),
        ("travel.gpkg", "must begin with postgresql://"),
    ],
)
def test_other_databases_are_refused(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as error:
        store_from_settings(Settings({"TRAVELCRAWL_DATABASE_URL": url}))
    assert "secret" not in str(error.value)


def test_reader_of_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not there; crawl first"):
        reader_for(tmp_path / "travel.gpkg")
    with pytest.raises(UsageError, match="must begin with postgresql://"):
        reader_for("mysql://x/y")
