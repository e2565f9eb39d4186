from __future__ import annotations

from collections.abc import Callable

import pytest

from travelcrawl.matching.normalise import FIELDS, Table, normalise

Rows = list[dict[str, str]]


def columns_of(rows: Rows) -> dict[str, list[str]]:
    filled = [{"source": "a", "id": str(number), "name": ""} | row for number, row in enumerate(rows)]
    return {field: [row.get(field, "") for row in filled] for field in FIELDS}


@pytest.fixture
def columns() -> Callable[[Rows], dict[str, list[str]]]:
    """Columns of listings given as dicts."""
    return columns_of


@pytest.fixture
def table() -> Callable[[Rows], Table]:
    """The normalised table of listings given as dicts."""
    return lambda rows: normalise(columns_of(rows))
