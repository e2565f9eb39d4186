"""The demonstration's other ends; whole, it is in test_authors.py."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from sandbox import Running, running
from sandbox.__main__ import main
from sandbox.demo import _astray
from sandbox.platforms import DIALECTS


def test_a_crawl_that_fails_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "travel.gpkg").write_bytes(b"rubbish" * 99)
    assert (
        main(["demo", f"--store={tmp_path / 'travel.gpkg'}", "--platforms=amap", "--cities=510100", "--size=20"]) != 0
    )
    assert "cannot be read as a store" in capfd.readouterr().err


def test_requests_past_the_proxy_are_said(web: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert not _astray(web)
    with running(size=12, egresses=1) as other:
        with pytest.raises(OSError, match="421"):
            urllib.request.urlopen(f"http://127.0.0.1:{other.direct}/poi/1.html")
        assert _astray(other)
    assert "past the proxy" in capsys.readouterr().err


def test_what_people_share_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for dialect in DIALECTS:
        assert main(["shared", dialect.platform, "--size=40"]) == 0
        assert bool(capsys.readouterr().out) == (dialect.platform in {"ctrip", "xiaohongshu", "douyin", "weibo"})


def test_a_wrong_fault_ends_serve_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--fault=nothing:amap", "--size=12"]) == 2
    assert "there is no fault 'nothing'" in capsys.readouterr().err
