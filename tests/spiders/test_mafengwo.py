from typing import Any

import pytest

from travelcrawl.items import Link
from travelcrawl.spiders.mafengwo import MafengwoSpider


def seeds(**arguments: Any) -> list[Link]:
    spider = MafengwoSpider(**arguments)
    return list(spider.seeds(spider.query))


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (
            {"city": "成都", "category": "sight"},
            ["/travel-scenic-spot/mafengwo/10035.html", "/jd/10035/gonglve.html"],
        ),
        (
            {"city": "成都"},
            [
                "/travel-scenic-spot/mafengwo/10035.html",
                "/jd/10035/gonglve.html",
                "/cy/10035/gonglve.html",
                "/gw/10035/gonglve.html",
                "/yl/10035/gonglve.html",
            ],
        ),
        ({"city": "遵义"}, ["/mdd/"]),
        ({"keyword": "锦里"}, ["/search/q.php?q=%E9%94%A6%E9%87%8C&t=poi"]),
    ],
)
def test_seeds(arguments: dict[str, str], paths: list[str]) -> None:
    assert [link.url for link in seeds(**arguments)] == [f"https://www.mafengwo.cn{path}" for path in paths]


def test_a_city_to_look_up_keeps_what_was_asked_for() -> None:
    (link,) = seeds(city="遵义", category="food")

    assert link.params == {"city": "遵义", "kinds": ["cy"]}
