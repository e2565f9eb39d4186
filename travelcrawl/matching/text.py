"""Text in columns: fold a whole column at once, and cut it into terms.

A column is folded as one joined text through a table of code points, because a Python call for each listing would cost
more than all the matching after it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import opencc
from pypinyin.constants import PINYIN_DICT

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_BMP = 0x10000
_DROPPED, _EXPANDED = 0xFFFF, 0xFFFE
_LATIN_END, _LATIN_EXTRA = 0x0530, range(0x1E00, 0x2000)
_HAN = range(0x3400, 0xA000)
_HANGUL = range(0xAC00, 0xD7A4)
_BRACKETS = str.maketrans("[{<（【〔《「『［｛＜〈〖", "(" * 14) | str.maketrans("]}>）】〕》」』］｝＞〉〗", ")" * 14)
_SPECIAL = _BRACKETS | str.maketrans("()\n|｜:：&＆", "()\n||||&&")
_GAPS = re.compile(" {2,}")
_SILENT = "'’‘`´.．・·•‧∙･\u200b\u200c\u200d\ufeff\ufe0f"


def _folded(character: str) -> str:
    code = ord(character)
    if character in _SILENT or 0x0300 <= code < 0x0370:
        return ""
    if code in _SPECIAL:
        return chr(_SPECIAL[code])
    form: Literal["NFKD", "NFKC"] = "NFKD" if code < _LATIN_END or code in _LATIN_EXTRA else "NFKC"
    kept = "".join(
        one for one in unicodedata.normalize(form, character) if form == "NFKC" or not unicodedata.combining(one)
    ).casefold()
    return (
        "".join(one if one.isalnum() or one in "()" or unicodedata.category(one)[0] == "M" else " " for one in kept)
        or " "
    )


@functools.lru_cache(maxsize=1)
def _table() -> tuple[npt.NDArray[np.uint32], dict[int, str]]:
    """Return what each code point of the BMP becomes, and those that become several characters."""
    table = np.arange(_BMP, dtype=np.uint32)
    expanded: dict[int, str] = {}
    for code in range(_BMP):
        if code in _HAN or code in _HANGUL or 0xD800 <= code < 0xE000:
            continue
        becomes = _folded(chr(code))
        if len(becomes) == 1:
            table[code] = ord(becomes)
        else:
            table[code] = _EXPANDED if becomes else _DROPPED
            expanded[code] = becomes
    table[0xD800:0xE000] = ord(" ")
    han = "\n".join(map(chr, _HAN))
    table[_HAN.start : _HAN.stop] = [ord(one[0]) for one in opencc.OpenCC("t2s").convert(han).split("\n")]
    return table, expanded


def codes_of(text: str) -> npt.NDArray[np.uint32]:
    """Return the code points of a text, shape (len(text),)."""
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)


def fold(values: Sequence[str], limit: int) -> list[str]:
    """Return each value in its folded form, cut at ``limit`` characters.

    NFKC, lower case, simplified characters, Latin without accents; brackets are round, ``:`` and ``|`` are ``|``, ``&`` stays,
    points and apostrophes vanish, every other sign is one space.
    """
    if not values:
        return []
    table, expanded = _table()
    joined = "\n".join(values)
    if joined.count("\n") >= len(values) or max(map(len, values)) > limit:
        joined = "\n".join(" ".join(value[:limit].split()) for value in values)
    joined = unicodedata.normalize("NFC", joined)
    codes = codes_of(joined)
    folded = table[np.minimum(codes, _BMP - 1)]
    if (folded == _EXPANDED).any():
        codes = codes_of(joined.translate(expanded))
        folded = table[np.minimum(codes, _BMP - 1)]
    beyond = codes >= _BMP
    folded = np.where(beyond, np.where((codes >= 0x20000) & (codes < 0x33480), codes, ord(" ")), folded)
    plain = folded[folded != _DROPPED].astype("<u4").tobytes().decode("utf-32-le")
    return _GAPS.sub(" ", plain).split("\n")


def compact(values: Sequence[str]) -> list[str]:
    """Return folded values with letters, digits and ideographs only."""
    return "\n".join(values).translate(_SIGNS).split("\n") if values else []


_SIGNS = str.maketrans("", "", " ()|&")


@functools.lru_cache(maxsize=1)
def _pinyin_table() -> dict[int, str]:
    """Return the first reading of each Han character, without tones."""
    table = {}
    for code, readings in PINYIN_DICT.items():
        plain = unicodedata.normalize("NFKD", readings.split(",", 1)[0].replace("ü", "v"))
        table[code] = "".join(one for one in plain if one.isalpha() and one.isascii())
    return table


_READINGS = (("重庆", "chongqing"), ("长沙", "changsha"), ("厦门", "xiamen"), ("银行", "yinhang"), ("音乐", "yinyue"))
"""Words whose characters' first reading is another one: 重 alone is zhong."""


def pinyin(values: Sequence[str]) -> list[str]:
    """Return compact values with each Han character replaced by its reading without tones (重庆小面 → chongqingxiaomian)."""
    joined = "\n".join(values)
    for word, reading in _READINGS:
        joined = joined.replace(word, reading)
    return joined.translate(_pinyin_table()).split("\n") if values else []


_NUMERALS = str.maketrans("0123456789", "零一二三四五六七八九")


@functools.lru_cache(maxsize=1)
def _syllable_table() -> dict[int, int]:
    """Return for each Han character the first one with the same reading."""
    first: dict[str, int] = {}
    return {code: first.setdefault(reading, code) for code, reading in _pinyin_table().items() if code in _HAN}


