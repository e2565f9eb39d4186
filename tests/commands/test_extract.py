from __future__ import annotations

import gzip
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings
from web_poet.testing import Fixture

from travelcrawl.commands import extract
from travelcrawl.pages.amap import PoiPage

PLACE = {"id": "B0FF", "name": "茶馆", "location": "104.062495493,30.647566112", "tel": "028-86123456"}
PLACES = json.dumps({"status": "1", "count": "1", "pois": [PLACE]}).encode()
REVIEW = json.dumps(
    {"0": {"commentId": 1, "content": "好\ud800", "userInfo": {"userId": 7, "userNick": "某人"}}}
).encode()
Outcome = tuple[int, list[dict[str, Any]], str]


def parsed(command: extract.Command, *options: str) -> Namespace:
    parser = ArgumentParser()
    command.add_options(parser)
    return parser.parse_args(options)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run ``scrapy extract`` over a body: exit status, what is on stdout as JSON, what is on stderr."""

    def run(platform: str, body: bytes | None, url: str = "", status: int = 200, fixture: str | None = None) -> Outcome:
        stored = tmp_path / "answer"
        if body is not None:
            stored.write_bytes(body)
        command = extract.Command()
        command.settings = Settings({"SECRET_KEY": "k", "SCRAPY_POET_TESTS_DIR": str(tmp_path / "fixtures")})
        options = ["--url", url, "--status", str(status), *(["--fixture", fixture] if fixture else [])]
        command.run([platform, str(stored)], parsed(command, *options))
        said = capsys.readouterr()
        return command.exitcode, [json.loads(line) for line in said.out.splitlines()], said.err

    return run


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_clean_items_type_first(run: Callable[..., Outcome], pack: Callable[[bytes], bytes]) -> None:
    code, (place,), said = run("amap", pack(PLACES))

    assert (code, next(iter(place.items()))) == (0, ("type", "listing"))
    assert (place["lon"], place["lat"]) == pytest.approx((104.06, 30.65), abs=1e-6)
    assert place["phones"] == ["+862886123456"]
    assert said.splitlines()[0] == "verdict: ok (an answer)"
    assert "read by PoiPage: 1 listing" in said
    assert "missing: listing.category in 1 of 1" in said


def test_authors_come_out_as_hashes(run: Callable[..., Outcome]) -> None:
    code, (review,), _ = run("ctrip", REVIEW)

    assert (code, review["type"], len(review["author"])) == (0, "review", 32)
    assert "某人" not in json.dumps(review, ensure_ascii=False)


@pytest.mark.parametrize(
    ("platform", "body", "url", "status", "verdict"),
    [
        ("amap", b'{"status": "0", "infocode": "10001"}', "", 200, "forbidden"),
        ("amap", b'{"status": "1", "pois": []}', "", 200, "empty"),
        ("amap", b"<html>", "", 200, "malformed"),
        ("ctrip", b"<html><title>x</title></html>", "https://www.ctrip.com/", 200, "empty"),
        ("ctrip", b"<html></html>", "https://you.ctrip.com/sight/a1/2.html", 200, "soft_blocked"),
        ("mafengwo", b"x", "https://www.mafengwo.cn/poi/1.html", 521, "challenged"),
        ("mafengwo", b"", "https://www.mafengwo.cn/poi/1.html", 404, "gone"),
        ("mafengwo", b"\x00\xff", "", 200, "empty"),
    ],
)
def test_no_item_is_no_failure(
    run: Callable[..., Outcome], platform: str, body: bytes, url: str, status: int, verdict: str
) -> None:
    code, items, said = run(platform, body, url, status)

    assert (code, items) == (0, [])
    assert said.startswith(f"verdict: {verdict} (")


def test_a_page_that_only_leads_on_is_an_answer(run: Callable[..., Outcome]) -> None:
    body = '<title>马蜂窝</title><div class="tn-list"><a href="/i/5.html"></a></div>'.encode()
    code, items, said = run("mafengwo", body, "https://www.mafengwo.cn/travel-scenic-spot/mafengwo/1.html")

    assert (code, items) == (0, [])
    assert "verdict: ok" in said
    assert "no items; 2 links lead on" in said


@pytest.mark.parametrize(
    ("platform", "body", "sentence"),
    [
        ("nowhere", PLACES, "there is no platform 'nowhere'"),
        ("amap", None, "No such file or directory"),
        ("amap", gzip.compress(PLACES, mtime=0)[:-12], "cannot read"),
        ("amap", b"\x1f\x8bnot a gzip file", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(
    run: Callable[..., Outcome], platform: str, body: bytes | None, sentence: str
) -> None:
    code, items, said = run(platform, body)

    assert (code, items, said.count("\n")) == (2, [], 1)
    assert sentence in said


def test_a_gzip_bomb_is_refused(run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "LONGEST", 1024 * 1024)
    code, items, said = run("amap", gzip.compress(b" " * 2 * 1024 * 1024))

    assert (code, items) == (2, [])
    assert "longer than 1 MiB" in said


def test_a_platform_and_a_file_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    command = extract.Command()
    command.settings = Settings()
    command.run(["amap"], parsed(command))

    assert command.exitcode == 2
    assert "needs a platform and a file" in capsys.readouterr().err


def test_an_answer_is_kept_as_a_fixture(run: Callable[..., Outcome], tmp_path: Path) -> None:
    code, _, said = run("amap", PLACES, fixture="tea-house")
    kept = tmp_path / "fixtures" / "travelcrawl.pages.amap.PoiPage" / "tea-house"

    assert (code, said.splitlines()[-1]) == (0, f"fixture: {kept}")
    Fixture(kept).assert_full_item_correct(PoiPage)


@pytest.mark.parametrize(
    ("body", "name", "sentence"),
    [(PLACES, "../x", "letters, digits and hyphens"), (b'{"status": "1", "x": 1}', "x", "no page object reads this")],
)
def test_a_fixture_that_cannot_be_kept(run: Callable[..., Outcome], body: bytes, name: str, sentence: str) -> None:
    code, _, said = run("amap", body, fixture=name)

    assert code == 2
    assert sentence in said


def test_a_fixture_is_never_written_over(run: Callable[..., Outcome]) -> None:
    run("amap", PLACES, fixture="once")

    assert run("amap", PLACES, fixture="once")[0] == 2


def test_on_the_command_line(scrapy: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_bytes(PLACES)
    done = scrapy("extract", "amap", "answer.json", "--url", "https://restapi.amap.com/v3/place/text", SECRET_KEY="k")

    assert (done.returncode, json.loads(done.stdout)["name"]) == (0, "茶馆")
    assert done.stderr.startswith("verdict: ok")
