from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.settings import Settings

from tests.servers import PostgresServer
from tools.servers import RedisServer, free_port
from travelcrawl.extensions import checks
from travelcrawl.extensions.checks import checks_of, look


async def found(**settings: str) -> dict[str, tuple[str, str]]:
    said = await look(checks_of(Settings(settings)))
    assert all(0 <= one["response_time"] < checks.PATIENCE + 1 for one in said.values())
    return {name: (one["status"], one["error"] or "") for name, one in said.items()}


async def test_servers_that_are_there(postgres: PostgresServer, redis_server: RedisServer) -> None:
    said = await found(TRAVELCRAWL_DATABASE_URL=postgres.database("migrated"), REDIS_URL=redis_server.url)
    assert said == {"database": ("ok", ""), "redis": ("ok", "")}


async def test_servers_that_are_not(postgres: PostgresServer) -> None:
    said = await found(
        TRAVELCRAWL_DATABASE_URL=f"postgresql://user:secret@127.0.0.1:{free_port()}/travel",
        TRAVELCRAWL_REDIS_URL=f"redis://:secret@127.0.0.1:{free_port()}/0",
    )
    assert [status for status, _ in said.values()] == ["error", "error"]
    assert "cannot be reached" in said["database"][1]
    assert "Redis cannot be reached" in said["redis"][1]
    assert "secret" not in str(said)


async def test_a_password_that_is_missing(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, "--requirepass", "secret", password="secret")
    server.start()
    try:
        said = await found(TRAVELCRAWL_REDIS_URL=server.url, TRAVELCRAWL_STORE=str(tmp_path / "x.gpkg"))
        assert said["redis"][0] == "error"
        assert said["redis"][1].startswith("Redis wants a password; write it into TRAVELCRAWL_REDIS_URL")
        wrong = server.url.replace("redis://", "redis://:other@")
        said = await found(TRAVELCRAWL_REDIS_URL=wrong, TRAVELCRAWL_STORE=str(tmp_path / "x.gpkg"))
        assert said["redis"][1] == "Redis refuses the password of TRAVELCRAWL_REDIS_URL"
        right = server.url.replace("redis://", "redis://:secret@")
        assert (await found(TRAVELCRAWL_REDIS_URL=right, TRAVELCRAWL_STORE=str(tmp_path / "x.gpkg")))["redis"] == (
            "ok",
            "",
        )
    finally:
        server.stop()


async def test_a_database_without_our_tables(postgres: PostgresServer) -> None:
    said = await found(TRAVELCRAWL_DATABASE_URL=postgres.database("template1"))
    assert said["database"][0] == "error"
    assert "run: scrapy migrate" in said["database"][1]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"TRAVELCRAWL_DATABASE_URL": "mysql://127.0.0.1/x"}, "must begin with postgresql://"),
        ({"TRAVELCRAWL_REDIS_URL": "127.0.0.1:6379"}, "is no address of Redis"),
        ({"TRAVELCRAWL_STORE": "/proc/travel/x.gpkg"}, "cannot be written"),
    ],
)
async def test_settings_that_are_wrong(settings: dict[str, str], sentence: str) -> None:
    said = await found(**settings)
    assert any(sentence in error for _, error in said.values())


async def test_a_geopackage(tmp_path: Path) -> None:
    assert await found(TRAVELCRAWL_STORE=str(tmp_path / "out/travel.gpkg")) == {"database": ("ok", "")}


async def test_connections_are_counted(postgres: PostgresServer, redis_server: RedisServer) -> None:
    assert (await checks.database(postgres.database("migrated")))["active"] == 1
    assert (await checks.redis(Settings({"REDIS_URL": redis_server.url})))["clients"] >= 1
