"""The report as a browser shows it: headless Chromium, from a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from travelcrawl.report.contents import contents_of
from travelcrawl.report.page import render
from travelcrawl.stores.reader import Reader

CHROMIUM = os.environ.get("TRAVELCRAWL_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NEAREST = """() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { map } = window.travelcrawl;
  const middle = map.getSize().divideBy(2);
  const at = (i) => map.latLngToContainerPoint([data.lat[i], data.lon[i]]);
  const i = data.name.map((_, i) => i).reduce((a, b) => (at(a).distanceTo(middle) <= at(b).distanceTo(middle) ? a : b));
  const frame = map.getContainer().getBoundingClientRect();
  return { x: frame.x + at(i).x, y: frame.y + at(i).y, name: data.name[i], on: data.on[i], rating: data.rating[i] };
}"""
INKED = """() => {
  const canvas = document.querySelector("#map canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 200 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 90) coloured++;
  return coloured;
}"""

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium: apt install chromium, or set TRAVELCRAWL_CHROMIUM"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a report; at the end nothing may have been asked for but the file, and nothing complained of."""
    asked: list[str] = []
    said: list[str] = []
    pages: list[Page] = []

    def open_report(reader: Reader, **context: Any) -> Page:
        file = tmp_path / "report.html"
        file.write_text(render(contents_of(reader), "out/travel.gpkg"), encoding="utf-8")
        page = browser.new_context(**context).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(file.as_uri())
        pages.append(page)
        return page

    yield open_report
    for page in pages:
        page.context.close()
    assert said == []
    assert asked == [(tmp_path / "report.html").as_uri()] * len(pages)


def until(page: Page, holds: str) -> None:
    """Wait until an expression holds; the page's policy forbids ``wait_for_function``."""
    for _ in range(100):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(50)
    raise AssertionError(holds)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_map_shows_the_places(
    opened: Callable[..., Page],
    reader_of: Callable[..., Reader],
    world: Callable[..., Any],
    tmp_path: Path,
    scheme: str,
    width: int,
    height: int,
) -> None:
    page = opened(reader_of(**world(3000)), viewport={"width": width, "height": height}, color_scheme=scheme)
    assert page.evaluate("[travelcrawl.points, travelcrawl.shown, travelcrawl.drawn]") == [3000, 3000, 3000]
    assert page.evaluate(INKED) > 1000
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 150) == (scheme == "dark")
    shot = page.screenshot(path=Path(os.environ.get("TRAVELCRAWL_SHOTS", tmp_path)) / f"report-{scheme}-{width}.png")
    assert len(shot) > 10_000


def test_hover_tells_name_platforms_and_rating(opened: Callable[..., Page], reader_of: Callable[..., Reader]) -> None:
    places = [
        {"place": "p", "name": "云锦楼 <b>", "lon": 104.1, "lat": 30.7},
        {"place": "q", "name": "望江亭", "lon": 104.2, "lat": 30.8},
    ]
    links = [{"platform": name, "ref": "1", "place": "p"} for name in ("amap", "ctrip")]
    links.append({"platform": "mafengwo", "ref": "1", "place": "q"})
    listings = [{"platform": name, "ref": "1", "rating": 4.25} for name in ("amap", "ctrip")]
    listings.append({"platform": "mafengwo", "ref": "1"})
    page = opened(reader_of(places=places, links=links, listings=listings))
    for name, told in (("云锦楼 <b>", "amap, ctrip · 4.3 of 5"), ("望江亭", "mafengwo · not rated")):
        page.evaluate(
            "(name) => { const d = JSON.parse(document.getElementById('data').textContent); const i = d.name.indexOf(name);"
            " travelcrawl.map.setView([d.lat[i], d.lon[i]], 14, { animate: false }); }",
            name,
        )
        spot = page.evaluate(f"({NEAREST})()")
        page.mouse.move(spot["x"], spot["y"])
        assert spot["name"] == name
        assert page.locator(".tip").inner_text().split("\n") == [name, told]
    page.mouse.move(spot["x"] + 200, spot["y"])
    expect(page.locator(".tip")).to_have_count(0)


def test_zoom_and_pan(opened: Callable[..., Page], reader_of: Callable[..., Reader], world: Callable[..., Any]) -> None:
    page = opened(reader_of(**world(500)), reduced_motion="reduce", viewport={"width": 1280, "height": 1000})
    before = page.evaluate("[travelcrawl.map.getZoom(), travelcrawl.drawn]")
    page.locator(".leaflet-control-zoom-in").click()
    spot = page.evaluate(f"({NEAREST})()")
    middle = (spot["x"], spot["y"])
    page.mouse.move(*middle)
    page.mouse.wheel(0, -400)
    until(page, f"travelcrawl.map.getZoom() > {before[0] + 1}")
    until(page, f"0 < travelcrawl.drawn && travelcrawl.drawn < {before[1]}")
    west = page.evaluate("travelcrawl.map.getCenter().lng")
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    until(page, f"travelcrawl.map.getCenter().lng > {west}")
    centre = page.evaluate("[travelcrawl.map.getCenter().lng, travelcrawl.map.getCenter().lat]")
    page.mouse.down()
    page.mouse.move(middle[0] + 150, middle[1] + 50, steps=4)
    page.mouse.up()
    moved = page.evaluate("[travelcrawl.map.getCenter().lng, travelcrawl.map.getCenter().lat]")
    assert moved[0] < centre[0]
    assert moved[1] > centre[1]


