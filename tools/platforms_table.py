"""Write docs/platforms.md: what the code says of each platform, and the remarks of docs/platforms.toml."""

from __future__ import annotations

import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from travelcrawl.pages.base import TravelPage, pages_of, rules_of
from travelcrawl.spiders.base import TravelSpider

DOCS = Path(__file__).resolve().parent.parent / "docs"
LAYERS = ("listings", "reviews", "notes")
INTRODUCTION = """\
# Platforms

Made by `make docs` from spiders, page objects, verdict rules and the remarks in docs/platforms.toml; do
not edit. Dates say when a fact was seen. What needs a login, a signature, a challenge solved or a font decoded is left out
everywhere: it is reported as a verdict, counted, and the rest goes on.
"""


def main() -> None:
    """Write the file."""
    (DOCS / "platforms.md").write_text(document(), encoding="utf-8")


def document(remarks: Mapping[str, Any] | None = None) -> str:
    """Return the whole text; platforms that have no remarks are not in it."""
    remarks = remarks or tomllib.loads((DOCS / "platforms.toml").read_text(encoding="utf-8"))
    spiders = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["travelcrawl.spiders"]}))
    loaded = {name: spiders.load(name) for name in remarks}
    head = ("platform", "collected", "begins at", "datum", "robots.txt")
    rows = [_row(spider, remarks[name]) for name, spider in loaded.items()]
    sections = [_section(spider, remarks[name]) for name, spider in loaded.items()]
    return "\n".join([INTRODUCTION, *_table(head, rows), "", *sections])


def _row(spider: type[TravelSpider], said: Mapping[str, Any]) -> tuple[str, ...]:
    name = str(spider.name)
    begins = ", ".join(f"`{one}`" for one in sorted(spider.offers_seeds))
    return (f"[{said['title']}](#{name})", ", ".join(collected(name)), begins, said["datum"], said["robots"])


def collected(platform: str) -> list[str]:
    """Return what the platform's pages give: layers, and offers where they make any."""
    pages = pages_of(platform).values()
    given = {layer for page in pages for layer in page.gives}
    modules = [import_module(f"travelcrawl.pages.{platform}")]
    if (DOCS.parent / f"travelcrawl/pages/{platform}_parts.py").exists():
        modules.append(import_module(f"travelcrawl.pages.{platform}_parts"))
    offers = ["offers"] if any(hasattr(module, "Offer") for module in modules) else []
    return [layer for layer in LAYERS if layer in given] + offers


def _section(spider: type[TravelSpider], said: Mapping[str, Any]) -> str:
    name = str(spider.name)
    parts = [f'<a id="{name}"></a>', "", f"## {said['title']}", "", _paragraph(spider), ""]
    parts += [f"- **Begins at** {one}" for one in _entries(spider)]
    parts += [f"- **Limit** {one}" for one in said["limits"]]
    parts += [f"- **Left out** {one}" for one in said["left_out"]]
    pages = [(f"`{page.__name__}`", _first_line(page), ", ".join(_gives(page))) for page in pages_of(name).values()]
    parts += ["", *_table(("page object", "reads", "leads to"), pages)]
    signs = [(f"`{verdict}`", "; ".join(sorted(whys))) for verdict, whys in sorted(_signs(name).items())]
    if signs:
        parts += ["", *_table(("verdict", "signs of its own, before the generic ones"), signs)]
    return "\n".join(parts) + "\n"


def _paragraph(spider: type[TravelSpider]) -> str:
    return _markdown(spider.__doc__)


def _entries(spider: type[TravelSpider]) -> Iterator[str]:
    if "city" in spider.offers_seeds:
        yield f"`-a city=`: {_cities(spider)}."
    if spider.categories:
        yield f"`-a category=`: {', '.join(f'`{one}`' for one in spider.categories)}."
    if "keyword" in spider.offers_seeds:
        yield "`-a keyword=`."
    if "urls" in spider.offers_seeds:
        yield f"`-a urls=FILE`: addresses of its pages{', ids and what apps share' if spider.addresses else ''}."


def _cities(spider: type[TravelSpider]) -> str:
    if not spider.cities:
        return "any city of the table"
    more = "; others are looked up by name on the site" if spider.looks_up_cities else ""
    return f"{len(spider.cities)} cities by the platform's own number{more}"


def _gives(page: type[TravelPage[Any]]) -> list[str]:
    return [layer for layer in LAYERS if layer in page.gives]


def _first_line(page: type[TravelPage[Any]]) -> str:
    return _markdown((page.__doc__ or "").partition("\n\n")[0])


def _markdown(text: str | None) -> str:
    """Return a docstring on one line, its code as Markdown writes it."""
    return " ".join((text or "").split()).replace("``", "`")


def _signs(platform: str) -> dict[str, set[str]]:
    """Return verdict → why, of the platform's own rules."""
    signs: dict[str, set[str]] = defaultdict(set)
    for rule in rules_of(platform):
        ending = " (ends the run)" if rule.ends_run else ""
        why = rule.why.partition(": ")[0].replace("{value}", "…").replace("{status}", "…")
        signs[rule.verdict.value].add(why + ending)
    return signs


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]


if __name__ == "__main__":
    sys.exit(main())
