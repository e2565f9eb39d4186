from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from parsel import Selector

from sandbox import World
from sandbox.compare import metres
from sandbox.http import Reply
from sandbox.model import Listing
from sandbox.platforms.mafengwo import REVIEWS_A_PAGE, Mafengwo
from travelcrawl.geo.datum import convert

Ask = Callable[..., Reply]
SITE = "https://www.mafengwo.cn"


def pagelet(ask: Ask, name: str, params: dict[str, Any]) -> dict[str, Any]:
    address = f"https://pagelet.mafengwo.cn/{name}?params={quote(json.dumps(params))}"
    answer: dict[str, Any] = json.loads(ask(Mafengwo, address).body)["data"]
    return answer


def rest(ask: Ask, **form: Any) -> dict[str, Any]:
    body = urlencode({"sAct": "KMdd_StructWebAjax|GetPoisByTag", "iTagId": 0, **form}).encode()
    answer: dict[str, Any] = json.loads(ask(Mafengwo, f"{SITE}/ajax/router.php", method="POST", body=body).body)
    return answer


def test_robots_closes_the_site(ask: Ask) -> None:
    assert "Disallow: /\n" in ask(Mafengwo, f"{SITE}/robots.txt").body.decode()
    assert ask(Mafengwo, "https://pagelet.mafengwo.cn/robots.txt").status == 404


def test_list_page_and_its_script_reach_every_sight_of_a_city(ask: Ask, world: World) -> None:
    page = Selector(ask(Mafengwo, f"{SITE}/jd/10035/gonglve.html").body.decode())
    assert len(page.css(".row-top5 .item.clearfix")) == 5
    assert page.css(".rev-total em::text").get()
    found: set[str] = set()
    for number in range(1, 9):
        data = rest(ask, iMddid=10035, iPage=number)["data"]
        found |= set(Selector(data["list"] or "<p>").css("a::attr(href)").re(r"/poi/(\d+)"))
    assert found == {one.ref for one in world.shelves["mafengwo"].listings if one.adcode[:4] == "5101"}
    assert rest(ask, iMddid=1)["succ"] is False
    assert ask(Mafengwo, f"{SITE}/jd/1/gonglve.html").status == 404
    assert ask(Mafengwo, f"{SITE}/cy/10035/gonglve.html").status == 200


def test_place_page_says_all_but_the_position(ask: Ask, world: World) -> None:
    listing = max(
        world.shelves["mafengwo"].listings, key=lambda one: (bool(one.price), len(one.phones), one.hours or "")
    )
    text = ask(Mafengwo, f"{SITE}/poi/{listing.ref}.html").body.decode()
    page = Selector(text)
    assert page.css("h1::text").get() == listing.name
    assert f"成人票:{listing.price:g}人民币" in text
    assert page.css(".mod-location .mhd p.sub::text").get("").endswith(listing.address or "")
    assert (
        page.css('[data-api=":poi:pagelet:poiLocationApi"]::attr(data-params)').get() == f'{{"poi_id":"{listing.ref}"}}'
    )
    assert f"{listing.lat:.3f}" not in text


def test_location_pagelet_gives_gcj02_and_neighbours(ask: Ask, world: World) -> None:
    listing: Listing = world.shelves["mafengwo"].listings[0]
    data = pagelet(ask, "poi/pagelet/poiLocationApi", {"poi_id": listing.ref})
    poi = data["controller_data"]["poi"]
    off = metres((listing.lon, listing.lat), convert(float(poi["lng"]), float(poi["lat"]), "GCJ-02", "WGS-84"))
    assert off is not None
    assert off < 0.2
    assert Selector(data["html"]).css("li[data-id][data-lat][data-lng]")
    assert pagelet(ask, "poi/pagelet/poiLocationApi", {"poi_id": "1"}) == {"html": "", "controller_data": {}}


def test_five_pages_of_reviews_at_most(ask: Ask, world: World) -> None:
    shelf = world.shelves["mafengwo"]
    listing = max(shelf.listings, key=lambda one: one.review_count or 0)
    seen: list[str] = []
    for number in range(1, 8):
        data = pagelet(ask, "poi/pagelet/poiCommentListApi", {"poi_id": listing.ref, "page": number, "just_comment": 1})
        page = Selector(data["html"])
        refs = page.css("li.rev-item.comment-item a.useful::attr(data-id)").getall()
        assert len(refs) <= REVIEWS_A_PAGE
        assert page.css(".mhd-large em::text").get() == str(listing.review_count)
        seen += refs
    assert seen == [review.ref for review in shelf.reviews if review.about_ref == listing.ref]


def test_some_pages_hold_their_first_reviews(ask: Ask, world: World) -> None:
    held = {
        listing.ref: "rev-item" in ask(Mafengwo, f"{SITE}/poi/{listing.ref}.html").body.decode()
        for listing in world.shelves["mafengwo"].listings
        if listing.review_count
    }
    assert set(held.values()) == {True, False}


def test_notes_are_listed_and_link_places(ask: Ask, world: World) -> None:
    note = world.shelves["mafengwo"].notes[0]
    city = note.city.mafengwo
    assert f"/i/{note.ref}.html" in ask(Mafengwo, f"{SITE}/travel-scenic-spot/mafengwo/{city}.html").body.decode()
    page = Selector(ask(Mafengwo, f"{SITE}/i/{note.ref}.html").body.decode())
    assert page.css(".add_pic::attr(data-poiid)").getall() == [one.ref for one in note.mentions]
    assert page.css(".vi_con h1::text").get() == note.title
    latest = pagelet(ask, "note/pagelet/recommendNoteApi", {"type": 3, "objid": city, "page": 1})["html"]
    assert len(Selector(latest).css(".tn-item")) == len(
        [one for one in world.shelves["mafengwo"].notes if one.city is note.city]
    )
    assert ask(Mafengwo, f"{SITE}/i/1.html").status == 404


def test_search_cities_jsonp_and_rubbish(ask: Ask, world: World) -> None:
    listing = world.shelves["mafengwo"].listings[0]
    assert (
        f"/poi/{listing.ref}.html" in ask(Mafengwo, f"{SITE}/search/q.php?t=poi&q={quote(listing.name)}").body.decode()
    )
    note = world.shelves["mafengwo"].notes[0]
    words = quote(note.title or "")
    assert f"/i/{note.ref}.html" in ask(Mafengwo, f"{SITE}/search/s.php?t=notes&q={words}").body.decode()
    assert "/travel-scenic-spot/mafengwo/10099.html" in ask(Mafengwo, f"{SITE}/mdd/").body.decode()
    wrapped = ask(Mafengwo, "https://pagelet.mafengwo.cn/poi/pagelet/poiTicketsApi?callback=jQuery1_2&params=").body
    assert wrapped.startswith(b"jQuery1_2({")
    assert pagelet(ask, "poi/pagelet/poiCommentListApi", {"poi_id": "1"})["html"] == ""
    assert ask(Mafengwo, f"{SITE}/travel-scenic-spot/mafengwo/1.html").status == 404
