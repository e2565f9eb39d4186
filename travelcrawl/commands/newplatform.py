"""``scrapy newplatform``: write the spider, the page module and the first fixture of a platform."""

from __future__ import annotations

import argparse
import asyncio
import keyword
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from string import Template
from typing import Any

import attrs
from scrapy.commands import ScrapyCommand
from scrapy.utils.conf import closest_scrapy_cfg

from travelcrawl.errors import TravelcrawlError, UsageError
from travelcrawl.pages import SHARED

TEMPLATES = Path(__file__).parent / "templates"
FIXTURES = Path("tests/fixtures")


@attrs.frozen(kw_only=True)
class Platform:
    """A platform to begin with. Raises UsageError where name or host will not do."""

    name: str
    host: str

    def __attrs_post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]{1,30}", self.name) or keyword.iskeyword(self.name) or self.name in SHARED:
            raise UsageError(
                f"{self.name!r} cannot name a platform: 2-31 small letters and digits, no word of Python's"
            )
        if not re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", self.host):
            raise UsageError(f"{self.host!r} is no host name, such as www.example.com")

    def filled(self, template: str) -> str:
        """Return a template with this platform's words in it."""
        words = {"name": self.name, "host": self.host, "title": self.name.title(), "pattern": re.escape(self.host)}
        return Template((TEMPLATES / f"{template}.tmpl").read_text(encoding="utf-8")).substitute(words)


class Command(ScrapyCommand):
    """Write what a new platform needs; docs/add-a-platform.md says how to go on."""

    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Return how the command is called."""
        return "NAME HOST"

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Write the spider, the page module and the first fixture of a new platform"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's own signature
        """Write the files. Exit status 2, with one sentence and nothing written, where that cannot be."""
        try:
            if len(args) != 2:
                raise UsageError("scrapy newplatform needs a name and a host: scrapy newplatform demo www.example.com")
            for path in write(Platform(name=args[0], host=args[1]), _root()):
                print(path)
        except TravelcrawlError as error:
            print(error, file=sys.stderr)
            self.exitcode = 2


def write(platform: Platform, root: Path) -> list[Path]:
    """Write the files under the root of a checkout and return them. Raises UsageError where one is there already."""
    page = root / "travelcrawl" / "pages" / f"{platform.name}.py"
    spider = root / "travelcrawl" / "spiders" / f"{platform.name}.py"
    fixtures = root / FIXTURES / f"travelcrawl.pages.{platform.name}.ListPage"
    for path in (page, spider, fixtures):
        if path.exists():
            raise UsageError(f"{path.relative_to(root)} is there already; nothing was written")
    try:
        page.write_text(platform.filled("page.py"), encoding="utf-8")
        spider.write_text(platform.filled("spider.py"), encoding="utf-8")
        fixture = _fixture(platform, page, fixtures)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    return [path.relative_to(root) for path in (spider, page, fixture)]


def _fixture(platform: Platform, page: Path, folder: Path) -> Path:
    """Keep the sample answer and what the new page reads in it."""
    from web_poet import HttpResponse  # noqa: PLC0415 (every scrapy command imports this module)
    from web_poet.testing import Fixture  # noqa: PLC0415

    from travelcrawl.pages.base import Said  # noqa: PLC0415

    response = HttpResponse(f"https://{platform.host}/list/310000", platform.filled("answer.html").encode())
    item = asyncio.run(_loaded(page).ListPage(response).to_item())
    return Fixture.save(folder, inputs=[response], item=item, meta={"adapter": Said}, fixture_name="first").path


def _loaded(page: Path) -> Any:
    spec = spec_from_file_location(f"travelcrawl.pages.{page.stem}", page)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _root() -> Path:
    found = closest_scrapy_cfg()
    root = Path(found).parent if found else Path()
    if not found or not (root / "travelcrawl" / "pages").is_dir():
        raise UsageError("scrapy newplatform writes into a checkout of travelcrawl; run it there")
    return root
