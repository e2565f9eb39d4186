"""The frontier of a fleet: Redis, with every step one script, under scrapy-redis's key names."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

import attrs
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from travelcrawl.errors import BackendDown
from travelcrawl.frontier.backend import CRASHES, SUSPECTS, Backend, DeadLetter, Depth, Lease, Waiting, worker_name
from travelcrawl.frontier.codec import url_of
from travelcrawl.frontier.server import asking, risks

STEP = 500
"""Ids given to one script: it takes about 1 ms, in which Redis serves nobody else."""
HIGHEST = 4096
"""Priorities beyond are taken as this: an order is priority x 2^40 + turn, exact in a score's 53 bits."""
BUCKETS = 4096
"""Sets that the fingerprints are spread over: 9.2 bytes a URL at 1 M (facts.md, 2026-11-22), as each stays an intset up to
``set-max-intset-entries`` (512, so 2.1 M URLs; beyond that raise it in redis.conf)."""


@attrs.frozen(kw_only=True)
class Keys:
    """Names in Redis: scrapy-redis's, with the crawl id as a suffix where one is given."""

    queue: str
    dupefilter: str
    starts: str
    once: bool = False
    """The crawl has an id: complete, it stays complete."""

    @classmethod
    def of(cls, spider: str, crawl: str = "", patterns: tuple[str, str, str] | None = None) -> Keys:
        """Build for a spider from patterns with ``%(spider)s`` or ``%(name)s``."""
        names = patterns or ("%(spider)s:requests", "%(spider)s:dupefilter", "%(name)s:start_urls")
        suffix = f":{crawl}" if crawl else ""
        queue, dupefilter, starts = (name % {"spider": spider, "name": spider} + suffix for name in names)
        return cls(queue=queue, dupefilter=dupefilter, starts=starts, once=bool(crawl))


@attrs.frozen(kw_only=True)
class Patience:
    """How long things last."""

    lease: float = 60.0
    """Seconds without a sign of life after which a worker's leases go to others."""
    seen: int = 7 * 24 * 3600
    """Seconds after which a crawl's fingerprints are forgotten, finished or not."""
    replicas: int = 0
    """Replicas that must have a push before it counts as durable (WAIT)."""


