"""Who wrote something is kept as a keyed hash only: the same person stays the same, nobody can tell who it is.

The key is the setting SECRET_KEY, else a random one made at the first run and kept in TRAVELCRAWL_SECRET_FILE. With
another key every author becomes another: a database goes with its key.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from travelcrawl.errors import UsageError

DEFAULT_PATH = Path(".travelcrawl/secret")
BYTES = 32
"""Length of a key made here."""
HEX_DIGITS = 32
"""Length of a hash: the first 128 bit, so that a billion authors still have no two alike."""


class AuthorHash(str):
    """The hash that stands for an author. Its type says that it is one: a text that looks like it is still hashed."""

    __slots__ = ()


def author_hash(platform: str, author: Any, key: bytes) -> AuthorHash | None:
    """Return the first 128 bit of HMAC-SHA-256 of ``platform:author`` as hex; None where there is no author.

    What is an AuthorHash already stays as it is.
    """
    if isinstance(author, AuthorHash):
        return author
    if isinstance(author, bool) or not isinstance(author, str | int):
        return None
    try:
        name = str(author).strip()
    except ValueError:
        # Python refuses to write out integers of more than 4,300 digits.
        return None
    if not name:
        return None
    message = f"{platform}:{name}".encode("utf-8", "surrogatepass")
    return AuthorHash(hmac.digest(key, message, "sha256").hex()[:HEX_DIGITS])


def author_key(settings: Mapping[str, Any]) -> bytes:
    """Return the key of the author hashes, made and kept where there is none yet.

    Settings: SECRET_KEY, TRAVELCRAWL_SECRET_FILE. Raises UsageError where it can neither be read nor kept.
    """
    given = settings.get("SECRET_KEY") or os.environ.get("SECRET_KEY")
    if given:
        return str(given).encode()
    path = Path(str(settings.get("TRAVELCRAWL_SECRET_FILE") or DEFAULT_PATH))
    try:
        return _read(path) or _make(path)
    except OSError as error:
        raise UsageError(
            f"cannot keep the key of the author hashes in {path}: {error.strerror}; "
            "set SECRET_KEY, or TRAVELCRAWL_SECRET_FILE to a file that can be written"
        ) from None


def _read(path: Path) -> bytes | None:
    try:
        key = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    if len(key) < BYTES:
        raise UsageError(
            f"{path} does not hold a key of author hashes; put it back, or remove it to have a new one made"
        )
    return key


def _make(path: Path) -> bytes:
    """Make a key; of several processes that do so at once one wins, and all return its key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never replaces another process's key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes().strip()
