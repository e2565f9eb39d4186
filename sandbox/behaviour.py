"""The seam for misbehaviour: what stands between a request and the platform's honest answer.

A behaviour is asked before the platform and may answer in its place, or look at the answer and change it. Faults are
behaviours; rate limits, challenges, bans, decoys and bad egresses are more of them.
"""

from __future__ import annotations

from sandbox.http import Reply, Request


class Behaviour:
    """An honest one: never interferes. ``CONNECT`` requests are asked about too, with an empty target."""

    name = "honest"

    def before(self, request: Request) -> Reply | None:
        """Answer in the platform's place, or return None."""

    def after(self, request: Request, reply: Reply) -> Reply | None:
        """Return another answer in the place of the platform's, or None: it stays."""
