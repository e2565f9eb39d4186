"""Prices out of what sites write. Nothing here raises; what cannot be told for sure is None."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import attrs

from travelcrawl.pipelines.numbers import CHINESE, DIGITS, chinese, scaled
from travelcrawl.pipelines.text import line

LONGEST = 300
"""Characters of a text that is read as a price."""

CURRENCIES = {
    "HK$": "HKD", "NT$": "TWD", "MOP$": "MOP", "US$": "USD", "SG$": "SGD", "S$": "SGD", "AU$": "AUD", "A$": "AUD",
    "CA$": "CAD", "C$": "CAD", "NZ$": "NZD", "JP¥": "JPY", "CN¥": "CNY", "¥": "CNY", "€": "EUR", "£": "GBP",
    "₩": "KRW", "฿": "THB", "₫": "VND", "₱": "PHP", "₽": "RUB", "RMB": "CNY", "元人民币": "CNY", "人民币元": "CNY",
    "人民币": "CNY", "元": "CNY", "块": "CNY", "圆": "CNY", "港币": "HKD", "港元": "HKD", "港幣": "HKD",
    "新台币": "TWD", "台币": "TWD", "新臺幣": "TWD", "澳门元": "MOP", "澳门币": "MOP", "美元": "USD", "美金": "USD",
    "欧元": "EUR", "英镑": "GBP", "日元": "JPY", "日圆": "JPY", "日币": "JPY", "円": "JPY", "韩元": "KRW",
    "韩币": "KRW", "泰铢": "THB", "新加坡元": "SGD", "新币": "SGD", "澳元": "AUD", "加元": "CAD", "越南盾": "VND",
    "马币": "MYR", "令吉": "MYR", "印尼盾": "IDR", "卢布": "RUB", "瑞郎": "CHF",
}  # fmt: skip
"""Sign or word → ISO 4217. ``¥`` is the yuan: the platforms write the yen ``円`` or ``日元``. A bare ``$`` names no country."""
CODES = frozenset(CURRENCIES.values())

_SIGNS = "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True))
_SIGN = rf"{_SIGNS}|(?<![A-Za-z])(?:{'|'.join(sorted(CODES))})(?![A-Za-z])|\$"
_SUM = rf"(?:{DIGITS})(?: ?[万亿千])?|{CHINESE}"
_TO = r"\s*[-~–—〜至到]\s*"
_BEFORE = re.compile(rf"({_SIGN})\s*({_SUM})(?:{_TO}(?:{_SIGN})?\s*({_SUM}))?", re.IGNORECASE)
_AFTER = re.compile(rf"({_SUM})(?:{_TO}({_SUM}))?\s*({_SIGN})", re.IGNORECASE)
_BARE = re.compile(rf"({DIGITS})(?:{_TO}({DIGITS}))?")
# A number that stands alone is a price only where nothing but such words is around it.
_WORDS = re.compile(
    r"人均(?:消费|价格?)?|均价|票价|门票|价格|最低|低至|仅需?|约|起步?价?|以上|以下|左右|每|一|per|from|night|person|"
    r"[晚夜间人位张份天]|[/:,()+\s]",
    re.IGNORECASE,
)
# 1xx, 12?, ¥*8: the site shows half of a number to those who are not logged in.
_HALF_HIDDEN = re.compile(r"\d[x×*?]|[x×*?]{1,5}\d|¥\s*[x×*?]", re.IGNORECASE)
_STRUCK_OUT = re.compile(
    rf"(?:原价|门市价|市场价|挂牌价|划线价|指导价)\s*:?\s*(?:{_SIGN})?\s*(?:{_SUM})\s*(?:{_SIGN})?", re.I
)
_FREE = re.compile(r"免费|免票|免门票|不收费|无需门票|\bfree\b", re.IGNORECASE)
# "Children below 1.3 m free" says nothing of the others: only these words may stand around it.
_FREE_WORDS = re.compile(
    rf"{_FREE.pattern}|全年|长期|全天|对外|开放|入场|入园|入馆|进入|参观|游览|景区|景点|公园|[。!;]", re.IGNORECASE
)
_FROM = re.compile(r"起|以上|最低|低至|\bfrom\b", re.IGNORECASE)
_UNITS = (
    ("night", re.compile(r"[/每一](?:间夜|间晚|晚|夜)|间夜|/\s*night|per night", re.IGNORECASE)),
    ("person", re.compile(r"人均|[/每](?:人|位)|/\s*person|per (?:person|head)", re.IGNORECASE)),
    ("item", re.compile(r"[/每](?:张|份|套|件|次|辆)")),
    ("stay", re.compile(r"总价|/\s*stay|per stay", re.IGNORECASE)),
)


@attrs.frozen(kw_only=True)
class Price:
    """What a text says about a price; None: it does not say."""

    amount: float | None = None
    """In ``currency``; the lowest where there are several; 0 is free."""
    currency: str | None = None
    """ISO 4217 code."""
    unit: str | None = None
    """``person``, ``night``, ``stay``, ``item``."""
    lowest: bool | None = None
    """True where it is the lowest of several, or the text says *from*."""


def price(value: Any) -> Price:
    """Read a price: ``¥120起``, ``￥1,280/晚``, ``免费``, ``人均:85元``, ``HK$ 300``, ``120-180元``, ``55人民币/半票27人民币``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Price(amount=_amount(value))
    if not isinstance(value, str) or len(value) > LONGEST:
        return Price()
    text = line(value)
    if text is None or _HALF_HIDDEN.search(text):
        return Price()
    text = _STRUCK_OUT.sub(" ", text)
    found = sorted(_marked(text)) or sorted(_bare(text))
    if not found:
        free = _FREE.search(text) and not _WORDS.sub("", _FREE_WORDS.sub("", text))
        return Price(amount=0.0) if free else Price()
    several = found[0][0] != found[-1][0]
    return Price(
        amount=found[0][0],
        currency=found[0][1] or None,
        unit=next((unit for unit, pattern in _UNITS if pattern.search(text)), None),
        lowest=True if several or _FROM.search(text) else None,
    )


