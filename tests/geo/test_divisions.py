from __future__ import annotations

import pytest

from travelcrawl.geo.divisions import Division, division_of
from travelcrawl.geo.table import rows


@pytest.mark.parametrize(
    ("province", "city", "district", "address", "adcode"),
    [
        # the source's own fields
        ("四川省", "成都市", "锦江区", "红星路三段1号", "510104"),
        ("四川", "成都", "锦江", None, "510104"),
        (None, "Chengdu", "锦江区", None, "510104"),
        (None, "510100", "锦江区", None, "510104"),
        ("北京市", "北京市", "朝阳区", None, "110105"),
        ("重庆市", "重庆郊县", "奉节县", None, "500236"),
        (None, "重庆", "江北区", None, "500105"),
        ("海南省", "琼海市", None, "博鳌镇", "469002"),
        (None, "东莞", "莞城街道", None, "441900"),
        ("香港特别行政区", "香港特别行政区", "油尖旺区", None, "810005"),
        (None, "香港", "中西區", None, "810001"),
        ("台湾省", "台北市", "信义区", None, "710105"),
        (None, None, "玄武区", None, "320102"),
        ("四川省", None, None, None, "510000"),
        # a district as the city
        (None, "敦煌", None, "鸣山路", "620982"),
        (None, "敦煌市", "莫高镇", None, "620982"),
        ("广西壮族自治区", "阳朔", None, "西街", "450321"),
        (None, "龙胜", None, None, "450328"),
        # a province as the city
        (None, "河南", None, None, "410000"),
        (None, "海南省", None, None, "460000"),
        # a name in several cities
        (None, None, "鼓楼区", None, None),
        ("江苏省", None, "鼓楼区", None, "320000"),
        ("福建省", None, "鼓楼区", None, "350102"),
        (None, "南京", "鼓楼区", None, "320106"),
        (None, "南京", None, "鼓楼区中山北路", "320106"),
        (None, None, None, "鼓楼区中山北路", None),
        (None, None, "锦江", None, None),
        (None, "新竹", None, "东区", None),
        # the address alone
        (None, None, None, "四川省成都市武侯区人民南路四段", "510107"),
        (None, None, None, "四川成都武侯区人民南路", "510107"),
        (None, None, None, "中国江苏省苏州市姑苏区平江路", "320508"),
        (None, None, None, "吉林吉林市船营区", "220204"),
        (None, None, None, "上海黄浦区南京东路", "310101"),
        (None, None, None, "都江堰市青城山镇", "510181"),
        (None, None, None, "（成都市）锦江区春熙路", "510104"),
        (None, None, None, "杭州市", "330100"),
        (None, None, None, "香港九龙油尖旺区弥敦道", "810005"),
        (None, None, None, "臺北市信義區市府路", "710105"),
        # streets that are called after cities
        (None, None, None, "南京东路300号", None),
        (None, "上海", None, "南京东路300号", "310000"),
        (None, "青岛", None, "香港中路76号", "370200"),
        (None, None, None, "朝阳区", None),
        # the address where the fields leave it open
        (None, "成都", "春熙路", "成都市锦江区中纱帽街8号", "510104"),
        (None, "成都", None, "四川省成都市武侯区人民南路", "510107"),
        ("四川省", None, None, "成都市武侯区人民南路", "510107"),
        ("四川省", None, None, "都江堰市青城山镇", "510181"),
        # the address against the fields
        (None, "成都", None, "北京市朝阳区建国路", "510100"),
        (None, "北京", None, "锦江区春熙路", "110000"),
        (None, "成都", "朝阳区", None, "510100"),
        ("四川省", "北京", None, None, "510000"),
        # short names of districts
        (None, "攀枝花", None, "东区炳草岗大街", "510402"),
        (None, "攀枝花", None, "仁和区阳光小区东区", "510411"),
        (None, "攀枝花", None, "阳光小区东区", "510400"),
        # nothing to go by
        (None, None, None, None, None),
        ("", "", "", "", None),
        (None, "Paris", None, "10 rue de Rivoli", None),
        (None, None, None, "区", None),
    ],
)
def test_division_of(
    province: str | None, city: str | None, district: str | None, address: str | None, adcode: str | None
) -> None:
    division = division_of(province, city, district, address)
    assert (division.adcode if division else None) == adcode


def test_division_names_all_levels() -> None:
    assert division_of(None, "成都", "锦江区", None) == Division(
        province="四川省", city="成都市", district="锦江区", adcode="510104"
    )
    assert division_of(None, "北京", "东城区", None) == Division(
        province="北京市", city="北京市", district="东城区", adcode="110101"
    )
    assert division_of("云南省", None, None, None) == Division(
        province="云南省", city=None, district=None, adcode="530000"
    )


@pytest.mark.parametrize(
    ("city", "is_mainland"), [("深圳", True), ("厦门", True), ("香港", False), ("澳门", False), ("高雄", False)]
)
def test_is_mainland(city: str, is_mainland: bool) -> None:
    division = division_of(None, city, None, None)
    assert division
    assert division.is_mainland == is_mainland


def test_every_district_is_found_by_its_fields_and_by_its_full_address() -> None:
    for row in rows().values():
        if row.level == "district":
            city = rows()[row.parent]
            province = rows()[f"{row.adcode[:2]}0000"]
            by_fields = division_of(province.name, city.name, row.name, None)
            by_address = division_of(None, None, None, f"{province.name}{city.name}{row.name}和平路1号")
            assert by_fields is by_address
            assert by_fields
            assert by_fields.adcode == row.adcode
