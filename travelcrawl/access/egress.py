"""Where requests leave from: the list of egresses and whose turn it is."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from travelcrawl.errors import UsageError

logger = logging.getLogger(__name__)

DIRECT = "direct"
WRITE = "write http://[user:password@]host:port or direct"


class Tier(IntEnum):
    """What an egress costs: a higher tier is used only while no egress of a lower one is in use at a site."""

    DIRECT = 1
    DATACENTER = 2
    RESIDENTIAL = 3


@attrs.frozen
class Egress:
    """A place requests leave from. Two users of one gateway are two egresses."""

    url: str | None = attrs.field(repr=False)
    """Proxy URL with credentials, None for direct. Never shown: ``label`` is."""
    tier: Tier = Tier.DATACENTER
    label: str = attrs.field(init=False, eq=False)
    """What logs, stats and errors may say: host and port, and a hash that tells users of one gateway apart."""

    @label.default
    def _label(self) -> str:
        if self.url is None:
            return DIRECT
        parts = urlsplit(self.url)
        who = hashlib.sha256(self.url.encode()).hexdigest()[:6] if parts.username else ""
        return f"{parts.hostname}:{parts.port}" + (f"#{who}" if who else "")


def is_list_url(text: str) -> bool:
    """Say whether a text is the address of a list of egresses: a proxy's has no path."""
    parts = urlsplit(text.strip()) if len(text.split()) == 1 and "," not in text and "[" not in text else None
    return (
        parts is not None and parts.scheme in {"http", "https"} and (parts.path not in ("", "/") or bool(parts.query))
    )


def list_path(text: str) -> Path | None:
    """Return the path of the file that a text names, None where it is a list itself."""
    text = text.strip()
    is_path = text and "://" not in text and text != DIRECT and "," not in text and "\n" not in text
    return Path(text) if is_path else None


def parse_egresses(text: str) -> tuple[Egress, ...]:
    """Read TRAVELCRAWL_PROXIES: a list, separated by commas or blanks, or the path of a file with one.

    A word ``tier=residential`` after an egress, or a line ``[residential]`` before some, names their tier (direct, datacenter,
    residential); without, a proxy is datacenter and ``direct`` of the lowest tier there is. Empty text is an empty tuple. Raises
    UsageError, naming the entry but never its credentials, where one is no proxy; in a file see ``parse_list``.
    """
    if path := list_path(text):
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise UsageError(
                f"TRAVELCRAWL_PROXIES is neither a list of proxy URLs nor a readable file: {str(path)!r}; write http://host:port"
            ) from None
        return parse_list(text, path.name)
    egresses, wrong = _read([text.replace("\n", " ")])
    if wrong:
        what = f"entry {wrong[0][1]} of TRAVELCRAWL_PROXIES is no proxy"
        raise UsageError(f"{what}; {WRITE}")
    return egresses


def parse_list(text: str, name: str) -> tuple[Egress, ...]:
    """Read a file or an answer with a list, ``#`` begins a comment.

    Lines that hold no proxy are named in one warning, by number, and left out: the others are used. Raises UsageError where none is left.
    """
    egresses, wrong = _read(
        line.partition("#")[0] if line.lstrip().startswith("#") else line for line in text.splitlines()
    )
    numbers = list(dict.fromkeys(number for number, _ in wrong))
    if wrong and egresses:
        named = ", ".join(map(str, numbers[:10])) + (", …" if len(numbers) > 10 else "")
        logger.warning("%s: no proxy in line %s (%s); the other %d are used", name, named, WRITE, len(egresses))
    if not egresses:
        raise UsageError(f"{name} of TRAVELCRAWL_PROXIES holds no proxy; {WRITE}, one a line")
    return egresses


def _read(lines: Iterable[str]) -> tuple[tuple[Egress, ...], list[tuple[int, int]]]:
    """Return the egresses of some lines, each once, and line and entry (from 1) of each word that is none."""
    found: dict[str | None, Tier | None] = {}
    wrong: list[tuple[int, int]] = []
    section: Tier | None = None
    for number, line in enumerate(lines, 1):
        last: str | None = ""
        for entry, word in enumerate(_words(line), 1):
            try:
                if word.startswith("[") and word.endswith("]"):
                    section = Tier[word[1:-1].upper()]
                elif word.startswith("tier=") and last != "":
                    found[last] = Tier[word[5:].upper()]
                else:
                    last = _url(word)
                    found.setdefault(last, section)
            except (KeyError, ValueError):
                wrong.append((number, entry))
    unmarked = Tier.DATACENTER
    lowest = min((tier or unmarked for url, tier in found.items() if url), default=unmarked)
    return tuple(Egress(url, tier or (unmarked if url else lowest)) for url, tier in found.items()), wrong


def _words(line: str) -> Iterator[str]:
    yield from re.split(r"[\s,]+", line.strip(" \t,")) if line.strip(" \t,") else ()


def _url(word: str) -> str | None:
    """Return the URL of a proxy, None for direct. Raises ValueError."""
    if word == DIRECT:
        return None
    parts = urlsplit(word)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port is None or parts.path not in ("", "/"):
        raise ValueError
    return word
