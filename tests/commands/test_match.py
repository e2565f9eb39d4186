from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path

import pytest
from scrapy.settings import Settings

from travelcrawl.commands.match import Command

LISTINGS = """source,id,name,address,lon,lat,datum
a,1,青禾牛肉面,云栖路3号,118.8,31.9,GCJ-02
b,2,青禾牛肉面（云栖路店）,江宁区云栖路3号,118.8001,31.9001,GCJ-02
b,2,twice,,,,
"""
PAIRS = "label,a_name,a_address,b_name,b_address\n1,Elm Inn,3 Elm St,Elm Inn,3 Elm Street\n0,Elm Inn,3 Elm St,Oak Dental,99 Oak St\n"


def run(*args: str) -> int:
    command = Command()
    command.settings = Settings()
    parser = ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    opts, rest = parser.parse_known_args(args)
    command.run(rest, opts)
    return command.exitcode


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_listings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "l.csv").write_text(LISTINGS, "utf-8")
    assert run(str(tmp_path / "l.csv"), "--out", str(tmp_path / "links.csv")) == 0
    (link,) = read(tmp_path / "links.csv")
    assert list(link) == ["source_a", "id_a", "source_b", "id_b", "score", "decision"]
    assert [link[name] for name in ("source_a", "id_a", "source_b", "id_b")] == ["a", "1", "b", "2"]
    assert 0.5 <= float(link["score"]) <= 1
    assert link["decision"] in ("same", "review")
    said = capsys.readouterr().err
    assert "1 rows" in said
    assert "2 listings of 2 sources" in said


def test_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.csv").write_text(PAIRS.replace("Oak Dental", "Oak Dental " + "x" * 200), "utf-8")
    assert run("--pairs", str(tmp_path / "p.csv"), "--out", str(tmp_path / "s.csv")) == 0
    one, other = read(tmp_path / "s.csv")
    assert float(one["score"]) > 0.8
    assert other["decision"] == "different"
    assert "2 pairs scored" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "needs a file"),
        (("{}/l.csv",), "needs a file"),
        (("{}/none.csv", "--out", "{}/x.csv"), "cannot be read"),
        (("--pairs", "{}/l.csv", "--out", "{}/x.csv"), "no column a_name, b_name"),
        (("{}/l.csv", "--pairs", "{}/l.csv", "--out", "{}/x.csv"), "needs a file"),
        (("{}/l.csv", "--out", "{}/none/x.csv"), "cannot be written"),
    ],
)
def test_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], message: str) -> None:
    (tmp_path / "l.csv").write_text(LISTINGS, "utf-8")
    assert run(*(arg.format(tmp_path) for arg in args)) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_it_says_what_it_does() -> None:
    assert "one place" in Command().short_desc()
    assert "--out" in Command().syntax()
