"""What Mafengwo's pages are made of: how a place, its neighbours, a review, a note, a mention are read."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import attrs
from parsel import Selector, SelectorList
from web_poet import HttpResponse

from travelcrawl.items import Listing, Mention, Note, Offer, Review
from travelcrawl.pages.base import TravelPage
from travelcrawl.pages.fields import (
    MOST,
    attribute,
    first,
    found,
    from_json,
    lonlat,
    prose,
    query,
    split,
    state,
    text,
    texts,
    whole,
    words,
)
from travelcrawl.pages.mafengwo_links import SITE

POI = re.compile(r"/poi/(\d+)\.html")
NOTE = re.compile(r"/i/(\d+)\.html")
USER = re.compile(r"/u/(\d+)")
DESTINATION = re.compile(r"/travel-scenic-spot/mafengwo/(\d+)")
_OWN_POI = re.compile(r'<link\b[^<>]{0,200}/poi/(\d+)\.html"[^<>]{0,99}>')
_OWN_NOTE = re.compile(r'<link\b[^<>]{0,200}/i/(\d+)\.html"[^<>]{0,99}>')
_PAGELET = re.compile(r':poi:pagelet:poi\w+Api"[^<>]{0,99}"poi_id"\s*:\s*"?(\d+)')
LIST_MARKS = ("row-top5", "row-allScenic", "scenic-list", "poi-list", "att-list", "rev-total")
NOTE_MARKS = ("_j_content_box", "_j_note_content", "pnl_contentinfo")
BODY = "._j_content_box, #pnl_contentinfo, .vc_article"
"""What holds the text of a note: of now, and of the two layouts before."""
COUNT = re.compile(r"(\d+)")
VIEWS = re.compile(r"(\d+)\s*/\s*\d+")
_LIST = re.compile(r"/(?:jd|cy|gw|yl)/(\d+)|/mafengwo/(\d+)")
_KIND = re.compile(r"^(?:景点|美食|餐厅|购物|娱乐) - ")
_STARS = re.compile(r"\bs-star([1-5])\b")
_ADULT = re.compile(r"^\s*成人票\s*[:\uff1a]\s*(\d+(?:\.\d+)?)\s*(?:人民币|元)")


def env_of(response: HttpResponse) -> dict[str, Any]:
    """Return ``window.Env``, {} where there is none."""
    data = state(response.text, r"\bwindow\.Env\s*=\s*(?=\{)")
    return data if isinstance(data, dict) else {}


def poi_of(response: HttpResponse) -> str | None:
    """Return the number of the place that a page is about, as its scripts, itself, its pagelets or its address say."""
    page = response.text
    own = first(env_of(response), "poiid") or found(_OWN_POI, page) or found(_PAGELET, page.replace("&quot;", '"'))
    return own or found(POI, str(response.url))


def note_number(response: HttpResponse) -> str | None:
    """Return the number of the note that a page is, as its scripts, itself or its address say."""
    return first(env_of(response), "iid") or found(_OWN_NOTE, response.text) or found(NOTE, str(response.url))


def place_of(response: HttpResponse, page: Selector, ref: str, facts: dict[str | None, str | None]) -> Listing:
    """Return the place that a page is about; ``facts`` are those of the page."""
    env = env_of(response)
    city = first(env, "mddname") or words(page.css(".crumb .drop .hd")[:1])
    kind = words(page.css(".crumb .item.cur")) or ""
    return Listing(
        platform="mafengwo",
        ref=ref,
        url=f"{SITE}/poi/{ref}.html",
        name=words(page.css("h1")[:1]) or first(env, "poiname"),
        name_en=words(page.css(".title .en")),
        category=kind.removeprefix(city or "") or None,
        city=city,
        address=words(page.css(".mod-location .mhd p.sub")),
        phones=split(words(page.css(".mod-detail .tel .content")), ";；、"),
        website=words(page.css(".mod-detail .item-site .content")),
        opening_hours=facts.get("开放时间"),
        review_count=whole(found(COUNT, words(page.css('[data-scroll="commentlist"], .mhd-large em')) or "")),
        summary=prose(page.css(".mod-detail .summary")),
        photos=texts(page.css(".row-picture img::attr(src)").getall()),
    )


def facts_of(page: Selector) -> dict[str | None, str | None]:
    """Return the facts in a place's page, by what it calls them."""
    return {words(one.css("dt")): unfolded(one.css("dd")) for one in page.css(".mod-detail dl")}


