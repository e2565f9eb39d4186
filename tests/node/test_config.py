from __future__ import annotations

from pathlib import Path

import pytest
from scrapyd.config import Config

from travelcrawl.errors import UsageError
from travelcrawl.node.config import JOB_MEMORY, check_address, memory_limit, node_config, places_of


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, ""),
        ({"SCRAPYD_BIND_ADDRESS": "127.0.0.2"}, ""),
        ({"SCRAPYD_BIND_ADDRESS": "::1"}, ""),
        ({"SCRAPYD_BIND_ADDRESS": "localhost"}, ""),
        ({"SCRAPYD_BIND_ADDRESS": "0.0.0.0"}, "does not listen on 0.0.0.0 without credentials"),
        ({"SCRAPYD_BIND_ADDRESS": "node.example"}, "does not listen on node.example without credentials"),
        ({"SCRAPYD_BIND_ADDRESS": "0.0.0.0", "SCRAPYD_USERNAME": "u", "SCRAPYD_PASSWORD": "p"}, ""),
        ({"SCRAPYD_BIND_ADDRESS": "0.0.0.0", "SCRAPYD_USERNAME": "u"}, "one of them is missing"),
        ({"SCRAPYD_USERNAME": "u"}, "one of them is missing"),
    ],
)
def test_strangers_cannot_schedule(environ: dict[str, str], sentence: str) -> None:
    config = Config()
    if not sentence:
        check_address(config, environ)
        return
    with pytest.raises(UsageError, match=sentence):
        check_address(config, environ)


def test_folders_are_in_the_nodes(tmp_path: Path) -> None:
    config = node_config({"TRAVELCRAWL_NODE_FOLDER": str(tmp_path)})
    assert [config.get(name) for name in ("dbs_dir", "eggs_dir", "logs_dir")] == [
        str(tmp_path / name) for name in ("dbs", "eggs", "logs")
    ]
    assert config.get("jobstorage") == "scrapyd.jobstorage.SqliteJobStorage"


@pytest.mark.parametrize(
    ("wanted", "memory", "places"),
    [(4, None, 4), (4, 8e9, 4), (4, JOB_MEMORY * 2.5, 2), (4, JOB_MEMORY / 2, 1), (1, 8e9, 1)],
)
def test_memory_limits_the_jobs(wanted: int, memory: float | None, places: int) -> None:
    assert places_of(wanted, memory) == places


@pytest.mark.parametrize(
    ("said", "limit"), [("max\n", None), ("2147483648\n", 2147483648.0), ("9223372036854771712\n", None)]
)
def test_the_limit_of_a_container(said: str, limit: float | None, tmp_path: Path) -> None:
    (tmp_path / "limit").write_text(said)
    assert memory_limit((tmp_path / "none", tmp_path / "limit")) == limit


def test_no_container_no_limit(tmp_path: Path) -> None:
    assert memory_limit((tmp_path / "none",)) is None
