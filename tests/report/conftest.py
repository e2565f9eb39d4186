from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from travelcrawl.stores.base import Record
from travelcrawl.stores.reader import Reader

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Rows = Mapping[str, list[dict[str, Any]]]


class RowsReader(Reader):
    """A store that is a dict of rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def read(self, layer: str) -> Iterator[Record]:
        return iter(self.rows.get(layer, []))

    def count(self, layer: str) -> int:
        return len(self.rows.get(layer, []))

    def close(self) -> None:
        """Nothing is held."""


def _run_row(platform: str, *, start: float = 0, seconds: float | None = 60, **stats: Any) -> dict[str, Any]:
    """A row of the layer runs that begins ``start`` seconds after noon."""
    arguments = stats.pop("arguments", {"city": "成都"})
    return {
        "id": f"{platform}-{start}",
        "platform": platform,
        "arguments": arguments,
        "started_at": NOON + timedelta(seconds=start),
        "ended_at": None if seconds is None else NOON + timedelta(seconds=start + seconds),
        "outcome": None if seconds is None else {"reason": stats.pop("reason", "finished"), "stats": stats},
    }


CITIES = {
    "锦江区": (104.081, 30.657),
    "青羊区": (104.055, 30.674),
    "武侯区": (104.043, 30.642),
    "都江堰市": (103.62, 30.99),
}


def _world(count: int, platforms: tuple[str, ...] = ("amap", "ctrip", "mafengwo")) -> dict[str, list[dict[str, Any]]]:
    """A store full of invented places around 成都, the same at every call."""
    chance = random.Random(7)
    listings = []
    for number in range(count):
        district, (lon, lat) = chance.choice(list(CITIES.items()))
        listings.append(
            {
                "platform": platforms[number % len(platforms)],
                "ref": str(number),
                "name": f"{chance.choice('云锦竹溪松鹤望江')}{chance.choice('亭阁院馆楼园')}{number}",
                "lon": lon + chance.gauss(0, 0.018),
                "lat": lat + chance.gauss(0, 0.016),
                "rating": round(chance.uniform(3, 5), 1) if chance.random() > 0.2 else None,
                "district": district,
                "quality": min(1.0, max(0.0, chance.gauss(0.78, 0.12))),
            }
        )
    return {"listings": listings}


@pytest.fixture
def reader_of() -> Callable[..., Reader]:
    """Build a store of rows by layer."""
    return lambda **rows: RowsReader(rows)


@pytest.fixture
def run_row() -> Callable[..., dict[str, Any]]:
    """Build rows of the layer runs."""
    return _run_row


@pytest.fixture
def world() -> Callable[..., dict[str, list[dict[str, Any]]]]:
    """Build stores full of places."""
    return _world
