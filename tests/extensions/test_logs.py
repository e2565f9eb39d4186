from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.settings import Settings

from travelcrawl.errors import UsageError
from travelcrawl.extensions import logs
from travelcrawl.extensions.logs import JsonFormatter, prepare


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    handlers = [*logging.root.handlers]
    yield
    for handler in [one for one in logging.root.handlers if one not in handlers]:
        logging.root.removeHandler(handler)
        handler.close()
    logs._running.clear()
    logs.trace_ids.clear()


def line(record: logging.LogRecord) -> dict[str, Any]:
    text = JsonFormatter().format(record)
    assert "\n" not in text
    text.encode()
    said: dict[str, Any] = json.loads(text)
    return said


def record(message: str = "%s pages", *words: Any, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("box.part", logging.INFO, "x.py", 1, message, words, more.pop("exc_info", None))
    vars(made).update(more)
    return made


def test_the_fields_of_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPY_JOB", "job-1")
    logs.began("ctrip")
    logs.trace_ids["ctrip"] = "ab" * 16
    said = line(record("%s pages", 7))
    assert datetime.fromisoformat(said.pop("time")).tzinfo is not None
    assert said == {
        "level": "INFO",
        "msg": "7 pages",
        "logger": "box.part",
        "service": "travelcrawl",
        "platform": "ctrip",
        "job": "job-1",
        "trace_id": "ab" * 16,
    }


@pytest.mark.parametrize(
    ("running", "more", "platform"),
    [
        ([], {}, None),
        (["ctrip", "amap"], {}, None),
        (["ctrip", "amap"], {"spider": SimpleNamespace(name="amap")}, "amap"),
        (["ctrip"], {"platform": "weibo"}, "weibo"),
    ],
)
def test_whose_crawl_it_is_of(running: list[str], more: dict[str, Any], platform: str | None) -> None:
    for one in running:
        logs.began(one)
    assert line(record("x", **more))["platform"] == platform


def test_what_pages_say_breaks_no_line() -> None:
    said = line(record("%s", 'a"\n{"level": "x"}\u2028\udc80\x00'))
    assert said["level"] == "INFO"
    assert said["msg"].startswith('a"\n{"level"')


def test_an_error_is_in_its_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        said = line(record("it failed", exc_info=sys.exc_info(), verdict="challenged"))
    assert "ValueError: two\nlines" in said["error"]
    assert said["verdict"] == "challenged"


def test_a_log_file_that_cannot_be_written_is_said_and_left(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings({"LOG_FILE": "/proc/no/crawl.log"})
    prepare(settings)
    assert settings["LOG_FILE"] is None
    assert "LOG_FILE /proc/no/crawl.log cannot be written" in capsys.readouterr().err


def test_json_takes_the_place_of_text(tmp_path: Path) -> None:
    file = tmp_path / "crawl.log"
    settings = Settings({"TRAVELCRAWL_LOGS": "json", "LOG_FILE": str(file), "LOG_LEVEL": "INFO"})
    prepare(settings)
    assert (settings["LOG_FILE"], settings.getbool("LOG_ENABLED")) == (None, False)
    logging.getLogger("box").warning("here")
    assert json.loads(file.read_text(encoding="utf-8"))["msg"] == "here"


def test_a_form_that_is_none() -> None:
    with pytest.raises(UsageError, match="TRAVELCRAWL_LOGS is 'xml'; it can be text or json"):
        prepare(Settings({"TRAVELCRAWL_LOGS": "xml"}))
