"""What holds for the spider of every platform."""

from importlib import import_module
from pathlib import Path

import pytest
from scrapy.utils.spider import iter_spider_classes

from travelcrawl.geo.cities import find_city
from travelcrawl.pages.base import pages_of
from travelcrawl.spiders import __path__ as spiders
from travelcrawl.spiders.base import TravelSpider

SHARED = {"__init__", "base", "query", "wanted"}
NAMES = sorted(path.stem for path in Path(spiders[0]).glob("*.py") if path.stem not in SHARED)


def spider_of(name: str) -> type[TravelSpider]:
    (found,) = iter_spider_classes(import_module(f"travelcrawl.spiders.{name}"))
    assert issubclass(found, TravelSpider)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_it_is_named_as_its_modules(name: str) -> None:
    assert spider_of(name).name == name
    assert pages_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_its_cities_are_cities(name: str) -> None:
    cities = spider_of(name).cities

    assert [find_city(adcode).adcode for adcode in cities] == list(cities)
    assert len(set(cities.values())) == len(cities)
