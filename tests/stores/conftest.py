"""A migrated database for each test that asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import PostgresServer


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """The URL of a database with the tables of the store, empty."""
    return postgres.database("migrated")


@pytest.fixture(params=["geopackage", "postgis"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty store of each kind."""
    if request.param == "geopackage":
        return str(tmp_path / "travel.gpkg")
    url: str = request.getfixturevalue("database")
    return url
