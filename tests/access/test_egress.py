from pathlib import Path

import pytest

from travelcrawl.access.egress import Egress, Tier, is_list_url, list_path, parse_egresses, parse_list
from travelcrawl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", []),
        ("direct", ["direct"]),
        ("http://a:1", ["a:1"]),
        ("http://a:1, direct http://a:1", ["a:1", "direct"]),
        ("http://u1:p@gw:8000,http://u2:p@gw:8000", ["gw:8000#4ccc28", "gw:8000#e34e1a"]),
    ],
)
def test_list(text: str, labels: list[str]) -> None:
    found = [egress.label for egress in parse_egresses(text)]
    assert [label.partition("#")[0] for label in found] == [label.partition("#")[0] for label in labels]
    assert len(set(found)) == len(labels)


def test_a_file_holds_one_a_line_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "proxies.txt"
    path.write_text("# ours\nhttp://a:1\n\nhttps://b:2\ndirect\n")
    assert [egress.label for egress in parse_egresses(str(path))] == ["a:1", "b:2", "direct"]


@pytest.mark.parametrize(
    "text",
    ["http://secret:word@host", "ftp://secret:word@a:1", "http://a:b:c,x", "http://[::1,direct", "/no/such/file"],
)
def test_rubbish_is_named_without_its_secrets(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_egresses(text)
    assert "secret" not in str(caught.value)
    assert "TRAVELCRAWL_PROXIES" in str(caught.value)


def test_credentials_are_never_shown() -> None:
    egress = Egress("http://user:secret@gw:8000")
    assert "secret" not in repr(egress) + egress.label
    assert "user" not in repr(egress) + egress.label


@pytest.mark.parametrize(
    ("text", "tiers"),
    [
        ("http://a:1 direct", [Tier.DATACENTER, Tier.DATACENTER]),
        ("direct", [Tier.DATACENTER]),
        ("http://a:1 tier=residential direct", [Tier.RESIDENTIAL, Tier.RESIDENTIAL]),
        ("direct tier=direct, http://a:1", [Tier.DIRECT, Tier.DATACENTER]),
        ("[residential] http://a:1 [datacenter] http://b:2 http://c:3 tier=direct", [3, 2, 1]),
        ("http://a:1\n[residential]\nhttp://b:2\nhttp://a:1", [2, 3]),
    ],
)
def test_tiers(text: str, tiers: list[int]) -> None:
    assert [egress.tier for egress in parse_egresses(text)] == tiers


def test_rubbish_lines_of_a_file_are_named_by_number_and_the_rest_is_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "proxies.txt"
    path.write_text(
        "http://a:1\nhttp://u:secret@\n# a note\n[gold]\ntier=residential\nhttp://b:2 socks5://u:secret@c:3\n\n"
    )
    assert [egress.label for egress in parse_egresses(str(path))] == ["a:1", "b:2"]
    (said,) = caplog.messages
    assert said.startswith("proxies.txt: no proxy in line 2, 4, 5, 6 (write http://")
    assert said.endswith("the other 2 are used")
    assert "secret" not in said


def test_many_rubbish_lines_are_not_all_named(caplog: pytest.LogCaptureFixture) -> None:
    parse_list("rubbish\n" * 20 + "http://a:1", "list")
    assert "9, 10, …" in caplog.text


@pytest.mark.parametrize("text", ["", "# none", "rubbish\nmore"])
def test_a_list_without_a_proxy_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="list of TRAVELCRAWL_PROXIES holds no proxy"):
        parse_list(text, "list")


@pytest.mark.parametrize(
    ("text", "is_url", "path"),
    [
        ("https://lists.example/proxies.txt", True, None),
        ("https://lists.example/?key=1", True, None),
        ("http://a:1", False, None),
        ("http://a:1/", False, None),
        ("http://a:1/x,http://b:2", False, None),
        ("http://a:1/x http://b:2", False, None),
        ("http://[::1", False, None),
        ("ftp://a/list", False, None),
        ("direct", False, None),
        ("", False, None),
        ("proxies.txt", False, Path("proxies.txt")),
        ("/etc/my proxies", False, Path("/etc/my proxies")),
    ],
)
def test_what_a_text_names(text: str, is_url: bool, path: Path | None) -> None:
    assert is_list_url(text) is is_url
    assert list_path(text) == path
