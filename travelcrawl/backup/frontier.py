"""The frontier in a backup: the SQLite files, or the keys in Redis that are ours."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from scrapy.settings import BaseSettings

from travelcrawl.backup.geopackage import copy
from travelcrawl.backup.manifest import Manifest, Sum, Tally, compare
from travelcrawl.errors import BackupError
from travelcrawl.frontier.factory import FOLDER, keys_of
from travelcrawl.frontier.server import asking, connect
from travelcrawl.stores.whole import whole

PART = "frontier"
PATIENCE = 60.0
"""Seconds that Redis may take for one answer: a million requests come in one."""
TRIES = 20
AT_ONCE = 1000
"""Members of one command."""


class SqliteFrontier:
    """The frontier of one machine: each crawl's file."""

    kind = "sqlite"

    def __init__(self, settings: BaseSettings) -> None:
        self.folder = Path(settings["JOBDIR"] or FOLDER)

    def save(self, folder: Path, manifest: Manifest) -> None:
        """Copy every file as it is at one moment. Raises StoreError."""
        for path in sorted(self.folder.glob("*.sqlite")):
            (folder / PART).mkdir(exist_ok=True)
            copy(path, folder / PART / path.name)
            manifest.queues[path.name] = _tally_of(folder / PART / path.name)

    def check_empty(self, manifest: Manifest) -> None:  # noqa: ARG002 (as the others)
        """Raise BackupError unless there is no file."""
        if there := sorted(self.folder.glob("*.sqlite")):
            raise BackupError(
                f"{self.folder} holds a frontier already ({there[0].name}); move it away, or name another folder with JOBDIR"
            )

    def load(self, folder: Path, manifest: Manifest) -> None:
        """Put the files back and compare them. Raises UsageError, StoreFull, BackupError."""
        for name in manifest.queues:
            with whole(self.folder / name) as made:
                shutil.copyfile(folder / PART / name, made)
                compare("frontier", {name: manifest.queues[name]}, {name: _tally_of(made)})


