"""The imitated platforms, one dialect a file (and one for its pages, where these are long)."""

from __future__ import annotations

from sandbox.dialect import Dialect
from sandbox.model import World
from sandbox.platforms.amap import Amap
from sandbox.platforms.bilibili import Bilibili
from sandbox.platforms.ctrip import Ctrip
from sandbox.platforms.dianping import Dianping
from sandbox.platforms.douyin import Douyin
from sandbox.platforms.mafengwo import Mafengwo
from sandbox.platforms.weibo import Weibo
from sandbox.platforms.xiaohongshu import Xiaohongshu

DIALECTS: tuple[type[Dialect], ...] = (Amap, Ctrip, Mafengwo, Dianping, Xiaohongshu, Douyin, Weibo, Bilibili)


def dialects_of(world: World) -> tuple[Dialect, ...]:
    """Return all dialects over a world."""
    return tuple(dialect(world) for dialect in DIALECTS)
