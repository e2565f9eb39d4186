"""A crawl of all eight platforms: who wrote is kept as a hash, and no name, picture or page of anybody gets in anywhere."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import World, build_world
from sandbox.demo import Demo
from sandbox.model import Author
from sandbox.platforms import DIALECTS

SIZE, CITY = 40, "510100"
WITH_AUTHORS = {dialect.platform for dialect in DIALECTS} - {"amap"}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("authors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOBDIR", str(folder / "frontier"))
        patch.setenv("SECRET_KEY", "of the test")
        patch.setenv("LOG_LEVEL", "WARNING")
        assert Demo(store=folder / "out" / "travel.gpkg", cities=(CITY,), size=SIZE).run() == 0
        yield folder


def authors_of(world: World, platform: str) -> set[Author]:
    shelf = world.shelves[platform]
    return {one.author for one in (*shelf.notes, *shelf.reviews)}


def marks(author: Author) -> tuple[str, ...]:
    """Return what would tell who it is: name, picture, and the ends of the pages that platforms have of people."""
    pages = (f"/{place}/{author.id}" for place in ("u", "member", "user/profile", "n", "space.bilibili.com"))
    return (author.name, author.avatar, f"MS4wLjABAAAA{author.id}", *pages)


def test_no_author_is_in_any_file_that_a_crawl_leaves(crawled: Path) -> None:
    world = build_world(7, SIZE)
    wanted = {mark.encode() for platform in WITH_AUTHORS for one in authors_of(world, platform) for mark in marks(one)}
    pattern = re.compile(b"|".join(map(re.escape, sorted(wanted))))
    files = [path for path in crawled.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".gpkg", ".html", ".json", ".sqlite"}
    found = {path.name: set(pattern.findall(path.read_bytes())) for path in files}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_authors_are_there_as_hashes_on_every_platform_that_has_them(crawled: Path) -> None:
    hashes: dict[str, set[str]] = {}
    with sqlite3.connect(crawled / "out" / "travel.gpkg") as db:
        for layer in ("reviews", "notes"):
            for platform, author in db.execute(f"SELECT platform, author FROM {layer} WHERE author IS NOT NULL"):
                hashes.setdefault(platform, set()).add(author)
    db.close()
    assert set(hashes) == WITH_AUTHORS
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for many in hashes.values() for one in many)
    assert all(len(many) > 1 for many in hashes.values())
