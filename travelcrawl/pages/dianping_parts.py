"""How Dianping's pages are read: values shown in glyphs are told from plain ones, and shops and reviews made of the latter.

Numbers and parts of words stand in glyphs that only the page's own fonts or sprites draw: ``<svgmtsi>`` and characters of
the private use area (2019-11), empty elements with a class of their own (2018: ``<span class="fr-aB1c">``, 2018-12:
``<d class="zl-tvPf">``, 2019-04: ``<span class="obz86q">``). They are not decoded: such a value is None and its field's
name is in ``hidden``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import attrs
from parsel import Selector, SelectorList

from travelcrawl.items import Offer, Review, SearchPage
from travelcrawl.pages.base import TravelPage
from travelcrawl.pages.fields import absolute, attribute, html, text, words
from travelcrawl.pages.social import count, identifier, pictures, plain
from travelcrawl.pages.state import assigned

MOST_ROWS = 100
"""Rows of a list that are read; the site's have 15 shops or reviews."""
LONGEST_PAGE = 1_000_000
"""Characters of a page that are read: three times the longest recorded (2019-11), and 2 s of work where they are hostile."""
HOME = "https://www.dianping.com"
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
# An editor that indents a page puts blanks into empty elements.
_GLYPHS = (
    ".//svgmtsi | .//*[@class and not(*) and not(normalize-space())"
    " and not(self::i or self::img or self::br or self::a or self::input)]"
)
_MARKED = re.compile("<\\w{1,8} class=|&#x|[\ue000-\uf8ff]")
_QUOTED = re.compile(r'<(\w{1,8}) class="([\w-]{1,20})">')
_STARS = re.compile(r"(?:str|star[_-]?)(\d{1,2})\b")
_SHOP = re.compile(r"/shop/(\w{4,32})\b", re.ASCII)


class HtmlPage(TravelPage[SearchPage]):
    """A page of this platform, as HTML of bounded length."""

    @cached_property
    def document(self) -> Selector:
        """The beginning of the page, whatever it holds."""
        return html(self.response.text[:LONGEST_PAGE])


def is_obfuscated(node: Selector) -> bool:
    """Say whether a part of a node's text is in glyphs."""
    return bool(_PRIVATE.search(node.xpath("string()").get(""))) or node.xpath(f"boolean({_GLYPHS})").get() == "1"


@attrs.define
class Shown:
    """Reads values that are shown as they are, and notes the fields of those that are not."""

    fields: list[str] = attrs.field(factory=list)

    def value(self, field: str, nodes: SelectorList[Selector]) -> str | None:
        """Return the text of the first node; None where there is none, or it is in glyphs."""
        for node in nodes[:1]:
            found = words(node)
            if not is_obfuscated(node) and "**" not in (found or ""):
                return found
            self.hide(field)
        return None

    def said(self, field: str, value: Any) -> str | None:
        """Return a text of the page's state; None where it is none, or holds glyphs (in 2020-11 names and addresses do)."""
        found = text(value)
        if found is None or not _MARKED.search(found):
            return found
        self.hide(field)
        return None

    def hide(self, field: str) -> None:
        """Note that a field is not shown as it is."""
        if field not in self.fields:
            self.fields.append(field)

    def hidden(self, **known: Any) -> list[str] | None:
        """Return the fields in glyphs, but for those known from elsewhere on the page."""
        return [field for field in self.fields if known.get(field) is None] or None


def stars(node: Selector | SelectorList[Selector]) -> str | None:
    """Return the stars under a node on a scale to 50 (``sml-str45``, five times ``star_45``); None where it has none."""
    marks = node.xpath('.//*[contains(@class, "str") or contains(@class, "star")]/@class')
    found = {value for mark in marks.getall() for value in _STARS.findall(mark)}
    return found.pop() if len(found) == 1 and found != {"0"} and found != {"00"} else None


def state_of(body: str) -> Any:
    """Return ``shop_config``; the glyphs that stand in its texts since 2020 have quotes that would end these."""
    return assigned(_QUOTED.sub(r"<\1 class='\2'>", body[:LONGEST_PAGE]), "shop_config")


