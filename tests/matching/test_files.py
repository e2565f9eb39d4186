from __future__ import annotations

from pathlib import Path

import pytest

from travelcrawl.errors import UsageError
from travelcrawl.matching.files import listings_of_pairs, read_listings, read_rows, write_rows


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("", "no column id, name, source"),
        ("source,name\na,b\n", "no column id"),
        (b"source,id,name\na,1,\xff\xfe\n", "no CSV file in UTF-8"),
        ('source,id,name\na,1,"open\n', "no CSV file in UTF-8"),
    ],
)
def test_bad_files(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    path = tmp_path / "listings.csv"
    if content is not None:
        written(path, content)
    with pytest.raises(UsageError, match=message):
        read_listings(path)


def test_listings_with_missing_and_extra_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path / "l.csv", '\ufeffsource,id,name,colour\r\na,1,"青禾, 面",red\r\na,1,again,\r\n,2,x,\r\nb,3\r\n'
    )
    columns, notes = read_listings(path)
    assert columns["id"] == ["1", "3"]
    assert columns["name"] == ["青禾, 面", ""]
    assert columns["lon"] == ["", ""]
    assert len(notes) == 1
    assert notes[0].startswith("2 rows")


def test_pairs_share_listings() -> None:
    rows = [
        {"a_name": "x", "b_name": "y"},
        {"a_name": "x", "b_name": "z", "b_lon": "1"},
        {"a_name": "y", "b_name": "y"},
    ]
    columns, a, b = listings_of_pairs(rows)
    assert columns["source"] == ["a", "b", "b", "a"]
    assert columns["name"] == ["x", "y", "z", "y"]
    assert (a.tolist(), b.tolist()) == ([0, 0, 3], [1, 2, 1])


def test_write_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_rows(path, ("id", "name"), [("1", 'a "b", c')])
    assert path.read_bytes() == b'id,name\r\n1,"a ""b"", c"\r\n'
    assert read_rows(path, ("id",)) == [{"id": "1", "name": 'a "b", c'}]


def test_nowhere_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_rows(tmp_path / "none" / "out.csv", ("id",), [])
