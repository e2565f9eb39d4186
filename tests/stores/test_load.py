import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from tests import programs
from travelcrawl.errors import StoreError
from travelcrawl.items import Listing, Mention, Note, Offer
from travelcrawl.stores.base import LAYERS, Run, record_of
from travelcrawl.stores.factory import reader_for
from travelcrawl.stores.geopackage import GeoPackageStore
from travelcrawl.stores.load import load

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "travel.gpkg"

    async def crawl() -> None:
        store = GeoPackageStore(path)
        await store.open(Run(id="r1", platform="ctrip", arguments={"city": "成都"}, started_at=NOON))
        for n in range(4500):
            await store.put(record_of(Listing(platform="ctrip", ref=f"{n:05}", lon=104.0, lat=30.0, seen_at=NOON)))
        mention = Mention(name="武侯祠", evidence="link", score=0.9)
        await store.put(record_of(Note(platform="weibo", ref="1", mentions=[mention], seen_at=NOON)))
        await store.put(
            record_of(Offer(platform="ctrip", ref="1", what="room", stay_from=date(2026, 12, 1), seen_at=NOON))
        )
        await store.put({"type": "quarantine", "item_type": "listing", "reasons": ["why"], "item": {"ref": "9"}})
        await store.close({"reason": "finished"})

    asyncio.run(crawl())
    return path


def test_all_layers_are_the_same_afterwards_and_twice_is_once(package: Path, database: str) -> None:
    counts = {
        "listings": 4500,
        "reviews": 0,
        "notes": 1,
        "offers": 1,
        "places": 0,
        "links": 0,
        "quarantine": 1,
        "runs": 1,
        "tiles": 0,
        "pairs": 0,
        "parts": 0,
        "decisions": 0,
    }
    assert load(package, database) == {layer: (count, 0) for layer, count in counts.items()}
    assert load(package, database) == {layer: (0, count) for layer, count in counts.items()}
    with reader_for(package) as one, reader_for(database) as other:
        for layer in LAYERS:
            assert sorted(one.read(layer), key=repr) == sorted(other.read(layer), key=repr)


def test_a_row_the_database_refuses_is_named(package: Path, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE listings ADD CONSTRAINT picky CHECK (ref <> '04321')")
    with pytest.raises(StoreError, match=r"listings of .* cannot be loaded: the store refused it: .*picky"):
        load(package, database)


def test_the_command(package: Path, database: str) -> None:
    def scrapy_load(*arguments: str) -> tuple[int, str, str]:
        command = ["-m", "scrapy", "load", *arguments]
        done = programs.run(*command)
        return done.returncode, done.stdout, done.stderr

    there = ("-s", f"TRAVELCRAWL_DATABASE_URL={database}")
    code, out, error = scrapy_load(str(package), *there)
    assert (code, error) == (0, "")
    assert out.startswith("listings: 4500 loaded, 0 were there already\n")
    for status, arguments, message in (
        (2, [str(package)], "TRAVELCRAWL_DATABASE_URL names the database"),
        (2, [*there], "takes one GeoPackage"),
        (1, [str(package.with_name("no.gpkg")), *there], "is not there"),
    ):
        code, out, error = scrapy_load(*arguments)
        assert (code, out) == (status, "")
        assert message in error
