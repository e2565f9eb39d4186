from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from travelcrawl.access.quota import Quota, next_midnight
from travelcrawl.errors import QuotaSpent

CHINA = "Asia/Shanghai"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def quota(folder: Path, now: str, key: str = "k1", platform: str = "amap") -> Quota:
    return Quota(platform=platform, folder=folder, secrets={"key": key}, clock=lambda: at(now))


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-11-22T15:59:59+00:00", "2026-11-23T00:00:00+08:00"),
        ("2026-11-22T16:00:00+00:00", "2026-11-24T00:00:00+08:00"),
        ("2026-11-22T00:00:00+08:00", "2026-11-23T00:00:00+08:00"),
        ("2026-12-31T23:59:00+08:00", "2027-01-01T00:00:00+08:00"),
    ],
)
def test_a_day_ends_where_the_platform_is(now: str, midnight: str) -> None:
    assert next_midnight(at(now), CHINA) == at(midnight)


def test_what_is_noted_holds_until_midnight_and_no_longer(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    quota(folder, "2026-11-22T20:00:00+08:00").check()
    said = quota(folder, "2026-11-22T20:00:00+08:00").note_spent(CHINA)
    assert said == "the quota is used up until 2026-11-23 00:00 (UTC+0800)"
    with pytest.raises(QuotaSpent, match=r"^amap has used up .* start again from 2026-11-23 00:00 \(UTC\+0800\)"):
        quota(folder, "2026-11-22T15:59:59+00:00").check()
    quota(folder, "2026-11-22T16:00:00+00:00").check()


def test_another_key_or_platform_has_a_quota_of_its_own_and_no_key_is_written(tmp_path: Path) -> None:
    now = "2026-11-22T20:00:00+08:00"
    quota(tmp_path, now, key="secretkey").note_spent(CHINA)
    quota(tmp_path, now, key="k2").check()
    quota(tmp_path, now, key="secretkey", platform="other").check()
    (file,) = tmp_path.iterdir()
    assert "secretkey" not in file.name + file.read_text()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"until": 7}', '{"until": "tomorrow"}', '{"until": "2026-11-23T00:00:00"}', "\ud800"],
)
def test_a_file_that_says_nothing_stops_nothing(tmp_path: Path, text: str) -> None:
    one = quota(tmp_path, "2026-11-22T20:00:00+08:00")
    one.path.write_bytes(text.encode("utf-8", "surrogatepass"))
    one.check()


def test_an_end_further_than_a_day_away_is_not_believed(tmp_path: Path) -> None:
    one = quota(tmp_path, "2026-11-22T20:00:00+08:00")
    one.path.write_text(json.dumps({"until": (datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=400)).isoformat()}))
    one.check()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "which the next start will not know" in quota(tmp_path / "file", "2026-11-22T20:00:00+08:00").note_spent(
        CHINA
    )
