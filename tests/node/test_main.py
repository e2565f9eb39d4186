"""What a node says that cannot begin."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import programs
from tools.servers import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"SCRAPYD_BIND_ADDRESS": "0.0.0.0"}, "Scrapyd does not listen on 0.0.0.0 without credentials"),
        ({"SCRAPYD_USERNAME": "u"}, "SCRAPYD_USERNAME and SCRAPYD_PASSWORD go together; one of them is missing"),
        ({"SCRAPYD_HTTP_PORT": "TAKEN"}, "port TAKEN is taken"),
        ({"SCRAPYD_HTTP_PORT": "abc"}, "SCRAPYD_HTTP_PORT is 'abc'; it must be a port, such as 6800"),
        ({"TRAVELCRAWL_LEASE": "abc"}, "TRAVELCRAWL_LEASE is 'abc'; it must be a number, 1 or more"),
        ({"TRAVELCRAWL_SPIDERS": "ctrip,moon"}, "TRAVELCRAWL_SPIDERS names moon; there are amap"),
        ({"TRAVELCRAWL_NODE_FOLDER": "/proc/node"}, "/proc/node cannot be written"),
        ({"TRAVELCRAWL_METRICS_PORT": "many"}, "TRAVELCRAWL_METRICS_PORT is 'many'"),
    ],
)
def test_one_sentence(settings: dict[str, str], sentence: str, tmp_path: Path, taken: int) -> None:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TRAVELCRAWL_", "SCRAPYD_"))},
        "SCRAPYD_HTTP_PORT": str(free_port()),
        "TRAVELCRAWL_NODE_FOLDER": str(tmp_path),
        **{name: value.replace("TAKEN", str(taken)) for name, value in settings.items()},
    }
    done = programs.run("-m", "travelcrawl.node", cwd=ROOT, env=env, timeout=30)
    assert sentence.replace("TAKEN", str(taken)) in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == 2