def unfolded(node: SelectorList[Selector]) -> str | None:
    """Return a fact whose page shows its beginning only, without the words by which the rest is shown."""
    return re.sub(r"\s*展开全部\s*[>＞]?$", "", words(node) or "") or None


def outermost(nodes: SelectorList[Selector]) -> list[Selector]:
    """Return the nodes that lie in none of the others, at most MOST.

    Rows lie within rows on hostile pages only; to read each of these takes the square of their number.
    """
    kept: list[Selector] = []
    for node in nodes[:MOST]:
        if not kept or all(above is not kept[-1].root for above in node.root.iterancestors()):
            kept.append(node)
    return kept


def destination_of(response: HttpResponse) -> str | None:
    """Return the number of the destination that a page is about."""
    address = _LIST.search(str(response.url))
    if address is not None:
        return address.group(1) or address.group(2)
    return first(env_of(response), "mddid") or found(re.compile(r"'iMddid'\s*:\s*(\d+)"), response.text)


def asked_for(page: TravelPage[Any]) -> str | None:
    """Return the place that a pagelet was asked for: the request knew, or its address says so."""
    asked = from_json(query(str(page.response.url), "params") or "")
    return text(page.params.get("ref")) or first(asked, "poi_id")


def placed(ref: str, name: str | None, lon: Any, lat: Any, kind: str | None) -> Listing:
    """Return a place of which little more than the position is known."""
    position = lonlat(lon, lat)
    return Listing(
        platform="mafengwo",
        ref=ref,
        url=f"{SITE}/poi/{ref}.html",
        name=name,
        category_code=kind,
        source_lon=position and position[0],
        source_lat=position and position[1],
        datum=position and "GCJ-02",
    )


def places_near(page: Selector) -> Iterator[Listing]:
    """Yield the neighbours that a map lists."""
    for one in outermost(page.css("li[data-id][data-lat][data-lng]")):
        ref = attribute(one, "data-id")
        if ref is not None:
            name = attribute(one, "data-name") or words(one.css("a")[:1]) or words(one)
            yield placed(ref, name, attribute(one, "data-lng"), attribute(one, "data-lat"), attribute(one, "data-type"))


def ranked(row: Selector, city: str | None) -> Iterator[Listing]:
    """Yield a place that a list shows at length, and those it says are within.

    Its line about the place and its thumbnails are left out: the place's own page has others, and a record that takes
    them in turn would change with every visit.
    """
    heading = row.css('h3 a[href*="/poi/"]')[:1]
    ref = found(POI, attribute(heading, "href") or "")
    if ref is None:
        return
    yield Listing(
        platform="mafengwo",
        ref=ref,
        url=f"{SITE}/poi/{ref}.html",
        name=attribute(heading, "title") or words(heading),
        city=city,
        review_count=whole(words(row.css(".rev-total em")[:1])),
    )
    for inner in named(row.css(".links"), city):
        if inner.ref != ref:
            yield attrs.evolve(inner, parent=ref)


def named(page: Any, city: str | None) -> Iterator[Listing]:
    """Yield the places that are linked by name."""
    for one in outermost(page.css('a[href*="/poi/"]')):
        ref = found(POI, attribute(one, "href") or "")
        name = attribute(one, "title") or words(one.css("h3")[:1]) or words(one)
        if ref is not None and name is not None:
            yield Listing(
                platform="mafengwo",
                ref=ref,
                url=f"{SITE}/poi/{ref}.html",
                name=_KIND.sub("", name),
                city=city,
            )


