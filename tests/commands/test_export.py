from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from travelcrawl.items import Listing
from travelcrawl.stores.base import Run, record_of
from travelcrawl.stores.geopackage import GeoPackageStore

Scrapy = Callable[..., subprocess.CompletedProcess[str]]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> Path:
    path = tmp_path / "travel.gpkg"
    store = GeoPackageStore(path)
    await store.open(Run(id="r", platform="ctrip", arguments={}, started_at=NOON))
    for number in range(1500):
        listing = Listing(
            platform="ctrip" if number % 3 else "amap",
            ref=str(number),
            city="成都市",
            lon=104.0,
            lat=30.6,
            seen_at=NOON,
        )
        await store.put(record_of(listing))
    await store.close({"reason": "finished"})
    return path


def test_it_writes_the_file_and_says_how_many(scrapy: Scrapy, store: Path, tmp_path: Path) -> None:
    options = ("--platform", "ctrip,amap", "--city", "chengdu", "--bbox", "103,30,105,31", "--since", "2026-11-22")
    process = scrapy("export", "new/a.geojson", *options)
    assert (process.returncode, process.stdout, process.stderr) == (0, "listings: 1,500\n", "")
    assert len(json.loads((tmp_path / "new" / "a.geojson").read_text())["features"]) == 1500
    process = scrapy("export", "a.gpkg", "--platform", "amap")
    assert process.stdout.splitlines() == [
        *("listings: 500", "reviews: 0", "notes: 0", "offers: 0", "places: 0", "links: 0")
    ]
    process = scrapy("export", "b.txt", "--from", "a.gpkg", "--format", "csv", "--kind", "offers")
    assert (process.returncode, process.stdout) == (0, "offers: 0\n")


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ([], 2, "takes one file to write"),
        (["a.shp"], 2, "names no format"),
        (["a.csv", "--bbox", "105,30,104,31"], 2, "turned round"),
        (["a.csv", "--platform", "expedia"], 2, "there is no platform 'expedia'; known are amap, ctrip"),
        (["a.csv", "--city", "Atlantis"], 2, "no city is known as 'Atlantis'"),
        (["a.csv", "--since", "soon"], 2, "--since is a day or a time"),
        (["a.csv", "--kind", "listings,offers"], 2, "holds one kind"),
        (["a.csv", "--from", "nowhere.gpkg"], 1, "nowhere.gpkg is not there"),
        (["a.csv", "--from", "scrapy.cfg"], 1, "is no GeoPackage"),
        (["a.csv", "--from", "postgresql://u:word@127.0.0.1:1/x"], 1, "127.0.0.1:1/x cannot be reached"),
        (["scrapy.cfg/a.csv"], 2, "cannot write scrapy.cfg/a.csv"),
        (["travel.gpkg"], 2, "is the store itself"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_it_cannot_do_is_one_sentence(
    scrapy: Scrapy, store: Path, tmp_path: Path, arguments: list[str], status: int, sentence: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    process = scrapy("export", *arguments)
    assert (process.returncode, process.stdout) == (status, "")
    (line,) = process.stderr.splitlines()
    assert sentence in line
    assert "word" not in line
    assert [path for path in sorted(tmp_path.rglob("*")) if "__pycache__" not in str(path)] == [
        path for path in before if "__pycache__" not in str(path)
    ]
