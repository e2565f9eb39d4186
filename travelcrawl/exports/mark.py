"""When the last export was: a file that each touches, for metrics. Who may only read a store can export all the same."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from scrapy.settings import BaseSettings


def mark_export(settings: BaseSettings) -> None:
    """Note that an export was made now; where the file cannot be written nothing is noted. Setting: TRAVELCRAWL_EXPORT_MARK."""
    with contextlib.suppress(OSError):
        path = _path(settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def export_age(settings: BaseSettings) -> float | None:
    """Return the seconds since the last export, None where there was none."""
    try:
        return max(0.0, time.time() - _path(settings).stat().st_mtime)
    except OSError:
        return None


def _path(settings: BaseSettings) -> Path:
    return Path(settings.get("TRAVELCRAWL_EXPORT_MARK") or ".travelcrawl/exported")
