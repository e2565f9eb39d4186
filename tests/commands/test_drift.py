"""Drift between two crawls that were kept."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import programs
from travelcrawl.stores.archive import ArchiveWriter, Kept

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def drift(tmp_path: Path) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"COLUMNS": "140", "TRAVELCRAWL_SECRET_FILE": str(tmp_path / "secret")}
        return programs.run("-m", "scrapy", "drift", *arguments, env={**os.environ, **environment})

    return run


def archive(path: Path, platform: str = "amap", count: int = 60, **place: object) -> str:
    path.parent.mkdir(exist_ok=True)
    writer = ArchiveWriter(path)
    for number in range(count):
        poi = {"id": f"B{number:09d}", "name": "虚构楼", "location": "104.1,30.6", "adcode": "510104", **place}
        body = json.dumps({"status": "1", "infocode": "10000", "pois": [poi]}).encode()
        url = "https://restapi.amap.com/v5/place/text"
        writer.put(Kept(url=url, status=200, headers={}, body=body, platform=platform, page="PoiPage"))
    writer.close()
    return str(path)


def test_a_field_that_stopped_is_said_and_ends_with_1(tmp_path: Path, drift: Run) -> None:
    old = archive(tmp_path / "old.warc.gz", tel="028-86123456")
    new = archive(tmp_path / "new.warc.gz", telephone="028-86123456")
    ran = drift(old, new)
    assert ran.returncode == 1
    assert ran.stderr == "amap listing.phones stopped: 100.0% of 60 → 0.0% of 60\n"
    (row,) = [line.split() for line in ran.stdout.splitlines() if "phones" in line]
    assert row == ["amap", "listing", "phones", "100.0%", "0.0%", "stopped"]
    assert not (tmp_path / "secret").exists()
    assert drift(new, old).returncode == drift(old, old).returncode == 0


def test_folders_of_archives_are_read_whole(tmp_path: Path, drift: Run) -> None:
    archive(tmp_path / "old" / "a.warc.gz", count=15, tel="028-86123456")
    archive(tmp_path / "old" / "b.warc.gz", count=30, tel="028-86123456")
    (tmp_path / "old" / "c.warc.gz").touch()
    new = archive(tmp_path / "new.warc.gz", count=30)
    assert "of 30 → 0.0% of 30" in drift(str(tmp_path / "old"), new).stderr


def test_answers_that_read_to_nothing_are_drift(tmp_path: Path, drift: Run) -> None:
    old = archive(tmp_path / "old.warc.gz")
    new = archive(tmp_path / "new.warc.gz", id="", name="")
    assert drift(old, new).stderr == "amap listing stopped: 60 → none\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.warc.gz", "none.gpkg"], "cannot read the archive 'none.warc.gz'"),
        (["none.gpkg", "none.gpkg"], "none.gpkg"),
        (["{folder}", "none.gpkg"], "there is no archive in"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, drift: Run, arguments: list[str], sentence: str) -> None:
    ran = drift(*(one.format(folder=tmp_path) for one in arguments))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert sentence in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["one"], ["a", "b", "--fall", "2"], ["a", "b", "--enough", "0"]])
def test_wrong_arguments_are_said(drift: Run, arguments: list[str]) -> None:
    ran = drift(*arguments)
    assert ran.returncode == 2
    assert "name two crawls" in ran.stdout + ran.stderr
