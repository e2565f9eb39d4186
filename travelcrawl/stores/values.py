"""Make the values of a record storable: the same in every store, whatever a page or another project put in.

What can be mended without a loss of meaning is mended (NaN says that nothing was seen, NUL and half surrogate pairs are
no text, a whole float is a count); what cannot is refused with its cause, and the record goes to quarantine.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from operator import itemgetter
from struct import Struct
from typing import Any, TypeAlias

import attrs
import orjson

from travelcrawl.stores.layers import layers

Values: TypeAlias = dict[str, Any]

LARGEST_INTEGER = 2**63 - 1
LONGEST_KEY = 500
"""Characters of a key: an index entry of PostgreSQL holds 2,704 bytes."""
LARGEST_RECORD = 32 * 1024 * 1024
"""Bytes of a record's content as JSON; above it a page object has taken a whole file for a field."""
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS
"""Keys are sorted: PostgreSQL's jsonb keeps them in an order of its own."""
EXACT = 2**53
"""Numbers whose amounts add up to less are each finite and fit 64 bits: one look at all in place of one at each."""
SIGNED = Struct(">q")
"""A content hash: 64 bits with a sign, as both databases have integers."""
MOST_FITTING = 10_000
"""Combinations of types, of which a crawl has some dozens, that are remembered to fit a layer."""
KEYS = frozenset({"platform", "ref", "what"})
"""Key columns that must be there."""


RANGES = {"lon": 180.0, "lat": 90.0}
"""Degrees either side of 0 that a position may have."""


class Refused(ValueError):
    """Raised when a record cannot be stored as it is; its text says why."""


class Codec:
    """The values of one layer: storable form and content hash."""

    def __init__(self, name: str) -> None:
        self.layer = layers()[name]
        self.names = tuple(column.name for column in self.layer.fields)
        self._known = {*self.names, "seen_at", "type"}
        self._blank = dict.fromkeys((*self.names, "seen_at"))
        self._left = tuple(name for name in ("type", "seen_at") if name not in self.names)
        self._usual = ("type", *self.names, *self._left[1:])
        """What a record of ours has, in its order: no name of it needs a look (1.3 microseconds of 5, 2026-11-29)."""
        self._content: Callable[[Values], tuple[Any, ...]] = itemgetter(*self.layer.content)
        self.kinds = {column.name: column.kind for column in self.layer.columns}
        self._dirty = [(name, CONVERT[self.kinds[name]]) for name in self.names]
        self._clean = [(name, CONVERT_CLEAN.get(self.kinds[name], convert)) for name, convert in self._dirty]
        self._times = [(name, time_of) for name in self.names if self.kinds[name] == "time"]
        self._fitting: dict[tuple[type, ...], Callable[[Values], tuple[Any, ...]]] = {}
        self._values: Callable[[Values], tuple[Any, ...]] = itemgetter(*self.names)
        self._keys = [name for name in self.layer.key if name in KEYS]
        self.key: Callable[[Values], tuple[Any, ...]] = itemgetter(*self.layer.key)

    def digest(self, record: Values) -> int | None:
        """Return the content hash: 64-bit BLAKE2b over the content's JSON; None where the record is not clean.

        Equal hashes of a part and of a stored row mean that the part says nothing new.
        """
        try:
            content = orjson.dumps(self._content(record), default=_plain, option=OPTIONS)
        except (KeyError, TypeError):
            return None
        # One byte is found faster than six.
        if len(content) > LARGEST_RECORD or (b"\\" in content and b"\\u0000" in content):
            return None
        (digest,) = SIGNED.unpack(hashlib.blake2b(content, digest_size=8).digest())
        return int(digest)

    def storable(self, record: Values, *, clean: bool = False) -> Values:
        """Return the fields of a record in the form every store keeps, each of its kind or None.

        Times become aware datetimes in UTC of whole milliseconds. Clean is what has a digest. Raises Refused.
        """
        return self._made(record, clean=clean)[0]

    def settled(self, record: Values, digest: int) -> tuple[Values, int | None]:
        """Return a clean record in storable form with its content hash: the one it had, unless a value had to be mended.

        Raises Refused.
        """
        made, mended = self._made(record, clean=True)
        return made, self.digest(made) if mended else digest

    def _made(self, record: Values, *, clean: bool) -> tuple[Values, bool]:
        """Return a record in storable form, and whether any value is another than before. Raises Refused."""
        if tuple(record) == self._usual:
            made = record.copy()
            for name in self._left:
                del made[name]
        else:
            if strange := record.keys() - self._known:
                raise Refused(f"{self.layer.name} have no field {', '.join(sorted(map(str, strange)))}")
            made = dict(zip(self.names, self._values(self._blank | record), strict=True))
        mended = self._convert(made, clean=clean)
        for name in self._keys:
            if not made[name] or len(made[name]) > LONGEST_KEY:
                raise Refused(f"{name} must have 1 to {LONGEST_KEY} characters: {short(made[name])}")
        for name, limit in RANGES.items() if self.layer.located else ():
            if made[name] is not None and not -limit <= made[name] <= limit:
                raise Refused(f"{name} is out of range: {made[name]!r}")
        if not clean and self.digest(made) is None:
            raise Refused(f"larger than {LARGEST_RECORD // 1024 // 1024} MiB")
        return made, mended

    def _convert(self, made: Values, *, clean: bool) -> bool:
        """Convert each value to its kind, and say whether any is another; where their types all fit only some need a look."""
        types = tuple(map(type, made.values()))
        numbers = self._fitting.get(types) if clean else None
        fitting = numbers is not None and sum(map(abs, numbers(made))) < EXACT
        mended, name = False, ""
        try:
            for name, convert in self._times if fitting else self._clean if clean else self._dirty:
                if (value := made[name]) is not None and (fit := convert(value)) is not value:
                    made[name], mended = fit, True
        except (ValueError, OverflowError, RecursionError) as error:
            raise Refused(f"{name} is no {self.kinds[name]}: {short(made[name])}") from error
        if clean and numbers is None and len(self._fitting) < MOST_FITTING and types == tuple(map(type, made.values())):
            self._fitting[types] = _numbers(made)
        return mended


