from pathlib import Path

import pytest

from travelcrawl.errors import UsageError
from travelcrawl.spiders.weibo import WeiboSpider

SHOW = "https://m.weibo.cn/statuses/show?id="
USER = "https://m.weibo.cn/api/container/getIndex?type=uid&value="


@pytest.mark.parametrize(
    ("line", "url", "page"),
    [
        ("4383411844046171", f"{SHOW}4383411844046171", "StatusPage"),
        ("HyZVegYAP", f"{SHOW}HyZVegYAP", "StatusPage"),
        ("https://weibo.com/3000000001/HyZVegYAP?type=comment", f"{SHOW}HyZVegYAP", "StatusPage"),
        ("https://m.weibo.cn/status/4383411844046171", f"{SHOW}4383411844046171", "StatusPage"),
        ("https://m.weibo.cn/detail/4383411844046171", f"{SHOW}4383411844046171", "StatusPage"),
        ("https://weibo.com/u/3000000001", f"{USER}3000000001", "UserPage"),
        (f"{USER}1&containerid=1076031", f"{USER}1&containerid=1076031", "TimelinePage"),
    ],
)
def test_a_line_of_urls(tmp_path: Path, line: str, url: str, page: str) -> None:
    (tmp_path / "urls").write_text(line)

    link = WeiboSpider(urls=str(tmp_path / "urls")).seed_url(line)

    assert (link.url, link.page) == (url, page)


@pytest.mark.parametrize(("arguments", "word"), [({"keyword": "火锅"}, "火锅"), ({"city": "chengdu"}, "成都")])
def test_the_hot_search_is_asked_with_a_referer(arguments: dict[str, str], word: str) -> None:
    spider = WeiboSpider(**arguments)

    (link,) = spider.seeds(spider.query)

    assert (link.url, link.page) == ("https://weibo.com/ajax/side/hotSearch", "HotSearchPage")
    assert (link.headers, link.params) == ({"Referer": "https://weibo.com/"}, {"keyword": word})


def test_an_address_of_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("https://example.com/1")

    with pytest.raises(UsageError, match="weibo has no page for"):
        WeiboSpider(urls=str(tmp_path / "urls"))
