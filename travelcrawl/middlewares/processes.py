"""The processes of browsers, and the memory that they have."""

from __future__ import annotations

import psutil


def tree(process: psutil.Process | None) -> list[psutil.Process]:
    """Return a process and all that descend from it."""
    try:
        return [process, *process.children(recursive=True)] if process else []
    except psutil.NoSuchProcess:
        return []


def memory_of_children() -> int:
    """Return the bytes of memory that all processes under this one have.

    What they share is divided up among them (PSS); where that may not be read it is what is resident (RSS).
    """
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_full_info().pss
        except psutil.AccessDenied:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
