from typing import Any

import pytest

from travelcrawl.items import Link
from travelcrawl.spiders.ctrip import CtripSpider


def seeds(**arguments: Any) -> list[Link]:
    spider = CtripSpider(**arguments)
    return list(spider.seeds(spider.query))


@pytest.mark.parametrize(
    ("arguments", "page", "params"),
    [
        ({"city": "上海"}, "AttractionList", {"district": 2, "index": 1}),
        ({"city": "遵义"}, "DistrictSearch", {"city": "遵义"}),
        ({"keyword": "外滩"}, "DistrictSearch", {"keyword": "外滩"}),
        ({"city": "上海", "keyword": "外滩"}, "DistrictSearch", {"keyword": "外滩"}),
    ],
)
def test_seeds(arguments: dict[str, str], page: str, params: dict[str, Any]) -> None:
    (link,) = seeds(**arguments)

    assert (link.page, link.params, link.method) == (page, params, "POST")
