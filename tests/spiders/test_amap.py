from pathlib import Path
from typing import Any

import pytest
from scrapy.utils.test import get_crawler
from w3lib.url import url_query_parameter

from travelcrawl.errors import UsageError
from travelcrawl.items import Link
from travelcrawl.spiders.amap import AmapSpider


def spider(key: str = "secret", **arguments: Any) -> AmapSpider:
    return AmapSpider.from_crawler(get_crawler(AmapSpider, {"AMAP_KEY": key}), **arguments)


def seeds(**arguments: Any) -> list[Link]:
    built = spider(**arguments)
    return list(built.seeds(built.query))


def test_a_key_is_needed() -> None:
    with pytest.raises(UsageError, match="set AMAP_KEY"):
        spider(key="", city="成都")


@pytest.mark.parametrize(
    ("arguments", "types"),
    [
        ({"city": "成都", "category": "hotel"}, ["100100", "100200"]),
        ({"city": "成都", "keyword": "茶馆"}, [None]),
        ({"keyword": "茶馆"}, [None]),
        ({"city": "成都", "keyword": "茶", "category": "hotel"}, ["100100", "100200"]),
    ],
)
def test_one_query_for_each_type_code(arguments: dict[str, str], types: list[str | None]) -> None:
    links = seeds(**arguments)

    assert [url_query_parameter(link.url, "types") for link in links] == types
    assert {url_query_parameter(link.url, "region") for link in links} == {"510100" if "city" in arguments else None}
    assert {url_query_parameter(link.url, "keywords") for link in links} == {arguments.get("keyword")}


def test_every_category_is_searched_where_none_is_chosen() -> None:
    links = seeds(city="成都")

    assert len(links) == sum(len(codes.split("|")) for codes in AmapSpider.categories.values())
    assert all(url_query_parameter(link.url, "city_limit") == "true" for link in links)


def test_the_key_is_in_the_request_and_in_no_link() -> None:
    built = spider(city="成都")
    link = next(iter(built.seeds(built.query)))

    assert "secret" not in link.url
    assert url_query_parameter(built.request(link).url, "key") == "secret"


def test_an_id_is_an_address(tmp_path: Path) -> None:
    ids = tmp_path / "ids"
    ids.write_text("B0FFTEST01\n")
    (link,) = spider(urls=str(ids))._addresses

    assert (url_query_parameter(link.url, "id"), link.page) == ("B0FFTEST01", "PoiPage")
