import pytest
from hypothesis import given
from hypothesis import strategies as st

from travelcrawl.pipelines.text import ROUNDS, is_obfuscated, key, line, prose

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("<>&;/ \n\t\r\u200b\u200d\ufeff\u3000\x00\x85\u2028＜＆；\ud83d\ude00e\u0301\ue601"),
    )
)
MARKUP = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "&",
            "amp;",
            "lt;",
            "br",
            "<br/>",
            "</p>",
            "<script>",
            "</script>",
            "&nbsp",
            "&#38;",
            "#60;",
            "＆",
            "x",
            " ",
            "\n",
            "<!--",
            "-->",
            "\x00",
            "<td>",
            "&#x26;",
            "é",
        ]
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("锦里古街（武侯祠店）", "锦里古街(武侯祠店)"),
        ("ＫＴＶ１２３", "KTV123"),
        ("  云岫\u3000酒店 \n", "云岫 酒店"),
        ("云\u200b岫\ufeff酒\u00ad店\x00", "云岫酒店"),
        ("Tom &amp; Jerry&#39;s", "Tom & Jerry's"),
        ("AT&amp;amp;T", "AT&T"),
        ("<em class='keyword'>成都</em>火锅", "成都火锅"),
        ("云岫<br>酒店", "云岫 酒店"),
        ("价格<100元>50", "价格<100元>50"),
        ("我<3成都", "我<3成都"),
        ("？x=1&copy=2", "?x=1&copy=2"),
        ("\ud83d\ude00好", "😀好"),
        ("坏\ud83d字", "坏字"),
        ("e\u200b\u0301", "é"),
        ("👨\u200d👩\u200d👧 店\u200d铺", "👨\u200d👩\u200d👧 店铺"),
        (736, "736"),
        ("", None),
        (" \u3000", None),
        ("<script>alert(1)</script>", None),
        (None, None),
        (True, None),
        (["云岫"], None),
        pytest.param(10**5000, None, id="huge"),
    ],
)
def test_line(raw: object, clean: str | None) -> None:
    assert line(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("很好，下次再来！（真的）", "很好，下次再来！（真的）"),
        ("门票１２０元，ＶＩＰ座", "门票120元，VIP座"),
        ("一<br>二<br/>三", "一\n二\n三"),
        ("<p>一</p><p>二</p>", "一\n\n二"),
        ("<p>一<p>二", "一\n\n二"),
        ("好<style>.a{}</style><script>x<y</script>吃", "好吃"),
        ("<!-- x -->好<?pi x?>吃", "好吃"),
        ("<table><tr><td>一</td><td>二</td></tr></table>", "一 二"),
        ("&lt;br&gt;好&amp;lt;br&amp;gt;吃", "好\n吃"),
        ("一\r\n\r\n\r\n\r\n二\u2028三", "一\n\n二\n三"),
        ("一  \t 二 \n 三", "一 二\n三"),
        ("好\ue601吃", "好吃"),
        ("<a href='/n/x'>@某人</a>你好", "@某人你好"),
        ("图<img src=", "图"),
        ("<div>" * 5000 + "深", "深"),
        ("<b>" * 2000 + "x" + "</script>", "x"),
        ("e" + "\u0323\u0302" * 600, "ệ" + "\u0323" * 14 + "\u0302" * 14),
        ("e" + "\u0302" * 40, "ê" + "\u0302" * 39),
        (None, None),
    ],
)
def test_prose(raw: object, clean: str | None) -> None:
    assert prose(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (" k78jLfjOUcHRDagt\n", "k78jLfjOUcHRDagt"),
        (736, "736"),
        ("ａ&amp;b", "ａ&amp;b"),
        ("a\x00\ud800b", "ab"),
        ("", None),
        ({}, None),
    ],
)
def test_key_is_not_normalised(raw: object, clean: str | None) -> None:
    assert key(raw) == clean


@pytest.mark.parametrize(("raw", "expected"), [("麓苑\ue6a1路", True), ("麓苑路", False), (None, False)])
def test_obfuscation_shows(raw: object, expected: bool) -> None:
    assert is_obfuscated(raw) is expected


def test_text_wrapped_without_end_still_settles() -> None:
    raw = "&#38;" + "#38;" * (ROUNDS * 3) + "lt;br&gt;x"
    wrapped = raw
    for _ in range(ROUNDS * 2):
        wrapped = wrapped.replace("&", "&#x26;").replace("<", "&lt;")
    for read in (line, prose):
        once = read(wrapped.replace("&#x26;", "&&#97;mp;"))
        assert once is not None
        assert read(once) == once


@given(st.one_of(NASTY, MARKUP))
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    for read in (line, prose, key):
        once = read(raw)
        assert once is None or (read(once) == once and once == once.strip() and once.encode())