def heard(values: Sequence[str]) -> list[str]:
    """Return compact values with Han characters that sound the same as one, digits too: who types by sound picks the wrong one."""
    return "\n".join(values).translate(_NUMERALS).translate(_syllable_table()).split("\n") if values else []


_UNSPACED = (
    (0x0E00, 0x0F00),
    (0x1000, 0x10A0),
    (0x1780, 0x1800),
    (0x2E80, 0xD7B0),
    (0xF900, 0xFB00),
    (0x20000, 0x33480),
)
"""Scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, Han, kana, Hangul."""


def char_class(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Return 0 for signs, 1 for digits, 2 for letters, 3 for scripts without blanks (Han and the like), of folded code points."""
    kinds = np.full(codes.shape, 2, dtype=np.uint8)
    kinds[codes < 0x80] = 0
    kinds[(codes >= 0x30) & (codes <= 0x39)] = 1
    kinds[(codes >= 0x61) & (codes <= 0x7A)] = 2
    for first, end in _UNSPACED:
        kinds[(codes >= first) & (codes < end)] = 3
    return kinds


def measure(values: Sequence[str]) -> tuple[Ints, Ints]:
    """Return for each folded value its length and how many of its characters are of a script without blanks."""
    codes = codes_of("\n".join(values))
    ends = codes == ord("\n")
    rows = np.cumsum(ends)
    lengths = np.bincount(rows[~ends], minlength=len(values)).astype(np.int64)
    return lengths, np.bincount(rows[char_class(codes) == 3], minlength=len(values)).astype(np.int64)


def heads_of(values: Sequence[str], length: int) -> npt.NDArray[np.uint64]:
    """Return a hash of the first characters of each value."""
    codes = np.append(codes_of("\n".join(values)), np.uint32(ord("\n"))).astype(np.uint64)
    ends = np.flatnonzero(codes == ord("\n"))
    begins = np.concatenate([[0], ends[:-1] + 1]) if len(values) else np.empty(0, dtype=np.int64)
    total = np.zeros(len(begins), dtype=np.uint64)
    for place in range(length):
        at = begins + place
        kept = at < ends[: len(begins)]
        total += np.where(kept, codes[np.minimum(at, len(codes) - 1)] * _powers()[place + 1], np.uint64(0))
    return total * _PRIME


def numbered(values: Sequence[str]) -> Ints:
    """Return a number for each value, the same for the same; -1 for an empty one."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) if value else -1 for value in values], dtype=np.int64)


_PRIME = np.uint64(0x9E3779B97F4A7C15)
_LONGEST = 512
_SHORT = 3
"""Words longer than this are the same term with and without a final s (flower, flowers)."""


@functools.lru_cache(maxsize=1)
def _powers() -> npt.NDArray[np.uint64]:
    powers = np.empty(_LONGEST, dtype=np.uint64)
    power = 1
    for place in range(_LONGEST):
        powers[place] = power
        power = power * 1_000_003 % (1 << 64)
    return powers


def cut(values: Sequence[str]) -> tuple[Ints, npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """Cut folded values into terms: words and numbers whole, runs of ideographs into bigrams (a lone one as it is).

    Returns three arrays, one entry a term in order of text: the row it is in, its 64-bit hash, its class (``char_class``).
    """
    codes = codes_of("\n".join(values))
    kinds = char_class(codes)
    rows = np.cumsum(codes == ord("\n"))
    begins = np.flatnonzero((kinds > 0) & (np.diff(kinds, prepend=np.uint8(0)) != 0))
    ends = np.flatnonzero((kinds > 0) & (np.diff(kinds, append=np.uint8(0)) != 0)) + 1
    run_kind = kinds[begins]
    words = (run_kind != 3) | (ends - begins == 1)
    word_at, word_end = begins[words], ends[words]
    hashes = np.empty(0, dtype=np.uint64)
    if len(word_at):
        lengths = word_end - word_at
        plural = (
            (lengths > _SHORT) & (codes[word_end - 1] == ord("s")) & (codes[np.maximum(word_end - 2, 0)] != ord("s"))
        )
        lengths = lengths - plural
        flat, place = expand(word_at, lengths)
        mixed = codes[flat].astype(np.uint64) * _powers()[np.minimum(place, _LONGEST - 1)]
        hashes = np.add.reduceat(mixed, np.cumsum(lengths) - lengths) * _PRIME
    pair_at = np.flatnonzero((kinds[:-1] == 3) & (kinds[1:] == 3)) if len(codes) > 1 else np.empty(0, dtype=np.int64)
    pairs = (
        codes[pair_at].astype(np.uint64) * _powers()[0] + codes[pair_at + 1].astype(np.uint64) * _powers()[1]
    ) * _PRIME
    at = np.concatenate([word_at, pair_at])
    order = np.argsort(at, kind="stable")
    return rows[at][order], np.concatenate([hashes, pairs])[order], kinds[at][order]


def hash_words(words: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Return the hash ``cut`` gives to each single term (a word, a number, a bigram of ideographs)."""
    hashes = []
    for word in words:
        if len(word) > _SHORT and word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]  # noqa: PLW2901
        total = sum(ord(character) * int(_powers()[place]) for place, character in enumerate(word))
        hashes.append(total * int(_PRIME) % (1 << 64))
    return np.array(hashes, dtype=np.uint64)


def expand(starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Return the indexes of ranges laid end to end, and each one's place inside its range."""
    total = int(counts.sum())
    place = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(starts, counts) + place, place


def distinct(values: Ints) -> Ints:
    """Return the values in ascending order, each once (numpy's own unique hashes first: ten times slower, 2.4.6, 2026-11-22)."""
    ordered = np.sort(values)
    return np.asarray(ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0])
