"""Cities by the names people give them: Chinese, pinyin or adcode."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache

import attrs
from rapidfuzz import fuzz, process

from travelcrawl.errors import UnknownCity
from travelcrawl.geo.table import Row, rows

ENGLISH = {
    "amoy": "350200",
    "canton": "440100",
    "harbin": "230100",
    "hohhot": "150100",
    "hongkong": "810000",
    "hotan": "653200",
    "hsinchu": "719002",
    "hualien": "719013",
    "hulunbuir": "150700",
    "kaohsiung": "710200",
    "karamay": "650200",
    "kashgar": "653100",
    "keelung": "719001",
    "lhasa": "540100",
    "luliang": "141100",
    "macao": "820000",
    "macau": "820000",
    "newtaipei": "710300",
    "nyingchi": "540400",
    "ordos": "150600",
    "qiqihar": "230200",
    "shigatse": "540200",
    "taichung": "710400",
    "taipei": "710100",
    "taitung": "719012",
    "turpan": "650400",
    "urumqi": "650100",
    "yilan": "719007",
}
"""Names in Latin script that are not the pinyin of the short name."""
_PINYIN_NOISE = re.compile(r"[\s'’‘ʼ`·_-]+")
_GENERIC = re.compile(r"(市|州|盟|地区)$")
_NEAREST = 3


@attrs.frozen(kw_only=True)
class City:
    """A city, or what counts as one: a municipality, an autonomous prefecture, a county directly under its province."""

    name: str
    """``成都市``."""
    short: str
    """``成都``."""
    pinyin: str
    """Of ``short``, lower case without tones or spaces: ``chengdu``."""
    adcode: str
    """Six digits: ``510100``; of a municipality or special administrative region the province's, ``110000``."""
    province: str
    """``四川省``; a municipality's own name."""
    lon: float | None
    """Longitude of the rough centre (about 1 km), degrees, WGS-84; None where it is not known."""
    lat: float | None
    """Latitude of the rough centre, degrees, WGS-84; None where it is not known."""


@cache
def all_cities() -> tuple[City, ...]:
    """Give every city in the table, in the order of the adcodes."""
    return tuple(_city(row) for row in rows().values() if row.is_city)


def find_city(text: str) -> City:
    """Give the city that a person means.

    Takes Chinese with or without 市, 州, 盟, 地区 (``成都``, ``凉山州``, ``臺北``), pinyin in any case with spaces,
    apostrophes or tones (``Xi'an``), the usual English name (``Lhasa``), and the six-digit adcode.

    Raises UnknownCity, naming the nearest names, when there is none such, or when several have that name: pinyin
    ``suzhou`` is 苏州 and 宿州, and nothing is guessed.
    """
    cities = cities_called(text)
    if len(cities) == 1:
        return cities[0]
    if cities:
        names = " or ".join(f"{city.name} ({city.adcode})" for city in cities)
        raise UnknownCity(f"city {text!r} can be {names}: give the adcode")
    raise UnknownCity(f"no city is known as {text!r}; the nearest names are {', '.join(_nearest(_key(text)))}")


def cities_called(text: str) -> tuple[City, ...]:
    """Give all cities that a name or adcode can mean, as find_city takes it: often one, mostly none."""
    key = _key(text)
    return _index().get(key) or _index().get(_GENERIC.sub("", key), ())


def _city(row: Row) -> City:
    province = row if row.level == "municipality" else rows()[f"{row.adcode[:2]}0000"]
    return City(
        name=row.name,
        short=row.short,
        pinyin=row.pinyin,
        adcode=row.adcode,
        province=province.name,
        lon=row.lon,
        lat=row.lat,
    )


def _key(text: str) -> str:
    """Give the form in which names are compared: no case, tones, spaces or apostrophes; ü as v."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(mark))
    return _PINYIN_NOISE.sub("", plain)


@cache
def _index() -> dict[str, tuple[City, ...]]:
    """Give the cities by every key they answer to."""
    found: defaultdict[str, dict[str, City]] = defaultdict(dict)
    for city in all_cities():
        for key in _keys(city):
            found[key][city.adcode] = city
    for key, adcode in ENGLISH.items():
        city = next(city for city in all_cities() if city.adcode == adcode)
        found[key][adcode] = city
    return {key: tuple(cities.values()) for key, cities in found.items()}


def _keys(city: City) -> set[str]:
    """Give the keys of a city, but for its English names."""
    traditional = rows()[city.adcode].traditional
    keys = {city.name, city.short, city.pinyin, city.adcode, traditional, traditional.replace("臺", "台")}
    keys |= {_GENERIC.sub("", name) for name in keys if name != city.short and len(name) > len("苏州")}
    if city.name.endswith("自治州"):
        keys.add(f"{city.short.removesuffix('州')}州")
    if rows()[city.adcode].level == "municipality":
        keys |= {f"{city.adcode[:2]}0100", traditional.removesuffix("特別行政區")}
    return {_key(key) for key in keys if key}


def _nearest(key: str) -> list[str]:
    """Give the names nearest to a key: first the cities of the province, or of the district, that it is."""
    inside = [city.name for city in all_cities() if city.adcode in _related(key)]
    keys = process.extract(key, _index().keys(), scorer=fuzz.ratio, limit=10 * _NEAREST)
    near = [city.name for name, _, _ in keys for city in _index()[name]]
    return list(dict.fromkeys(inside[:_NEAREST] + near))[:_NEAREST]


def _related(key: str) -> set[str]:
    """Give the adcodes of the cities around a division that is no city itself, named with or without 区, 县, 市."""
    found = [row for row in rows().values() if key in (row.adcode, row.name, row.short, row.pinyin)]
    provinces = {row.adcode for row in found if row.level == "province"}
    return {row.parent for row in found} | {row.adcode for row in rows().values() if row.parent in provinces}
