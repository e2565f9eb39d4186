from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from travelcrawl.stores.factory import reader_for

Scrapy = Callable[..., subprocess.CompletedProcess[str]]


def said(process: subprocess.CompletedProcess[str]) -> list[str]:
    """What was written on stderr, the table left out."""
    lines = [line for line in process.stderr.splitlines() if line.strip()]
    return [line for line in lines if not line.startswith(("platform ", "amap  "))]


def test_a_crawl_that_ends_well(scrapy: Scrapy, tmp_path: Path) -> None:
    process = scrapy("crawl", "amap", "-a", "city=成都")
    assert (process.returncode, said(process)) == (0, [])
    assert process.stderr.splitlines()[-1].split()[:3] == ["amap", "3", "3"]
    with reader_for(tmp_path / "travel.gpkg") as reader:
        assert reader.count("listings") == 3
        (run,) = reader.read("runs")
    assert run["outcome"]["reason"] == "finished"


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["amap", "-a", "city=拉萨"], 2, "amap is not known to cover 拉萨; it covers 成都"),
        (["nix"], 2, "nix: there is no platform 'nix'; known are amap, ctrip"),
        (["amap", "-s", "FAULT=seeds"], 2, "amap: there is nothing to begin with"),
        (["amap", "-s", "TRAVELCRAWL_STORE=box/settings.py"], 2, "amap: "),
        (["amap", "-s", "TRAVELCRAWL_PROGRESS=loud"], 2, "TRAVELCRAWL_PROGRESS is 'loud'; it can be auto, on, off"),
        (["amap", "-s", "FAULT=refused"], 1, "amap: ended before it was done: the key is refused (10001)"),
        (["amap", "-s", "FAULT=interrupt"], 1, "amap: ended before it was done: shutdown"),
        (["amap", "-s", "FAULT=uncommitted"], 1, "amap: the store did not take the end of the run: 1,200 records"),
        (["amap", "-s", "FAULT=close"], 1, "amap: the disk is full; what was not written is fetched again"),
    ],
)
def test_what_goes_wrong_is_one_sentence(scrapy: Scrapy, arguments: list[str], status: int, sentence: str) -> None:
    process = scrapy("crawl", *arguments)
    assert process.returncode == status
    assert "Traceback" not in process.stderr
    *logged, last = said(process)
    assert last.startswith(sentence)
    assert all(line.endswith(last.removeprefix("amap: ")) for line in logged if " ERROR: " in line)
    assert len(last) < 300


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("broken", "amap: RuntimeError: not ours"), ("bug", "amap: ended before it was done: start error")],
)
def test_an_error_that_is_not_ours_keeps_its_traceback(scrapy: Scrapy, fault: str, sentence: str) -> None:
    process = scrapy("crawl", "amap", "-s", f"FAULT={fault}")
    assert process.returncode == 1
    assert "Traceback" in process.stderr
    assert sentence in said(process)


def test_a_request_given_up_does_not_spoil_the_crawl(scrapy: Scrapy) -> None:
    process = scrapy("crawl", "amap", "-s", "FAULT=given up")
    assert process.returncode == 0
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize("platforms", [[], ["amap", "ctrip"]])
def test_it_takes_one_platform(scrapy: Scrapy, platforms: list[str]) -> None:
    process = scrapy("crawl", *platforms)
    assert process.returncode == 2
    assert "name one platform; scrapy crawlall runs several" in process.stderr