@attrs.frozen(kw_only=True)
class ShopPath:
    """The path to a shop that a page for desktops shows: channel, categories, district, area, name."""

    categories: list[str]
    regions: list[str]
    name: str | None

    @classmethod
    def of(cls, page: Selector, city: str) -> ShopPath:
        """Read the path; what a link leads to is told by the codes at its end (``g110``, ``r5``, ``g110r5``)."""
        categories: list[str] = []
        regions: list[str] = []
        for link in page.css(".breadcrumb a")[:10]:
            code, name = (attribute(link, "href") or "").rstrip("/").rpartition("/")[2], words(link)
            if name and not is_obfuscated(link):
                kind = regions if re.fullmatch(r"[rc]\d+", code) else categories
                # Only the first link, the channel, has the city before it (上海美食); areas may begin with its name too.
                kind.append(name.removeprefix(city) if not categories and not regions else name)
        last = page.css(".breadcrumb > span")[-1:]
        return cls(
            categories=categories, regions=regions, name=None if last and is_obfuscated(last[0]) else words(last)
        )

    @property
    def district(self) -> str | None:
        """The district, where the first region is one."""
        found = re.fullmatch(r"[\u4e00-\u9fff]{1,8}(?<!地)[区县市]", self.regions[0]) if self.regions else None
        return found and found.group()


def shop_ref(address: Any) -> str | None:
    """Return the id of the shop that an address leads to: digits until 2019, now 16 letters and digits."""
    found = _SHOP.search(text(address) or "")
    return found.group(1) if found else None


def shop_url(ref: str) -> str:
    """Return the page of a shop."""
    return f"{HOME}/shop/{ref}"


def place_of(page: Selector) -> dict[str, str]:
    """Return province and city, which a meta element names (``province=广东;city=广州;``)."""
    named = page.css('meta[name="location"]::attr(content)').get("")
    return dict(re.findall(r"(province|city)=([^;=]{1,40})", named))


def per_head(ref: str, shown: str | None) -> list[Offer]:
    """Return what a guest spends on average (``人均:88元``, ``¥118/人``)."""
    amount = re.search(r"\d{1,7}(?:\.\d+)?", shown or "")
    if amount is None:
        return []
    return [Offer(platform="dianping", ref=ref, what="per_head", amount=amount.group(), currency="CNY", unit="person")]


def reviews_of(page: Selector, about: str | None) -> Iterator[Review]:
    """Yield the reviews on a page: the shop's, the one of all reviews (both for desktops), or the phone's."""
    lists = (page.css(name)[:1] for name in ("#reviewlist-wrapper", ".reviews-items", "div.comment-list"))
    rows = [row for found in lists for row in found.xpath("./li | ./ul/li | ./div[@data-id]")[:MOST_ROWS]]
    for row in rows:
        review = review_of(row, about)
        if review is not None:
            yield review


def review_of(row: Selector, about: str | None) -> Review | None:
    """Return a review, None where it has no id. A page for phones gives people's names only, and no dates."""
    ref = identifier(attribute(row, "data-id")) or identifier(row.css(".actions [data-id]::attr(data-id)").get())
    if ref is None:
        return None
    said = Shown()
    member = re.search(r"/member/(\w{1,40})", row.css('a[href*="/member/"]::attr(href)').get(""))
    rating = stars(row.css(".review-rank, .content, .info, .comment-rst") or row)
    published = re.search(r"\d{2,4}-\d\d(?:-\d\d)?(?: \d\d:\d\d)?", words(row.css(".time")) or "")
    liked = row.xpath('.//*[contains(@class, "praise")]/following-sibling::em[1] | .//*[contains(@class, "praise")]')
    images = row.css(".review-pictures img, .photos img, .imgFrame img, .shop-photo img")
    return Review(
        platform="dianping",
        ref=ref,
        about_ref=about,
        author=member.group(1) if member else words(row.css(".name, .userNickName")[:1]),
        source_rating=rating,
        rating_scale=50.0 if rating else None,
        text=review_text(row, said),
        published_at=re.sub(r"^(?=\d\d-\d\d-\d\d)", "20", published.group()) if published else None,
        likes=count(" ".join(liked.css("::text").getall())) or mentioned(row, "赞"),
        replies=mentioned(row, "评论"),
        photos=pictures(
            absolute(HOME, first_of(image, "data-big", "data-src", "data-lazyload", "src")) for image in images
        ),
        hidden=said.hidden(),
    )


def review_text(row: Selector, said: Shown) -> str | None:
    """Return what a review says, whole where the page has it so."""
    for query in (
        ".desc.J-desc",
        ".review-words",
        ".review-truncated-words",
        ".desc",
        ".comment-entry",
        ".J_brief-cont",
    ):
        for node in row.css(query)[:1]:
            if is_obfuscated(node):
                said.hide("text")
                return None
            node.css(".less-words, .more-words")[:2].drop()
            return plain(node.get())
    return None


def mentioned(row: Selector, word: str) -> int | str | None:
    """Return the number after a word in the figures under a review for phones (``赞67``)."""
    figures = (words(figure) or "" for figure in row.css(".comment-info span"))
    return next((count(figure) for figure in figures if figure.startswith(word)), None)


def first_of(node: Selector, *names: str) -> str | None:
    """Return the first attribute of a node that is given."""
    return next((value for value in (attribute(node, name) for name in names) if value), None)
