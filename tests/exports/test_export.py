"""What an export holds, from both stores, in every format; read back by other programs."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyogrio
import pyogrio.raw
import pytest

from tests.exports.conftest import HOSTILE, LATER, NOON
from travelcrawl.errors import StoreError, StoreFull, UnknownCity, UsageError
from travelcrawl.exports.export import FORMATS, export, format_of, kinds_of
from travelcrawl.exports.selection import KINDS, Box, Selection, moment
from travelcrawl.geo.cities import find_city
from travelcrawl.stores.factory import reader_for

ALL = Selection()


def features(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def made(store: str, path: Path, kind: str = "listings", selection: Selection = ALL) -> Path:
    export(store, path, format_of(path, None), [kind], selection)
    return path


def test_geojson_holds_every_row(store: str, tmp_path: Path) -> None:
    found = {one["id"]: one for one in features(made(store, tmp_path / "a.geojson"))}
    assert set(found) == {"ctrip/1", "amap/B1", "amap/B2"}
    assert found["ctrip/1"]["geometry"] == {"type": "Point", "coordinates": [104.06, 30.65]}
    assert found["amap/B2"]["geometry"] is None
    said = found["ctrip/1"]["properties"]
    assert (said["tags"], said["last_seen"], said["name"]) == (["亲子", "a,b"], "2026-11-22T12:00:00Z", "锦江宾馆")
    assert int(said["content_hash"])
    assert found["amap/B1"]["properties"]["name"] == HOSTILE
    offers = features(made(store, tmp_path / "o.geojson", "offers"))
    assert [(one["properties"]["amount"], "id" in one) for one in offers] == [(300.0, False), (320.0, False)]


def test_an_empty_export_is_a_valid_file(store: str, tmp_path: Path) -> None:
    none = Selection(platforms=("douyin",))
    assert features(made(store, tmp_path / "a.geojson", selection=none)) == []
    assert made(store, tmp_path / "a.geojsonl", selection=none).read_bytes() == b""
    assert len(made(store, tmp_path / "a.csv", selection=none).read_text(encoding="utf-8").splitlines()) == 1


def test_a_line_is_a_feature(store: str, tmp_path: Path) -> None:
    whole = {one["id"]: one for one in features(made(store, tmp_path / "a.geojson"))}
    lines = made(store, tmp_path / "a.geojsonl").read_text(encoding="utf-8").splitlines()
    assert {one["id"]: one for one in map(json.loads, lines)} == whole


def test_csv_says_the_same(store: str, tmp_path: Path) -> None:
    path = made(store, tmp_path / "a.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["ref"]: row for row in csv.DictReader(file)}
    assert rows["B1"]["name"] == HOSTILE
    assert (rows["1"]["tags"], rows["1"]["rating"], rows["1"]["website"]) == ('["亲子","a,b"]', "4.5", "")
    assert rows["1"]["last_seen"] == "2026-11-22T12:00:00.000Z"
    notes = made(store, tmp_path / "n.csv", "notes").read_text(encoding="utf-8")
    assert ",false," in notes
    assert ",2026-05-01," in notes


@pytest.mark.parametrize("ending", ["geojson", "geojsonl", "gpkg"])
def test_gdal_reads_it(store: str, tmp_path: Path, ending: str) -> None:
    path = made(store, tmp_path / f"a.{ending}")
    meta, _, geometry, fields = pyogrio.raw.read(path, layer="listings" if ending == "gpkg" else None)
    columns = dict(zip(meta["fields"], fields, strict=True))
    assert meta["crs"] == "EPSG:4326"
    assert sorted(columns["ref"]) == ["1", "B1", "B2"]
    assert sum(one is not None for one in geometry) == 2


def test_geoparquet_conforms_and_holds_the_same(store: str, tmp_path: Path) -> None:
    import geoparquet_validator
    from pyarrow import parquet

    path = made(store, tmp_path / "a.parquet")
    report = geoparquet_validator.check(str(path))
    assert geoparquet_validator.failed(report) == []
    passed = {one["id"] for one in report["outcomes"] if one["status"] == "pass"}
    assert "/conf/core/geo-metadata" in passed
    assert any("covering" in name for name in passed)
    table = parquet.read_table(path)
    rows = {row["ref"]: row for row in table.to_pylist()}
    with reader_for(store) as reader:
        for row in reader.read("listings"):
            kept = rows[row["ref"]]
            for name, value in row.items():
                assert kept[name] == (
                    json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, list) else value
                )
    geo = json.loads(parquet.read_metadata(path).metadata[b"geo"])
    assert geo["columns"]["geometry"]["bbox"] == [104.06, 30.65, 116.4, 39.9]
    assert rows["1"]["bbox"] == {"xmin": 104.06, "ymin": 30.65, "xmax": 104.06, "ymax": 30.65}
    assert (rows["B2"]["geometry"], rows["B2"]["bbox"]) == (None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_as_parquet(store: str, tmp_path: Path, kind: str) -> None:
    from pyarrow import parquet

    metadata = parquet.read_metadata(made(store, tmp_path / f"{kind}.parquet", kind))
    assert metadata.num_rows > 0
    assert (b"geo" in metadata.metadata) == (kind in ("listings", "places"))


def test_an_empty_geoparquet_conforms(store: str, tmp_path: Path) -> None:
    import geoparquet_validator

    path = made(store, tmp_path / "a.parquet", selection=Selection(platforms=("douyin",)))
    assert geoparquet_validator.failed(geoparquet_validator.check(str(path))) == []


def test_a_geopackage_is_a_store_again(store: str, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    counts = export(store, path, FORMATS["geopackage"], KINDS, ALL)
    assert counts == {"listings": 3, "reviews": 3, "notes": 1, "offers": 2, "places": 1, "links": 1}
    with reader_for(store) as one, reader_for(path) as other:
        for kind in KINDS:
            kept = [row for row in one.read(kind) if not row.get("merged_into")]
            assert sorted(kept, key=repr) == sorted(other.read(kind), key=repr)
    inside = pyogrio.raw.read(path, layer="listings", bbox=(104, 30, 105, 31))[3][0]
    assert len(inside) == 1
    bounds = pyogrio.read_info(path, layer="listings")["total_bounds"]
    assert bounds == pytest.approx((104.06, 30.65, 116.4, 39.9), abs=1e-4)
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]


CHENGDU = Selection(city=find_city("chengdu"))
BOX = Selection(box=Box.of("104,30,105,31"))


@pytest.mark.parametrize(
    ("selection", "kind", "refs"),
    [
        (Selection(platforms=("amap",)), "listings", ["B1", "B2"]),
        (Selection(platforms=("amap", "ctrip")), "reviews", ["r1", "r3"]),
        (Selection(platforms=("ctrip",)), "places", ["p1"]),
        (Selection(platforms=("amap",)), "places", []),
        (CHENGDU, "listings", ["1", "B2"]),
        (CHENGDU, "reviews", ["r1", "r2"]),
        (CHENGDU, "notes", ["n1"]),
        (CHENGDU, "offers", ["1", "1"]),
        (CHENGDU, "places", ["p1"]),
        (CHENGDU, "links", ["1"]),
        (Selection(city=find_city("北京")), "listings", ["B1"]),
        (Selection(city=find_city("北京")), "places", []),
        (BOX, "listings", ["1"]),
        (BOX, "reviews", ["r1"]),
        (BOX, "places", ["p1"]),
        (Selection(box=Box.of("104.06,30.65,104.06,30.65")), "offers", ["1", "1"]),
        (Selection(since=LATER), "listings", ["B1"]),
        (Selection(since=LATER), "offers", ["1"]),
        (Selection(since=NOON), "notes", ["n1"]),
        (Selection(city=find_city("成都"), platforms=("amap",), since=NOON), "listings", ["B2"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_filters(store: str, tmp_path: Path, selection: Selection, kind: str, refs: list[str]) -> None:
    key = "place" if kind == "places" else "ref"
    found = features(made(store, tmp_path / "a.geojson", kind, selection))
    assert sorted(one["properties"][key] for one in found) == refs


@pytest.mark.parametrize(
    ("work", "error", "sentence"),
    [
        (
            lambda: Box.of("105,30,104,31"),
            UsageError,
            "is turned round (west 105 is east of 104); write west,south,east,north",
        ),
        (lambda: Box.of("104,31,105,30"), UsageError, "south 31 is north of 30"),
        (lambda: Box.of("30,104,31,105"), UsageError, "latitudes are -90 to 90"),
        (lambda: Box.of("-200,1,0,2"), UsageError, "longitudes are -180 to 180"),
        (lambda: Box.of("nan,1,2,3"), UsageError, "longitudes are -180 to 180"),
        (lambda: Box.of("1,2,3"), UsageError, "--bbox is west,south,east,north in degrees"),
        (lambda: moment("yesterday"), UsageError, "--since is a day or a time"),
        (lambda: moment("0001-01-01T00:00+14:00"), UsageError, "--since is a day or a time"),
        (lambda: format_of(Path("a.shp"), None), UsageError, "the ending of a.shp names no format"),
        (lambda: format_of(Path("a.csv"), "kml"), UsageError, "there is no format 'kml'; known are geojson,"),
        (lambda: kinds_of(FORMATS["csv"], ["listings", "notes"]), UsageError, "holds one kind, not listings, notes"),
        (lambda: kinds_of(FORMATS["csv"], ["hotels"]), UsageError, "there is no kind 'hotels'"),
        (lambda: BOX.condition("notes"), UsageError, "notes have no position"),
    ],
    ids=range(13),
)
def test_wrong_words_are_one_sentence(work: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as raised:
        work()
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("text", "time"),
    [("2026-11-22", "2026-11-22T00:00:00+00:00"), ("2026-11-22T08:00+08:00", "2026-11-22T00:00:00+00:00")],
)
def test_a_day_begins_in_utc(text: str, time: str) -> None:
    assert moment(text).isoformat() == time


def test_a_failure_leaves_the_old_file_and_nothing_else(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def broken(*_: object) -> None:
        raise StoreError("the database went away")

    with pytest.raises(StoreError, match="went away"):
        export(
            store,
            path,
            FORMATS["csv"].__class__(endings=(), write=lambda made, kinds: broken(made.write_text("x"))),
            ["listings"],
            ALL,
        )
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a.csv": "old"}


def test_a_store_is_never_written_over(package: Path, database: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is the store itself"):
        export(package, package, FORMATS["geopackage"], KINDS, ALL)
    with pytest.raises(UsageError, match="is a store that crawls have written to"):
        export(database, package, FORMATS["geopackage"], KINDS, ALL)
    again = tmp_path / "a.gpkg"
    for _ in range(2):
        assert export(database, again, FORMATS["geopackage"], KINDS, ALL)["listings"] == 3


def test_without_pyarrow_it_is_said(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"needs pyarrow, .*pip install 'travelcrawl\[export\]'"):
        made(str(package), tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("ending", ["geojson", "csv", "parquet", "gpkg"])
def test_a_full_disk_is_said_and_nothing_is_left(store: str, tmp_path: Path, ending: str) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (tmp_path / "full").write_bytes(b"x" * 8192)
        with pytest.raises(StoreFull, match="is full; make room"):
            made(store, tmp_path / f"a.{ending}", "reviews" if ending == "gpkg" else "listings")
        assert [file.name for file in tmp_path.iterdir()] == ["full"]
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)


def test_unknown_cities_are_said() -> None:
    with pytest.raises(UnknownCity):
        find_city("Atlantis")
