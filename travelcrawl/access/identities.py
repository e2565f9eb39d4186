"""Who a session seems to be: headers and viewport that agree with each other."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class Identity:
    """A coherent set of headers and viewport a session wears."""

    headers: Mapping[str, str]
    """User-Agent, Accept, Accept-Language and client hints, in the order the browser sends them."""
    viewport: tuple[int, int] = (1366, 768)
    """CSS pixels, width and height."""
    mobile: bool = False
