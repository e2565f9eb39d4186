"""Put a text file in its place whole, or not at all."""

from __future__ import annotations

from pathlib import Path

from travelcrawl.stores.whole import whole


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one, even after a power cut.

    Raises UsageError where the folder cannot be written, StoreFull where the disk is full; the old file is then untouched.
    """
    with whole(path) as made:
        made.write_text(text, encoding="utf-8", errors="replace")
