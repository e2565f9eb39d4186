"""docs/platforms.md says what the code says."""

from __future__ import annotations

import tomllib

from tools.platforms_table import DOCS, collected, document

REMARKS = tomllib.loads((DOCS / "platforms.toml").read_text(encoding="utf-8"))


def test_the_table_is_not_stale() -> None:
    assert (DOCS / "platforms.md").read_text(encoding="utf-8") == document(), "run make docs"


def test_what_is_collected_is_read_off_the_pages() -> None:
    assert collected("amap") == ["listings", "offers"]
    assert collected("bilibili") == ["reviews", "notes"]


def test_a_platform_without_remarks_is_left_out_and_breaks_nothing() -> None:
    text = document({"amap": REMARKS["amap"]})
    assert "## Amap 高德" in text
    assert "Ctrip" not in text


def test_bars_in_a_cell_do_not_break_the_table() -> None:
    text = document({"amap": {**REMARKS["amap"], "datum": "a|b"}})
    assert "| a\\|b |" in text
