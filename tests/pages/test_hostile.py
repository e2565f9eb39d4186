"""No answer, however broken, makes a page object raise."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_poet import HttpResponse, PageParams

from travelcrawl.pages.base import pages_of, parts_of

FIXTURES = Path(__file__).parents[1] / "fixtures"
POISON = [
    b"\x00", b"\xed\xa0\x80", b"\\ud800", b"9" * 5000, b"1e999", b"NaN", b"null", b"[]", b"{}", b'"', b"]", b'{"a":' * 2000,
    b"<script>", b"<a '1='2'>", b"[[" * 3000, "１．２万".encode(), b"&#xD800;", b"http://[",
]  # fmt: skip
PLATFORMS = ("amap", "ctrip", "mafengwo", "dianping", "xiaohongshu", "douyin", "weibo", "bilibili")
PAGES = [page for platform in PLATFORMS for page in pages_of(platform).values()]
BODIES = {
    platform: [path.read_bytes() for path in sorted(FIXTURES.glob(f"travelcrawl.pages.{platform}.*/*/inputs/*-body.*"))]
    for platform in PLATFORMS
}


@st.composite
def broken(draw: st.DrawFn, bodies: list[bytes]) -> bytes:
    """Give a stored answer, cut, with pieces repeated and poison in it."""
    body = draw(st.sampled_from(bodies))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 80)))
        body = draw(
            st.sampled_from(
                [body[:start], body[:start] + draw(st.sampled_from(POISON)) + body[end:], body[:end] + body[start:]]
            )
        )
    return body


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.__module__.rpartition('.')[2]}.{page.__name__}")
def test_nothing_escapes(page: type) -> None:
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        broken(BODIES[page.__module__.rpartition(".")[2]]),
        st.sampled_from(["", "http://[", "https://x.cn/poi/1.html?page_num=1"]),
    )
    def check(body: bytes, url: str) -> None:
        response = HttpResponse(url, body)
        params = PageParams({"page": 1, "index": "1", "ref": [], "city": None, "poi": {}})
        page.fits(response)
        parts_of(asyncio.run(page(response=response, params=params).to_item()))

    check()
