from collections import Counter

import pytest

from travelcrawl.items import Item, Link, Listing, Note, Offer, Review
from travelcrawl.spiders.query import WHAT
from travelcrawl.spiders.wanted import Wanted

GIVES = {
    "ListPage": frozenset({"listings"}),
    "ReviewPage": frozenset({"reviews"}),
    "NotePage": frozenset({"notes"}),
    "CityPage": frozenset(WHAT),
}


def wanted(*what: str, limit: int | None = None) -> Wanted:
    layers = frozenset(what) or WHAT
    return Wanted(what=layers, limit=limit, gives=GIVES, main="listings" if "listings" in layers else "notes")


def listings(*refs: str) -> list[Item]:
    return [Listing(platform="demo", ref=ref) for ref in refs]


def refs(items: list[Item]) -> list[str]:
    return [f"{type(item).__name__} {item.ref}" for item in items]


def pages(links: list[Link]) -> list[str]:
    return [f"{link.page} {link.params.get('ref', '')}".strip() for link in links]


LINKS = [
    Link(url="/2", page="ListPage"),
    Link(url="/a", page="ListPage", params={"ref": "a"}),
    Link(url="/a/reviews", page="ReviewPage", params={"ref": "a"}),
    Link(url="/c/reviews", page="ReviewPage", params={"ref": "c"}),
    Link(url="/note", page="NotePage"),
    Link(url="/city", page="CityPage"),
]


@pytest.mark.parametrize(
    ("what", "items", "links"),
    [
        ((), ["Listing a", "Offer a", "Review r", "Note n"], [one.page for one in LINKS]),
        (("listings",), ["Listing a", "Offer a"], ["ListPage", "ListPage", "CityPage"]),
        (("reviews",), ["Review r"], ["ReviewPage", "ReviewPage", "CityPage"]),
        (("notes",), ["Note n"], ["NotePage", "CityPage"]),
    ],
)
def test_what_decides_what_is_kept_and_followed(what: tuple[str, ...], items: list[str], links: list[str]) -> None:
    given = [
        *listings("a"),
        Offer(platform="demo", ref="a", what="ticket"),
        Review(platform="demo", ref="r", about_ref="a"),
        Note(platform="demo", ref="n"),
    ]
    assert refs([*wanted(*what).items(given, Counter())]) == items
    assert [link.page for link in wanted(*what).links(LINKS, Counter())] == links


def test_a_limit_keeps_whole_listings() -> None:
    kept = Counter[str]()
    given = [
        *listings("a", "b", "c", "a"),
        *(Offer(platform="demo", ref=ref, what="ticket") for ref in "abc"),
        *(Review(platform="demo", ref=f"r{ref}", about_ref=ref) for ref in "ac"),
        Note(platform="demo", ref="n"),
    ]
    found = refs([*wanted(limit=2).items(given, kept)])
    assert found == ["Listing a", "Listing b", "Listing a", "Offer a", "Offer b", "Review ra", "Note n"]
    assert kept == {"a": 2, "b": 1}


def test_once_the_limit_is_reached_links_lead_to_what_is_kept_only() -> None:
    found = pages([*wanted(limit=2).links(LINKS, Counter("ab"))])
    assert found == ["ListPage a", "ReviewPage a", "NotePage"]
    assert len([*wanted(limit=2).links(LINKS, Counter("a"))]) == len(LINKS)


def test_where_no_listings_are_asked_for_the_limit_counts_notes() -> None:
    notes = [Note(platform="demo", ref=ref) for ref in "abc"]
    assert refs([*wanted("notes", limit=2).items(notes, Counter())]) == ["Note a", "Note b"]


def test_what_is_given_back_takes_no_place() -> None:
    kept, some = Counter("aab"), wanted(limit=2)
    some.give_back([*listings("a", "c"), Offer(platform="demo", ref="b", what="ticket")], kept)
    assert kept == {"a": 1, "b": 1}
    some.give_back(listings("a", "b", "b"), kept)
    assert not kept


@pytest.mark.parametrize(
    ("what", "limit", "is_all"), [((), None, True), ((), 2, False), (("notes",), None, False)], ids=str
)
def test_areas_are_listed_whole_only_where_no_listing_is_left_out(
    what: tuple[str, ...], limit: int | None, is_all: bool
) -> None:
    assert wanted(*what, limit=limit).is_all is is_all
