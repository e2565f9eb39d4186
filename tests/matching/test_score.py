from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from travelcrawl.matching import score
from travelcrawl.matching.features import FEATURES, NAMES
from travelcrawl.matching.score import Model, model

CURVE = np.array([[-10.0, 10.0], [-10.0, 10.0]])


def stump(feature: str, threshold: float, nan_left: int) -> dict[str, list[float]]:
    """A tree that says -1 up to the threshold, then +1 or, where words_sorted > 0.5, +3."""
    return {
        "feature": [NAMES.index(feature), NAMES.index("words_sorted")],
        "threshold": [threshold, 0.5],
        "nan_left": [nan_left, 1],
        "left": [~0, ~1],
        "right": [1, ~2],
        "value": [-1.0, 1.0, 3.0],
    }


def row(**values: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([values.get(name, 0.0) for name in NAMES], dtype=np.float32)


@pytest.mark.parametrize(
    ("values", "nan_left", "raw"),
    [
        ({"core_ratio": 0.4}, 1, -1.0),
        ({"core_ratio": 0.5}, 1, -1.0),
        ({"core_ratio": 0.6}, 1, 1.0),
        ({"core_ratio": 0.6, "words_sorted": 0.9}, 1, 3.0),
        ({"core_ratio": float("nan")}, 1, -1.0),
        ({"core_ratio": float("nan")}, 0, 1.0),
    ],
)
def test_a_tree(values: dict[str, float], nan_left: int, raw: float) -> None:
    made = Model(version="", trees=(stump("core_ratio", 0.5, nan_left),), placed=CURVE, unplaced=CURVE, settled=CURVE)
    x = np.stack([row(**values), row(**values, placed=1)])
    assert made.probability(x) == pytest.approx([1 / (1 + np.exp(-raw))] * 2)


def test_curves_differ_by_position() -> None:
    made = Model(
        version="",
        trees=(stump("core_ratio", 0.5, 1),),
        placed=CURVE,
        unplaced=CURVE + np.array([[0.0], [2.0]]),
        settled=CURVE,
    )
    one, other = made.probability(np.stack([row(core_ratio=1, placed=1), row(core_ratio=1)]))
    assert np.log(other / (1 - other)) - np.log(one / (1 - one)) == pytest.approx(2)


def test_what_is_left_among_rivals_is_settled() -> None:
    made = Model(version="", trees=(), placed=CURVE, unplaced=CURVE, settled=CURVE + np.array([[0.0], [1.0]]))
    assert made.settle(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.0, 1 / (1 + np.exp(-1)), 1.0], abs=1e-3)


def test_explain_credits_the_split_features() -> None:
    made = Model(version="", trees=(stump("core_ratio", 0.5, 1),), placed=CURVE, unplaced=CURVE, settled=CURVE)
    assert made.explain(row(core_ratio=1, words_sorted=1)) == {"core_ratio": 1.5, "words_sorted": 1.0}
    assert made.explain(row(core_ratio=float("nan"))) == {"core_ratio": -1.5}


def test_no_pairs() -> None:
    assert model().probability(np.empty((0, len(NAMES)), dtype=np.float32)).shape == (0,)


@pytest.mark.parametrize("placed", [0.0, 1.0])
@pytest.mark.parametrize("feature", [name for name, direction in FEATURES.items() if direction])
def test_shipped_model_is_monotone(feature: str, placed: float) -> None:
    chance = np.random.default_rng(1)
    x = chance.uniform(0, 1, (200, len(NAMES))).astype(np.float32)
    x[:, NAMES.index("placed")] = placed
    more = x.copy()
    more[:, NAMES.index(feature)] += 1.0
    change = (model().probability(more) - model().probability(x)) * FEATURES[feature]
    assert change.min() >= -1e-9


def test_model_of_other_features_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"features": ["old"]}), "utf-8")
    monkeypatch.setattr(score.resources, "files", lambda _: tmp_path)
    with pytest.raises(ValueError, match="other features"):
        model.__wrapped__()


def test_another_model_has_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = resources.files("travelcrawl.matching").joinpath("model.json").read_text("utf-8")
    data = json.loads(shipped)
    data["trees"][0]["value"][0] += 1e-6
    (tmp_path / "model.json").write_text(json.dumps(data), "utf-8")
    monkeypatch.setattr(score.resources, "files", lambda _: tmp_path)
    assert model.__wrapped__().version != model().version
    (tmp_path / "model.json").write_text(shipped, "utf-8")
    assert model.__wrapped__().version == model().version
