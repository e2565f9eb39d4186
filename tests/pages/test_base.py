from typing import Any

import pytest
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Answer, Verdict
from travelcrawl.errors import UsageError
from travelcrawl.items import Listing, Note, SearchPage
from travelcrawl.pages import amap, ctrip, mafengwo
from travelcrawl.pages.base import Said, judge, missing, page_for, pages_of, parts_of, rules_of

PLACES = b'{"status": "1", "pois": []}'
TEXT = "https://restapi.amap.com/v5/place/text"
SIGHT = "https://you.ctrip.com/sight/chengdu104/5.html"


@pytest.mark.parametrize(
    "name", ["nowhere", "base", "fields", "../x", "", "amap.x", "ctrip_parts", "ctrip_links", "stored"]
)
def test_only_platforms_have_pages(name: str) -> None:
    with pytest.raises(UsageError, match="there is no platform"):
        pages_of(name)


def test_pages_and_rules_are_those_of_the_module() -> None:
    assert pages_of("amap") == {"PoiPage": amap.PoiPage, "DistrictPage": amap.DistrictPage}
    assert rules_of("amap") is amap.RULES
    assert rules_of("spider_of_another_project") == ()


NOTE = b'<script>window.Env = {"iid": 5};</script><div class="_j_content_box">'


@pytest.mark.parametrize(
    ("platform", "url", "body", "page"),
    [
        ("amap", "", PLACES, amap.PoiPage),
        ("amap", TEXT, b"<html>", amap.PoiPage),
        ("amap", "https://restapi.amap.com/v3/geocode/geo", b'{"geocodes": []}', None),
        ("ctrip", "https://www.ctrip.com/", b"<html></html>", None),
        ("ctrip", SIGHT, b"<html></html>", ctrip.SightPage),
        ("mafengwo", "https://www.mafengwo.cn/jd/1/gonglve.html", b"", mafengwo.ListPage),
        ("mafengwo", "https://www.mafengwo.cn/jd/1/gonglve.html", NOTE, mafengwo.NotePage),
    ],
)
def test_the_page_for_an_answer(platform: str, url: str, body: bytes, page: Any) -> None:
    assert page_for(platform, HttpResponse(url, body)) is page


@pytest.mark.parametrize(
    ("platform", "url", "body", "verdict"),
    [
        ("amap", TEXT, PLACES, Verdict.EMPTY),
        ("amap", TEXT, b'{"status": "1", "data": {}}', Verdict.SOFT_BLOCKED),
        ("amap", TEXT, b'{"infocode": "10001", "status": "0"}', Verdict.FORBIDDEN),
        ("amap", "", b'{"status": "1", "geocodes": [{}]}', Verdict.EMPTY),
        ("ctrip", "https://m.ctrip.com/x/getAttractionList", b"<html></html>", Verdict.MALFORMED),
        ("ctrip", SIGHT, b"<html></html>", Verdict.SOFT_BLOCKED),
        ("ctrip", "https://www.ctrip.com/", b"<html></html>", Verdict.EMPTY),
    ],
)
def test_what_an_answer_means_that_reads_to_nothing(platform: str, url: str, body: bytes, verdict: Verdict) -> None:
    response = HttpResponse(url, body)
    judgement = judge(platform, Answer(url, 200, {}, body), page_for(platform, response), response)

    assert judgement.verdict is verdict


def test_missing_counts_what_is_expected_and_not_hidden() -> None:
    class Page(amap.PoiPage):
        expects = ("listing.name", "listing.phones", "note.title")

    items = [
        Listing(platform="x", ref="1", name="a"),
        Listing(platform="x", ref="2", hidden=["phones"]),
        Note(platform="x", ref="3"),
    ]

    assert missing(Page, items) == {"listing.name": 1, "listing.phones": 1, "note.title": 1}


def test_parts_of_one_item_or_many() -> None:
    one = Listing(platform="x", ref="1")

    assert parts_of(one) == ([one], [])
    assert parts_of(SearchPage(items=[one])) == ([one], [])


def test_fixtures_keep_what_is_said() -> None:
    page = SearchPage(items=[Listing(platform="x", ref="1", tags=["a"])])

    assert Said(page).asdict() == {"items": [{"platform": "x", "ref": "1", "tags": ["a"]}], "links": []}
