from pathlib import Path

import pytest

from travelcrawl.errors import UsageError
from travelcrawl.spiders.xiaohongshu import XiaohongshuSpider

NOTE = "https://www.xiaohongshu.com/explore/66aa00000000000001000001?xsec_token=ABtoken%3D&xsec_source=app_share"


@pytest.mark.parametrize(
    ("line", "url"),
    [
        (NOTE, NOTE),
        ("看看这个 http://xhslink.com/abc 复制打开", "http://xhslink.com/abc"),
        ("【云锦湖】 😆 xhslink.com/a/AbC123，复制本条信息，打开【小红书】App查看", "https://xhslink.com/a/AbC123"),
        (f"云锦湖一日 {NOTE}", NOTE),
    ],
)
def test_the_link_is_taken_out_of_the_text_around_it(tmp_path: Path, line: str, url: str) -> None:
    (tmp_path / "urls").write_text(line, encoding="utf-8")

    link = XiaohongshuSpider(urls=str(tmp_path / "urls")).seed_url(line)

    assert (link.url, link.page) == (url, "NotePage")


@pytest.mark.parametrize("line", ["66aa00000000000001000001", "https://example.com/x", "没有链接"])
def test_what_is_no_shared_note_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "urls").write_text(line, encoding="utf-8")

    with pytest.raises(UsageError, match="xiaohongshu has no page for"):
        XiaohongshuSpider(urls=str(tmp_path / "urls"))


@pytest.mark.parametrize("arguments", [{"city": "成都"}, {"keyword": "火锅"}, {"city": "成都", "urls": "shared"}])
def test_it_does_not_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shared").write_text(NOTE)

    with pytest.raises(UsageError, match="-a urls="):
        XiaohongshuSpider(**arguments)
