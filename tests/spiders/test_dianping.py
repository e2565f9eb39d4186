from pathlib import Path

import pytest

from travelcrawl.errors import UnknownCity, UsageError
from travelcrawl.spiders.dianping import DianpingSpider


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ({"city": "成都", "category": "food"}, ["/chengdu/ch10"]),
        ({"city": "南京"}, ["/nanjing/ch10", "/nanjing/ch30", "/nanjing/ch35"]),
        ({"city": "上海", "keyword": "火锅"}, ["/search/keyword/1/0_%E7%81%AB%E9%94%85"]),
    ],
)
def test_seeds(arguments: dict[str, str], paths: list[str]) -> None:
    spider = DianpingSpider(**arguments)

    links = list(spider.seeds(spider.query))

    assert [(link.url, link.page) for link in links] == [
        (f"https://www.dianping.com{path}", "ListPage") for path in paths
    ]


@pytest.mark.parametrize(
    ("line", "url", "page"),
    [
        ("58276029", "https://www.dianping.com/shop/58276029", "ShopPage"),
        ("H1aB2cD3eF4gH5iJ", "https://www.dianping.com/shop/H1aB2cD3eF4gH5iJ", "ShopPage"),
        (
            "http://m.dianping.com/shopshare/H1aB2cD3eF4gH5iJ?msource=x",
            "https://www.dianping.com/shop/H1aB2cD3eF4gH5iJ",
            "ShopPage",
        ),
        ("https://m.dianping.com/shop/58276029", "https://m.dianping.com/shop/58276029", "MobileShopPage"),
        (
            "https://www.dianping.com/shop/58276029/review_all",
            "https://www.dianping.com/shop/58276029/review_all",
            "ReviewsPage",
        ),
        ("https://www.dianping.com/nanjing/ch10/r1692p2", "https://www.dianping.com/nanjing/ch10/r1692p2", "ListPage"),
    ],
)
def test_a_line_of_urls(tmp_path: Path, line: str, url: str, page: str) -> None:
    (tmp_path / "urls").write_text(line)

    link = DianpingSpider(urls=str(tmp_path / "urls")).seed_url(line)

    assert (link.url, link.page) == (url, page)


def test_what_it_does_not_know() -> None:
    with pytest.raises(UnknownCity, match="not known to cover 拉萨市"):
        DianpingSpider(city="拉萨")
    with pytest.raises(UsageError, match="category"):
        DianpingSpider(city="成都", category="hotel")


def test_a_keyword_needs_a_city(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("58276029")

    with pytest.raises(UsageError, match="give -a city="):
        DianpingSpider(keyword="火锅", urls=str(tmp_path / "urls"))
