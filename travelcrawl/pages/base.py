"""What all page objects share: how a page says what it reads, and how the page for an answer is found.

A platform's module defines page classes and, where the platform has signs of its own, ``RULES`` (access/verdicts.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar

import attrs
from web_poet import HttpResponse, PageParams, WebPage

from travelcrawl.access.verdicts import Rule
from travelcrawl.errors import UsageError
from travelcrawl.items import Item, Link, Listing, Note, Offer, Review, SearchPage

ItemT = TypeVar("ItemT", Listing, Review, Note, Offer, SearchPage)


@attrs.define(slots=False)
class TravelPage(WebPage[ItemT], Generic[ItemT]):
    """Base of all page objects: reads one answer (``self.response``) of one platform.

    ``params`` carries what the request knew and the answer does not say (page number, district, …); it is empty where a
    stored answer is read.
    """

    params: PageParams = attrs.field(factory=PageParams)  # type: ignore[type-arg] # andi resolves it by the bare class

    patterns: ClassVar[tuple[str, ...]] = ()
    """Regular expressions searched in the URL: this page reads such addresses."""
    gives: ClassVar[frozenset[str]] = frozenset({"listings"})
    """What it leads to, in the words of ``-a what=``: listings, reviews, notes. Offers come with their listings."""
    expects: ClassVar[tuple[str, ...]] = ()
    """Fields that every listing, review or note of this page should have: a missing one is reported."""

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:  # noqa: ARG003 - a hook
        """Say whether the answer has the structure this page reads, whatever its address (for stored answers)."""
        return False

    @cached_property
    def data(self) -> Any:
        """The answer as JSON; None where it is none."""
        try:
            return self.response.json()
        except (ValueError, RecursionError):
            return None


def pages_of(platform: str) -> dict[str, type[TravelPage[Any]]]:
    """Return the page classes of a platform's module by name.

    Raises UsageError where there is no such platform.
    """
    module = _module(platform)
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, TravelPage)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }


def rules_of(platform: str) -> tuple[Rule, ...]:
    """Return the platform's own verdict rules."""
    return getattr(_module(platform), "RULES", ())


def page_for(platform: str, response: HttpResponse) -> type[TravelPage[Any]] | None:
    """Find the page class that reads a stored answer: by structure and address, else by address, else by structure."""
    pages = list(pages_of(platform).values())
    addressed = [page for page in pages if any(re.search(pattern, str(response.url)) for pattern in page.patterns)]
    fitting = [page for page in pages if page.fits(response)]
    both = [page for page in addressed if page in fitting]
    return next(iter([*both, *fitting, *addressed]), None)


def parts_of(result: Item | SearchPage) -> tuple[list[Item], list[Link]]:
    """Return the items and links of what a page gave."""
    if isinstance(result, SearchPage):
        return list(result.items), list(result.links)
    return [result], []


def missing(page: type[TravelPage[Any]], items: list[Item]) -> Mapping[str, int]:
    """Count, for each expected field (``listing.name``), the items that should have it and do not."""
    counts: dict[str, int] = {}
    for key, item in _expected(page, items):
        field = key.partition(".")[2]
        if getattr(item, field) is None and field not in (item.hidden or ()):
            counts[key] = counts.get(key, 0) + 1
    return counts


def _expected(page: type[TravelPage[Any]], items: list[Item]) -> Iterator[tuple[str, Item]]:
    for item in items:
        kind = type(item).__name__.lower()
        for expected in page.expects:
            if expected.partition(".")[0] == kind:
                yield expected, item


def _module(platform: str) -> Any:
    name = f"travelcrawl.pages.{platform}"
    if not platform.isidentifier() or platform in {"base", "fields"}:
        raise UsageError(f"there is no platform {platform!r}; scrapy list names the known ones")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise UsageError(f"there is no platform {platform!r}; scrapy list names the known ones") from None
