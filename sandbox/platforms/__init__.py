"""The imitated platforms, one dialect a file."""

from __future__ import annotations

from sandbox.dialect import Dialect
from sandbox.model import World
from sandbox.platforms.amap import Amap
from sandbox.platforms.ctrip import Ctrip
from sandbox.platforms.mafengwo import Mafengwo

DIALECTS: tuple[type[Dialect], ...] = (Amap, Ctrip, Mafengwo)


def dialects_of(world: World) -> tuple[Dialect, ...]:
    """Return all dialects over a world."""
    return tuple(dialect(world) for dialect in DIALECTS)
