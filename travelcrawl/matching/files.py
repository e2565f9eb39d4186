"""Listings, pairs, links and scores as CSV (UTF-8, RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from travelcrawl.errors import UsageError
from travelcrawl.matching.normalise import FIELDS
from travelcrawl.matching.text import Ints

Columns = dict[str, list[str]]
csv.field_size_limit(1 << 24)


def read_rows(path: str | Path, needed: Iterable[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file as dicts; a short row is filled up with empty values.

    Raises UsageError where the file cannot be read, is not UTF-8, or lacks a needed column.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", strict=True)
            missing = sorted(set(needed) - set(reader.fieldnames or ()))
            if missing:
                raise UsageError(f"{path} has no column {', '.join(missing)}: it must have {', '.join(needed)}")
            return list(reader)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no CSV file in UTF-8: {error}") from error


def read_listings(path: str | Path) -> tuple[Columns, list[str]]:
    """Return the columns of a listings file, and what was left out, a sentence each.

    A row without source or id, or with those of an earlier row, is left out.
    """
    rows = read_rows(path, ("source", "id", "name"))
    seen: set[tuple[str, str]] = set()
    kept = []
    for row in rows:
        key = row["source"].strip(), row["id"].strip()
        if all(key) and key not in seen:
            seen.add(key)
            kept.append(row)
    dropped = len(rows) - len(kept)
    notes = [f"{dropped} rows without source and id, or with those of an earlier row, were left out"] if dropped else []
    return {field: [row.get(field) or "" for row in kept] for field in FIELDS}, notes


def listings_of_pairs(rows: Sequence[Mapping[str, str]]) -> tuple[Columns, Ints, Ints]:
    """Return the distinct listings of pairs as columns of two sources, ``a`` and ``b``, and the row of each pair's sides."""
    fields = [field for field in FIELDS if field not in ("source", "id")]
    known: dict[tuple[str, ...], int] = {}
    ends: dict[str, list[int]] = {"a": [], "b": []}
    for row in rows:
        for side, found in ends.items():
            said = (side, *(row.get(f"{side}_{field}") or "" for field in fields))
            found.append(known.setdefault(said, len(known)))
    columns = {field: [said[place + 1] for said in known] for place, field in enumerate(fields)}
    columns |= {"source": [said[0] for said in known], "id": [str(number) for number in range(len(known))]}
    return columns, np.array(ends["a"], dtype=np.int64), np.array(ends["b"], dtype=np.int64)


def write_rows(path: str | Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file. Raises UsageError where it cannot be written."""
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(header)
            writer.writerows(rows)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
