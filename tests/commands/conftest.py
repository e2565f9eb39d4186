from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import programs

SETTINGS = """
BOT_NAME = "box"
SPIDER_MODULES = ["box.spiders"]
COMMANDS_MODULE = "travelcrawl.commands"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "WARNING"
ITEM_PIPELINES = {"travelcrawl.pipelines.store.StorePipeline": 900, "box.faults.Faults": 950}
EXTENSIONS = {"travelcrawl.extensions.progress.Progress": 500}
TRAVELCRAWL_DATABASE_URL = ""
TRAVELCRAWL_STORE = "travel.gpkg"
"""
SPIDERS = """
import asyncio
import os
import signal
import scrapy
from scrapy.exceptions import CloseSpider
from travelcrawl.errors import UnknownCity, UsageError
from travelcrawl.items import Listing


class Base(scrapy.Spider):
    def __init__(self, name=None, **arguments):
        super().__init__(name)
        self.arguments = arguments
        if arguments.get("city") == "拉萨":
            raise UnknownCity(f"{self.name} is not known to cover 拉萨; it covers 成都")

    async def start(self):
        fault = self.settings.get("FAULT")
        if fault == "seeds":
            raise UsageError("there is nothing to begin with")
        if fault == "bug":
            raise ValueError("not ours")
        print("begins", self.name, self.arguments.get("city"), flush=True)
        for number in range(3):
            yield scrapy.Request(f"data:,{number}", dont_filter=True)
        if fault == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(30)

    async def parse(self, response):
        await asyncio.sleep(0.05)
        if self.settings.get("FAULT") == "refused":
            self.crawler.stats.set_value("ended_by", "the key is refused (10001)")
            raise CloseSpider("forbidden")
        yield Listing(platform=self.name, ref=f"{self.arguments.get('city')}-{response.text}", lon=104.0, lat=30.6)

    def closed(self, reason):
        print("ends", self.name, self.arguments.get("city"), flush=True)


class Amap(Base):
    name = "amap"


class Ctrip(Base):
    name = "ctrip"
"""
FAULTS = """
from travelcrawl.errors import GaveUp, StoreError


class Faults:
    def __init__(self, crawler):
        self.crawler = crawler
        self.fault = crawler.settings.get("FAULT")
        if self.fault == "broken":
            raise RuntimeError("not ours")

    @classmethod
    def from_crawler(cls, crawler):
        return cls(crawler)

    def process_item(self, item):
        if self.fault == "given up":
            raise GaveUp("no answer", cause="site_down")
        if self.fault == "uncommitted":
            self.crawler.stats.set_value("store/uncommitted", 1200)
        return item

    async def close_spider(self):
        if self.fault == "close":
            raise StoreError("the disk is full; what was not written is fetched again by the next run")
"""


@pytest.fixture
def scrapy(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``scrapy`` in a project of two spiders that need no network."""
    package = tmp_path / "box"
    package.mkdir()
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = box.settings\n")
    for name, text in (("__init__", ""), ("settings", SETTINGS), ("spiders", SPIDERS), ("faults", FAULTS)):
        (package / f"{name}.py").write_text(text, encoding="utf-8")

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return programs.run(
            *("-m", "scrapy", *arguments),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "140", **environment},
        )

    return run
