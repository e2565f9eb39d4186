from __future__ import annotations

import socket
from pathlib import Path

import pytest
from scrapy.settings import Settings

from travelcrawl.extensions import host
from travelcrawl.extensions.board import Board
from travelcrawl.extensions.host import HostWatch, connections


@pytest.mark.parametrize("tables", [host.TABLES, (Path("/nowhere"),)])
def test_sockets_are_counted(tables: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "TABLES", tables)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        assert connections() >= 1


def test_the_figures_of_a_host() -> None:
    board = Board()
    watch = HostWatch(board, Settings({"APP_ENV": "test"}))
    watch.show(12)
    watch._show_system()
    text = board.text().decode()
    assert "crawler_host_active_connections 12.0" in text
    assert 'crawler_system_info{environment="test"' in text
    for name in ("cpu_percent", "memory_percent", "disk_usage_percent", "disk_free_bytes"):
        assert f"crawler_host_{name} " in text
    assert 'crawler_host_load_average{window="15m"}' in text
    assert 'crawler_host_network_bytes_total{direction="received"}' in text
