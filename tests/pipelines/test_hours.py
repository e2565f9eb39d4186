import opening_hours as osm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from travelcrawl.pipelines.hours import opening_hours
from travelcrawl.pipelines.text import line


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("周一至周日 09:00-17:00", "Mo-Su 09:00-17:00"),
        ("08:30-17:30（16:30停止入场）", "08:30-17:30"),
        ("周一至周日 09:00-17:00（最晚入园 16:00）", "Mo-Su 09:00-17:00"),
        ("07:30-18:00；停止售票时间:17:00 (1月1日-12月31日 周一-周日)", "Mo-Su 07:30-18:00"),
        ("全天开放", "24/7"),
        ("24小时", "24/7"),
        ("周一至周日 全天", "24/7"),
        ("周一至周日 00:00-24:00", "24/7"),
        ("营业时间：10:00-22:00", "10:00-22:00"),
        ("周一至周日\n11:00-14:00\n16:30-22:00", "Mo-Su 11:00-14:00,16:30-22:00"),
        ("周一至周五 09:00-18:00；周六、周日 10:00-20:00", "Mo-Fr 09:00-18:00; Sa,Su 10:00-20:00"),
        ("工作日 10:00-22:00 周末 09:00-23:00", "Mo-Fr 10:00-22:00; Sa-Su 09:00-23:00"),
        ("周日至周四 11:00-22:00;周五至周六 11:00-23:30", "Su-Th 11:00-22:00; Fr-Sa 11:00-23:30"),
        ("周二至周日 09:00-17:00 周一闭馆", "Tu-Su 09:00-17:00; Mo off"),
        ("09:00-17:00；周一休息", "09:00-17:00; Mo off"),
        ("星期三到星期三 9点-17点30分", "We 09:00-17:30"),
        ("18:00-次日02:00", "18:00-02:00"),
        ("22:00-02:00", "22:00-02:00"),
        ("每天 9:00~21:00", "Mo-Su 09:00-21:00"),
        ("早上9点到下午5点", "09:00-17:00"),
        ("上午9:00-12:00 下午2:00-5:00", "09:00-12:00,14:00-17:00"),
        ("法定节假日 09:00-18:00", "PH 09:00-18:00"),
        (
            "4月1日-10月31日 周一至周日 08:00-17:00;11月1日-次年3月31日 08:30-16:30",
            "Apr 01-Oct 31 Mo-Su 08:00-17:00; Nov 01-Mar 31 08:30-16:30",
        ),
        ("4月-10月 08:00-17:00", "Apr-Oct 08:00-17:00"),
    ],
)
def test_sure(raw: str, expected: str) -> None:
    text = line(raw)
    assert text is not None
    assert opening_hours(text) == expected
    assert osm.validate(expected)
    assert opening_hours(expected) in (None, expected)


@pytest.mark.parametrize(
    "raw",
    [
        "周一闭馆(法定节假日除外)",
        "旺季 08:00-18:00",
        "周一至周日",
        "周一闭馆",
        "休息",
        "25:00-26:00",
        "09:00-09:00x",
        "09:75-10:00",
        "24:00-02:00",
        "08:00-18:00;08:00-17:00",
        "13月1日-14月1日 08:00-17:00",
        "4月1日-10月 08:00-17:00",
        "Mo-Su 09:00-17:00",
        "暂无",
        "",
        "周一 09:00-17:00," * 40,
    ],
)
def test_unsure(raw: str) -> None:
    assert opening_hours(raw) is None


PARTS = st.lists(
    st.sampled_from(
        [
            "周一",
            "至",
            "周日",
            "周六、",
            "09:00",
            "-",
            "17:00",
            "次日",
            "02:00",
            ";",
            " ",
            "每天",
            "闭馆",
            "4月1日",
            "10月31日",
            "(",
            ")",
            "24小时",
            "下午",
            "5点",
        ]
    ),
    max_size=14,
).map("".join)


@given(st.one_of(PARTS, st.text(max_size=60)))
def test_what_is_sure_is_valid_osm(raw: str) -> None:
    found = opening_hours(raw)
    assert found is None or (osm.validate(found) and opening_hours(found) in (None, found))
