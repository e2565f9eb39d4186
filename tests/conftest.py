"""What holds for all tests: one PostgreSQL server and one Redis server for each process that runs them."""

import gc
import os
from collections.abc import Generator, Iterator

import pytest
from coverage import Coverage
from hypothesis import settings

from tests.servers import PostgresServer, postgres_programs, postgres_server
from tools.servers import RedisServer

# What this machine itself goes out through is no egress of a test.
os.environ.pop("HTTP_PROXY", None)

# A busy machine is no fault of the code: 295 ms were seen for an example of 1 ms (2026-11-22).
settings.register_profile("travelcrawl", deadline=None)
settings.load_profile("travelcrawl")

WHOLE = (
    *("test_trouble.py", "sandbox/test_changes.py", "test_killed.py", "sandbox/test_authors.py", "node/test_node.py"),
    *("tools/", "ops/", "sandbox/test_demo.py", "bench/", "report/test_browser.py", "fuzz/"),
)
"""Tests of whole programs, or of other things than travelcrawl/, the longest first: shorter ones run the same lines."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests, so that none is alone at the end, and measure nothing in them: it takes a third of their time."""
    for item in items:
        if _rank(item) < len(WHOLE):
            item.add_marker("no_cover")
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    name = item.nodeid.removeprefix("tests/")
    return next((rank for rank, whole in enumerate(WHOLE) if name.startswith(whole)), len(WHOLE))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among what is collected, neither now nor after each test.

    They are two million objects: 47 s of the processor for five processes were 28, and of a part of the tests 86 were 77 (2026-11-30).
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """End a worker's first measurement, which pytest-cov 7.1 starts, never saves, and goes on with during what is no_cover."""
    if hasattr(session.config, "workerinput") and (unsaved := Coverage.current()):
        unsaved.stop()


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name a long text by its length: each process of tests sends all names to the one that shares them out (63 MB of them)."""
    return f"{argname}-of-{len(val)}" if isinstance(val, str | bytes) and len(val) > 100 else None


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
