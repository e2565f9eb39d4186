"""How a test waits for what no event tells."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until something holds. Raises TimeoutError after 30 seconds."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def wait_until(
    condition: Callable[[], T],
    seconds: float = 60.0,
    *,
    pause: float = 0.005,
    trouble: Callable[[], object] | None = None,
) -> T:
    """Look again and again, ``pause`` seconds apart, until something holds, and return it.

    Raises TimeoutError after so many seconds, with what ``trouble`` says by then.
    """
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"not so after {seconds:.0f} s: {trouble() if trouble else found}")
        time.sleep(pause)
    return found