def test_a_platform_can_be_left_out(
    opened: Callable[..., Page], reader_of: Callable[..., Reader], world: Callable[..., Any]
) -> None:
    page = opened(reader_of(**world(300)))
    page.get_by_text("ctrip").first.click()
    assert page.evaluate("[travelcrawl.points, travelcrawl.shown, travelcrawl.drawn]") == [300, 200, 200]
    assert page.get_by_role("checkbox", name="ctrip").is_checked() is False


def test_far_cities_are_counted_and_entered(
    opened: Callable[..., Page], reader_of: Callable[..., Reader], world: Callable[..., Any]
) -> None:
    rows = [row | {"city": "成都市"} for row in world(90)["listings"]]
    rows += [row | {"city": "上海市", "ref": f"s{row['ref']}", "lon": row["lon"] + 17.4} for row in rows[:60]]
    rows += [rows[0] | {"city": "西安市", "ref": "x", "lon": 108.95, "lat": 34.27, "name": "独一楼", "rating": None}]
    page = opened(reader_of(listings=rows), reduced_motion="reduce")
    assert page.evaluate("[travelcrawl.points, travelcrawl.drawn]") == [151, 3]

    def spot(lon: float, lat: float) -> None:
        at = page.evaluate("([lon, lat]) => travelcrawl.map.latLngToContainerPoint([lat, lon])", [lon, lat])
        frame = page.locator("#map").bounding_box()
        assert frame
        page.mouse.move(frame["x"] + at["x"], frame["y"] + at["y"])

    spot(108.95, 34.27)
    assert page.locator(".tip").inner_text().split("\n") == ["独一楼", "amap · not rated"]
    spot(104.0, 30.72)
    head, counts, *_, rest = page.locator(".tip").inner_text().split("\n")
    assert (head, counts) == ("成都: 90 places", "amap 30, ctrip 30, mafengwo 30")
    assert rest == "and 88 more: click to look closer"
    page.mouse.down()
    page.mouse.up()
    until(page, "travelcrawl.map.getZoom() >= 8.5 && travelcrawl.drawn == 90")
    page.get_by_role("button", name="上海市").click()
    until(page, "travelcrawl.map.getCenter().lng > 120 && travelcrawl.drawn == 60")
    page.get_by_role("button", name="everything").click()
    until(page, "travelcrawl.drawn == 3")


def test_a_hundred_thousand_are_thinned_and_found(
    opened: Callable[..., Page], reader_of: Callable[..., Reader], world: Callable[..., Any]
) -> None:
    page = opened(reader_of(**world(100_000)))
    assert page.evaluate("travelcrawl.points") == 100_000
    assert 0 < page.evaluate("travelcrawl.drawn") < 10_000
    spot = page.evaluate(f"({NEAREST})()")
    page.mouse.move(spot["x"], spot["y"])
    assert page.locator(".tip li").count() >= 1


@pytest.mark.parametrize("text", ["</script><script>document.title='owned'</script>", "<img src=x onerror=alert(1)>"])
def test_a_hostile_name_is_shown_as_it_is(
    opened: Callable[..., Page], reader_of: Callable[..., Reader], text: str
) -> None:
    page = opened(reader_of(listings=[{"platform": text, "ref": "1", "name": text, "lon": 104.0, "lat": 30.6}]))
    spot = page.evaluate(f"({NEAREST})()")
    page.mouse.move(spot["x"], spot["y"])
    assert page.locator(".tip b").inner_text() == text
    assert page.title() == "1 place · travelcrawl"
    assert page.locator(".tip img, main img").count() == 0


def test_no_places_no_map(opened: Callable[..., Page], reader_of: Callable[..., Reader]) -> None:
    page = opened(reader_of())
    assert page.get_by_text("Nothing with a position is in this store.").is_visible()


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``rgb(…)`` colours (WCAG 2.2)."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[4:-1].split(",")]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(
    opened: Callable[..., Page],
    reader_of: Callable[..., Reader],
    world: Callable[..., Any],
    run_row: Callable[..., Any],
    scheme: str,
) -> None:
    runs = [run_row("amap", reason="shutdown", **{"verdict/forbidden/amap": 3})]
    page = opened(reader_of(**world(30), runs=runs), color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for selector in ("h1", ".lead", ".note", "td", ".zero", ".bad", "footer", "dt", ".filter bdi"):
        ink = page.locator(selector).first.evaluate("(it) => getComputedStyle(it).color")
        assert contrast(ink, ground) >= 4.5, selector
