"""What all page objects share: how a page says what it reads, and how the page for an answer is found.

A platform's module defines page classes and, where the platform has signs of its own, ``RULES`` (access/verdicts.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar

import attrs
from itemadapter import ItemAdapter
from parsel import Selector
from web_poet import HttpResponse, PageParams, WebPage

from travelcrawl.access.verdicts import Answer, Judgement, Rule, Verdict, VerdictPolicy
from travelcrawl.errors import UsageError
from travelcrawl.items import Area, Item, Link, Listing, Note, Offer, Review, SearchPage
from travelcrawl.pages import SHARED
from travelcrawl.pages.fields import from_json, html

EVERY_BYTE = bytes(range(256)) * 2
ItemT = TypeVar("ItemT", Listing, Review, Note, Offer, SearchPage)


def readable(response: HttpResponse) -> HttpResponse:
    """Return an answer whose text can be read: as UTF-8 where the encoding it declares is none of text.

    Templates leave ``charset=undefined``, which Python knows as a codec that always raises (fuzzed, 2026-11-22).
    """
    declared = response.body.bom_encoding() or response.headers.declared_encoding() or response.body.declared_encoding()
    if declared is None or _is_of_text(declared):
        return response
    return HttpResponse(response.url, response.body, status=response.status, headers=response.headers, encoding="utf-8")


@lru_cache(maxsize=64)
def _is_of_text(encoding: str) -> bool:
    if "escape" in encoding:
        return False
    try:
        EVERY_BYTE.decode(encoding, "replace")
    except (LookupError, ValueError):
        return False
    return True


@attrs.define(slots=False)
class TravelPage(WebPage[ItemT], Generic[ItemT]):
    """Base of all page objects: reads one answer (``self.response``) of one platform.

    ``params`` carries what the request knew and the answer does not say (page number, district, …); it is empty where a
    stored answer is read.
    """

    response: HttpResponse = attrs.field(converter=readable)
    params: PageParams = attrs.field(factory=PageParams)  # type: ignore[type-arg] # andi resolves it by the bare class

    patterns: ClassVar[tuple[str, ...]] = ()
    """Regular expressions searched in the URL: this page reads such addresses."""
    gives: ClassVar[frozenset[str]] = frozenset({"listings"})
    """What it leads to, in the words of ``-a what=``: listings, reviews, notes. Offers come with their listings."""
    expects: ClassVar[tuple[str, ...]] = ()
    """Fields that every listing, review or note of this page should have: a missing one is reported."""

    is_json: ClassVar[bool] = False
    """True where the answer is JSON (or JSONP)."""

    def covered(self) -> Area | None:
        """Return the area that has been listed whole with this answer, None where it is none or not all of it."""
        return None

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:  # noqa: ARG003 - a hook
        """Say whether the answer has the structure this page reads, whatever its address (for stored answers)."""
        return False

    @cached_property
    def data(self) -> Any:
        """The answer as JSON, a JSONP wrapper taken off; None where it is none."""
        return json_of(self.response)

    @cached_property
    def document(self) -> Selector:
        """The answer as HTML, whatever it holds."""
        return html(self.response.text)


def json_of(response: HttpResponse) -> Any:
    """Return an answer as JSON, a JSONP wrapper taken off; None where it is none. For ``fits``."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return from_json(response.text)


class Said(ItemAdapter):
    """What an item says, without the fields that are None: the form of fixtures, which a new field leaves as they are."""

    def asdict(self) -> dict[str, Any]:
        """Return it as nested dicts."""
        said: dict[str, Any] = _said(super().asdict())
        return said


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(part) for key, part in value.items() if part is not None}
    return [_said(part) for part in value] if isinstance(value, list) else value


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
    """Return the platform's own verdict rules; none where there is no such platform (a spider of another project)."""
    try:
        return getattr(_module(platform), "RULES", ())
    except UsageError:
        return ()


def envelopes_of(platform: str) -> tuple[str, ...]:
    """Return where the platform's answers hold what a note may quote alone (``pages.stored``)."""
    envelopes: tuple[str, ...] = getattr(_module(platform), "ENVELOPES", ())
    return envelopes


def page_for(platform: str, response: HttpResponse) -> type[TravelPage[Any]] | None:
    """Find the page class that reads a stored answer: by structure and address, else by address, else by structure."""
    pages, response = list(pages_of(platform).values()), readable(response)
    addressed = [page for page in pages if any(re.search(pattern, str(response.url)) for pattern in page.patterns)]
    fitting = [page for page in pages if page.fits(response)]
    both = [page for page in addressed if page in fitting]
    return next(iter([*both, *fitting, *addressed]), None)


def parts_of(result: Item | SearchPage) -> tuple[list[Item], list[Link]]:
    """Return the items and links of what a page gave."""
    if isinstance(result, SearchPage):
        return list(result.items), list(result.links)
    return [result], []


def judge(platform: str, answer: Answer, page: type[TravelPage[Any]] | None, response: HttpResponse) -> Judgement:
    """Say what an answer means that a page has read to nothing.

    Where the rules have no objection, the structure decides: what the page reads is there and holds nothing (empty), or
    the address is one that it reads and the structure is missing (soft-blocked; malformed where JSON was due).
    """
    judgement, response = VerdictPolicy(rules_of(platform)).judge(answer), readable(response)
    if judgement.verdict is not Verdict.OK:
        return judgement
    if page is None:
        return Judgement(Verdict.EMPTY, f"nothing in it that a page object of {platform} reads")
    if page.fits(response):
        return Judgement(Verdict.EMPTY, f"{page.__name__} has read it, and it holds no item")
    if page.is_json and json_of(response) is None:
        return Judgement(Verdict.MALFORMED, f"the address is one of {page.__name__}, but the answer is not JSON")
    return Judgement(Verdict.SOFT_BLOCKED, f"the address is one of {page.__name__}, but what it reads is not there")


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
    if not platform.isidentifier() or platform in SHARED or "_" in platform:
        raise UsageError(f"there is no platform {platform!r}; scrapy list names the known ones")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise UsageError(f"there is no platform {platform!r}; scrapy list names the known ones") from None
