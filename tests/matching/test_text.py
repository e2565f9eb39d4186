from __future__ import annotations

import numpy as np
import pytest

from travelcrawl.matching.terms import Terms
from travelcrawl.matching.text import (
    compact,
    cut,
    distinct,
    fold,
    hash_words,
    heads_of,
    heard,
    measure,
    numbered,
    pinyin,
)


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("隆盛粥點・粵菜館", "隆盛粥点粤菜馆"),
        ("ＫＦＣ　（新街口店）", "kfc (新街口店)"),
        ("【官方】星河酒店", "(官方)星河酒店"),
        ("Rex's Café, Straße", "rexs cafe strasse"),
        ("Cafe\u0301", "cafe"),
        ("A & B: C", "a & b| c"),
        ("🍜🍜 面", " 面"),
        ("ガレット", "ガレット"),
        ("วัดบ้าน", "วัดบ้าน"),
        ("line\nbreak\ttab", "line break tab"),
        ("\ud800x", " x"),
        ("𠮷野家", "𠮷野家"),
        ("", ""),
        ("x" * 50, "x" * 20),
    ],
)
def test_fold(said: str, folded: str) -> None:
    assert fold(["before", said, "after"], 20) == ["before", folded, "after"]


def test_compact_keeps_rows() -> None:
    assert compact(["a b (c)", "", "d|e&f"]) == ["abc", "", "def"]


@pytest.mark.parametrize(
    ("han", "latin"), [("重庆小面", "chongqingxiaomian"), ("庆", "qing"), ("kfc北", "kfcbei"), ("", "")]
)
def test_pinyin(han: str, latin: str) -> None:
    assert pinyin([han]) == [latin]


def test_cut_words_numbers_and_bigrams() -> None:
    rows, hashes, kinds = cut(["mr pizza 12a", "", "沙县小吃", "店"])
    assert rows.tolist() == [0, 0, 0, 0, 2, 2, 2, 3]
    assert kinds.tolist() == [2, 2, 1, 2, 3, 3, 3, 3]
    assert hashes.tolist() == hash_words(["mr", "pizza", "12", "a", "沙县", "县小", "小吃", "店"]).tolist()


def test_plural_is_the_same_term() -> None:
    assert cut(["flowers"])[1].tolist() == cut(["flower"])[1].tolist() == hash_words(["flowers"]).tolist()
    assert cut(["glass"])[1].tolist() != cut(["glas"])[1].tolist()


def test_cut_nothing() -> None:
    rows, hashes, _ = cut([""])
    assert len(rows) == len(hashes) == 0


def test_measure_and_numbered() -> None:
    lengths, unspaced = measure(["ab店", "", "cd"])
    assert (lengths.tolist(), unspaced.tolist()) == ([3, 0, 2], [1, 0, 0])
    assert numbered(["x", "y", "", "x"]).tolist() == [0, 1, -1, 0]


def test_heads() -> None:
    one, two, other, short, nothing = heads_of(["abcde", "abcdx", "abxde", "ab", ""], 4).tolist()
    assert one == two
    assert len({one, other, short, nothing}) == 4
    assert len(heads_of([], 4)) == 0


def test_heard() -> None:
    assert heard(["锅魁", "1点点", "kfc"]) == heard(["锅盔", "一点点", "kfc"])
    assert heard(["锅魁"]) != heard(["锅贴"])
    assert heard([]) == []


def test_distinct() -> None:
    assert distinct(np.array([3, 1, 3, 2, 1])).tolist() == [1, 2, 3]
    assert distinct(np.empty(0, dtype=np.int64)).tolist() == []


def test_terms_shared() -> None:
    rows, hashes, _ = cut(["red fox inn", "red fox", "inn", ""])
    terms = Terms.build(rows, hashes, 4, common=np.sort(hash_words(["inn"])))
    a, b = np.array([0, 1, 2, 0]), np.array([1, 0, 3, 2])
    kept, missing = terms.shared(a, b)
    assert kept[0] == pytest.approx(terms.totals[1])
    assert kept[1] == pytest.approx(terms.totals[1])
    assert missing[0] == pytest.approx(0.25)
    assert missing[1] == 0
    assert kept[2] == 0
    assert kept[3] == pytest.approx(0.25)


def test_terms_of_nothing() -> None:
    terms = Terms.build(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64), 2)
    kept, missing = terms.shared(np.array([0]), np.array([1]))
    assert kept.tolist() == missing.tolist() == [0.0]
    assert terms.numbered(hash_words(["inn"])).tolist() == [-1]
    assert not terms.holds(np.array([0]), np.array([0])).any()
