from pathlib import Path

import pytest
from scrapy.utils.test import get_crawler

from travelcrawl.access.gate import Ask, Grant
from travelcrawl.middlewares.gatehouse import Gatehouse
from travelcrawl.spiders.base import TravelSpider
from travelcrawl.spiders.douyin import DouyinSpider
from travelcrawl.spiders.weibo import WeiboSpider

VIDEO = "https://www.iesdouyin.com/share/video/7535852404919586100/"
NOTE = "https://www.iesdouyin.com/share/note/7535852404919586100/"


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("7535852404919586100", VIDEO),
        ("https://www.douyin.com/video/7535852404919586100?previous_page=x", VIDEO),
        ("https://www.iesdouyin.com/share/video/7535852404919586100/?region=CN", VIDEO),
        ("https://www.douyin.com/user/self?modal_id=7535852404919586100", VIDEO),
        ("https://www.douyin.com/note/7535852404919586100", NOTE),
        ("https://www.iesdouyin.com/share/slides/7535852404919586100/", NOTE),
        ("7.43 复制打开抖音，看看【湖】 https://v.douyin.com/iRNBho5/ q@R.kP 04/21", "https://v.douyin.com/iRNBho5/"),
    ],
)
def test_a_line_of_urls_leads_to_the_share_page(tmp_path: Path, line: str, url: str) -> None:
    (tmp_path / "urls").write_text(line, encoding="utf-8")

    link = DouyinSpider(urls=str(tmp_path / "urls")).seed_url(line)

    assert (link.url, link.page) == (url, "SharePage")


@pytest.mark.parametrize("spider", [DouyinSpider, WeiboSpider])
def test_pages_for_phones_are_asked_for_by_phones(spider: type[TravelSpider], tmp_path: Path) -> None:
    (tmp_path / "urls").write_text(VIDEO if spider is DouyinSpider else "5012345678901234", encoding="utf-8")
    crawler = get_crawler(settings_dict={"TRAVELCRAWL_SITE": "spider"})
    crawler.spider = spider(urls=str(tmp_path / "urls"))
    grant = Gatehouse(crawler).gate.ask(Ask(site=spider.name))
    assert isinstance(grant, Grant)
    assert grant.session.identity.mobile
    assert "Mobile" in grant.session.identity.user_agent
