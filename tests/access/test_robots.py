import pytest

from travelcrawl.access.robots import ALLOW_ALL, DENY_ALL, MAX_BYTES, parse_permitted, read_robots
from travelcrawl.access.verdicts import Answer
from travelcrawl.errors import UsageError

CLOSED = b"User-agent: *\nDisallow: /\n"
CHALLENGE = "<html><title>安全验证</title></html>".encode()


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, CLOSED, False),
        (200, b"\xef\xbb\xbf" + CLOSED, False),
        (200, b"User-agent: *\nDisallow: /other\n", True),
        (200, b"User-agent: Baiduspider\nDisallow: /\n", True),
        (200, b"User-agent: travelcrawl\nDisallow: /\n\nUser-agent: *\nAllow: /\n", False),
        (200, b"", True),
        (200, b"\xff\xfe rubbish \x00", True),
        (200, b"  <!DOCTYPE html><title>home</title>", True),
        (200, CLOSED + b"#" * MAX_BYTES + b"\nUser-agent: *\nAllow: /\n", False),
        (200, CLOSED + b"Disallow: /nothing/like/it/\n" * 200_000, False),
        (200, CLOSED + b"A" * 5_000_000, False),
        (404, CLOSED, True),
        (403, b"", True),
        (200, CHALLENGE, None),
        (429, b"", None),
        (500, CLOSED, None),
        (503, b"", None),
        (302, b"", None),
    ],
)
def test_what_an_answer_says(status: int, body: bytes, allowed: bool | None) -> None:
    robots = read_robots(Answer(url="https://a/robots.txt", status=status, body=body))
    assert (robots.allows("https://a/poi/1.html", "travelcrawl") if robots else None) is allowed


def test_the_two_ends() -> None:
    assert ALLOW_ALL.allows("https://a/x", "travelcrawl")
    assert not DENY_ALL.allows("https://a/x", "travelcrawl")


def test_permitted_hosts_need_a_reason() -> None:
    assert parse_permitted("A.example=contract 12; b.example = sandbox;") == {
        "a.example": "contract 12",
        "b.example": "sandbox",
    }
    for text in ("a.example", "a.example=", "=why", "https://a/=why"):
        with pytest.raises(UsageError, match="host=reason"):
            parse_permitted(text)
