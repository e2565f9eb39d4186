from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from travelcrawl.report.contents import contents_of
from travelcrawl.report.page import render
from travelcrawl.stores.reader import Reader

Make = Callable[..., Reader]
Row = Callable[..., dict[str, Any]]

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>&lt;b&gt;&amp;",
    "line\u2028and\u2029paragraph\x00\x1b[31m",
    "'\"><img src=x onerror=alert(1)>",
    "{{ 7*7 }} {% raw %}",
    "half \ud83d pair",
    "\u202egnp.exe",
    "é" * 3000,
]


class Elements(HTMLParser):
    """The elements of a page, as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.tags[-1] if self.tags else "", []).append(data)


def hostile_store(reader_of: Make, run_row: Row, text: str) -> Reader:
    own = {"platform": text, "ref": text, "name": text, "lon": 104.0, "lat": 30.6, "district": text, "city": text}
    return reader_of(
        listings=[own | {"quality": 0.5}] * 5 + [own | {"city": "上海市"}],
        quarantine=[{"platform": text, "reasons": [text]}],
        runs=[
            run_row(text, arguments={text: text}, reason=text, **{f"verdict/ok/{text}": 2, f"given_up/{text}": 1}),
            run_row("amap", seconds=None),
        ],
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(reader_of: Make, run_row: Row, text: str) -> None:
    calm = Elements(render(contents_of(hostile_store(reader_of, run_row, "calm")), "calm"))
    page = render(contents_of(hostile_store(reader_of, run_row, text)), text)
    found = Elements(page)
    assert found.tags == calm.tags
    assert [name for name, _ in found.attributes] == [name for name, _ in calm.attributes]
    data = json.loads(re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[0])
    assert data["name"][:5] == [text] * 5
    assert data["platforms"] == ["amap", text] if text > "amap" else [text, "amap"]


def test_nothing_but_its_own_scripts_and_styles_may_run(reader_of: Make, world: Callable[..., Any]) -> None:
    page = render(contents_of(reader_of(**world(3))), "out/travel.gpkg")
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        blocks = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks]
        directive = re.findall(rf"{kind}-src ([^;]*)", policy)[0]
        assert len(blocks) == {"script": 4, "style": 2}[kind]
        assert directive == " ".join(f"'sha256-{value}'" for value in hashes)
    assert not {"style", "onclick", "onload", "src"} & {name for name, _ in Elements(page).attributes}
    assert "sourceMappingURL" not in page
    assert "Redistribution and use in source and binary forms" in page


def test_the_page_tells_what_the_store_says(reader_of: Make, run_row: Row, world: Callable[..., Any]) -> None:
    page = render(
        contents_of(
            reader_of(
                **world(1200),
                quarantine=[{"platform": "ctrip", "reasons": ["price below 0"]}],
                runs=[
                    run_row(
                        "ctrip",
                        seconds=3725,
                        **{
                            "downloader/request_count": 1234,
                            "verdict/challenged/ctrip": 7,
                            "given_up/login_required": 3,
                        },
                    )
                ],
            )
        ),
        "out/travel.gpkg",
    )
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)))
    for said in (
        "1,200 places on 3 platforms",
        "1,234 requests in 1 h 2 min",
        "2026-11-22 12:00",
        "price below 0",
        "login required",
        "challenged",
        "city=成都",
        "median 0.7",
    ):
        assert said in text


def test_an_empty_store_gives_a_page(reader_of: Make) -> None:
    page = render(contents_of(reader_of()), "out/travel.gpkg")
    assert page.startswith("<!doctype html>")
    assert "No places yet" in page
    assert 'id="map"' not in page
    assert "<table" not in page


def test_places_on_several_platforms_are_told(reader_of: Make) -> None:
    page = render(
        contents_of(
            reader_of(
                places=[{"place": "p", "name": "云锦楼", "lon": 104.1, "lat": 30.7}],
                links=[{"platform": platform, "ref": "1", "place": "p"} for platform in ("amap", "ctrip")],
                listings=[{"platform": platform, "ref": "1"} for platform in ("amap", "ctrip")],
            )
        ),
        "out/travel.gpkg",
    )
    data = json.loads(re.findall(r'id="data">(.*?)</script>', page)[0])
    assert (data["on"], data["rating"]) == ([3], [None])
    assert "on several platforms" in page
    assert "1 place <" in page


def test_old_runs_are_counted_not_listed(reader_of: Make, run_row: Row) -> None:
    page = render(contents_of(reader_of(runs=[run_row("amap", start=start) for start in range(60)])), "x")
    assert "The newest 50 of 60" in page
    assert page.count("<time datetime=") == 51


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (3599.6, "1 h 0 min"), (None, "–")]
)
def test_took(reader_of: Make, run_row: Row, seconds: float | None, said: str) -> None:
    assert f'<td class="n">{said}</td>' in render(contents_of(reader_of(runs=[run_row("amap", seconds=seconds)])), "x")
