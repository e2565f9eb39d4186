"""A crawl of the sandbox, read again from its archive: the same things as the store has."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import running
from tests import programs
from travelcrawl.items import TYPES
from travelcrawl.stores.archive import ArchiveWriter, Kept
from travelcrawl.stores.factory import reader_for

ADDED = {"province", "city", "district", "adcode", "category_class", "h3", "mentions", "quality", "seen_at"}
"""What later pipelines add to or say otherwise than clean does."""
PLATFORMS = ("amap", "ctrip", "mafengwo")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crawl")
    with running(seed=7, size=60, egresses=2) as web:
        scrapy(
            folder,
            *("crawlall", *PLATFORMS, "-a", "city=510100"),
            **web.env,
            TRAVELCRAWL_ARCHIVE=str(folder / "archive"),
            TRAVELCRAWL_STORE=str(folder / "travel.gpkg"),
            JOBDIR=str(folder / "frontier"),
        )
    return folder


def scrapy(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment |= {"SECRET_KEY": "of the test", "LOG_LEVEL": "WARNING", "TRAVELCRAWL_BROWSER": "off"}
    return programs.run("-m", "scrapy", *arguments, env={**os.environ, **environment})


def archives(folder: Path) -> list[str]:
    return [word for path in sorted((folder / "archive").glob("*.warc.gz")) for word in ("--archive", str(path))]


def things(rows: Iterator[dict[str, Any]], kind: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    names = ("platform", "ref", "what", "stay_from", "stay_to") if kind == "offer" else ("platform", "ref")
    return {tuple(row[name] for name in names): row for row in rows}


def test_an_archive_gives_what_the_crawl_stored(crawled: Path) -> None:
    read = scrapy(crawled, "extract", *archives(crawled))
    assert read.returncode == 0, read.stderr
    rows = [json.loads(line) for line in read.stdout.splitlines()]
    with reader_for(crawled / "travel.gpkg") as reader:
        for kind in TYPES:
            stored = things(reader.read(f"{kind}s"), kind)
            again = things((row for row in rows if row["type"] == kind), kind)
            assert again.keys() == stored.keys()
            assert stored
            for key, row in again.items():
                same = {name: value for name, value in row.items() if name not in {*ADDED, "type"}}
                wanted = json.loads(json.dumps(stored[key], default=lambda value: value.isoformat()))
                assert same == {name: wanted[name] for name in same}
    assert "mafengwo: " in read.stderr
    assert read.stderr.startswith("answers: ")


def test_one_platform_of_several_is_chosen(crawled: Path) -> None:
    read = scrapy(crawled, "extract", *archives(crawled), "--platform", "amap")
    assert read.returncode == 0
    assert {json.loads(line)["platform"] for line in read.stdout.splitlines()} == {"amap"}


def test_an_archive_and_the_store_of_one_crawl_show_no_drift(crawled: Path) -> None:
    for pair in (("archive", "travel.gpkg"), ("travel.gpkg", "archive")):
        ran = scrapy(crawled, "drift", *(str(crawled / name) for name in pair), "--enough", "1", "--fall", "0")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert all(platform in ran.stdout for platform in PLATFORMS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--archive", "none.warc.gz"], "cannot read the archive 'none.warc.gz'"),
        (["amap", "x.json", "--archive", "none.warc.gz"], "needs a platform and a file, or an archive"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    read = scrapy(tmp_path, "extract", *arguments)
    assert (read.returncode, read.stdout) == (2, "")
    assert sentence in read.stderr
    assert len(read.stderr.splitlines()) == 1


def kept(platform: str, page: str | None, body: str, url: str = "https://restapi.amap.com/v5/place/text") -> Kept:
    return Kept(url=url, status=200, headers={}, body=body.encode(), platform=platform, page=page)


def test_a_page_that_has_gone_is_replaced_by_the_one_that_fits(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path / "a.warc.gz")
    place = {"id": "B000000001", "name": "虚构楼", "location": "104.1,30.6"}
    writer.put(kept("amap", "OldPage", json.dumps({"status": "1", "infocode": "10000", "pois": [place]})))
    writer.put(kept("amap", "PoiPage", json.dumps({"status": "0", "infocode": "10021"})))
    writer.put(kept("amap", None, "[]", url="https://restapi.amap.com/nothing"))
    writer.close()
    read = scrapy(tmp_path, "extract", "--archive", str(tmp_path / "a.warc.gz"))
    assert [json.loads(line)["ref"] for line in read.stdout.splitlines()] == ["B000000001"]
    assert read.stderr.splitlines()[:2] == ["answers: 3 (1 empty, 1 ok, 1 rate_limited)", "amap: 1 listing"]
    wrong = scrapy(tmp_path, "extract", "--archive", str(tmp_path / "a.warc.gz"), "--platform", "ctrip")
    assert (wrong.returncode, wrong.stderr) == (2, "the archive holds no answers of ctrip; it holds amap\n")
