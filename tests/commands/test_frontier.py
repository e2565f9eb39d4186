"""scrapy seed, queue and deadletters, as they are called."""

import argparse
import asyncio
import json
from importlib import import_module
from pathlib import Path

import pytest
import redis
from scrapy.settings import Settings

from tools.servers import RedisServer
from travelcrawl.frontier.backend import DeadLetter, Waiting
from travelcrawl.frontier.sqlite import SqliteBackend


def call(name: str, *words: str, **settings: object) -> int:
    command = import_module(f"travelcrawl.commands.{name}").Command()
    command.settings = Settings()
    command.settings.setmodule("travelcrawl.settings", priority="project")
    command.settings.setdict({"AMAP_KEY": "k", **settings}, priority="cmdline")
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    opts, args = parser.parse_known_args(list(words))
    command.run(args, opts)
    return int(command.exitcode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A frontier with one request waiting, one held by a worker that is gone, and two dead letters."""

    async def fill() -> None:
        backend = SqliteBackend(tmp_path / "ctrip-abc.sqlite", "ctrip")
        await backend.open()
        urls = [f"https://m.ctrip.com/{number}" for number in range(4)]
        await backend.push([Waiting(payload=json.dumps({"url": url}), fingerprint=None) for url in urls])
        for lease, cause in zip(await backend.take(2), ("challenged", "error"), strict=True):
            url = json.loads(lease.payload)["url"]
            await backend.bury(
                DeadLetter(
                    id=lease.id,
                    payload=lease.payload,
                    url=url,
                    platform="ctrip",
                    cause=cause,
                    why="why",
                    attempts=2,
                    buried_at=0,
                )
            )
        await backend.close()

    asyncio.run(fill())
    return tmp_path


def test_queue_shows_what_waits(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("queue", JOBDIR=str(folder)) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["ctrip-abc", "2", "0", "0", "2"]


def test_cancel_forgets_what_waits_and_keeps_the_dead_letters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("queue", "cancel", "ctrip", JOBDIR=str(folder)) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["ctrip-abc", "0", "0", "0", "2"]


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("queue", ("stop",), "'stop' is not known"),
        ("queue", ("pause",), "name the crawls to pause: ctrip-abc"),
        ("queue", ("pause", "amap"), "there is no crawl 'amap'; there are ctrip-abc"),
        ("deadletters", ("burn",), "'burn' is not known"),
        ("deadletters", ("drop",), "say which to drop"),
        ("deadletters", ("list", "--url", "("), "--url is no regular expression"),
        ("deadletters", ("list", "--platform", "moon"), "there is no platform 'moon'"),
        ("seed", (), "name a platform"),
        ("seed", ("moon",), "there is no platform 'moon'"),
        ("seed", ("ctrip", "-a", "city=成都"), "there is no fleet to feed"),
    ],
)
def test_wrong_words_get_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, words: tuple[str, ...], sentence: str
) -> None:
    assert call(name, *words, JOBDIR=str(folder)) == 2
    assert sentence in capsys.readouterr().err


def listed(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    capsys.readouterr()
    assert call("deadletters", "list", "--json", *words, JOBDIR=str(folder)) == 0
    return [json.loads(line)["cause"] for line in capsys.readouterr().out.splitlines()]


def test_dead_letters_are_listed_by_filters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sorted(listed(folder, capsys)) == ["challenged", "error"]
    assert listed(folder, capsys, "--cause", "error") == ["error"]
    assert listed(folder, capsys, "--url", "/0$") == ["challenged"]
    assert listed(folder, capsys, "--platform", "amap") == []
    assert call("deadletters", "show", "--cause", "error", JOBDIR=str(folder)) == 0
    assert "buried_at: 1970-01-01T00:00:00+00:00" in capsys.readouterr().out
    assert call("deadletters", JOBDIR=str(folder)) == 0
    assert "2 dead letters" in capsys.readouterr().out


def test_replay_and_drop(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("deadletters", "replay", "--cause", "error", JOBDIR=str(folder)) == 0
    assert call("queue", JOBDIR=str(folder)) == 0
    assert capsys.readouterr().out.splitlines()[2].split() == ["ctrip-abc", "3", "0", "0", "1"]
    assert call("deadletters", "drop", "--all", JOBDIR=str(folder)) == 0
    assert listed(folder, capsys) == []


def test_seed_feeds_the_start_list(
    redis_server: RedisServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = {"TRAVELCRAWL_REDIS_URL": redis_server.url, "TRAVELCRAWL_CRAWL_ID": tmp_path.name}
    assert call("seed", "ctrip", "-a", "city=成都", **fleet) == 0
    assert f"1 to ctrip:start_urls:{tmp_path.name}; 1 wait there" in capsys.readouterr().out
    for words, sentence in (
        (("ctrip",), "say what ctrip should begin with"),
        (("ctrip", "-a", "city=Atlantis"), "Atlantis"),
        (("ctrip", "-a", "moon=1"), "does not know the argument 'moon'"),
        (("ctrip", "-a", "city"), "write arguments as -a NAME=VALUE"),
        (("ctrip", "https://elsewhere.example/"), "has no page for"),
    ):
        assert call("seed", *words, **fleet) == 2
        assert sentence in capsys.readouterr().err
    with redis.Redis.from_url(redis_server.url) as client:
        assert json.loads(client.lpop(f"ctrip:start_urls:{tmp_path.name}")) == {"city": "成都"}  # type: ignore[arg-type]


def test_crawls_in_redis_are_found_by_their_id(
    redis_server: RedisServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.set(f"weibo:requests:{tmp_path.name}:sequence", 1)
        client.zadd(f"weibo:requests:{tmp_path.name}", {"1": 0})
        client.hset(f"weibo:requests:{tmp_path.name}:entries", "1", "0 {}")
    assert call("queue", "status", f"weibo:{tmp_path.name}", TRAVELCRAWL_REDIS_URL=redis_server.url) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == [f"weibo:{tmp_path.name}", "1", "0", "0", "0"]


def test_redis_that_is_not_there_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("queue", TRAVELCRAWL_REDIS_URL="redis://:secret@127.0.0.1:1/0") == 2
    assert call("queue", TRAVELCRAWL_REDIS_URL="nonsense:secret") == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "secret" not in said
