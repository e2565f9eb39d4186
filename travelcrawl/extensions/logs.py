"""Logs for machines: one JSON object a line, on stdout or in LOG_FILE."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings

from travelcrawl.errors import UsageError

SERVICE = "travelcrawl"
FORMATS = ("text", "json")
JOB = "SCRAPY_JOB"
"""Environment variable: the job of a Scrapyd node."""
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "spider", "taskName"}
"""What a record holds beside what ``extra`` gave it."""
PLAIN = (str, int, float, bool)

trace_ids: dict[str, str] = {}
"""Platform → the trace of its crawl in this process (tracing.py)."""


class JsonFormatter(logging.Formatter):
    """Write ``time`` (with offset), ``level``, ``msg``, ``logger``, ``service``, ``platform``, ``job`` and ``trace_id``.

    Beside them what a record was given as ``extra``, and ``error``, a traceback.
    """

    def __init__(self) -> None:
        super().__init__()
        self.job = os.environ.get(JOB) or None

    def format(self, record: logging.LogRecord) -> str:
        """Return a line."""
        platform = _platform(record)
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "msg": record.getMessage(),
            "logger": record.name,
            "service": SERVICE,
            "platform": platform,
            "job": self.job,
            "trace_id": trace_ids.get(platform or ""),
        }
        for name, value in vars(record).items():
            if name not in STANDARD and isinstance(value, PLAIN):
                said.setdefault(name, value)
        if record.exc_info and record.exc_info[0]:
            said["error"] = self.formatException(record.exc_info)
        # Lone surrogates of a hostile page are no UTF-8: escaped they are valid JSON.
        return json.dumps(said, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


class LogFile(logging.FileHandler):
    """A log on a disk that may fill: that is said once on stderr, and the crawl goes on."""

    def __init__(self, file: str) -> None:
        super().__init__(file, encoding="utf-8", errors="backslashreplace")
        self._is_told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Say what is wrong with the disk, once."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._is_told:
            self._is_told = True
            sys.stderr.write(
                f"LOG_FILE {self.baseFilename} cannot be written ({error.strerror}): lines will be missing\n"
            )

    def close(self) -> None:
        """Close it, with or without its last line."""
        with contextlib.suppress(OSError):
            super().close()


def _platform(record: logging.LogRecord) -> str | None:
    """Return whose crawl a record is of: it says so itself, or the process has one only."""
    spider = getattr(record, "spider", None)
    name = getattr(spider, "name", None)
    if isinstance(name, str):
        return name
    said = getattr(record, "platform", None)
    if isinstance(said, str):
        return said
    return _running[0] if len(_running) == 1 else None


_running: list[str] = []


def began(platform: str) -> None:
    """Note that a crawl of this process has begun."""
    _running.append(platform)


def ended(platform: str) -> None:
    """Note that it has ended."""
    if platform in _running:
        _running.remove(platform)


def prepare(settings: BaseSettings) -> None:
    """Make the logs of this process as TRAVELCRAWL_LOGS says, before Scrapy makes its own.

    A LOG_FILE that cannot be written is said and left: the crawl logs to its output. Raises UsageError.
    """
    if file := settings.get("LOG_FILE"):
        try:
            with Path(file).open("a", encoding="utf-8"):
                pass
        except OSError as error:
            sys.stderr.write(f"LOG_FILE {file} cannot be written ({error.strerror}): the log goes to the output\n")
            settings.set("LOG_FILE", None, priority="cmdline")
    if settings.get("TRAVELCRAWL_LOGS", "text") not in FORMATS:
        raise UsageError(f"TRAVELCRAWL_LOGS is {settings.get('TRAVELCRAWL_LOGS')!r}; it can be {' or '.join(FORMATS)}")
    file, is_json = settings.get("LOG_FILE"), settings.get("TRAVELCRAWL_LOGS") == "json"
    if not (file or is_json) or not settings.getbool("LOG_ENABLED"):
        return
    handler = LogFile(file) if file else logging.StreamHandler(sys.stdout)
    use_json(handler, settings.get("LOG_LEVEL"))
    if not is_json:
        handler.setFormatter(logging.Formatter(settings.get("LOG_FORMAT"), settings.get("LOG_DATEFORMAT")))
    # Scrapy's own handler would say all again; of a full disk it makes a traceback a line, and ends the crawl.
    settings.set("LOG_ENABLED", False, priority="cmdline")
    settings.set("LOG_FILE", None, priority="cmdline")


def use_json(handler: logging.Handler, level: str) -> None:
    """Have the root logger write JSON lines."""
    handler.setFormatter(JsonFormatter())
    handler.setLevel(level)
    logging.root.addHandler(handler)
