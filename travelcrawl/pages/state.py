"""The state that a page's scripts assign to a variable, read by a library (json, chompjs), bounded in size and tries.

Sites write such state as JSON followed by code, or as a JavaScript literal (unquoted keys, ``undefined``, single
quotes): ``undefined`` and ``null`` may come out as those words, which ``fields.given`` takes for nothing.
"""

from __future__ import annotations

import re
from typing import Any

from travelcrawl.pages.fields import state

LONGEST = 16 * 1024 * 1024
"""Characters of a body that are looked at; a longer one has no state. 8 MB of literal take 0.4 s (2026-11-22)."""
TRIES = 4
"""Assignments to one name that are tried: scripts test a variable before they set it."""


def assigned(body: str, *names: str) -> dict[str, Any] | list[Any] | None:
    """Return the object or array that a script assigns to the first of the names that has one.

    A body that is itself such a literal (a stored state) is that state. None where there is none.
    """
    if len(body) > LONGEST:
        return None
    if body.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return _holder(state(body.lstrip("\ufeff \t\r\n"), 0))
    for name in names:
        starts = re.finditer(rf"""{re.escape(name)}["']?\]?\s{{0,9}}=\s{{0,9}}(?=[{{\[])""", body)
        for found, _ in zip(starts, range(TRIES), strict=False):
            value = _holder(state(body, found.end()))
            if value is not None:
                return value
    return None


def _holder(value: Any) -> dict[str, Any] | list[Any] | None:
    return value if isinstance(value, dict | list) else None
