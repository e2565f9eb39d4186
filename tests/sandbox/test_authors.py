"""A crawl of all eight platforms: who wrote is kept as a hash, and no name, picture or page of anybody gets in anywhere."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from sandbox import World, build_world
from sandbox.demo import Demo
from sandbox.model import Author
from sandbox.platforms import DIALECTS

SIZE, CITY = 40, "510100"
WITH_AUTHORS = {dialect.platform for dialect in DIALECTS} - {"amap"}


def test_a_crawl_says_the_truth_and_keeps_authors_as_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JOBDIR", str(tmp_path / "frontier"))
    monkeypatch.setenv("SECRET_KEY", "of the test")
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    monkeypatch.setenv("TRAVELCRAWL_BROWSER", "off")
    out = tmp_path / "out"
    assert Demo(store=out / "travel.gpkg", cities=(CITY,), size=SIZE).run() == 0
    assert "the store says the truth" in capfd.readouterr().out
    summary = json.loads((out / "summary.json").read_text())
    assert all(summary["platforms"][dialect.platform]["requests"] > 0 for dialect in DIALECTS)
    assert (out / "report.html").is_file()
    no_author_is_in_any_file(tmp_path)
    authors_are_there_as_hashes(out / "travel.gpkg")


def authors_of(world: World, platform: str) -> set[Author]:
    shelf = world.shelves[platform]
    return {one.author for one in (*shelf.notes, *shelf.reviews)}


def marks(author: Author) -> tuple[str, ...]:
    """Return what would tell who it is: name, picture, and the ends of the pages that platforms have of people."""
    pages = (f"/{place}/{author.id}" for place in ("u", "member", "user/profile", "n", "space.bilibili.com"))
    return (author.name, author.avatar, f"MS4wLjABAAAA{author.id}", *pages)


def no_author_is_in_any_file(folder: Path) -> None:
    world = build_world(7, SIZE)
    wanted = {mark.encode() for platform in WITH_AUTHORS for one in authors_of(world, platform) for mark in marks(one)}
    pattern = re.compile(b"|".join(map(re.escape, sorted(wanted))))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".gpkg", ".html", ".json", ".sqlite"}
    found = {path.name: set(pattern.findall(path.read_bytes())) for path in files}
    assert {name: hits for name, hits in found.items() if hits} == {}


def authors_are_there_as_hashes(store: Path) -> None:
    hashes: dict[str, set[str]] = {}
    with sqlite3.connect(store) as db:
        for layer in ("reviews", "notes"):
            for platform, author in db.execute(f"SELECT platform, author FROM {layer} WHERE author IS NOT NULL"):
                hashes.setdefault(platform, set()).add(author)
    db.close()
    assert set(hashes) == WITH_AUTHORS
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for many in hashes.values() for one in many)
    assert all(len(many) > 1 for many in hashes.values())