def _numbers(values: Values) -> Callable[[Values], tuple[Any, ...]]:
    """Return what takes the numbers out of values of such types."""
    names = [name for name, value in values.items() if type(value) in (int, float)]
    return itemgetter(*names, *names[-1:]) if names else lambda _: ()


@cache
def codec(layer: str) -> Codec:
    """Return the codec of a layer."""
    return Codec(layer)


def text_of(value: Any) -> str:
    """Return a text without NUL and half surrogate pairs, which neither GDAL nor PostgreSQL takes."""
    if isinstance(value, bytes | Mapping | list | tuple | set | frozenset):
        raise ValueError(value)
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "")


def integer_of(value: Any) -> int:
    """Return a whole number that fits 64 bits."""
    if type(value) is not int:
        if not isinstance(value, float) or not value.is_integer():
            raise ValueError(value)
        value = int(value)
    if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise ValueError(value)
    return int(value)


def real_of(value: Any) -> float | None:
    """Return a finite number; None for NaN and infinity, which say that nothing was seen."""
    if type(value) is not float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError(value)
        value = float(value)
    return value if math.isfinite(value) else None


def boolean_of(value: Any) -> bool:
    """Return a truth value."""
    if value not in (0, 1):
        raise ValueError(value)
    return bool(value)


def time_of(value: Any) -> datetime:
    """Return an aware time in UTC, in whole milliseconds."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(value)
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    moment: datetime = value
    spare = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - spare) if spare else moment


def day_of(value: Any) -> date:
    """Return a calendar day."""
    if isinstance(value, str):
        return date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(value)
    return value


def list_of(value: Any) -> Any:
    """Return a list or object in JSON types alone, its texts mended."""
    if isinstance(value, list | tuple | set | frozenset | Mapping):
        return json_of(value)
    raise ValueError(value)


def json_of(value: Any) -> Any:
    """Return anything in JSON types alone, its texts mended."""
    if attrs.has(type(value)):
        value = attrs.asdict(value)
    if isinstance(value, Mapping):
        return {text_of(key): json_of(part) for key, part in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [json_of(part) for part in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_INTEGER else str(value)
    if isinstance(value, float):
        return real_of(value)
    return repr(value) if isinstance(value, bytes) else text_of(value)


def json_text(value: Any) -> str:
    """Return the JSON text of a storable value."""
    return json_bytes(value).decode()


def json_bytes(value: Any) -> bytes:
    """Return the JSON text of a storable value, in UTF-8."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)


def _clean_text(value: Any) -> str:
    return value if type(value) is str else text_of(value)


def _clean_list(value: Any) -> Any:
    return value if type(value) is list else list_of(value)


def _plain(value: Any) -> Any:
    """Help orjson with what pages and other projects put into lists. Raises TypeError for the rest."""
    if attrs.has(type(value)):
        return attrs.asdict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def short(value: Any) -> str:
    """Return a value as a person reads it in a message."""
    try:
        text = repr(value)
    except RecursionError:
        return "…"
    return text if len(text) <= 80 else f"{text[:77]}…"


CONVERT: dict[str, Callable[[Any], Any]] = {
    "text": text_of,
    "integer": integer_of,
    "real": real_of,
    "boolean": boolean_of,
    "time": time_of,
    "day": day_of,
    "json": list_of,
}
CONVERT_CLEAN: dict[str, Callable[[Any], Any]] = {"text": _clean_text, "json": _clean_list}
"""What is left to do where the content has a digest: orjson has refused half surrogate pairs and foreign types."""
