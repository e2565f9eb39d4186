from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import Running, World, build_world, running
from sandbox.dialect import Dialect
from sandbox.http import Reply, Request

SIZE = 120


@pytest.fixture(scope="session")
def world() -> World:
    return build_world(7, SIZE)


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    with running(seed=7, size=SIZE, egresses=2) as served:
        yield served


@pytest.fixture
def ask(world: World) -> Callable[..., Reply]:
    """Ask a dialect for an address: ``ask(Amap, "https://…", body=…, headers=…)``."""
    built: dict[type[Dialect], Dialect] = {}

    def asked(dialect: type[Dialect], address: str, **options: Any) -> Reply:
        scheme, _, rest = address.partition("://")
        host, slash, rest = rest.partition("/")
        if dialect not in built:
            built[dialect] = dialect(world)
        return built[dialect].answer(Request(scheme=scheme, host=host, target=slash + rest, **options))

    return asked
