"""``scrapy places`` and ``scrapy review``, as they are called."""

import csv
from pathlib import Path

import attrs
import pytest

from tests import programs
from tests.stores.matching import NOON, match, store
from travelcrawl.geo.datum import GCJ02, WGS84, convert
from travelcrawl.items import Listing
from travelcrawl.stores.factory import reader_for

HOTEL = Listing(
    platform="amap",
    ref="1",
    name="青禾大酒店",
    address="云栖路3号",
    category="酒店",
    lon=118.8,
    lat=31.9,
    adcode="320102",
    city="南京市",
    phones=["+862586661111"],
    seen_at=NOON,
)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    where = tmp_path / "travel.gpkg"
    moved = attrs.evolve(HOTEL, platform="ctrip", name="青禾酒店", address=None, phones=None, lon=118.8007)
    store(str(where), [HOTEL, moved, attrs.evolve(HOTEL, ref="9", name="白鹭洗衣", phones=None)])
    match(str(where))
    return where


def said(*arguments: str | Path) -> tuple[int, str, str]:
    done = programs.run("-m", "scrapy", *map(str, arguments))
    return done.returncode, done.stdout, done.stderr


def test_words_of_places(filled: Path) -> None:
    at = f"--store={filled}"
    status, out, err = said("places", "link", "amap/1", "ctrip/1", at, "--by=li")
    assert (status, err) == (0, "")
    place = out.split()[1]
    assert out.count(f"{place} (amap/1, ctrip/1)") == 2
    status, out, _ = said("places", "show", "ctrip/1", at)
    assert status == 0
    assert out.startswith(f"{place}  118.8")
    assert "name: 青禾大酒店  [amap/1]" in out
    assert "li: amap/1 is ctrip/1" in out
    assert "ctrip/1  青禾酒店  1.0000 by li" in out
    assert said("places", "merge", place, "amap/9", at)[0] == 0
    assert said("places", "split", place, "amap/9", "ctrip/1", at)[0] == 0
    status, out, _ = said("places", "rebuild", "--apply", at)
    assert status == 0
    assert "0 of 3 listings (0.00%) would move to another place" in out
    assert said("places", "match", at)[1] == "0 listings came to a place, or to another one; 0 areas were scored\n"
    assert said("places", "watch", at)[:2] == (
        0,
        "city  platform  other  pairs  metres  east  north\nno two platforms have enough places in common to tell\n",
    )


def test_the_watch_names_the_platform_and_ends_with_1(tmp_path: Path) -> None:
    where = tmp_path / "travel.gpkg"
    names = [f"{one}{other}宾馆" for one in "青白红黄" for other in "禾鹭云山河"]
    items = []
    for number, name in enumerate(names):
        for platform in ("amap", "ctrip", "mafengwo"):
            lon, lat = 118.8 + number / 500, 31.9
            if platform == "ctrip":
                lon, lat = convert(lon, lat, WGS84, GCJ02)
            items.append(
                attrs.evolve(HOTEL, platform=platform, ref=str(number), name=name, lon=lon, lat=lat, phones=None)
            )
    store(str(where), items)
    status, out, _ = said("places", "watch", f"--store={where}")
    assert status == 1
    assert "ctrip: the pins in 南京市 lie" in out
    assert "likely GCJ-02 taken as WGS-84" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what to do: show, link"),
        (("fly",), "say what to do: show, link"),
        (("link", "amap/1"), "scrapy places link does not take 1 names"),
        (("link", "amap/1", "ctrip"), "'ctrip' is no listing; write it as platform/ref"),
        (("show", "amap/7"), "there is no place 'amap/7'"),
        (("unlink", "amap/1", "amap/7"), "there is no listing amap/7"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(filled: Path, arguments: tuple[str, ...], message: str) -> None:
    status, out, err = said("places", *arguments, f"--store={filled}")
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for command in (("places", "match"), ("review", "gold")):
        status, _, err = said(*command, f"--store={tmp_path / 'no.gpkg'}")
        assert status == 2
        assert err == f"{tmp_path / 'no.gpkg'} is not there; crawl first, or give the path of a store\n"
    assert not list(tmp_path.iterdir())


def test_review_goes_out_and_comes_back(filled: Path, tmp_path: Path) -> None:
    at, file = f"--store={filled}", tmp_path / "review.csv"
    status, out, err = said("review", "export", file, at)
    assert (status, err) == (0, "")
    with file.open(encoding="utf-8-sig", newline="") as told:
        (row,) = csv.DictReader(told)
    assert 0.5 <= float(row["score"]) < 0.97
    assert (row["a_name"], row["b_name"], row["metres"]) == ("青禾大酒店", "青禾酒店", "66")
    assert row["evidence"].startswith("{")
    with file.open("w", encoding="utf-8", newline="") as made:
        writer = csv.DictWriter(made, row)
        writer.writeheader()
        writer.writerows([row, row | {"decision": " Different "}])
    status, out, err = said("review", "import", file, at, "--by=wang")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "1 decisions kept",
        "gold set: 1 pairs, 0 of them one place",
        "put together: precision 0.0%, recall –",
        "same: precision –, recall –",
    ]
    assert said("review", "export", file, at)[1].startswith("0 pairs to decide")
    with reader_for(filled) as reader:
        (kept,) = reader.read("decisions")
        assert len({link["place"] for link in reader.read("links")}) == 3
    assert (kept["same"], kept["decided_by"]) == (False, "wang")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("decision\nsame\n", "has no column a_platform; it must be a file of scrapy review export"),
        ("decision,a_platform,a_ref,b_platform,b_ref\nperhaps,a,1,b,2\n", "line 2: decision is 'perhaps'; write same"),
        ("decision,a_platform,a_ref,b_platform,b_ref\nsame,a,1,b,2\n", "there is no listing a/1"),
    ],
)
def test_a_wrong_review_is_refused_whole(filled: Path, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "review.csv"
    file.write_text(text, encoding="utf-8")
    status, _, err = said("review", "import", file, f"--store={filled}")
    assert status == 2
    assert message in err
    assert err.count("\n") == 1
