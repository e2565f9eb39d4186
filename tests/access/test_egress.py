from pathlib import Path

import pytest

from travelcrawl.access.egress import Egress, EgressPool, parse_egresses
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


def test_the_pool_takes_turns_and_finds_by_label() -> None:
    pool = EgressPool(parse_egresses("http://a:1,http://b:2"))
    assert [pool.take().label for _ in range(3)] == ["a:1", "b:2", "a:1"]
    assert pool.named("b:2") == Egress("http://b:2")
    assert pool.named("c:3") is None
