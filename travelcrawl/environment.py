"""Numbers, switches and levels from the environment, which Scrapy reads with the settings before any command could say what is wrong."""

from __future__ import annotations

import logging
import math
import sys
from os import environ
from typing import NoReturn

SWITCHES = frozenset({"true", "false", "1", "0"})
"""What Scrapy's ``getbool`` takes, in small letters."""
LEVELS = "DEBUG, INFO, WARNING, ERROR or CRITICAL"


def number(name: str, default: float, *, least: float = 0.0) -> float:
    """Return a number; what is none is said in one sentence, and the process ends with status 2."""
    said = environ.get(name, "").strip()
    found = number_of(said) if said else default
    if found is None or found < least:
        _end(f"{name} is {said[:40]!r}; it must be a number, {least:g} or more")
    return found


def count(name: str, default: int, *, least: int = 0) -> int:
    """Return a whole number, as ``number`` does."""
    found = number(name, default, least=least)
    if found != int(found):
        _end(f"{name} is {found:g}; it must be a whole number")
    return int(found)


def switch(name: str, *, default: bool) -> bool:
    """Return whether something is on, as ``number`` does."""
    said = environ.get(name, "").strip().lower()
    if said and said not in SWITCHES:
        _end(f"{name} is {said[:40]!r}; it must be true or false")
    return said in {"true", "1"} if said else default


def level(name: str, default: str) -> str:
    """Return a level of logging, as ``number`` does."""
    said = environ.get(name, "").strip() or default
    if not is_level(said):
        _end(f"{name} is {said[:40]!r}; it must be {LEVELS}")
    return said.upper()


def number_of(said: object) -> float | None:
    """Return the finite number that is said, None where it is none."""
    try:
        found = float(str(said))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def is_level(said: object) -> bool:
    """Say whether logging knows a level."""
    return str(said).upper() in logging.getLevelNamesMapping()


def _end(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(2)
