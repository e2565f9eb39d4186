from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import shapely

from travelcrawl.geo.mainland import in_mainland, mainland


def test_grid_and_polygon_agree() -> None:
    rng = np.random.default_rng(3)
    lons, lats = rng.uniform(70, 140, 20_000), rng.uniform(10, 60, 20_000)
    lons[:3] = [np.nan, np.inf, -np.inf]
    inside = in_mainland(lons, lats)
    np.testing.assert_array_equal(inside, shapely.contains_xy(mainland(), lons, lats))
    assert not inside[:3].any()
    assert [in_mainland(lon, lat) for lon, lat in zip(lons[:500], lats[:500], strict=True)] == inside[:500].tolist()


def test_shape_of_the_array_is_kept() -> None:
    assert in_mainland(np.full((2, 3), 104.06), np.full((2, 3), 30.57)).tolist() == [[True] * 3] * 2


def test_polygon_is_valid_and_names_its_licence() -> None:
    properties = json.loads(files("travelcrawl.geo").joinpath("mainland.geojson").read_text(encoding="utf-8"))[
        "properties"
    ]
    assert shapely.is_valid(mainland())
    assert properties["license"] == "ODbL-1.0"
    assert properties["attribution"] == "© OpenStreetMap contributors"
