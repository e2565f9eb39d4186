from pathlib import Path

import pytest

from travelcrawl.errors import UnknownCity, UsageError
from travelcrawl.spiders.query import WHAT, Query


def read(**arguments: str) -> Query:
    return Query.of("demo", arguments, {"sight": "s"})


def test_nothing_asked_for_is_everything() -> None:
    assert read() == read(city="", what="", limit="", keyword="") == Query()
    assert Query().what == WHAT


def test_arguments_are_read() -> None:
    query = read(city="chengdu", category="sight", keyword="火锅", what="notes, reviews", limit="3")
    assert query.city
    assert (query.city.adcode, query.category, query.keyword) == ("510100", "sight", "火锅")
    assert (query.what, query.limit, query.urls) == ({"notes", "reviews"}, 3, ())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"town": "成都"},
            "demo does not know the argument 'town'; it knows category, city, keyword, limit, urls, what",
        ),
        ({"category": "moon"}, "demo does not know the category 'moon'; it knows: sight"),
        ({"what": "listings,dreams"}, "what='dreams' is not known; it is a comma list of listings, notes, reviews"),
        ({"limit": "many"}, "limit='many' must be a whole number from 1"),
        ({"limit": "0"}, "limit='0' must be a whole number from 1"),
        ({"urls": "/no/such/file"}, "cannot read the file of addresses '/no/such/file'"),
    ],
)
def test_wrong_arguments_get_one_sentence(arguments: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(**arguments)
    assert sentence in str(caught.value)


def test_a_city_nobody_has() -> None:
    with pytest.raises(UnknownCity):
        read(city="Atlantis")


def test_a_file_of_addresses(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text("\ufeff# mine\n https://demo.example/note/7 \n\n", encoding="utf-8")
    assert read(urls=str(path)).urls == ("https://demo.example/note/7",)
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is empty"):
        read(urls=str(path))


@pytest.mark.parametrize(
    ("arguments", "group"),
    [({}, ""), ({"keyword": "火锅"}, "火锅"), ({"keyword": "火锅", "city": "成都"}, "510100")],
)
def test_a_city_or_a_word_shares_with_others(arguments: dict[str, str], group: str) -> None:
    assert read(**arguments).group == group
