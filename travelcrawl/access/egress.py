"""Where requests leave from: the list of egresses and whose turn it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from travelcrawl.errors import UsageError

DIRECT = "direct"


@attrs.frozen
class Egress:
    """A place requests leave from. Two users of one gateway are two egresses."""

    url: str | None = attrs.field(repr=False)
    """Proxy URL with credentials, None for direct. Never shown: ``label`` is."""

    @property
    def label(self) -> str:
        """What logs, stats and errors may say: host and port, and a hash that tells users of one gateway apart."""
        if self.url is None:
            return DIRECT
        parts = urlsplit(self.url)
        who = hashlib.sha256(self.url.encode()).hexdigest()[:6] if parts.username else ""
        return f"{parts.hostname}:{parts.port}" + (f"#{who}" if who else "")


def parse_egresses(text: str) -> tuple[Egress, ...]:
    """Read a list of egresses: separated by commas or blanks, or the path of a file with one a line (``#`` comments).

    Empty text is an empty tuple. Raises UsageError, naming the line but never its credentials, where one is no proxy URL.
    """
    text = text.strip()
    if text and "://" not in text and text != DIRECT and "," not in text:
        text = _read(text)
    lines = [line.partition("#")[0] if line.lstrip().startswith("#") else line for line in text.splitlines()]
    words = [word for line in lines for word in line.replace(",", " ").split()]
    return tuple(dict.fromkeys(_egress(word, number) for number, word in enumerate(words, 1)))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"TRAVELCRAWL_PROXIES is neither a list of proxy URLs nor a readable file: {path!r}; write http://host:port"
        ) from None


def _egress(word: str, number: int) -> Egress:
    if word == DIRECT:
        return Egress(None)
    try:
        parts = urlsplit(word)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(
            f"entry {number} of TRAVELCRAWL_PROXIES is no proxy; write http://[user:password@]host:port or direct"
        )
    return Egress(word)


class EgressPool:
    """Give out egresses in turn."""

    def __init__(self, egresses: Iterable[Egress]) -> None:
        self.egresses = tuple(egresses)
        self._turn = cycle(self.egresses)

    def take(self) -> Egress:
        """Return the next egress."""
        return next(self._turn)

    def named(self, label: str) -> Egress | None:
        """Return the egress of a label, None where the list has it no more."""
        return next((egress for egress in self.egresses if egress.label == label), None)