def currency(value: Any) -> str | None:
    """Return the ISO 4217 code of a code, sign or word; None for an unknown one."""
    text = line(value) if isinstance(value, str) and len(value) <= LONGEST else None
    if text is None:
        return None
    code = text.upper()
    return CURRENCIES.get(text) or CURRENCIES.get(code) or (code if re.fullmatch("[A-Z]{3}", code) else None)


def _marked(text: str) -> Iterator[tuple[float, str]]:
    """Yield (amount, currency) of the sums that stand beside a sign."""
    rest = text
    for match in _BEFORE.finditer(text):
        rest = rest.replace(match[0], " ", 1)
        yield from _sums(match[1], match[2], match[3])
    for match in _AFTER.finditer(rest):
        yield from _sums(match[3], match[1], match[2])


def _bare(text: str) -> Iterator[tuple[float, str]]:
    match = _BARE.search(text)
    if match and not _WORDS.sub("", text[: match.start()] + text[match.end() :]):
        yield from _sums("", match[1], match[2])


def _sums(sign: str, *sums: str | None) -> Iterator[tuple[float, str]]:
    code = "" if sign in ("", "$") else currency(sign) or ""
    for one in sums:
        if one and (amount := _sum(one)) is not None:
            yield amount, code


def _sum(text: str) -> float | None:
    if written_out := re.fullmatch(f"({CHINESE})", text):
        return _amount(chinese(written_out))
    scale = text[-1] if text[-1] in "万亿千" else ""
    return _amount(float(scaled(text.removesuffix(scale).strip(), scale)))


def _amount(value: float | None) -> float | None:
    try:
        amount = None if value is None else float(value)
    except OverflowError:
        return None
    return amount if amount is not None and math.isfinite(amount) else None
