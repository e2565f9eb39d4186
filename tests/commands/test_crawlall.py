from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from travelcrawl.commands.crawlall import jobs_of
from travelcrawl.stores.factory import reader_for

Scrapy = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("platforms", "city", "jobs"),
    [
        (["amap"], None, [("amap", None, "amap")]),
        (["amap"], " ", [("amap", " ", "amap")]),
        (["amap", "ctrip"], "成都", [("amap", "成都", "amap 成都"), ("ctrip", "成都", "ctrip 成都")]),
        (["amap"], "成都，上海、 成都,", [("amap", "成都", "amap 成都"), ("amap", "上海", "amap 上海")]),
    ],
)
def test_one_crawl_for_each_platform_and_city(
    platforms: list[str], city: str | None, jobs: list[tuple[str, str | None, str]]
) -> None:
    arguments = {"limit": "5"} | ({} if city is None else {"city": city})
    made = list(jobs_of(platforms, arguments))
    assert [(job.platform, job.arguments.get("city"), job.label) for job in made] == jobs
    assert {job.arguments["limit"] for job in made} == {"5"}


def test_an_argument_may_name_the_platform() -> None:
    made = jobs_of(["amap", "ctrip"], {"urls": "shared/%(name)s.txt"})
    assert [job.arguments["urls"] for job in made] == ["shared/amap.txt", "shared/ctrip.txt"]


def test_all_run_in_one_process_into_one_store(scrapy: Scrapy, tmp_path: Path) -> None:
    process = scrapy("crawlall", "-a", "city=成都,上海")
    assert process.returncode == 0, process.stderr
    with reader_for(tmp_path / "travel.gpkg") as reader:
        assert reader.count("listings") == 12
        assert reader.count("runs") == 4
    table = [line.split()[:3] for line in process.stderr.splitlines()[-2:]]
    assert table == [["amap", "6", "6"], ["ctrip", "6", "6"]]
    begun = {line for line in process.stdout.splitlines() if line.startswith("begins")}
    assert begun == {f"begins {name} {city}" for name in ("amap", "ctrip") for city in ("成都", "上海")}


@pytest.mark.parametrize("parallel", [1, 2, 3])
def test_so_many_run_at_once(scrapy: Scrapy, parallel: int) -> None:
    process = scrapy("crawlall", "-a", "city=成都,上海,西安", "--parallel", str(parallel))
    assert process.returncode == 0, process.stderr
    now = most = 0
    for line in process.stdout.splitlines():
        now += {"begins": 1, "ends": -1}[line.split()[0]]
        most = max(most, now)
    assert (now, most, process.stdout.count("begins")) == (0, parallel, 6)


def test_one_that_cannot_begin_stops_no_other(scrapy: Scrapy, tmp_path: Path) -> None:
    process = scrapy("crawlall", "amap", "nix", "amap", "-a", "city=拉萨,成都", "--parallel", "1")
    assert process.returncode == 1
    assert process.stderr.splitlines()[:3] == [
        "amap is not known to cover 拉萨; it covers 成都",
        "nix 拉萨: there is no platform 'nix'; known are amap, ctrip",
        "nix 成都: there is no platform 'nix'; known are amap, ctrip",
    ]
    with reader_for(tmp_path / "travel.gpkg") as reader:
        assert reader.count("listings") == 3


def test_where_none_begins(scrapy: Scrapy, tmp_path: Path) -> None:
    process = scrapy("crawlall", "-a", "city=拉萨")
    assert process.returncode == 2
    assert process.stderr.splitlines() == [
        "amap is not known to cover 拉萨; it covers 成都",
        "ctrip is not known to cover 拉萨; it covers 成都",
    ]
    assert not (tmp_path / "travel.gpkg").exists()


def test_an_interrupt_begins_no_more(scrapy: Scrapy) -> None:
    process = scrapy("crawlall", "--parallel", "1", "-s", "FAULT=interrupt")
    assert process.returncode == 1
    assert process.stdout.count("begins") == 1


def test_parallel_must_be_a_number_of_crawls(scrapy: Scrapy) -> None:
    process = scrapy("crawlall", "--parallel", "0")
    assert process.returncode == 2
    assert "--parallel must be at least 1" in process.stderr
