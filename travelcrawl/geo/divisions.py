"""Which district a place is in, by what its source says: its own fields first, then the address."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, lru_cache

import attrs

from travelcrawl.geo.cities import cities_called
from travelcrawl.geo.table import Row, rows

_SEPARATORS = " \t\u3000,，、.·・-－/|>()（）[]【】"
_NOT_MAINLAND = ("71", "81", "82")


@attrs.frozen(kw_only=True)
class Division:
    """A district with what it lies in, or a city or province where no finer one is known."""

    province: str
    """``四川省``; a municipality's own name."""
    city: str | None
    """``成都市``; a municipality's own name again, as platforms write it."""
    district: str | None
    """``锦江区``."""
    adcode: str
    """Of the finest of the three, six digits after GB/T 2260."""

    @property
    def is_mainland(self) -> bool:
        """Say whether it is on the mainland, where datums differ (geo/datum.py): not Hong Kong, Macau, Taiwan."""
        return not self.adcode.startswith(_NOT_MAINLAND)


def division_of(province: str | None, city: str | None, district: str | None, address: str | None) -> Division | None:
    """Give the division that the source's own fields and the address name, as fine as they do.

    The fields go first, the address fills what they leave open, and only where it agrees with them: ``锦江区`` in
    the address of a place in 北京 is no district. A name that several cities have (``鼓楼区``) counts only where the city,
    or a province with one of that name, is known. A city named as platforms do (``敦煌``, ``阳朔``) may be a district.
    None when nothing is known.
    """
    area = _area(province or "", city or "")
    named, rest = _lead((address or "").strip(_SEPARATORS), area)
    found = _district_called(district, area) if district else None
    found = found or _district_in(rest, named) or named
    return _division(found.adcode) if found else None


def prefix_of(adcode: str) -> str:
    """Return the digits that the codes of all that lies in a division begin with; the code itself where it is not known."""
    row = rows().get(adcode)
    return _prefix(row) if row else adcode


@cache
def districts_in(adcode: str) -> tuple[str, ...]:
    """Return the adcodes of a city's districts; none where it has none (东莞市) or is not known."""
    return tuple(row.adcode for row in rows().values() if row.parent == adcode and row.level == "district")


@lru_cache(maxsize=8192)
def _area(province: str, city: str) -> Row | None:
    """Give the finest division the two fields name; the province where they contradict each other."""
    whole = _provinces().get(province.strip())
    found = [rows()[one.adcode] for one in cities_called(city)]
    if not found and city in _provinces():
        found = [_provinces()[city]]
    found = [row for row in found or _districts().get(city.strip(), []) if _agree(row, whole)]
    return found[0] if len(found) == 1 else whole


@cache
def _provinces() -> dict[str, Row]:
    """Give provinces and municipalities by name, short name and traditional name."""
    whole = [row for row in rows().values() if row.level in ("province", "municipality")]
    return {name: row for row in whole for name in (row.name, row.short, row.traditional) if name}


@cache
def _districts() -> dict[str, list[Row]]:
    """Give the districts by name, short name and traditional name."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows().values():
        if row.level == "district":
            for name in {row.name, row.short, row.traditional} - {""}:
                found[name].append(row)
    return dict(found)


@lru_cache(maxsize=8192)
def _district_called(name: str, area: Row | None) -> Row | None:
    """Give the district that a field names, if there is one of the name in the area; without 区 or 县 only in a city."""
    if area and area.level == "district":
        return area
    in_city = area is not None and area.is_city
    found = [row for row in _districts().get(name.strip(), ()) if _agree(row, area)]
    found = [row for row in found if in_city or name != row.short]
    return found[0] if len(found) == 1 else None


def _lead(text: str, area: Row | None) -> tuple[Row | None, str]:
    """Read province and city at the beginning of an address: the finest known now, and the rest of the text.

    A short name counts only with a division after it: 南京东路 is a street, 南京玄武区 is not. Where the address
    contradicts what is known nothing of it is used.
    """
    for name, row in _starts().get(text[:2], ()):
        if text.startswith(name):
            rest = text[len(name) :].lstrip(_SEPARATORS)
            finer, after = _lead(rest, row)
            if name != row.short or finer is not row or _district_at(rest, 0, row):
                if not _agree(row, area):
                    return area, ""
                return (finer if finer and _is_finer(finer, area) else area), after
    return area, text


@cache
def _starts() -> dict[str, list[tuple[str, Row]]]:
    """Give provinces and cities by the first two characters of their names, the longest names first."""
    return _by_beginning([row for row in rows().values() if row.level != "district"], with_short=True)


@cache
def _inner() -> dict[str, list[tuple[str, Row]]]:
    """Give districts by the first two characters of their names, the longest names first."""
    return _by_beginning([row for row in rows().values() if row.level == "district"], with_short=False)


def _by_beginning(some: list[Row], *, with_short: bool) -> dict[str, list[tuple[str, Row]]]:
    found: defaultdict[str, list[tuple[str, Row]]] = defaultdict(list)
    for row in some:
        for name in {row.name, row.traditional, row.short if with_short else ""} - {""}:
            found[name[:2]].append((name, row))
    return {beginning: sorted(names, key=lambda one: -len(one[0])) for beginning, names in found.items()}


def _district_in(text: str, area: Row | None) -> Row | None:
    """Give the first district in the text that lies in the area, the longest of those that begin there."""
    if area and area.level == "district":
        return area
    for start in range(len(text) - 1):
        found = _district_at(text, start, area)
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _district_at(text: str, start: int, area: Row | None) -> list[Row]:
    """Give the districts in the area with the longest name that begins here.

    A name of two characters (东区, 郊区, 矿区) counts only at the beginning: later it is a part of a town or an estate.
    """
    found: list[Row] = []
    length = 0
    for name, row in _inner().get(text[start : start + 2], ()):
        if len(name) < length:
            break
        if (start == 0 or len(name) > len("东区")) and text.startswith(name, start) and _agree(row, area):
            found.append(row)
            length = len(name)
    return found


def _prefix(row: Row) -> str:
    """Give the digits that all codes inside begin with."""
    if row.level in ("province", "municipality"):
        return row.adcode[:2]
    return row.adcode[:4] if row.adcode.endswith("00") else row.adcode


def _agree(row: Row, area: Row | None) -> bool:
    """Say whether one lies in the other."""
    return area is None or row.adcode.startswith(_prefix(area)) or area.adcode.startswith(_prefix(row))


def _is_finer(row: Row, area: Row | None) -> bool:
    return area is None or len(_prefix(row)) > len(_prefix(area))


@cache
def _division(adcode: str) -> Division:
    row = rows()[adcode]
    province = rows()[f"{adcode[:2]}0000"]
    city = row if row.is_city else rows().get(row.parent)
    return Division(
        province=province.name,
        city=city.name if city else None,
        district=row.name if row.level == "district" else None,
        adcode=adcode,
    )
