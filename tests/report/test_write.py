from __future__ import annotations

import os
from pathlib import Path

import pytest

from travelcrawl.errors import StoreFull, UsageError
from travelcrawl.report.write import write_whole
from travelcrawl.stores import whole


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "summary.json"
    write_whole(path, "成都")
    assert path.read_text(encoding="utf-8") == "成都"
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_text_that_is_none_does_not_stop_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "report.html", "half \ud83d pair")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "half ? pair"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "report.html"
    path.write_text("old")
    monkeypatch.setattr(whole.os, "fsync", full)
    with pytest.raises(StoreFull, match=r"the disk of .*report.html is full; make room"):
        write_whole(path, "new")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"report.html": "old"}


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        write_whole(tmp_path / "out" / "report.html", "new")
