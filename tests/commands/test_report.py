from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from travelcrawl.commands.report import shown
from travelcrawl.stores.base import Run
from travelcrawl.stores.geopackage import GeoPackageStore

Scrapy = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
async def store(tmp_path: Path) -> Path:
    """A store with two listings, a review and a run."""
    path = tmp_path / "成都.gpkg"
    store = GeoPackageStore(path)
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    await store.open(Run(id="r", platform="ctrip", arguments={"city": "成都"}, started_at=now))
    for ref, lon in (("1", 104.0), ("2", None)):
        await store.put(
            {
                "type": "listing",
                "platform": "ctrip",
                "ref": ref,
                "name": "云锦楼",
                "lon": lon,
                "lat": lon and 30.6,
                "quality": 0.7,
                "seen_at": now,
            }
        )
    await store.put({"type": "review", "platform": "ctrip", "ref": "1", "text": "好", "seen_at": now})
    stats = {"downloader/request_count": 12, "verdict/rate_limited/ctrip": 2, "given_up/rate_limited": 1}
    await store.close({"reason": "finished", "stats": stats})
    return path


def test_it_writes_page_and_summary_and_prints_a_table(scrapy: Scrapy, store: Path, tmp_path: Path) -> None:
    process = scrapy("report", str(store), "--out", "new/out")
    assert process.returncode == 0, process.stderr
    summary = json.loads((tmp_path / "new/out/summary.json").read_text(encoding="utf-8"))
    seconds = summary.pop("seconds")
    assert seconds >= 0
    assert summary == {
        "platforms": {
            "ctrip": {
                "listings": 2,
                "reviews": 1,
                "notes": 0,
                "offers": 0,
                "requests": 12,
                "blocked": 2,
                "dead_letters": 1,
            }
        },
        "places": 1,
    }
    page = (tmp_path / "new/out/report.html").read_text(encoding="utf-8")
    assert "\\u4e91\\u9526\\u697c" in page
    assert page.count("成都.gpkg") == 1
    head, row, *_ = process.stdout.splitlines()
    assert head.split()[:3] == ["platform", "listings", "reviews"]
    assert row.split() == ["ctrip", "2", "1", "0", "0", "12", "2", "1"]
    assert "1 place," in process.stdout


def test_without_a_name_it_is_the_store_of_the_settings(scrapy: Scrapy, store: Path, tmp_path: Path) -> None:
    store.rename(tmp_path / "travel.gpkg")
    assert scrapy("report").returncode == 0
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"report.html", "summary.json"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.gpkg"], "nowhere.gpkg"),
        (["box/settings.py"], "box/settings.py"),
        (["mysql://user:word@host/db"], "postgresql://"),
        (["成都.gpkg", "--out", "scrapy.cfg"], "cannot write scrapy.cfg"),
    ],
)
def test_what_it_cannot_read_or_write_is_one_sentence(
    scrapy: Scrapy, store: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    process = scrapy("report", *arguments)
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert sentence in line
    assert "word" not in line
    assert not (tmp_path / "out").exists()


def test_a_damaged_store_is_one_sentence(scrapy: Scrapy, store: Path) -> None:
    data = bytearray(store.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    store.write_bytes(data)
    process = scrapy("report", str(store))
    assert process.returncode == 2
    assert len(process.stderr.splitlines()) == 1


def test_it_takes_one_store(scrapy: Scrapy) -> None:
    process = scrapy("report", "one.gpkg", "two.gpkg")
    assert process.returncode == 2
    assert "name one store" in process.stderr


@pytest.mark.parametrize(
    ("store", "name"),
    [
        ("out/travel.gpkg", "out/travel.gpkg"),
        ("postgresql://crawl:word@db.example:5432/travel?sslkey=key", "postgresql://db.example/travel"),
        ("postgresql:///travel", "postgresql:///travel"),
    ],
)
def test_a_report_names_no_password(store: str, name: str) -> None:
    assert shown(store) == name