def reviews_in(page: Selector, about: str | None) -> Iterator[Review]:
    """Yield the reviews of a list; answers to them are left out."""
    for one in outermost(page.css("li.rev-item.comment-item")):
        author = found(USER, one.css("a.name::attr(href), .user a::attr(href)").get() or "") or words(one.css("a.name"))
        body, moment = prose(one.css(".rev-txt")), words(one.css(".info .time")[:1])
        number = one.css("a.useful::attr(data-id), textarea::attr(data-comment_id)").get()
        stars = found(_STARS, " ".join(one.css(".s-star::attr(class)").getall()))
        yield Review(
            platform="mafengwo",
            ref=text(number) or digest(about, author, moment, body),
            about_ref=about,
            author=author,
            source_rating=whole(stars),
            rating_scale=5.0 if stars else None,
            text=body,
            published_at=moment,
            likes=whole(words(one.css(".useful-num")[:1])),
            photos=texts(one.css(".rev-img img::attr(src)").getall()),
        )


def digest(*parts: str | None) -> str:
    """Return what stands for the number of a review that shows none."""
    return hashlib.sha256("\0".join(part or "" for part in parts).encode("utf-8", "replace")).hexdigest()[:16]


def ticket_of(ref: str, said: str | None) -> Iterator[Offer]:
    """Yield the price for an adult, where the text on tickets begins with it, or that it is free."""
    amount = "0" if said in ("免费", "免费开放") else found(_ADULT, said or "")
    if amount is not None:
        yield Offer(platform="mafengwo", ref=ref, what="ticket", amount=amount, currency="CNY", unit="person")


def note_of(response: HttpResponse, page: Selector, ref: str) -> Note:
    """Return the note that a page is, as far as the page holds it."""
    env = env_of(response)
    facts = [words(one) or "" for one in page.css(".tarvel_dir_list li")]
    paragraphs = page.css(f":is({BODY}) :is(._j_note_content, .article_title)")[:MOST]
    return Note(
        platform="mafengwo",
        ref=ref,
        url=f"{SITE}/i/{ref}.html",
        title=words(page.css(".vi_con h1, h1.headtext, .post_title h1")[:1]),
        text="\n".join(lines for one in paragraphs if (lines := prose(one))) or None,
        complete=None if env.get("has_more") is None else not env.get("has_more"),
        author=first(env, "author_uid") or found(USER, page.css(".per_name::attr(href)").get() or ""),
        published_at=words(page.css(".vc_time .time")),
        views=whole(found(VIEWS, words(page.css(".vc_time")) or "")),
        likes=whole(words(page.css("._j_up_num")[:1])),
        favourites=whole(words(page.css(".bs_collect span")[:1])),
        travel_date=fact(facts, r"出发时间.*?(\d{4}-\d\d?-\d\d?)"),
        days=fact(facts, r"出行天数.*?(\d+)"),
        cost=fact(facts, r"人均费用.*?(\d+(?:\.\d+)?)"),
        currency="CNY" if fact(facts, r"人均费用.*?\d+(?:\.\d+)?\s*(RMB|元|人民币)") else None,
        photos=texts(page.css(f":is({BODY}) .add_pic img::attr(data-src)").getall()),
        mentions=list(mentions_in(page)) or None,
    )


def mentions_in(page: Selector) -> Iterator[Mention]:
    """Yield the places that a note links by its pictures or in its text, each once, with how often."""
    body = page.css(BODY)[:1]
    refs = [text(ref) for ref in body.css(".add_pic[data-poiid]::attr(data-poiid)").getall()[:MOST]]
    loose = body.xpath(
        './/a[contains(@href, "/poi/")][not(ancestor::*[contains(@class, "add_pic")][@data-poiid])]/@href'
    )
    refs += [found(POI, address) for address in loose.getall()[:MOST]]
    names = {found(POI, attribute(one, "href") or ""): words(one) for one in body.css('a[href*="/poi/"]')[:MOST]}
    for ref, times in Counter(refs).items():
        if ref is not None and ref != "0":
            yield Mention(ref=ref, name=names.get(ref), evidence="link", score=1.0, times=times)


def fact(facts: list[str], pattern: str) -> str | None:
    """Return what the line of facts over a note says that fits a pattern."""
    return next((one for line in facts if (one := found(re.compile(pattern), line))), None)
