"""One small store of each kind, with the same rows."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers import PostgresServer
from travelcrawl.items import Listing, Mention, Note, Offer, Review
from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import Run, record_of
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.gpkg_rows import form
from travelcrawl.stores.load import load
from travelcrawl.stores.values import codec

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
HOSTILE = "=cmd|' /C calc'!A0, \"Robert'); DROP TABLE listings; --\"\r\nsecond line"
ITEMS = [
    Listing(
        platform="ctrip",
        ref="1",
        name="锦江宾馆",
        city="成都市",
        adcode="510104",
        lon=104.06,
        lat=30.65,
        rating=4.5,
        review_count=12,
        phones=["+862886661111"],
        tags=["亲子", "a,b"],
        seen_at=NOON,
    ),
    Listing(platform="amap", ref="B1", name=HOSTILE, city="北京市", lon=116.4, lat=39.9, seen_at=LATER),
    Listing(platform="amap", ref="B2", name="no position", adcode="510107", seen_at=NOON),
    Review(platform="ctrip", ref="r1", about_ref="1", text="好", rating=5.0, published_at=NOON, seen_at=NOON),
    Review(platform="weibo", ref="r2", about="note", about_ref="n1", text="嗯", seen_at=NOON),
    Review(platform="amap", ref="r3", about_ref="B1", text="远", seen_at=NOON),
    Note(
        platform="weibo",
        ref="n1",
        city="成都",
        complete=False,
        travel_date=date(2026, 5, 1),
        mentions=[Mention(name="武侯祠", evidence="link", score=0.9)],
        seen_at=NOON,
    ),
    Offer(platform="ctrip", ref="1", what="room", amount=300.0, stay_from=date(2026, 12, 1), seen_at=NOON),
    Offer(platform="ctrip", ref="1", what="room", amount=320.0, stay_from=date(2026, 12, 1), seen_at=LATER),
]
ROWS = {
    "places": [
        {"place": "p1", "name": "锦江宾馆", "adcode": "510104", "lon": 104.06, "lat": 30.65, "updated_at": NOON},
        {"place": "p2", "name": "old", "merged_into": "p1", "updated_at": NOON},
    ],
    "links": [{"platform": "ctrip", "ref": "1", "place": "p1", "score": 0.9, "decided_at": NOON}],
}


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "travel.gpkg"

    async def crawl() -> None:
        store = GeoPackageStore(path, clock=lambda: NOON)
        await store.open(Run(id="r", platform="ctrip", arguments={}, started_at=NOON))
        for item in ITEMS:
            await store.put(record_of(item))
        await store.close({"reason": "finished"})

    asyncio.run(crawl())
    with closing(gpkg_file.open_file(path)) as connection:
        for layer, rows in ROWS.items():
            encoded = [form(layer).encode(codec(layer).storable(row)) for row in rows]
            connection.executemany(form(layer).sql("insert"), encoded)
        gpkg_file.finish(connection, NOON)
    return path


@pytest.fixture(scope="session")
def database(postgres: PostgresServer, package: Path) -> str:
    url = postgres.database("migrated")
    load(package, url)
    return url


@pytest.fixture(params=["geopackage", "postgis"])
def store(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("package" if request.param == "geopackage" else "database"))
