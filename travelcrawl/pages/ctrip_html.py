"""What is read off Ctrip's HTML: whose page it is, facts of a sight, rows of a list, a travel note."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import attrs
from parsel import Selector
from web_poet import HttpResponse

from travelcrawl.items import Listing, Mention, Offer
from travelcrawl.pages.ctrip_parts import REVIEWS, SIGHT, rating, ticket
from travelcrawl.pages.fields import (
    MOST,
    absolute,
    attribute,
    dig,
    first,
    found,
    html,
    prose,
    split,
    state,
    texts,
    whole,
    words,
)

LEVEL = re.compile(r"(?<!\d)([1-5]A)(?![A-Za-z])")
POINTS = re.compile(r"(?<![\d.])([0-5]\.\d)\s*分")
SCORE = re.compile(r"^\D{0,9}(\d(?:\.\d+)?)")
PRICE = re.compile(r"[¥￥]\s*(\d{1,6}(?:\.\d+)?)")
DAY_OF_NOTE = re.compile(r"(\d{4})[.-](\d\d?)[.-](\d\d?)")
WRITTEN = re.compile(r"发表\D{0,9}(\d{4})[.-](\d\d?)[.-](\d\d?)")
MEMBER = re.compile(r"/members/([\w-]+)")


def facts_of(page: Selector) -> dict[str, str | None]:
    """Return the facts that the page of a sight shows, by what it calls them: of now, and of 2015-2022."""
    rows = [(row.css(".baseInfoTitle"), row.css(".baseInfoText")) for row in page.css(".baseInfoItem")]
    rows += [(row.css(".s_sight_classic"), row.css(".s_sight_con")) for row in page.css("li")[:MOST]]
    rows += [(row.css("dt"), row.css("dd")) for row in page.css("dl.s_sight_in_list")]
    named = {re.sub(r"[\s：:]", "", words(title) or ""): words(value) for title, value in rows}
    address = re.sub(r"^地址[：:]\s*", "", words(page.css(".s_sight_addr")[:1]) or "") or None
    return {"地址": address, **{name: value for name, value in named.items() if name}}


def with_shown(sight: Listing, page: Selector) -> Listing:
    """Return a sight with what its page shows and its state has not said."""
    facts = facts_of(page)
    count = found(REVIEWS, words(page.css(".hover-underline")) or "")
    shown = {
        "name": words(page.css("h1")[:1]),
        "address": facts.get("地址"),
        "opening_hours": facts.get("开放时间"),
        "phones": split(facts.get("官方电话") or facts.get("电话") or words(page.css(".phoneHeaderItem")[:1])),
        "review_count": whole(count),
        "level": facts.get("等级"),
        **rating(found(SCORE, words(page.css(".commentScoreNum, .detailtop_r_info .score")[:1]) or "")),
    }
    return attrs.evolve(sight, **{name: value for name, value in shown.items() if getattr(sight, name) is None})


def shown_sights(document: Selector) -> Iterator[Listing | Offer]:
    """Yield the sights of a list as its page shows them: rows of 2015-2022, cards with hashed classes since."""
    rows = document.css(".list_mod2, [class*='sightItemCard_box']")[:MOST]
    for row in rows:
        link = row.xpath('.//a[contains(@href, "/sight/")][normalize-space() and not(.//img)]')[:1]
        address, told = attribute(link, "href") or "", words(row) or ""
        ref = found(SIGHT, address)
        if ref is None:
            continue
        listing = Listing(
            platform="ctrip",
            ref=ref,
            url=absolute("https://you.ctrip.com/", address.partition("?")[0]),
            name=attribute(link, "title") or words(link),
            address=words(row.css("dd.ellipsis")[:1]),
            level=found(LEVEL, told.replace(" ", "")),
            review_count=whole(found(REVIEWS, told)),
        )
        score = words(row.css(".score strong")[:1]) or found(POINTS, told)
        yield attrs.evolve(listing, **rating(score))
        price = found(PRICE, words(row.css(".price")[:1]) or "")
        if price:
            yield attrs.evolve(ticket(ref, float(price), "CNY"), lowest="起" in told or None)


def told_note(page: Selector) -> dict[str, Any]:
    """Return what the JSON-LD of a note's page says (title, beginning, day, pictures), {} where there is none."""
    scripts = page.xpath('//script[contains(@type, "ld+json")]').getall()
    data = next((one for script in scripts if isinstance(one := state(script, r">\s*(?=\{)"), dict)), None)
    if data is None:
        return {}
    return {
        "title": first(data, "title"),
        "text": first(data, "description"),
        "complete": False,
        "published_at": first(data, "pubDate"),
        "photos": texts(dig(data, "images")),
    }


def shown_note(page: Selector) -> dict[str, Any]:
    """Return what the page of a travel note for desktops shows (layouts of 2013-2019), {} where it is another."""
    body, head = page.css(".ctd_content, .ctd_main_body")[:1], page.css(".ctd_head_left, .ctd_head_con")[:1]
    told = "\n".join(line for one in body.css("p, h3")[:MOST] if (line := prose(one))) or prose(body)
    if not told:
        return {}
    facts = words(page.css(".ctd_content_controls")) or ""
    said, written = words(head) or "", words(head.css(".time")[:1]) or ""
    day = WRITTEN.search(said) or (None if "更新" in written else DAY_OF_NOTE.search(written))
    sights = Counter(SIGHT.findall(" ".join(body.css('a[href*="/sight/"]::attr(href)').getall())))
    cost = found(re.compile(r"人均\s*[：:]\s*(\d+)"), facts)
    return {
        "title": words(head.css("h1, h2")[:1]),
        "text": told,
        "complete": True,
        "author": found(MEMBER, head.css('a[href*="/members/"]::attr(href)').get() or ""),
        "published_at": "-".join(day.groups()) if day else None,
        "days": found(re.compile(r"天数\s*[：:]\s*(\d+)"), facts),
        "cost": cost,
        "currency": "CNY" if cost else None,
        "photos": texts(
            [absolute("https://you.ctrip.com/", one) for one in body.css("img::attr(data-original)").getall()]
        ),
        "mentions": [Mention(ref=ref, evidence="link", score=1.0, times=times) for ref, times in sights.items()]
        or None,
    }


def address_of(response: HttpResponse, pattern: re.Pattern[str]) -> str | None:
    """Return the address of a page that has the pattern: where it came from, or what it calls itself."""
    own = html(response.text).xpath('//link[@rel="canonical"]/@href | //meta[@property="og:url"]/@content').getall()
    own += re.findall(r'"@id"\s*:\s*"([^"]{1,500})"', response.text[:200_000])
    addresses = (absolute("https://you.ctrip.com/", one) for one in (str(response.url), *own))
    return next((one for one in addresses if one and pattern.search(one)), None)
