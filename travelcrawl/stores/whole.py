"""Make a file beside its place and put it there whole, or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from travelcrawl.errors import StoreFull, UsageError


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a path to write, of the same name in a folder of its own, and put what is there in place of the old file.

    A reader sees the old one or the new one, even after a power cut. Where anything fails the old one stays and nothing
    else is left. Raises UsageError where the folder cannot be written, StoreFull where the disk is full.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            made = Path(folder, path.name)
            yield made
            sync(made)
            made.replace(path)
            sync(path.parent)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreFull(f"the disk of {path} is full; make room and try again: nothing was changed") from None
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
