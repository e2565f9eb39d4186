from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from travelcrawl.commands.newplatform import Platform, write
from travelcrawl.errors import UsageError

ROOT = Path(__file__).parents[2]
Scrapy = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a copy of the checkout: the package, its configuration and the test of fixtures."""
    shutil.copytree(ROOT / "travelcrawl", tmp_path / "travelcrawl", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests" / "pages").mkdir(parents=True)
    for name in ("scrapy.cfg", "pyproject.toml", "tests/pages/test_fixtures.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1", "SECRET_KEY": "k"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.no_cover
def test_a_new_platform_needs_nothing_but_its_files(checkout: Path) -> None:
    before = {path for path in checkout.rglob("*") if path.is_file()}
    written = python(checkout, "-m", "scrapy", "newplatform", "demo", "demo.example.com")
    files = list((checkout / "travelcrawl").rglob("demo.py"))

    assert written.returncode == 0, written.stderr
    assert len(written.stdout.splitlines()) == 3
    assert sum(len(path.read_text().splitlines()) for path in files) <= 45
    assert not {path for path in before if not path.exists()}

    assert "demo" in python(checkout, "-m", "scrapy", "list").stdout.split()
    assert python(checkout, "-m", "pytest", "tests/pages", "-p", "no:cacheprovider", "-k", "demo").returncode == 0
    kept = "tests/fixtures/travelcrawl.pages.demo.ListPage/first/inputs/HttpResponse-body.html"
    extracted = python(checkout, "-m", "scrapy", "extract", "demo", kept)
    assert json.loads(extracted.stdout)["name"] == "An invented place"
    assert "verdict: ok" in extracted.stderr


@pytest.mark.parametrize(
    "name", ["", "x", "Demo", "de-mo", "1demo", "class", "base", "fields", "stored", "a" * 40, "../x"]
)
def test_bad_names(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a platform"):
        Platform(name=name, host="demo.example.com")


@pytest.mark.parametrize(
    "host", ["", "localhost", "http://demo.example.com", "demo.example.com/x", "a..b.com", '"x".com']
)
def test_bad_hosts(host: str) -> None:
    with pytest.raises(UsageError, match="is no host name"):
        Platform(name="demo", host=host)


@pytest.mark.parametrize("there", ["travelcrawl/pages/demo.py", "travelcrawl/spiders/demo.py"])
def test_what_is_there_is_not_written_over(tmp_path: Path, there: str) -> None:
    for room in ("pages", "spiders"):
        (tmp_path / "travelcrawl" / room).mkdir(parents=True)
    (tmp_path / there).write_text("mine")

    with pytest.raises(UsageError, match="is there already; nothing was written"):
        write(Platform(name="demo", host="demo.example.com"), tmp_path)
    assert (tmp_path / there).read_text() == "mine"
    assert len(list(tmp_path.rglob("demo*"))) == 1


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        write(Platform(name="demo", host="demo.example.com"), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [((), "needs a name and a host"), (("demo", "demo.example.com"), "writes into a checkout of travelcrawl")],
)
def test_elsewhere_it_writes_nothing(scrapy: Scrapy, arguments: tuple[str, ...], sentence: str) -> None:
    done = scrapy("newplatform", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
