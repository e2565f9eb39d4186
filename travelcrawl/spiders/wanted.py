"""Which of the things and links that a page gives a run takes: what it asks for, up to its limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import attrs

from travelcrawl.items import Item, Link, Offer, Review
from travelcrawl.pages.base import TravelPage
from travelcrawl.spiders.query import Query


@attrs.frozen(kw_only=True)
class Wanted:
    """Leave out what a run does not ask for and what lies past its limit.

    ``kept`` counts, by ref, how often the things that the limit counts were given. It is the spider's and not kept here:
    an answer is read a second time on a copy of the spider (middlewares/rereading.py), which must take no place.
    """

    what: frozenset[str]
    """Layers the run asks for: listings, reviews, notes."""
    limit: int | None
    gives: Mapping[str, frozenset[str]]
    """Page class → layers that it leads to."""
    main: str
    """The layer that the limit counts: notes, where the run asks for no listings or the platform has none."""

    @classmethod
    def of(cls, query: Query, pages: Mapping[str, type[TravelPage[Any]]]) -> Self:
        """Build for a query and the pages of its platform."""
        gives = {name: page.gives for name, page in pages.items()}
        given = frozenset[str]().union(*gives.values())
        main = "listings" if "listings" in query.what & given else "notes"
        return cls(what=query.what, limit=query.limit, gives=gives, main=main)

    @property
    def is_all(self) -> bool:
        """True where no listing that a page gives is left out."""
        return self.limit is None and "listings" in self.what

    def items(self, items: Iterable[Item], kept: Counter[str]) -> Iterator[Item]:
        """Yield what the run asked for, within its limit: a review or an offer only where what it is about was kept."""
        for item in items:
            layer = layer_of(item)
            if layer in self.what and self._is_within(layer, item, kept):
                yield item

    def _is_within(self, layer: str, item: Item, kept: Counter[str]) -> bool:
        if self.limit is None or layer not in (self.main, "reviews"):
            return True
        ref = item.about_ref if isinstance(item, Review) else item.ref
        if self._takes_a_place(item) and (item.ref in kept or len(kept) < self.limit):
            kept[item.ref] += 1
        return ref in kept

    def _takes_a_place(self, item: Item) -> bool:
        return layer_of(item) == self.main and not isinstance(item, Offer)

    def give_back(self, items: Iterable[Item], kept: Counter[str]) -> None:
        """Free the places of the limit that items have taken."""
        for item in items:
            if self._takes_a_place(item) and item.ref in kept:
                kept[item.ref] -= 1
                if not kept[item.ref]:
                    del kept[item.ref]

    def links(self, links: Iterable[Link], kept: Counter[str]) -> Iterator[Link]:
        """Yield the links to what the run asked for; once its limit is reached, only those about what it keeps."""
        full = self.limit is not None and len(kept) >= self.limit
        for link in links:
            gives = self.gives[link.page] & self.what
            if gives and (
                not full or (self.main not in gives and "ref" not in link.params) or link.params.get("ref") in kept
            ):
                yield link


def layer_of(item: Item) -> str:
    """Return the layer that an item belongs to, in the words of ``-a what=``: offers come with their listings."""
    return "listings" if isinstance(item, Offer) else f"{type(item).__name__.lower()}s"
