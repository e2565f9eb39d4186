import hmac
import os
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from travelcrawl.errors import UsageError
from travelcrawl.pipelines.authors import AuthorHash, author_hash, author_key

KEY = b"secret"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)


def test_hash_is_the_first_half_of_hmac_sha256() -> None:
    expected = hmac.new(KEY, "weibo:旅行者".encode(), "sha256").hexdigest()[:32]
    assert author_hash("weibo", " 旅行者 ", KEY) == expected


@pytest.mark.parametrize("other", [("ctrip", "旅行者", KEY), ("weibo", "旅行者2", KEY), ("weibo", "旅行者", b"other")])
def test_platform_author_and_key_count(other: tuple[str, str, bytes]) -> None:
    assert author_hash(*other) != author_hash("weibo", "旅行者", KEY)


def test_id_as_number_or_text_is_one_author() -> None:
    assert author_hash("weibo", 42, KEY) == author_hash("weibo", "42", KEY)


def test_a_hash_stays_and_what_looks_like_one_does_not() -> None:
    found = author_hash("weibo", "旅行者", KEY)
    assert author_hash("weibo", found, KEY) is found
    assert author_hash("weibo", str(found), KEY) not in (None, str(found))


@pytest.mark.parametrize("raw", [None, "", "  ", True, 1.5, ["a"], {"name": "a"}, pytest.param(10**5000, id="huge")])
def test_no_author(raw: object) -> None:
    assert author_hash("weibo", raw, KEY) is None


def test_lone_surrogates_are_hashed_too() -> None:
    assert isinstance(author_hash("weibo", "\ud800", KEY), AuthorHash)


def test_key_comes_from_the_setting_then_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the environment")
    path = tmp_path / "secret"
    assert author_key({"SECRET_KEY": "given", "TRAVELCRAWL_SECRET_FILE": str(path)}) == b"given"
    assert author_key({"SECRET_KEY": "", "TRAVELCRAWL_SECRET_FILE": str(path)}) == b"of the environment"
    assert not path.exists()


def test_key_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"
    made = author_key({"TRAVELCRAWL_SECRET_FILE": str(path)})
    assert len(bytes.fromhex(made.decode())) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert author_key({"TRAVELCRAWL_SECRET_FILE": str(path)}) == made


def test_default_path_is_relative_to_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    author_key({})
    assert (tmp_path / ".travelcrawl" / "secret").is_file()


def _key_of(path: str) -> bytes:
    return author_key({"TRAVELCRAWL_SECRET_FILE": path})


def test_processes_that_begin_at_once_share_one_key(tmp_path: Path) -> None:
    path = str(tmp_path / "secret")
    with ProcessPoolExecutor(4) as pool:
        keys = set(pool.map(_key_of, [path] * 16))
    assert keys == {_key_of(path)}
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_the_loser_of_a_race_takes_the_winners_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    link = os.link

    def late(draft: Path, target: Path) -> None:
        path.write_text("f" * 64)
        link(draft, target)

    monkeypatch.setattr(os, "link", late)
    assert _key_of(str(path)) == b"f" * 64
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_a_damaged_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("short")
    with pytest.raises(UsageError, match="does not hold a key"):
        author_key({"TRAVELCRAWL_SECRET_FILE": str(path)})
    assert path.read_text() == "short"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="set SECRET_KEY, or TRAVELCRAWL_SECRET_FILE"):
        author_key({"TRAVELCRAWL_SECRET_FILE": str(tmp_path / "file" / "secret")})
