import pytest

from sandbox.compare_places import Places, scored

TRUTH = {("a", "1"): 1, ("b", "1"): 1, ("c", "1"): 1, ("a", "2"): 2, ("b", "2"): 2}


@pytest.mark.parametrize(
    ("said", "precision", "recall", "b3", "twice"),
    [
        ("xxxyy", 1.0, 1.0, 1.0, 0),
        ("vwxyz", 1.0, 0.0, 2 * 0.4 / 1.4, 0),
        ("xxxxx", 0.4, 1.0, 2 * 0.52 / 1.52, 1),
        ("xxzyy", 1.0, 0.5, 2 * (11 / 15) / (26 / 15), 0),
    ],
)
def test_shares(said: str, precision: float, recall: float, b3: float, twice: int) -> None:
    found = scored(dict(zip(TRUTH, said, strict=True)), TRUTH)
    assert (found.precision, found.recall, found.twice) == (precision, recall, twice)
    assert found.b3 == pytest.approx(b3)
    assert found.is_right == (not twice)


@pytest.mark.parametrize(
    ("listings", "b3", "homeless", "right"),
    [(5000, 0.995, 0, True), (5000, 0.98, 0, False), (50, 0.9, 0, True), (50, 1.0, 1, False)],
)
def test_a_whole_world_has_to_be_matched_right(listings: int, b3: float, homeless: int, right: bool) -> None:
    counts = {"places": 1, "true_places": 1, "precision": 1.0, "recall": 1.0, "largest": 2, "twice": 0}
    found = Places(listings=listings, b3=b3, homeless=homeless, **counts)  # type: ignore[arg-type]
    assert found.is_right == right
    assert f"without a place {homeless}" in str(found)
