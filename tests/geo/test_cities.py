from __future__ import annotations

import pytest

from travelcrawl.errors import UnknownCity, UsageError
from travelcrawl.geo.cities import ENGLISH, City, all_cities, find_city
from travelcrawl.geo.table import rows


@pytest.mark.parametrize(
    ("text", "adcode"),
    [
        ("成都", "510100"),
        ("成都市", "510100"),
        (" 成都 ", "510100"),
        ("chengdu", "510100"),
        ("Cheng Du", "510100"),
        ("Chéngdū", "510100"),
        ("510100", "510100"),
        ("５１０１００", "510100"),
        ("Xi'an", "610100"),
        ("xi’an", "610100"),
        ("北京", "110000"),
        ("110000", "110000"),
        ("110100", "110000"),
        ("上海市", "310000"),
        ("天津", "120000"),
        ("重慶", "500000"),
        ("香港", "810000"),
        ("Hong Kong", "810000"),
        ("澳門", "820000"),
        ("macau", "820000"),
        ("台北", "710100"),
        ("臺北", "710100"),
        ("臺北市", "710100"),
        ("Taipei", "710100"),
        ("廈門", "350200"),
        ("苏州", "320500"),
        ("凉山", "513400"),
        ("凉山州", "513400"),
        ("凉山彝族自治州", "513400"),
        ("锡林郭勒", "152500"),
        ("锡林郭勒盟", "152500"),
        ("喀什地区", "653100"),
        ("Kashgar", "653100"),
        ("大理州", "532900"),
        ("海南州", "632500"),
        ("海南藏族自治州", "632500"),
        ("吉林", "220200"),
        ("三亚", "460200"),
        ("五指山", "469001"),
        ("神农架", "429021"),
        ("雄安", "133100"),
        ("lüliang", "141100"),
        ("lvliang", "141100"),
        ("luliang", "141100"),
    ],
)
def test_find_city(text: str, adcode: str) -> None:
    assert find_city(text).adcode == adcode


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("重庆", "chongqing"),
        ("长沙", "changsha"),
        ("长春", "changchun"),
        ("长治", "changzhi"),
        ("厦门", "xiamen"),
        ("六安", "luan"),
        ("六盘水", "liupanshui"),
        ("朝阳", "chaoyang"),
        ("昌都", "changdu"),
        ("成都", "chengdu"),
        ("台州", "taizhou"),
        ("丽水", "lishui"),
        ("丽江", "lijiang"),
        ("乐山", "leshan"),
        ("乐东", "ledong"),
        ("蚌埠", "bengbu"),
        ("亳州", "bozhou"),
        ("儋州", "danzhou"),
        ("漯河", "luohe"),
        ("莆田", "putian"),
        ("百色", "baise"),
        ("枣庄", "zaozhuang"),
        ("锡林郭勒", "xilinguole"),
        ("阿勒泰", "aletai"),
        ("巴音郭楞", "bayinguoleng"),
        ("克孜勒苏", "kezilesu"),
        ("那曲", "naqu"),
        ("林芝", "linzhi"),
        ("番禺", None),
        ("西双版纳", "xishuangbanna"),
        ("呼和浩特", "huhehaote"),
        ("大兴安岭", "daxinganling"),
        ("攀枝花", "panzhihua"),
        ("鄂尔多斯", "eerduosi"),
    ],
)
def test_pinyin_of_characters_with_several_readings(name: str, pinyin: str | None) -> None:
    if pinyin is None:
        with pytest.raises(UnknownCity, match="广州市"):
            find_city(name)
    else:
        assert find_city(name).pinyin == pinyin


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("chengd", ["成都市"]),
        ("成都府", ["成都市"]),
        ("敦煌", ["酒泉市"]),
        ("510104", ["成都市"]),
        ("朝阳区", ["北京市", "长春市"]),
        ("海南", ["海口市", "三亚市"]),
        ("云南省", ["昆明市"]),
        ("Gotham", []),
        ("", []),
    ],
)
def test_unknown_city_is_answered_with_three_names(text: str, named: list[str]) -> None:
    with pytest.raises(UnknownCity, match="no city is known as") as raised:
        find_city(text)
    names = str(raised.value).split("nearest names are ")[1].split(", ")
    assert len(set(names)) == 3
    assert {city.name for city in all_cities()} >= set(names)
    assert set(named) <= set(names)
    assert isinstance(raised.value, UsageError)


@pytest.mark.parametrize(
    ("text", "adcodes"),
    [
        ("suzhou", ["320500", "341300"]),
        ("Tai Zhou", ["321200", "331000"]),
        ("fuzhou", ["350100", "361000"]),
        ("新竹", ["719002", "719004"]),
    ],
)
def test_name_of_several_cities_is_not_guessed(text: str, adcodes: list[str]) -> None:
    with pytest.raises(UnknownCity) as raised:
        find_city(text)
    assert all(adcode in str(raised.value) for adcode in adcodes)


def test_city_has_all_its_fields() -> None:
    assert find_city("成都") == City(
        name="成都市", short="成都", pinyin="chengdu", adcode="510100", province="四川省", lon=104.064, lat=30.575
    )
    assert find_city("北京").province == "北京市"
    assert (find_city("台北").province, find_city("台北").lon) == ("台湾省", None)


def test_every_city_is_found_by_name_and_adcode() -> None:
    for city in all_cities():
        assert find_city(city.name) is city
        assert find_city(city.adcode) is city
        assert city.pinyin.isascii()
        assert city.pinyin.islower()
    assert len(all_cities()) > 380
    assert set(ENGLISH.values()) <= {city.adcode for city in all_cities()}


def test_every_parent_is_in_the_table() -> None:
    for row in rows().values():
        assert (row.parent in rows()) == (row.level not in ("province", "municipality"))
        assert row.level != "district" or rows()[row.parent].is_city
