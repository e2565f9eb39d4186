from __future__ import annotations

import pytest

from travelcrawl.matching.addresses import EMPTY, Address, parse_address
from travelcrawl.matching.text import fold


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("", EMPTY),
        (
            "江苏省南京市江宁区青禾街道云栖大道1680号星湖广场30幢2楼",
            Address(
                province="江苏省",
                city="南京市",
                district="江宁区",
                road="云栖大道",
                number="1680",
                building="30",
                floor="2",
            ),
        ),
        ("青禾开发区云栖西路138号", Address(road="云栖西路", number="138")),
        ("云栖路88-15号", Address(road="云栖路", number="88")),
        ("云栖路星湖商场负一楼", Address(road="云栖路", floor="-1")),
        ("云栖路星湖商场十二层", Address(road="云栖路", floor="12")),
        ("云栖路3号B1", Address(road="云栖路", number="3", floor="-1")),
        ("云栖路地下层", Address(road="云栖路", floor="-1")),
        ("西溪花园A座", Address(building="a")),
        ("286 Abbey St., at Elm Ave. M6G 1G5", Address(road="abbey st", number="286", postcode="m6g1g5")),
        ("Abbey Street West, 401", Address(road="abbey st", number="401")),
        ("Abbey Street", EMPTY),
        (
            "1460 Elm Hill St Dover TX 78028-1234 US",
            Address(road="elm hill st", number="1460", postcode="780281234", country="us"),
        ),
        (
            "Rua Elm, 2330 Dover CE 60125-151 BR",
            Address(road="rua elm", number="2330", postcode="60125151", country="br"),
        ),
        ("Ste 201, 9405 125th St Dover 5045 NL", Address(number="9405", postcode="5045", country="nl")),
        ("中区栄4-12-20 460-0008 JP", Address(road="中区栄4", number="12", postcode="4600008", country="jp")),
    ],
)
def test_parse_address(said: str, parts: Address) -> None:
    assert parse_address(fold([said], 200)[0]) == parts