class RedisBackend(Backend):
    """Keep one crawl's requests in Redis.

    Durable as Redis is (append-only file, and ``replicas`` where there is a Sentinel). Any number of workers.
    """

    def __init__(self, server: Redis, platform: str, keys: Keys, patience: Patience | None = None) -> None:
        self.server = server
        self.platform = platform
        self.keys = keys
        self.patience = patience or Patience()
        self.worker = worker_name()
        self.control = ""
        self._pushing: tuple[Sequence[Waiting], str] | None = None
        self._scripts = {name: server.register_script(_source(name)) for name in _NAMES}

    async def attach(self) -> None:
        """Ask whether the server is there. Raises FrontierError where it refuses us, BackendDown where it is away."""
        async with asking():
            await self.server.ping()

    async def begin(self) -> None:
        """See Backend."""
        await self._run("begin", self.worker, self.keys.dupefilter, BUCKETS, self.patience.lease)

    async def check(self) -> list[str]:
        """Say what of the server's configuration would lose requests. What it does not tell is not judged."""
        async with asking():
            memory, files_ = await self.server.info("memory"), await self.server.info("persistence")
            try:
                save = (await self.server.config_get("save")).get("save")
            except ResponseError:
                save = None
        return risks(str(memory.get("maxmemory_policy", "noeviction")), bool(files_.get("aof_enabled", 1)), save)

    async def push(self, requests: Sequence[Waiting]) -> int:
        """See Backend. The same batch again, after an answer that was lost, is taken once."""
        if self._pushing is None or self._pushing[0] is not requests:
            self._pushing = (requests, uuid4().hex)
        flat: list[Any] = []
        for one in requests:
            seen = ("", "") if one.fingerprint is None else (f"{one.fingerprint % BUCKETS:03x}", one.fingerprint)
            flat += [*seen, max(-HIGHEST, min(HIGHEST, one.priority)), one.group, one.payload]
        new = await self._run("push", self.keys.dupefilter, self.patience.seen, self._pushing[1], *flat)
        await self._wait_for_replicas()
        self._pushing = None
        return int(new)

    async def take(self, count: int, suspects: tuple[int, int] = SUSPECTS) -> list[Lease]:
        """See Backend. A start entry is taken with each batch, more of them when no request waits."""
        control, *flat = await self._run("take", self.worker, count, self.keys.starts, *suspects)
        self.control = control.decode()
        return [_lease(*flat[at : at + 3]) for at in range(0, len(flat), 3)]

    async def spare(self, ids: Iterable[str]) -> None:
        """See Backend."""
        await self._run_many("spare", ids)

    async def ack(self, ids: Iterable[str]) -> None:
        """See Backend."""
        await self._run_many("ack", ids)

    async def release(self, ids: Iterable[str]) -> None:
        """See Backend."""
        await self._run_many("release", ids)

    async def renew(self) -> None:
        """See Backend."""
        async with asking():
            seconds, _ = await self.server.time()
            await self.server.zadd(f"{self.keys.queue}:workers", {self.worker: seconds})

    async def resync(self, held: Iterable[str]) -> set[str]:
        """See Backend."""
        return {_text(one) for one in await self._run("resync", self.worker, *held)}

    async def reap(self) -> int:
        """See Backend."""
        count, *flat = await self._run("reap", self.patience.lease, CRASHES, self.worker)
        for at in range(0, len(flat), 3):
            lease = _lease(*flat[at : at + 3])
            await self.bury(DeadLetter.crashed(lease, url_of(lease.payload), self.platform, time.time()))
        return int(count)

    async def bury(self, letter: DeadLetter) -> None:
        """See Backend."""
        text = json.dumps(attrs.asdict(letter), ensure_ascii=True)
        await self._run("bury", self.worker, letter.id, letter.name, text)
        await self._wait_for_replicas()

    async def depth(self) -> Depth:
        """See Backend."""
        waiting, leased, seeds, dead = await self._run("depth", self.keys.starts)
        return Depth(waiting=waiting, leased=leased, seeds=seeds, dead=dead)

    async def letters(self) -> list[DeadLetter]:
        """See Backend."""
        async with asking():
            found = await self.server.hgetall(f"{self.keys.queue}:letters")
        letters = [DeadLetter(**{**json.loads(text), "id": _text(name)}) for name, text in found.items()]
        return sorted(letters, key=lambda letter: (letter.buried_at, letter.id))

    async def replay(self, ids: Iterable[str]) -> int:
        """See Backend."""
        return int(await self._run("replay", *ids))

    async def drop(self, ids: Iterable[str]) -> int:
        """See Backend."""
        names = list(ids)
        async with asking():
            return int(await self.server.hdel(f"{self.keys.queue}:letters", *names)) if names else 0

    async def command(self, control: str) -> None:
        """See Backend."""
        await self._run("control", control, self.keys.starts)

    async def finish(self) -> None:
        """See Backend."""
        lifetime = self.patience.seen if self.keys.once else 0
        await self._run("finish", self.keys.dupefilter, BUCKETS, self.keys.starts, lifetime)

    async def close(self) -> None:
        """Give back what this worker holds and disconnect."""
        try:
            await self._run("leave", self.worker)
        finally:
            await self.server.aclose()

    async def _run(self, script: str, *arguments: Any) -> Any:
        async with asking():
            return await self._scripts[script](args=[self.keys.queue, *arguments])

    async def _run_many(self, script: str, ids: Iterable[str]) -> None:
        """Run a script over ids in steps that leave Redis free for others in between."""
        every = list(ids)
        for at in range(0, len(every), STEP):
            await self._run(script, self.worker, *every[at : at + STEP])

    async def _wait_for_replicas(self) -> None:
        """Count a push as durable only when so many replicas have it: a failover then keeps it.

        WAIT speaks for the writes of its own connection: ``connect`` gives a client that has only one.
        """
        if self.patience.replicas:
            async with asking():
                have = await self.server.wait(self.patience.replicas, 1000)
            if have < self.patience.replicas:
                raise BackendDown(f"Redis has {have} of {self.patience.replicas} replicas in step")


def _lease(identity: bytes, crashes: int, payload: bytes) -> Lease:
    return Lease(id=_text(identity), crashes=int(crashes), payload=payload.decode("utf-8", "replace"))


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode()


@cache
def _source(name: str) -> str:
    folder = files(__package__) / "lua"
    return (folder / "common.lua").read_text(encoding="utf-8") + (folder / f"{name}.lua").read_text(encoding="utf-8")


_NAMES = (
    "begin", "push", "take", "spare", "ack", "release", "resync", "reap", "bury", "replay", "depth", "control", "finish", "leave",
)  # fmt: skip
