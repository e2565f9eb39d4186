"""What a backup says of itself: when it was made, by which versions, of what, and the checksums of its files."""

from __future__ import annotations

import hashlib
import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import attrs

from travelcrawl.errors import BackupError

NAME = "manifest.json"
FORM = 1
"""Version of the layout of a backup."""


@attrs.frozen
class Tally:
    """How many rows or values something holds, and a hash over all of them whatever their order."""

    rows: int
    content: str
    """Hexadecimal."""


@attrs.define(kw_only=True)
class Manifest:
    """The manifest of one backup."""

    made_at: datetime
    """Aware, UTC."""
    form: int = FORM
    versions: dict[str, str] = attrs.field(
        factory=lambda: {"travelcrawl": version("travelcrawl"), "python": platform.python_version()}
    )
    settings: dict[str, str] = attrs.field(factory=dict)
    """Those of settings.py at that time; none that may hold a secret."""
    author_key: str | None = None
    """What the key of the author hashes is known again by; the key itself is not in the backup."""
    store: str = ""
    """``postgis`` or ``geopackage``."""
    migrations: list[str] = attrs.field(factory=list)
    """Of PostGIS: what its schema is made of."""
    tables: dict[str, Tally] = attrs.field(factory=dict)
    """Table or layer of the store → what it holds."""
    frontier: str = ""
    """``redis`` or ``sqlite``."""
    queues: dict[str, Tally] = attrs.field(factory=dict)
    """File of the frontier, or platform in Redis → what it holds."""
    files: dict[str, str] = attrs.field(factory=dict)
    """Path in the backup → SHA-256."""

    def write(self, folder: Path) -> None:
        """Note the checksums of all files of a folder and write it there. Raises OSError."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        self.files = {path.relative_to(folder).as_posix(): sha256(path) for path in files}
        said = attrs.asdict(self) | {"made_at": self.made_at.isoformat()}
        text = json.dumps(said | {"digest": _digest(said)}, ensure_ascii=False, indent=1)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it from a backup and compare all checksums. Raises BackupError where anything is not as it was written."""
        path = folder / NAME
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            digest = said.pop("digest")
        except FileNotFoundError:
            raise BackupError(f"{folder} is no backup: it has no {NAME}") from None
        except (OSError, ValueError, AttributeError, LookupError) as error:
            raise BackupError(f"{path} is damaged ({error}); take another backup") from None
        if digest != _digest(said):
            raise BackupError(f"{path} is damaged (it does not fit its own checksum); take another backup")
        if said["form"] != FORM:
            raise BackupError(
                f"{folder} was made by a newer travelcrawl ({said['versions']['travelcrawl']}); update first"
            )
        for part in ("tables", "queues"):
            said[part] = {name: Tally(**tally) for name, tally in said[part].items()}
        made = cls(**said | {"made_at": datetime.fromisoformat(said["made_at"]).astimezone(UTC)})
        made._check_files(folder)
        return made

    def _check_files(self, folder: Path) -> None:
        for name, expected in self.files.items():
            try:
                found = sha256(folder / name)
            except OSError as error:
                raise BackupError(f"{folder / name} cannot be read ({error.strerror}); take another backup") from None
            if found != expected:
                raise BackupError(f"{folder / name} is damaged: its SHA-256 is not the manifest's; take another backup")


def _digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Sum:
    """A hash over many values, whatever their order: the sum of their hashes modulo 2^64."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, value: bytes) -> None:
        """Take one more value."""
        self.rows += 1
        self._sum += int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "big")

    @property
    def tally(self) -> Tally:
        """What has been taken."""
        return Tally(self.rows, f"{self._sum % 2**64:016x}")


def compare(what: str, expected: dict[str, Tally], found: dict[str, Tally]) -> None:
    """Raise BackupError unless what was put back is what had been there."""
    for name in sorted(expected.keys() | found.keys()):
        before, now = expected.get(name), found.get(name)
        if before != now:
            rows = f"{before.rows if before else 0} rows before, {now.rows if now else 0} now"
            raise BackupError(f"{name} of the {what} is not what was saved ({rows}); do not use it, restore again")
