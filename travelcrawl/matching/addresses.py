"""Addresses into parts: the Chinese order (province to room) and the Western one (house number beside the road)."""

from __future__ import annotations

import re
from typing import NamedTuple

_HAN = "\u4e00-\u9fff"
_REGION = re.compile(
    rf"^(?:中国)?(?P<province>[{_HAN}]{{2,8}}?(?:省|自治区|特别行政区))?(?P<city>[{_HAN}]{{2,7}}?(?:市|自治州|地区|盟))?"
    rf"(?P<district>[{_HAN}]{{1,6}}?(?:(?<![小社园校景街城发商矿])区|县|旗|(?<=[{_HAN}]{{2}})市))?"
)
_AREA = re.compile(rf"[{_HAN}]{{2,8}}?(?:街道|开发区|园区|镇(?!路|街)|乡(?!路|街))")
_ROAD = re.compile(
    rf"(?P<road>[{_HAN}]{{1,7}}?(?:大道|大街|公路|胡同|路|街|巷|弄|道))(?:(?P<number>\d{{1,5}})(?:号|弄| |$|[a-z]))?"
)
_NUMBER = re.compile(r"(\d{1,5})(?: \d{1,5})?号")
_BUILDING = re.compile(r"([a-z]?\d{1,4}|[a-z])(?:号楼|幢|栋|座|单元)")
_FLOOR = re.compile(
    r"(负?[一二三四五六七八九十]{1,3}|b?\d{1,2}|地下\d?)(?:层|楼|f(?![a-z0-9]))|(?<![a-z0-9])(b\d)(?![0-9])"
)
_NUMERAL = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}

_POSTCODE = re.compile(
    r"(?:^| )(?P<code>[a-z]\d[a-z] ?\d[a-z]\d|[a-z]{1,2}\d[a-z0-9]? \d[a-z]{2}|\d{5}(?: \d{3,4})?|\d{3} \d{4}|\d{2} \d{3}"
    r"|\d{6,7}|\d{4}(?= [a-z]{2}$))(?: (?P<country>[a-z]{2}))?$"
)
_COUNTRY = re.compile(r" ([a-z]{2})$")
_HOUSE = re.compile(
    r"(?:\b(?P<unit>ste|suite|unit|apt|room|rm|floor|fl|hwy|highway|route|rt|sala|km|box|no|level|lvl|loja|piso) ?)?"
    r"\b(?P<number>\d{1,6})(?: ?[a-z])?\b"
)
_ROAD_KINDS = {
    "street": "st", "avenue": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr", "lane": "ln", "court": "ct", "place": "pl",
    "parkway": "pkwy", "highway": "hwy", "square": "sq", "crescent": "cres", "trail": "trl", "strasse": "str", "way": "way",
    "terrace": "ter",
}  # fmt: skip
_ROAD_KINDS |= {short: short for short in _ROAD_KINDS.values()}
_NOT_A_ROAD = frozenset(
    ["at", "near", "in", "btw", "between", "corner", "of", "the", "and", "&", "unit", "suite", "ste", "floor"]
)


class Address(NamedTuple):
    """The parts of one address, folded text; empty where not said."""

    province: str = ""
    city: str = ""
    district: str = ""
    road: str = ""
    number: str = ""
    """House number, digits."""
    building: str = ""
    floor: str = ""
    """``3``, ``-1``; empty where not said."""
    postcode: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2, lower case, where the address ends with it."""


EMPTY = Address()


def parse_address(folded: str) -> Address:
    """Return the parts of an address already folded (``text.fold``)."""
    if not folded:
        return EMPTY
    han = max(folded) >= "\u4e00"
    return _chinese(folded) if han and not _COUNTRY.search(folded, len(folded) - 3) else _western(folded)


def _chinese(folded: str) -> Address:
    signs = set(folded)
    region = None if signs.isdisjoint("省市区县旗州") else _REGION.match(folded)
    rest = folded[region.end() :] if region else folded
    if not signs.isdisjoint("区镇乡") or "街道" in rest:
        rest = _AREA.sub(" ", rest)
    road = _ROAD.search(rest)
    number = (road and road["number"]) or next(iter(_NUMBER.findall(rest)), "")
    building = None if signs.isdisjoint("楼幢栋座元") else _BUILDING.search(rest)
    floor = None if signs.isdisjoint("层楼fb") else _FLOOR.search(rest)
    province, city, district = region.group("province", "city", "district") if region else ("", "", "")
    return Address(
        province=province or "",
        city=city or "",
        district=district or "",
        road=road["road"] if road else "",
        number=number,
        building=building[1] if building else "",
        floor=_floor(floor[1] or floor[2]) if floor else "",
    )


def _floor(said: str) -> str:
    below = said[0] in "负b地"
    said = said.lstrip("负b地下")
    if not said:
        return "-1"
    if not said.isdigit():
        tens, _, ones = said.rpartition("十")
        ten = 10 * _NUMERAL.get(tens, 1) if "十" in said else 0
        said = str(ten + _NUMERAL.get(ones, 0))
    return f"-{said}" if below else said


def _road(words: list[str]) -> str:
    """Return the words up to the one that says what kind of road it is, that one short."""
    kept = []
    for word in words:
        if word in _NOT_A_ROAD:
            break
        kept.append(_ROAD_KINDS.get(word, word))
        if word in _ROAD_KINDS and len(kept) > 1:
            break
    return " ".join(kept)


def _western(folded: str) -> Address:
    folded = folded.strip()
    tail = max(0, len(folded) - 14)
    code = _POSTCODE.search(folded, tail)
    country = _COUNTRY.search(folded, max(0, len(folded) - 3))
    rest = folded[: code.start()] if code else folded
    house = next((one for one in _HOUSE.finditer(rest) if not one["unit"]), None)
    road = ""
    if house:
        before = rest[: house.start()].split()
        road = _road(before[-4:] if before else rest[house.end() :].split()[:5])
    return Address(
        road=road,
        number=house["number"].lstrip("0") if house else "",
        postcode=code["code"].replace(" ", "") if code else "",
        country=country[1] if country else "",
    )
