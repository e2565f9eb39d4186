"""What holds for all tests: one PostgreSQL server and one Redis server for each process that runs them."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.servers import PostgresServer, postgres_programs, postgres_server
from tools.servers import RedisServer

# What this machine itself goes out through is no egress of a test.
os.environ.pop("HTTP_PROXY", None)

# A busy machine is no fault of the code: 295 ms were seen for an example of 1 ms (2026-11-22).
settings.register_profile("travelcrawl", deadline=None)
settings.load_profile("travelcrawl")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server; each test takes databases of its own."""
    programs = postgres_programs()
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    with postgres_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server; each test takes keys or a database of its own."""
    server = RedisServer(tmp_path_factory.mktemp("redis"), "--databases", "64")
    server.start()
    yield server
    server.stop()
