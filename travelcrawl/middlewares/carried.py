"""What links give along to the pages they lead to: a list that lies may lie in that as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from itemadapter import ItemAdapter
from scrapy import Request

from travelcrawl.access.readings import digest

CARRIED = "carried"
"""Meta: what the page gave others along when it was read and not believed."""
GIVEN = "given"
"""Meta: a digest of what a request carries, as it was when it was found: callbacks fill the items that they are given."""
UNKNOWN = -1
"""In place of a digest: nobody knows what is true."""


class Carried:
    """Compare what requests carry to their callbacks, and find the pages that were read with what is false.

    That is their ``cb_kwargs``, as far as these are plain values, rows or items, and rows or items in ``meta``, which holds much else
    of Scrapy and its components. ``name`` gives a page's name. Memory: the pages that were misled.
    """

    def __init__(self, name: Callable[[Request], str]) -> None:
        self.name = name
        self._right: dict[str, int] = {}
        """Name of a page that was misled → what it is to be given."""

    def of(self, requests: Iterable[Request]) -> dict[str, int]:
        """Return a digest of what requests carry, by the names of their pages, of those that carry anything."""
        told = ((one, one.meta.get(GIVEN) or _digest(one)) for one in requests)
        return {self.name(one): given for one, given in told if given}

    def found(self, request: Request, before: dict[str, int]) -> None:
        """Note what a request carries; let it leave once more where its page, not believed ``before``, gave it something else then."""
        if not (given := _digest(request)):
            return
        request.meta[GIVEN] = given
        if before and before.get(name := self.name(request), given) != given:
            request.dont_filter = True
            self._right[name] = given

    def doubt(self, request: Request, given: dict[str, int]) -> None:
        """Take what a page gave for false, though nobody knows what is true: when its request is replayed, theirs leave once more."""
        if given:
            request.meta[CARRIED] = dict.fromkeys(given, UNKNOWN)
            self._right |= request.meta[CARRIED]

    def has_misled(self, request: Request) -> bool:
        """Say whether a page was read with what turned out to be false."""
        given = request.meta.get(GIVEN)
        return bool(given and self._right) and self._right.get(self.name(request), given) != given


def _digest(request: Request) -> int:
    """Return a digest of what a request carries; 0: nothing."""
    rows = {name: value for name, value in request.meta.items() if name != CARRIED and ItemAdapter.is_item(value)}
    given = [(name, _plain(value)) for name, value in (*request.cb_kwargs.items(), *rows.items())]
    return digest(sorted(map(repr, given))) if any(value is not None for _, value in given) else 0


def _plain(value: Any) -> Any:
    """Return what a value says; None where that cannot be told."""
    if ItemAdapter.is_item(value):
        return {name: _plain(one) for name, one in ItemAdapter(value).items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float) else None
