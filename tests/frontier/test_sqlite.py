import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from travelcrawl.errors import FrontierError
from travelcrawl.frontier.backend import DeadLetter, Depth, Waiting
from travelcrawl.frontier.sqlite import CRASHES, SqliteBackend


def waiting(name: str, priority: int = 0, group: str = "", fingerprint: int | None = None) -> Waiting:
    return Waiting(
        payload=json.dumps({"url": f"https://a.example/{name}"}),
        fingerprint=fingerprint,
        priority=priority,
        group=group,
    )


def names(leases: list) -> list[str]:  # type: ignore[type-arg]
    return [json.loads(lease.payload)["url"].rpartition("/")[2] for lease in leases]


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[SqliteBackend]:
    backend = SqliteBackend(tmp_path / "f.sqlite", "demo")
    await backend.open()
    yield backend
    await backend.close()


async def another(backend: SqliteBackend) -> SqliteBackend:
    other = SqliteBackend(backend.path, "demo", clock=backend.clock)
    await other.open()
    return other


async def test_priority_then_first_in_first_out(backend: SqliteBackend) -> None:
    await backend.push([waiting("5"), waiting("3"), waiting("9", priority=1), waiting("1"), waiting("7", priority=-1)])
    assert names(await backend.take(10)) == ["9", "5", "3", "1", "7"]


async def test_identical_requests_stay_two(backend: SqliteBackend) -> None:
    assert await backend.push([waiting("a"), waiting("a")]) == 2
    assert names(await backend.take(10)) == ["a", "a"]


async def test_a_huge_city_does_not_starve_the_others(backend: SqliteBackend) -> None:
    await backend.push([waiting(f"big{number}", group="big") for number in range(100)])
    assert names(await backend.take(3)) == ["big0", "big1", "big2"]
    await backend.push([waiting(f"small{number}", group="small") for number in range(3)])
    taken = names(await backend.take(7))
    assert [name for name in taken if name.startswith("small")] == ["small0", "small1", "small2"]
    assert taken[-1].startswith(("big", "small2"))


async def test_seen_is_for_the_crawl(backend: SqliteBackend) -> None:
    top = (1 << 64) - 1
    assert (
        await backend.push([waiting("a", fingerprint=top), waiting("a", fingerprint=top), waiting("b", fingerprint=0)])
        == 2
    )
    assert await backend.push([waiting("a", fingerprint=top)]) == 0
    await backend.finish()
    assert await backend.push([waiting("a", fingerprint=top)]) == 1


async def test_a_lease_is_one_workers_until_it_acks_or_releases(backend: SqliteBackend) -> None:
    other = await another(backend)
    await backend.push([waiting("a"), waiting("b")])
    a, b = await backend.take(2)
    assert await other.take(2) == []
    assert await backend.depth() == Depth(waiting=0, leased=2)
    await backend.ack([a.id])
    await backend.release([b.id])
    (again,) = await other.take(2)
    assert (names([again]), again.deliveries) == (["b"], 1)
    await other.close()
    assert names(await backend.take(2)) == ["b"]


async def test_what_a_silent_worker_holds_goes_back_and_after_three_is_a_dead_letter(backend: SqliteBackend) -> None:
    now = [1000.0]
    backend.clock = lambda: now[0]
    await backend.push([waiting("deadly"), waiting("harmless")])
    for crash in range(1, CRASHES + 1):
        victim = await another(backend)
        taken = await victim.take(1)
        assert (names(taken)[0], taken[0].deliveries) == ("deadly", crash)
        await victim.release([lease.id for lease in taken[1:]])
        now[0] += backend.lease + 1
        await backend.renew()
        assert await backend.reap() == 1
        victim._thread.shutdown()
    (letter,) = await backend.letters()
    assert (letter.cause, letter.url, letter.attempts) == ("crash", "https://a.example/deadly", CRASHES)
    assert names(await backend.take(5)) == ["harmless"]


async def test_a_worker_that_beats_keeps_its_leases(backend: SqliteBackend) -> None:
    now = [1000.0]
    backend.clock = lambda: now[0]
    other = await another(backend)
    await backend.push([waiting("a")])
    await other.take(1)
    now[0] += backend.lease - 1
    await other.renew()
    now[0] += 2
    assert await backend.reap() == 0
    await other.close()


async def test_of_requests_a_worker_died_with_one_is_taken_at_a_time(backend: SqliteBackend) -> None:
    await backend.push([waiting(str(number)) for number in range(6)])
    now = [1000.0]
    backend.clock = lambda: now[0]
    victim = await another(backend)
    await victim.take(3)
    now[0] += backend.lease + 1
    await backend.renew()
    await backend.reap()
    assert names(await backend.take(2)) == ["0", "3", "4"]
    assert names(await backend.take(2)) == ["1", "5"]
    victim._thread.shutdown()


async def test_dead_letters_are_kept_replayed_and_dropped(backend: SqliteBackend) -> None:
    await backend.push([waiting("a"), waiting("b")])
    for lease in await backend.take(2):
        await backend.bury(
            DeadLetter(
                id=lease.id,
                payload=lease.payload,
                url=json.loads(lease.payload)["url"],
                platform="demo",
                cause="challenged",
                why="a challenge page",
                attempts=2,
                buried_at=1.0,
            )
        )
    assert await backend.depth() == Depth(dead=2)
    first, second = await backend.letters()
    assert await backend.replay([first.id, "demo-none"]) == 1
    assert await backend.drop([second.id, "demo-none"]) == 1
    assert await backend.depth() == Depth(waiting=1)
    assert names(await backend.take(1)) == ["a"]


async def test_sigkill_loses_nothing_that_was_pushed(backend: SqliteBackend) -> None:
    script = (
        "import asyncio, sys, os, signal\n"
        "from pathlib import Path\n"
        "from travelcrawl.frontier.sqlite import SqliteBackend\n"
        "from travelcrawl.frontier.backend import Waiting\n"
        "async def main():\n"
        "    backend = SqliteBackend(Path(sys.argv[1]), 'demo')\n"
        "    await backend.open()\n"
        "    await backend.push([Waiting(payload='{}', fingerprint=n) for n in range(50)])\n"
        "    await backend.ack([lease.id for lease in await backend.take(10)])\n"
        "    await backend.take(20)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script, str(backend.path)], check=False)
    assert done.returncode == -9
    assert await backend.reap() == 20
    assert await backend.depth() == Depth(waiting=40)
    assert await backend.push([waiting("a", fingerprint=7)]) == 0


@pytest.mark.parametrize("content", [b"rubbish" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
async def test_a_damaged_file_is_said_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.sqlite"
    path.write_bytes(content)
    with pytest.raises(FrontierError, match="is damaged"):
        await SqliteBackend(path, "demo").open()


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FrontierError, match="JOBDIR names its folder"):
        await SqliteBackend(tmp_path / "file" / "f.sqlite", "demo").open()
