from __future__ import annotations

import pytest

from travelcrawl.matching.text import hash_words
from travelcrawl.matching.words import last_meaning, one_form, replace_aliases, words


def test_about_forty_classes() -> None:
    assert 35 <= len(words().classes) <= 45
    assert len(set(words().classes)) == len(words().classes)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("花园酒店", "hotel"),
        ("hotel garden bar", "bar"),
        ("美食 火锅", "restaurant"),
        ("dining ) cafe", "cafe"),
        ("青禾", None),
        ("", None),
    ],
)
def test_last_meaning(name: str, kind: str | None) -> None:
    table = words()
    (found,) = last_meaning([name], table.class_terms, table.class_of).tolist()
    assert (table.classes[found] if found >= 0 else None) == kind


@pytest.mark.parametrize(
    ("name", "part"),
    [("星河酒店停车场", "parking"), ("北山东门", "gate"), ("elm park gate", "gate"), ("星河酒店", None)],
)
def test_parts(name: str, part: str | None) -> None:
    table = words()
    (found,) = last_meaning([name], table.part_terms, table.part_of).tolist()
    assert (table.parts[found] if found >= 0 else None) == part


def test_forms() -> None:
    assert one_form(hash_words(["street", "st", "fox"])).tolist() == hash_words(["st", "st", "fox"]).tolist()
    assert replace_aliases(["肯德基", "麦当劳", "青禾"]) == ["kfc", "mcdonalds", "青禾"]
