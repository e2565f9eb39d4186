"""Real Chromium against a web on loopback, in a crawl of its own process; other projects' Scrapy, with the add-on."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest
from scrapy import Request
from scrapy.http import HtmlResponse
from scrapy.utils.test import get_crawler

from tests.middlewares.browsing import Served, crawl, served
from travelcrawl.access.identities import identity_for, in_chromium
from travelcrawl.errors import GaveUp, UsageError
from travelcrawl.middlewares import browser
from travelcrawl.middlewares.browser import BrowserMiddleware, shows_more_in_browser

CHROMIUM = os.environ.get("TRAVELCRAWL_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt install chromium")
AGENT = "Mozilla/5.0 (compatible; someone/1.0)"
SETTINGS: dict[str, Any] = {
    "ADDONS": {"travelcrawl.middlewares.browser.BrowserAddon": 300},
    "DOWNLOADER_MIDDLEWARES": {"travelcrawl.middlewares.robots.RobotsMiddleware": 100},
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "BROWSER_MAX_CONCURRENCY": 4,
    "BROWSER_PAGE_TIMEOUT": 6,
    "MAX_TASKS": 4,
    "DOWNLOAD_MAXSIZE": 100_000,
    "TRAVELCRAWL_PERMITTED_HOSTS": "",
    "TRAVELCRAWL_ROBOTS_WAITS": "0",
    "ROBOTSTXT_USER_AGENT": "travelcrawl",
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "RETRY_ENABLED": False,
    # Scrapy's would ask the network for the list of public suffixes.
    "COOKIES_ENABLED": False,
    "USER_AGENT": AGENT,
}


@attrs.frozen
class Crawled:
    served: Served
    answers: list[dict[str, Any]]
    stats: dict[str, Any]
    left: list[str]
    log: str

    def answer(self, path: str) -> dict[str, Any]:
        return next(answer for answer in self.answers if answer["url"].partition(".example")[2] == path)

    def asked(self, path: str) -> list[tuple[str, str]]:
        return [(port, host) for port, host, asked, _ in self.served.site.asked if asked == path]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("browser")
    with served(folder) as web:
        one = {"browser": True, "proxy": web.proxy("one"), "cookiejar": "a"}
        two = {"browser": {"wait_for": "p"}, "proxy": web.proxy("two"), "cookiejar": "b"}
        forged = {"browser": True, "proxy": web.proxy("forged"), "cookiejar": "c"}
        app, plain, secure = "http://app.example", {"until": "load"}, "https://app.example"
        chains = [
            [{"url": f"{app}/loop", "meta": {**one, "browser": plain}}],
            [{"url": f"{app}/hang", "meta": two}],
            [
                {"url": f"{app}/js", "meta": one},
                {"url": f"{app}/redirect", "meta": one},
                {"url": f"{app}/gone", "meta": {**one, "browser": plain}},
                {"url": f"{app}/big", "meta": {**one, "browser": plain}},
                {"url": f"{secure}/js?forged", "meta": forged},
            ],
            [
                {"url": f"{secure}/js?wait", "meta": {**two, "browser": {"wait_for": "p.name"}}},
                {"url": f"{app}/cookie", "meta": two},
                {"url": f"{app}/cookie?2", "meta": two},
                {"url": f"http://127.0.0.1:{web.ports['site']}/plain", "meta": {"browser": plain, "proxy": None}},
                {"url": f"{app}/cookie?3", "meta": two},
                {"url": f"{app}/cookie?other", "meta": {**two, "cookiejar": "d"}},
            ],
        ]
        found = crawl(chains, {**SETTINGS, "TRAVELCRAWL_CA_FILE": str(web.ca_file)}, folder, web.proxy("one"))
        yield Crawled(web, **found)


@needs_chromium
def test_a_page_that_a_program_builds_is_read_as_built(crawled: Crawled) -> None:
    for path in ("/js", "/js?wait"):
        answer = crawled.answer(path)
        assert answer["status"] == 200
        assert '<p class="name">望江楼</p>' in answer["body"]


@needs_chromium
def test_a_page_that_hangs_costs_its_time_out_and_no_other_page(crawled: Crawled) -> None:
    for path in ("/hang", "/loop"):
        assert "longer than 6 s" in crawled.answer(path)["error"]
    assert crawled.stats["browser/timeouts"] == 2
    order = [answer["url"].partition(".example")[2] for answer in crawled.answers]
    assert order.index("/js") < order.index("/loop")


@needs_chromium
def test_nothing_is_left_open_and_browsers_are_renewed(crawled: Crawled) -> None:
    assert crawled.stats["browser/pages"] == 13
    assert crawled.stats["browser/open"] == 0
    # Three at least of those that go by proxies, one of those that leave directly.
    assert crawled.stats["browser/launched"] == crawled.stats["browser/closed"] >= 4
    assert crawled.stats["browser/memory_max"] > 50 * 2**20
    assert crawled.left == []


@needs_chromium
def test_a_page_larger_than_is_allowed_is_cancelled(crawled: Crawled) -> None:
    assert "DownloadCancelledError" in crawled.answer("/big")["error"]


@needs_chromium
def test_a_redirect_is_handed_back_and_not_followed(crawled: Crawled) -> None:
    answer = crawled.answer("/redirect")
    assert (answer["status"], answer["headers"]["Location"]) == (302, "https://login.example/signin")
    assert crawled.stats["browser/redirects"] == 1
    assert crawled.asked("/signin") == []
    assert crawled.answer("/gone")["status"] == 404


@needs_chromium
def test_a_session_keeps_its_cookies_through_browsers_and_apart_from_others(crawled: Crawled) -> None:
    said = [crawled.answer(path)["body"] for path in ("/cookie", "/cookie?2", "/cookie?3", "/cookie?other")]
    assert [re.search("<p>(.*)</p>", body)[1] for body in said] == ["none", "token=1", "token=1", "none"]


@needs_chromium
def test_nothing_leaves_but_by_its_proxy_and_nothing_that_no_page_asked_for(crawled: Crawled) -> None:
    ports = {port for port, *_ in crawled.served.site.asked}
    assert "direct" not in ports
    assert {host for _, host, *_ in crawled.served.site.asked} == {"app.example", "127.0.0.1"}
    assert {port for port, *_ in crawled.served.site.asked if port == "site"} == {"site"}
    assert crawled.asked("/plain") == [("site", "127.0.0.1")]
    assert {port for port, _ in crawled.asked("/leak.js")} <= {"one", "two"}
    assert set(crawled.asked("/hang")) == {("two", "app.example")}
    assert crawled.asked("/picture.png") == crawled.asked("/favicon.ico") == []


@needs_chromium
def test_a_certificate_has_to_be_signed_by_an_authority(crawled: Crawled) -> None:
    if shutil.which("certutil") is None:
        pytest.skip("no certutil: apt install libnss3-tools")
    assert "ERR_CERT_AUTHORITY_INVALID" in crawled.answer("/js?forged")["error"]
    assert {port for port, *_ in crawled.served.site.asked} == {"one", "two", "site"}


@needs_chromium
def test_what_robots_forbids_pages_do_not_load(crawled: Crawled) -> None:
    assert crawled.asked("/forbidden/data.json") == []
    assert crawled.stats["browser/disallowed"] == 2


@needs_chromium
def test_the_browser_does_not_contradict_itself(crawled: Crawled) -> None:
    who = json.loads(re.search("<pre id=.who.>(.*)</pre>", crawled.answer("/js?wait")["body"])[1])
    assert (who["agent"], who["language"], who["width"], who["touch"]) == (AGENT, "zh-CN", 1366, False)
    assert crawled.stats["playwright/page_count"] == 13
    chromium = next(one for one in who["hints"]["brands"] if one["brand"] == "Chromium")
    hints = in_chromium(identity_for(Random(1)), f"{chromium['version']}.0.0.0").headers["sec-ch-ua"]
    assert hints == ", ".join(f'"{one["brand"]}";v="{one["version"]}"' for one in who["hints"]["brands"])


@needs_chromium
def test_credentials_are_in_no_log(crawled: Crawled) -> None:
    assert "browser" in crawled.log
    assert "s3cret" not in crawled.log
    assert "Traceback" not in crawled.log


# Without a browser


def test_a_browser_that_does_not_start_costs_the_page_a_try(tmp_path: Path) -> None:
    chain = [{"url": "http://127.0.0.1:9/", "meta": {"browser": True, "proxy": None}}] * 2
    settings = {**SETTINGS, "DOWNLOADER_MIDDLEWARES": {}, "TRAVELCRAWL_CHROMIUM": shutil.which("false")}
    found = crawl([chain], settings, tmp_path, "")
    assert [answer["error"].partition(":")[0] for answer in found["answers"]] == [
        "DownloadFailedError('Chromium did not start"
    ] * 2
    assert found["stats"]["browser/launched"] == found["stats"]["browser/closed"] == 2
    assert found["left"] == []


def build(**settings: Any) -> BrowserMiddleware:
    return BrowserMiddleware.from_crawler(get_crawler(settings_dict={"ADDONS": SETTINGS["ADDONS"], **settings}))


@pytest.mark.parametrize("reason", ["off", "not installed"])
async def test_without_a_browser_a_page_that_needs_one_is_given_up(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason == "not installed":
        monkeypatch.setattr(browser, "is_installed", lambda: False)
    middleware = build(TRAVELCRAWL_BROWSER="off" if reason == "off" else "auto")
    assert await middleware.process_request(Request("http://a.example/")) is None
    with pytest.raises(GaveUp) as given_up:
        await middleware.process_request(Request("http://a.example/", meta={"browser": True}))
    assert given_up.value.cause == "needs_browser"
    await middleware.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"TRAVELCRAWL_BROWSER": "yes"}, "must be auto or off"), ({"MAX_TASKS": "0"}, "MAX_TASKS")],
    ids=["browser", "tasks"],
)
def test_wrong_settings_are_said(settings: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        build(**settings)


def test_a_projects_own_settings_go_before_the_addons() -> None:
    middleware = build(MAX_TASKS=7)
    assert (middleware.limits.pages, middleware.limits.concurrency) == (7, 2)


SHELL = b'<body><div id="app"></div><script src="/app.js"></script></body>'
FULL = b"<body><p>" + "望江楼在府南河边".encode() * 50 + b"</p><script src='/app.js'></script></body>"


def answered(body: bytes, **meta: Any) -> HtmlResponse:
    request = Request("http://a.example/", meta=meta)
    return HtmlResponse("http://a.example/", headers={"Content-Type": "text/html"}, body=body, request=request)


@pytest.mark.parametrize(
    ("shown", "meta", "seen", "setting"),
    [
        (False, {}, [], "auto"),
        (True, {"tries": 1}, [], "auto"),
        (True, {}, [SHELL, FULL], "auto"),
        (True, {"tries": 1}, [SHELL] * 2, "auto"),
        (False, {"tries": 1}, [SHELL] * 3, "auto"),
        (True, {}, [*[SHELL] * 3, FULL], "auto"),
        (False, {"tries": 1, "browser": True}, [FULL], "auto"),
        (False, {"tries": 1}, [FULL], "off"),
    ],
    ids=["first", "again", "filled before", "in vain twice", "in vain", "filled at last", "in a browser", "off"],
)
def test_a_page_that_is_only_a_program_is_worth_a_browser(
    shown: bool, meta: dict[str, Any], seen: list[bytes], setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawler = get_crawler(settings_dict={"ADDONS": SETTINGS["ADDONS"], "TRAVELCRAWL_BROWSER": setting})
    middleware = BrowserMiddleware.from_crawler(crawler)
    for body in seen:
        middleware._learn(answered(body))
    assert shows_more_in_browser(crawler, answered(SHELL, **meta)) is False
    monkeypatch.setattr(crawler, "get_downloader_middleware", lambda _: middleware)
    assert shows_more_in_browser(crawler, answered(SHELL, **meta)) is shown
    assert shows_more_in_browser(crawler, answered(FULL, **meta)) is False
