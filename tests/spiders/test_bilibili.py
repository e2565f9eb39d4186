from pathlib import Path

import pytest
from scrapy.utils.test import get_crawler

from travelcrawl.errors import UsageError
from travelcrawl.items import Link
from travelcrawl.spiders.bilibili import BilibiliSpider

VIDEO = "https://www.bilibili.com/video/BV1xx411c7mD"
REPLIES = Link(url="https://api.bilibili.com/x/v2/reply?type=1&oid=2", page="RepliesPage")


def built(permitted: str = "", **arguments: str) -> BilibiliSpider:
    crawler = get_crawler(BilibiliSpider, {"TRAVELCRAWL_PERMITTED_HOSTS": permitted})
    return BilibiliSpider.from_crawler(crawler, **arguments)


@pytest.fixture
def urls(tmp_path: Path) -> str:
    path = tmp_path / "urls"
    path.write_text(VIDEO)
    return str(path)


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("BV1xx411c7mD", VIDEO),
        ("av2", "https://www.bilibili.com/video/av2"),
        (f"{VIDEO}/?spm_id_from=333.1007", VIDEO),
        ("【云锦湖-哔哩哔哩】 https://b23.tv/AbCdEfG", "https://b23.tv/AbCdEfG"),
        ("https://m.bilibili.com/video/BV1xx411c7mD", VIDEO),
    ],
)
def test_a_line_of_urls(urls: str, line: str, url: str) -> None:
    link = built(urls=urls).seed_url(line)

    assert (link.url, link.page) == (url, "VideoPage")


@pytest.mark.parametrize(("permitted", "followed"), [("", []), ("api.bilibili.com=in writing", [REPLIES])])
def test_the_api_is_asked_with_permission_only(urls: str, permitted: str, followed: list[Link]) -> None:
    spider = built(permitted, urls=urls)

    assert list(spider._followed([REPLIES])) == followed
    assert list(spider._followed([Link(url=VIDEO, page="VideoPage")])) != []


@pytest.mark.parametrize(("arguments", "word"), [({"keyword": "火锅"}, "火锅"), ({"city": "成都"}, "成都")])
def test_words_are_looked_for_among_popular_videos(arguments: dict[str, str], word: str) -> None:
    spider = built("api.bilibili.com=in writing", **arguments)

    (link,) = spider.seeds(spider.query)

    assert (link.page, link.params) == ("VideosPage", {"keyword": word})
    with pytest.raises(UsageError, match=r"which robots\.txt closes"):
        built(**arguments)
