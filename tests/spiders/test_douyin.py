from pathlib import Path

import pytest

from travelcrawl.spiders.douyin import DouyinSpider

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
    assert "Mobile" in link.headers["User-Agent"]
