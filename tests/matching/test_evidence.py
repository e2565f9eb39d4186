from collections.abc import Callable

import numpy as np
import pytest

from travelcrawl.matching.evidence import MOST, evidence
from travelcrawl.matching.features import NAMES, features
from travelcrawl.matching.normalise import Table
from travelcrawl.matching.score import model


def test_it_is_what_explain_says_of_each_pair(table: Callable[[list[dict[str, str]]], Table]) -> None:
    names = ["青禾大酒店", "青禾酒店(总店)", "白鹭洗衣", "", "星巴克(东门店)", "Qinghe Hotel"]
    rows = [
        {
            "source": "ab"[number % 2],
            "name": name,
            "lon": str(118.8 + number / 1000),
            "lat": "31.9",
            "phone": "025-86661111",
        }
        for number, name in enumerate(names)
    ]
    made = table(rows)
    a, b = (
        np.array(side) for side in zip(*[(one, other) for one in range(6) for other in range(one + 1, 6)], strict=True)
    )
    x = features(made, a, b)
    for found, row in zip(evidence(model(), x), x, strict=True):
        said = model().explain(row)
        assert 0 < len(found) <= MOST
        assert list(found) == [name for name in found if name in NAMES]
        for name, value in found.items():
            assert value == pytest.approx(said[name], abs=0.006)
        least = min(map(abs, found.values()))
        assert all(abs(value) <= least + 0.01 for name, value in said.items() if name not in found)


def test_no_pairs_have_no_evidence() -> None:
    assert evidence(model(), np.empty((0, len(NAMES)), dtype=np.float32)) == []
