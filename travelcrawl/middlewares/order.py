"""What a page gave comes after what the page gave that led to it, although both were held."""

from __future__ import annotations

import asyncio
from itertools import count

import attrs


@attrs.define(eq=False)
class _Waiting:
    turn: asyncio.Future[None]


class Order:
    """Let pages wait for those that led to them.

    A list may say in short what a page says in full: a store that takes the later for the newer would keep the short form. Pages of
    other workers, and of other runs, are not waited for. Memory: the pages that are held.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._begun: dict[str, int] = {}
        """Page → number of its first answer, until what it gave has passed."""
        self._waiting: dict[str, dict[_Waiting, None]] = {}
        self.waiting = 0
        """How many wait for their turn."""

    def begin(self, page: str) -> int:
        """Note that a page was read, and return its number."""
        number = next(self._numbers)
        self._begun.setdefault(page, number)
        return number

    async def turn(self, led_by: str | None, number: int) -> None:
        """Wait until what the page gave that led here has passed, if it was read before this one."""
        if led_by is None or self._begun.get(led_by, number) >= number:
            return
        waiting = _Waiting(asyncio.get_running_loop().create_future())
        self._waiting.setdefault(led_by, {})[waiting] = None
        self.waiting += 1
        try:
            await waiting.turn
        finally:
            self.waiting -= 1

    def passed(self, page: str) -> None:
        """Note that all that a page gave has passed."""
        self._begun.pop(page, None)
        for waiting in self._waiting.pop(page, {}):
            if not waiting.turn.done():
                waiting.turn.set_result(None)

    def clear(self) -> None:
        """Let all pass that wait: what they wait for does not come."""
        for page in [*self._waiting]:
            self.passed(page)