def _tally_of(path: Path) -> Tally:
    total = Sum()
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 (names from the file's own schema)
                total.add(repr((table, row)).encode())
    return total.tally


class RedisFrontier:
    """The frontier of a fleet: the keys of each platform, read in one transaction."""

    kind = "redis"

    def __init__(self, settings: BaseSettings, platforms: Sequence[str]) -> None:
        self.settings = settings
        self.platforms = platforms

    def save(self, folder: Path, manifest: Manifest) -> None:
        """Write a line a key, platform by platform. Raises FrontierError, BackendDown."""
        (folder / PART).mkdir()
        asyncio.run(self._save(folder / PART, manifest))

    def check_empty(self, manifest: Manifest) -> None:  # noqa: ARG002 (as the others)
        """Raise BackupError unless no platform has a key."""
        if there := asyncio.run(self._there()):
            raise BackupError(f"Redis holds a frontier already (key {there}); restore into one that is empty")

    def load(self, folder: Path, manifest: Manifest) -> None:
        """Write the keys and compare them. Raises FrontierError, BackendDown, BackupError."""
        asyncio.run(self._load(folder / PART, manifest))

    async def _there(self) -> str:
        async with self._server() as server:
            for platform in self.platforms:
                for pattern in self._patterns(platform):
                    async for key in server.scan_iter(pattern, count=AT_ONCE):
                        return _text(key)
        return ""

    async def _save(self, folder: Path, manifest: Manifest) -> None:
        async with self._server() as server:
            manifest.versions["redis"] = (await server.info("server"))["redis_version"]
            for platform in self.platforms:
                lines = await self._lines(server, platform)
                if lines:
                    with gzip.open(folder / f"{platform}.jsonl.gz", "wt", encoding="ascii") as file:
                        file.writelines(f"{json.dumps(line)}\n" for line in lines)
                    manifest.queues[platform] = _tally(lines)

    async def _load(self, folder: Path, manifest: Manifest) -> None:
        found = {}
        async with self._server() as server:
            for platform in manifest.queues:
                with gzip.open(folder / f"{platform}.jsonl.gz", "rt", encoding="ascii") as file:
                    for line in file:
                        await _put(server, *json.loads(line))
                found[platform] = _tally(await self._lines(server, platform))
        compare("frontier", manifest.queues, found)

    async def _lines(self, server: Redis, platform: str) -> list[list[Any]]:
        """Return key, type, milliseconds to live (-1: for ever) and value of each key, all as of one moment.

        A key that appears while the others are being listed is seen in the transaction, which is then done again.
        """
        patterns, known = self._patterns(platform), dict[bytes, str]()
        for _ in range(TRIES):
            async with server.pipeline(transaction=True) as pipe:
                for pattern in patterns:
                    pipe.keys(pattern)
                for key, kind in known.items():
                    pipe.pttl(key)
                    _ask(pipe, key, kind)
                listed, answers = _split(await pipe.execute(), len(patterns))
            if not (new := [key for keys in listed for key in keys if key not in known]):
                values = zip(known.items(), answers[::2], answers[1::2], strict=True)
                lines = [[_text(key), kind, ttl, _plain(kind, value)] for (key, kind), ttl, value in values if value]
                return sorted(lines, key=lambda line: str(line[0]))
            async with server.pipeline(transaction=False) as pipe:
                for key in new:
                    pipe.type(key)
                # Between the two a worker may have taken the last of what a key held; it is new again where it comes back.
                kinds = zip(new, map(_text, await pipe.execute()), strict=True)
                known.update((key, kind) for key, kind in kinds if kind != "none")
        raise BackupError(
            f"the frontier of {platform} changes too fast to be saved; pause it: scrapy queue pause {platform}"
        )

    def _patterns(self, platform: str) -> list[str]:
        keys = keys_of(self.settings, platform)
        names = [_escaped(name) for name in (keys.queue, keys.dupefilter, keys.starts)]
        return [pattern for name in names for pattern in (name, f"{name}:*")]

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[Redis]:
        server = connect(self.settings, PATIENCE)
        try:
            async with asking():
                yield server
        finally:
            await server.aclose()


def _ask(pipe: Any, key: bytes, kind: str) -> None:
    match kind:
        case "string":
            pipe.get(key)
        case "hash":
            pipe.hgetall(key)
        case "set":
            pipe.smembers(key)
        case "zset":
            pipe.zrange(key, 0, -1, withscores=True)
        case "list":
            pipe.lrange(key, 0, -1)
        case _:
            raise BackupError(f"{_text(key)} in Redis is a {kind}, which is not ours; move it away")


def _plain(kind: str, value: Any) -> Any:
    """Return a value in JSON types, the same for the same content."""
    match kind:
        case "string":
            return _text(value)
        case "hash":
            return sorted([_text(name), _text(part)] for name, part in value.items())
        case "set":
            return sorted(map(_text, value))
        case "zset":
            return sorted([_text(member), score] for member, score in value)
    return list(map(_text, value))


async def _put(server: Redis, key: str, kind: str, ttl: int, value: Any) -> None:
    async with server.pipeline(transaction=False) as pipe:
        if kind == "string":
            pipe.set(_bytes(key), _bytes(value))
        else:
            for part in _parts(value):
                _add(pipe, _bytes(key), kind, part)
        if ttl >= 0:
            pipe.pexpire(_bytes(key), ttl)
        await pipe.execute()


def _add(pipe: Any, key: bytes, kind: str, part: Sequence[Any]) -> None:
    match kind:
        case "hash":
            pipe.hset(key, mapping={_bytes(name): _bytes(value) for name, value in part})
        case "zset":
            pipe.zadd(key, {_bytes(member): score for member, score in part})
        case "set":
            pipe.sadd(key, *map(_bytes, part))
        case "list":
            pipe.rpush(key, *map(_bytes, part))


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def _tally(lines: Iterable[Sequence[Any]]) -> Tally:
    """Return the tally of keys; how long they live on is left out, since it runs."""
    total = Sum()
    for key, kind, _, value in lines:
        total.add(json.dumps([key, kind, value]).encode())
    return total.tally


def _split(answers: list[Any], count: int) -> tuple[list[Any], list[Any]]:
    return answers[:count], answers[count:]


def _escaped(name: str) -> str:
    """Return a glob pattern of Redis that stands for a name alone."""
    return "".join(f"\\{letter}" if letter in "*?[]^\\" else letter for letter in name)


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
