"""The index of the archive in a backup: which WARC files there are, and their checksums; they stay where they are."""

from __future__ import annotations

import json
from pathlib import Path

from travelcrawl.backup.manifest import sha256

FILE = "archive.jsonl"


def save(archive: str, folder: Path) -> None:
    """Write a line a file of the archive: name, bytes, SHA-256. Raises OSError."""
    if not archive:
        return
    with (folder / FILE).open("w", encoding="utf-8") as index:
        for path in sorted(Path(archive).glob("*.warc.gz")):
            line = {"name": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}
            index.write(json.dumps(line, ensure_ascii=False) + "\n")


def missing(archive: str, folder: Path) -> list[str]:
    """Return the names of files in a backup's index that the archive has not, or has shorter than they were."""
    index = folder / FILE
    if not index.exists():
        return []
    lines = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    sizes = {path.name: path.stat().st_size for path in Path(archive or ".").glob("*.warc.gz")}
    return [line["name"] for line in lines if sizes.get(line["name"], -1) < line["bytes"]]
