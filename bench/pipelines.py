"""Measure the pipelines: items a second of each, and of the whole chain, on invented listings.

    python -m bench.pipelines [--json] [--items N]

Every listing is another one: names, positions, phones, prices and texts are made up in the platforms' dialects, a tenth
of the summaries in HTML. Each pipeline gets what the one before it gave, through ``process_item`` as Scrapy calls it; the
store keeps nothing. CPU time of one process, garbage collection on; the best of three rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable, Mapping
from time import process_time
from typing import Any

from scrapy import Spider
from scrapy.utils.test import get_crawler

from travelcrawl.items import Listing
from travelcrawl.pipelines.clean import CleanPipeline
from travelcrawl.pipelines.dedupe import DedupePipeline
from travelcrawl.pipelines.enhance import EnhancePipeline
from travelcrawl.pipelines.store import StorePipeline
from travelcrawl.pipelines.validate import ValidatePipeline
from travelcrawl.stores.base import Record, Run, Store

ROUNDS = 3
DISTRICTS = (
    ("成都市", "武侯区", "028"),
    ("上海市", "黄浦区", "021"),
    ("杭州市", "西湖区", "0571"),
    ("西安市", "雁塔区", "029"),
)
KINDS = (("古街", "110202"), ("博物馆", "140100"), ("酒店", "100102"), ("火锅", "050117"), ("咖啡馆", "050500"))
HOURS = ("周一至周日 {}:30-{}:00（16:30停止入场）", "{}:00-{}:00", "全天开放", "旺季 {}:00-{}:30")


class Nowhere(Store):
    """A store that keeps nothing."""

    async def _open(self, run: Run) -> None:
        pass

    async def _write(self, batch: list[Record]) -> Mapping[str, int]:
        return {"listings/new": len(batch)}

    async def _close(self, outcome: Mapping[str, Any]) -> None:
        pass


def listings(count: int) -> list[Listing]:
    """Make up listings as a page object gives them."""
    chance = random.Random(20261122)
    return [_listing(chance, number) for number in range(count)]


def _listing(chance: random.Random, number: int) -> Listing:
    city, district, area = chance.choice(DISTRICTS)
    kind, code = chance.choice(KINDS)
    stem = "".join(chance.choices("云岫听澜望舒松隐澄屿拾光青梧鹿鸣枕溪归鹤", k=4))
    summary = f"{stem}在{district}，" + "".join(chance.choices("山水人家灯火街巷茶香夜色小桥流水", k=60)) + "。"
    return Listing(
        platform="amap",
        ref=f"B{number:09}",
        url=f"https://www.amap.com/place/B{number:09}",
        name=f"{stem}{kind}（{district[:2]}店）" if number % 2 else f"{stem}{kind}",
        category=kind,
        category_code=code,
        address=f"{district}{stem[:2]}路{chance.randint(1, 999)}号",
        city=city,
        district=district if number % 3 else None,
        source_lon=f"{chance.uniform(100, 120):.6f}",
        source_lat=f"{chance.uniform(24, 38):.6f}",
        datum="GCJ-02",
        phones=[f"{area}-{chance.randint(5_000_0000, 8_999_9999)}"],
        opening_hours=chance.choice(HOURS).format(chance.randint(7, 10), chance.randint(17, 23)),
        source_rating=f"{chance.uniform(3, 5):.1f}",
        rating_scale=5.0,
        review_count=chance.choice(("1.2万", "999+", str(chance.randint(1, 9999)))),
        summary=summary.replace("，", "<br/>") if number % 10 == 0 else summary,
        tags=[stem[:2], "夜景", kind],
        photos=[f"https://img.example.com/{number}/{at}.jpg" for at in range(3)],
    )


async def measure(count: int) -> dict[str, Any]:
    """Return items a second and microseconds an item, by pipeline and for the chain."""
    given = listings(count)
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        items: list[Any] = given
        spent = 0.0
        for name, process in (await _pipelines()).items():
            start = process_time()
            items = [await process(item) for item in items]
            seconds = process_time() - start
            spent += seconds
            best[name] = min(seconds, best.get(name, seconds))
        best["chain"] = min(spent, best.get("chain", spent))
    return {
        name: {"items_per_second": round(count / seconds), "microseconds": round(seconds / count * 1e6, 1)}
        for name, seconds in best.items()
    }


async def _pipelines() -> dict[str, Callable[[Any], Awaitable[Any]]]:
    crawler = get_crawler(Spider, {"SECRET_KEY": "bench"})
    crawler.spider = Spider(name="bench")
    store = StorePipeline(crawler, Nowhere)
    await store.open_spider()
    steps = {
        "clean": CleanPipeline.from_crawler(crawler),
        "enhance": EnhancePipeline.from_crawler(crawler),
        "validate": ValidatePipeline.from_crawler(crawler),
        "dedupe": DedupePipeline.from_crawler(crawler),
    }
    return {**{name: _awaited(step.process_item) for name, step in steps.items()}, "store": store.process_item}


def _awaited(process: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Any]]:
    async def awaited(item: Any) -> Any:
        return process(item)

    return awaited


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--items", type=int, default=10_000)
    options = parser.parse_args()
    found = asyncio.run(measure(options.items))
    for name, figures in found.items():
        print(f"{name:9} {figures['items_per_second']:>8} items/s {figures['microseconds']:>7} µs", file=sys.stderr)
    if options.json:
        print(json.dumps({"items": options.items, **found}))


if __name__ == "__main__":
    main()
