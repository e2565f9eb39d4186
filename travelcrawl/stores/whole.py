"""Make a file or a folder beside its place and put it there whole, or not at all."""

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
    with _troubles(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with _beside(path) as made:
            yield made
            sync(made)
            made.replace(path)
            sync(path.parent)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill, and put it in its place, where nothing may be yet; else as ``whole``."""
    with _troubles(path), _beside(path) as made:
        made.mkdir()
        yield made
        for file in sorted(made.rglob("*")):
            sync(file)
        made.rename(path)
        sync(path.parent)


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        yield Path(folder, path.name)


@contextlib.contextmanager
def _troubles(path: Path) -> Iterator[None]:
    try:
        yield
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
