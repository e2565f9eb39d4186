"""Comparison on files made up from the truth itself, and spoilt in one place each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sandbox import World
from sandbox.__main__ import main
from sandbox.compare import NoStore, compare, e164, metres, moment, plain
from sandbox.model import Shelf
from sandbox.report import show

COLUMNS = {
    "listings": "platform, ref, name, lon, lat, rating, review_count, level, website, phones, address, adcode",
    "reviews": "platform, ref, about, about_ref, rating, text, published_at, likes",
    "notes": "platform, ref, kind, title, text, published_at, travel_date, views, likes, comments, favourites, shares, days,"
    " cost, duration, mentions",
    "offers": "platform, ref, what, amount, currency",
}

Spoil = Callable[[sqlite3.Connection], Any]


SPECIAL: dict[str, Callable[[Any], Any]] = {
    "phones": lambda one: json.dumps([e164(phone) for phone in one.phones]),
    "mentions": lambda one: json.dumps(
        [{"ref": there.ref, "evidence": "link"} for there in one.mentions]
        + [{"name": one.tagged.name, "evidence": "tag"} for _ in range(one.tagged is not None)]
    ),
    "currency": lambda _: "CNY",
}


def value(one: Any, column: str) -> Any:
    found = SPECIAL[column](one) if column in SPECIAL else getattr(one, column)
    return found.isoformat() if isinstance(found, date) else found


def rows(shelf: Shelf, kind: str) -> list[tuple[Any, ...]]:
    shown = [one for one in getattr(shelf, kind) if not getattr(one, "gone", False)]
    return [tuple(value(one, column) for column in COLUMNS[kind].split(", ")) for one in shown]


@pytest.fixture
def store(tmp_path: Path, world: World) -> Path:
    path = tmp_path / "travel.gpkg"
    with closing(sqlite3.connect(path)) as connection, connection:
        for kind, columns in COLUMNS.items():
            connection.execute(f"CREATE TABLE {kind} ({columns})")
            marks = ", ".join("?" * len(columns.split(",")))
            for shelf in world.shelves.values():
                connection.executemany(f"INSERT INTO {kind} VALUES ({marks})", rows(shelf, kind))
    return path


def spoil(store: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(statement, values)


def test_the_truth_is_right(store: Path, world: World) -> None:
    comparison = compare(store, world)
    assert comparison.is_right
    assert {tally.platform for tally in comparison.tallies} == set(world.shelves)
    assert all(tally.expected <= tally.found for tally in comparison.tallies)


def test_what_only_shared_addresses_lead_to_is_expected_where_asked_for(store: Path, world: World) -> None:
    spoil(store, "DELETE FROM notes WHERE platform IN ('xiaohongshu', 'douyin', 'weibo')")
    spoil(store, "DELETE FROM reviews WHERE platform IN ('xiaohongshu', 'douyin', 'weibo')")
    spoil(store, "DELETE FROM listings WHERE ref LIKE 'hotel-%'")
    assert compare(store, world).is_right
    missing = {(one.platform, one.kind) for one in compare(store, world, shared=True).tallies if one.missing}
    social = {(name, kind) for name in ("xiaohongshu", "weibo") for kind in ("notes", "reviews")}
    assert missing == social | {("douyin", "notes"), ("ctrip", "listings")}


@pytest.mark.parametrize(
    ("statement", "kind", "trouble"),
    [
        ("UPDATE listings SET lat = lat + 0.000012 WHERE rowid = 1", "listings", "m off"),
        ("UPDATE listings SET lon = NULL WHERE rowid = 1", "listings", "nowhere"),
        ("UPDATE listings SET name = 'x' WHERE rowid = 1", "listings", "name should be"),
        ("UPDATE listings SET rating = 1.05 WHERE rowid = 1", "listings", "rating should be"),
        ("UPDATE listings SET phones = '[\"+8610\"]' WHERE rowid = 1", "listings", "phones should be"),
        ("UPDATE listings SET adcode = '110000' WHERE rowid = 1", "listings", "adcode should be"),
        ("UPDATE listings SET address = 'elsewhere' WHERE rowid = 1", "listings", "address should end"),
        ("UPDATE reviews SET about_ref = '0' WHERE rowid = 1", "reviews", "about should be"),
        ("UPDATE reviews SET text = text || '!' WHERE rowid = 1", "reviews", "text should be"),
        (
            "UPDATE reviews SET published_at = '2020-01-01T00:00:00Z' WHERE rowid = 1",
            "reviews",
            "published_at should be",
        ),
        ("UPDATE notes SET cost = NULL WHERE rowid = 1", "notes", "cost should be"),
        ("UPDATE notes SET mentions = NULL WHERE rowid = 1", "notes", "linked places should be"),
        ("UPDATE notes SET views = views + 1 WHERE rowid = 1", "notes", "views should be"),
        ("UPDATE offers SET amount = amount + 1 WHERE rowid = 1", "offers", "amount should be"),
        ("UPDATE offers SET currency = NULL WHERE rowid = 1", "offers", "currency should be"),
        ("UPDATE reviews SET ref = 'made-up' WHERE rowid = 1", "reviews", "shows no such thing"),
    ],
)
def test_what_is_wrong_is_found_once(store: Path, world: World, statement: str, kind: str, trouble: str) -> None:
    spoil(store, statement)
    wrong = [(tally.kind, line) for tally in compare(store, world).tallies for line in tally.wrong]
    assert [found for found, _ in wrong] == [kind]
    assert trouble in wrong[0][1]


@pytest.mark.parametrize("kind", ["listings", "reviews", "notes", "offers"])
def test_what_is_missing_or_double_is_found(store: Path, world: World, kind: str) -> None:
    spoil(store, f"INSERT INTO {kind} SELECT * FROM {kind} WHERE rowid = 1")
    spoil(store, f"DELETE FROM {kind} WHERE rowid = 2")
    tallies = [tally for tally in compare(store, world).tallies if tally.kind == kind and not tally.is_right]
    assert [(len(tally.missing), len(tally.wrong), len(tally.double)) for tally in tallies] == [(1, 0, 1)]


def test_cities_limit_what_is_expected_not_what_is_checked(store: Path, world: World) -> None:
    spoil(store, "DELETE FROM listings WHERE adcode LIKE '51%' AND platform = 'amap'")
    assert not compare(store, world, ["amap"]).is_right
    assert compare(store, world, ["amap"], ["310000"]).is_right
    spoil(store, "UPDATE listings SET name = 'x' WHERE adcode LIKE '33%'")
    assert not compare(store, world, ["amap"], ["310000"]).is_right


@pytest.mark.parametrize("mark", ["name", "avatar"])
def test_an_author_in_any_byte_of_the_file_is_found(store: Path, world: World, mark: str) -> None:
    spoil(store, "UPDATE reviews SET likes = ? WHERE rowid = 1", f"by {getattr(world.authors[7], mark)}!")
    assert compare(store, world).leaked == (getattr(world.authors[7], mark),)


def test_what_is_no_store_is_said_in_a_sentence(tmp_path: Path, world: World) -> None:
    with pytest.raises(NoStore, match="there is no file"):
        compare(tmp_path / "none.gpkg", world)
    (tmp_path / "rubbish.gpkg").write_bytes(b"rubbish" * 200)
    with pytest.raises(NoStore, match="cannot be read as a store"):
        compare(tmp_path / "rubbish.gpkg", world)


def test_the_report_shows_the_first_of_each_trouble(store: Path, world: World) -> None:
    spoil(store, "UPDATE listings SET name = 'x'")
    spoil(store, "UPDATE reviews SET likes = ? WHERE rowid = 1", world.authors[0].name)
    console = Console(record=True, width=200)
    show(compare(store, world), console)
    text = console.export_text()
    assert text.count("amap listings wrong:") == 5
    assert world.authors[0].name in text
    assert "the store does not say the truth" in text


def test_the_command_says_it_by_its_exit_status(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = ["--seed=7", "--size=120"]
    assert main(["compare", str(store), *world]) == 0
    assert "the store says the truth" in capsys.readouterr().out
    spoil(store, "DELETE FROM offers WHERE rowid = 1")
    assert main(["compare", str(store), *world]) == 1
    assert main(["compare", str(store), *world, "--platforms", "mafengwo", "--cities", "510100"]) == 0
    assert main(["compare", str(store.with_name("none")), *world]) == 2
    assert "there is no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("028-86123456", "+862886123456"), ("13800001111", "+8613800001111"), ("0571-66123456", "+8657166123456")],
)
def test_e164(given: str, wanted: str) -> None:
    assert e164(given) == wanted


def test_small_helpers() -> None:
    assert plain("云岫（春熙路店）　 \n") == "云岫(春熙路店)"
    assert plain(None) == ""
    assert moment(None) is None
    assert moment("2026-01-01 00:00:00") == moment("2026-01-01T08:00:00+08:00")
    assert metres((104.0, 30.0), (104.0, None)) is None
