"""Measure the matcher: how right it is on labelled data, and how many listings a second it matches, beside two peers.

    MATCHING_DATA=folder python -m bench.matching [--json] [--listings N]

Right: the labelled sets in the folder that MATCHING_DATA names (left out where it names none), with the shipped model, in
per cent. ``nanjing`` goes end to end, listings to links 1:1, and what blocking misses counts as missed; ``toronto`` and
``overture`` are given pairs, true from a score of 0.5. ``at 80`` is the precision where the recall is 80 %.

``world`` is all that the sandbox's platforms list of its world, as pairs and in B³.

Fast: CPU time of one process from columns to links on an invented dense city of two sources, and pairwise right there.
``rapidfuzz`` is the script one would write first (grid of 250 m, token_sort_ratio ≥ 80, best first, 1:1); ``splink`` a plain
unsupervised model where it is installed (``pip install splink==5.0.0``).
"""

from __future__ import annotations

import argparse
import csv
import gc
import importlib.util
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from sandbox import truth
from sandbox.hardlistings import Profile, Writer
from sandbox.hardpairs import City, labelled
from sandbox.world import build_world
from travelcrawl.matching.block import block
from travelcrawl.matching.files import read_listings, read_rows
from travelcrawl.matching.gate import gate
from travelcrawl.matching.matcher import match, match_pairs
from travelcrawl.matching.normalise import FIELDS, normalise
from travelcrawl.matching.score import model

Columns = dict[str, list[str]]
Links = set[frozenset[tuple[str, str]]]
LISTINGS = 100_000
GRID = 0.0025
"""Degrees: about 250 m."""
ALIKE = 80
LEAST = 0.2
"""The least probability of splink's pairs that is taken: the best of those tried (F1 73 at 0.02, 74 at 0.2, 4 at 0.5; 2026-11-22)."""


def main() -> None:
    """Print a table, or JSON with ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--listings", type=int, default=LISTINGS)
    wanted = parser.parse_args()
    folder = os.environ.get("MATCHING_DATA", "")
    results: dict[str, dict[str, float]] = {}
    if folder:
        results |= {"nanjing": end_to_end(Path(folder) / "nanjing")}
        results |= {"toronto test": given(Path(folder) / "toronto" / "pairs.test.csv")}
        results |= {"overture validation": given(Path(folder) / "overture" / "pairs.validation.csv")}
    else:
        print("labelled data left out: MATCHING_DATA names no folder", file=sys.stderr)
    results |= {"world": world()}
    results |= speed(wanted.listings)
    if wanted.json:
        print(json.dumps(results))
        return
    for name, figures in results.items():
        print(f"{name:22}" + "  ".join(f"{figure} {value:g}" for figure, value in figures.items()))


def end_to_end(folder: Path) -> dict[str, float]:
    """Return precision, recall, F1 of links, recall of blocking (and gate), and of the links decided ``same``."""
    columns, _ = read_listings(folder / "listings.csv")
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        true = {
            frozenset({(row["source_a"], row["id_a"]), (row["source_b"], row["id_b"])}) for row in csv.DictReader(file)
        }
    found = match(columns).links
    table = normalise(columns)
    keys = list(zip(columns["source"], columns["id"], strict=True))
    a, b, _ = block(table)
    passed = gate(table, a, b)
    blocked = {frozenset((keys[one], keys[other])) for one, other in zip(a.tolist(), b.tolist(), strict=True)}
    gated = {
        frozenset((keys[one], keys[other])) for one, other in zip(a[passed].tolist(), b[passed].tolist(), strict=True)
    }
    ranked = sorted(found, key=lambda link: -link.score)
    hits = np.cumsum([frozenset((link.a, link.b)) in true for link in ranked])
    same = right({frozenset((link.a, link.b)) for link in found if link.decision == "same"}, true)
    return right({frozenset((link.a, link.b)) for link in found}, true) | {
        "blocking recall": percent(len(true & blocked), len(true)),
        "recall after gate": percent(len(true & gated), len(true)),
        "at 80": at_recall(hits, len(true)),
        "same precision": same["precision"],
        "same recall": same["recall"],
    }


def given(path: Path) -> dict[str, float]:
    """Return precision, recall and F1 of scores of given pairs."""
    rows = read_rows(path, ("label", "a_name", "b_name"))
    true = np.array([row["label"] == "1" for row in rows])
    scores, _ = match_pairs(rows)
    hits = np.cumsum(true[np.argsort(-scores, kind="stable")])
    return measure(int((true & (scores >= 0.5)).sum()), int((scores >= 0.5).sum()), int(true.sum())) | {
        "at 80": at_recall(hits, int(true.sum())),
    }


def world() -> dict[str, float]:
    """Return precision, recall and F1 of links, B³ F, and the size of the largest place, over the whole sandbox world."""
    made = build_world()
    place = truth.places(made)
    found = {frozenset((link.a, link.b)) for link in match(truth.columns(made)).links}
    groups: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one, other in map(sorted, found):
        group = groups.get(one, {one}) | groups.get(other, {other})
        groups |= dict.fromkeys(group, group)
    whole = {frozenset(group) for group in groups.values()}
    return right(found, truth.links(place)) | {
        "B3 F": percent(truth.b_cubed(whole, place)[2], 1),
        "largest": max(map(len, whole)),
    }


def speed(size: int) -> dict[str, dict[str, float]]:
    """Return listings a second and rightness on an invented city, ours and the peers'."""
    city = City(77, han=True, size=int(size / 1.3))
    profiles = (
        Profile(name="a", cover=0.8, branches=0.3, phones=0.5, categories=1),
        Profile(name="b", cover=0.65, branches=0.6, phones=0.5, categories=2),
    )
    listings = [one for profile in profiles for one in Writer(city, profile).listings()][:size]
    true = {frozenset(pair) for pair in labelled(listings)}
    columns = {field: [one[field] for one in listings] for field in FIELDS}
    model()
    peers = {"travelcrawl": ours, "rapidfuzz": plain_rapidfuzz}
    if importlib.util.find_spec("splink"):
        peers["splink"] = naive_splink
    else:
        print("splink left out: it is not installed", file=sys.stderr)
    results = {}
    # As the command does: nothing here is cyclic.
    gc.disable()
    for name, peer in peers.items():
        begun = process_time()
        links = peer(columns)
        seconds = process_time() - begun
        results[f"{name} {len(listings)}"] = {
            "listings/s": round(len(listings) / seconds),
            "seconds": round(seconds, 2),
        } | right(links, true)
    return results


def ours(columns: Columns) -> Links:
    """Match as ``scrapy match`` does."""
    return {frozenset((link.a, link.b)) for link in match(columns).links}


def plain_rapidfuzz(columns: Columns) -> Links:
    """Match by a grid and one ratio."""
    keys = list(zip(columns["source"], columns["id"], strict=True))
    lon, lat = np.array(columns["lon"], dtype=float), np.array(columns["lat"], dtype=float)
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, cell in enumerate(zip((lon / GRID).astype(int).tolist(), (lat / GRID).astype(int).tolist(), strict=True)):
        cells[cell].append(row)
    found = []
    for (x, y), rows in cells.items():
        one = [row for row in rows if keys[row][0] == "a"]
        other = [
            row for i in (-1, 0, 1) for j in (-1, 0, 1) for row in cells.get((x + i, y + j), ()) if keys[row][0] == "b"
        ]
        if not one or not other:
            continue
        names = [[columns["name"][row] for row in side] for side in (one, other)]
        scores = process.cdist(*names, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE, dtype=np.uint8)
        found += [(int(scores[i, j]), one[i], other[j]) for i, j in zip(*np.nonzero(scores), strict=True)]
    return best_first(found, keys)


def naive_splink(columns: Columns) -> Links:
    """Match by splink's expectation maximisation over names and positions within cells of a grid."""
    import duckdb  # noqa: PLC0415
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    keys = list(zip(columns["source"], columns["id"], strict=True))
    rows = [
        {
            "unique_id": row,
            "name": columns["name"][row],
            "lon": float(columns["lon"][row]),
            "lat": float(columns["lat"][row]),
        }
        | {"x": int(float(columns["lon"][row]) / GRID / 2), "y": int(float(columns["lat"][row]) / GRID / 2)}
        for row in range(len(keys))
    ]
    connection = duckdb.connect()
    api = DuckDBAPI(connection=connection)
    sides = [
        api.register(
            relation(connection, [row for row in rows if keys[row["unique_id"]][0] == side]), dataset_display_name=side
        )
        for side in "ab"
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8]),
            cl.DistanceInKMAtThresholds("lat", "lon", [0.03, 0.1, 0.25]),
        ],
        blocking_rules_to_generate_predictions=[block_on("x", "y")],
    )
    linker = Linker(sides, settings)
    linker.training.estimate_probability_two_random_records_match([block_on("name")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("x", "y"))
    predicted = linker.inference.predict(threshold_match_probability=LEAST).as_duckdbpyrelation()
    pairs = predicted.select("match_probability, unique_id_l, unique_id_r").fetchall()
    return best_first([(score, one, other) for score, one, other in pairs], keys)


def relation(connection: Any, rows: list[dict[str, Any]]) -> Any:
    """Return rows as a relation of DuckDB."""
    import pyarrow as pa  # noqa: PLC0415

    return connection.from_arrow(pa.Table.from_pylist(rows))


def best_first(found: list[tuple[float, int, int]], keys: list[tuple[str, str]]) -> Links:
    """Return the best pairs, each listing once."""
    taken: set[int] = set()
    links: Links = set()
    for _, one, other in sorted(found, key=lambda pair: (-pair[0], pair[1:])):
        if one not in taken and other not in taken:
            taken |= {one, other}
            links.add(frozenset((keys[one], keys[other])))
    return links


def right(links: Links, true: Links) -> dict[str, float]:
    """Return precision, recall and F1 of links, per cent."""
    return measure(len(links & true), len(links), len(true))


def measure(hits: int, found: int, true: int) -> dict[str, float]:
    """Return precision, recall and F1, per cent."""
    return {"precision": percent(hits, found), "recall": percent(hits, true), "F1": percent(2 * hits, found + true)}


def at_recall(hits: np.ndarray, true: int, recall: float = 0.8) -> float:  # type: ignore[type-arg]
    """Return the precision, per cent, of the best pairs that hold this share of the truth; 0 where they never do."""
    place = int(np.searchsorted(hits, recall * true))
    return percent(int(hits[place]), place + 1) if place < len(hits) else 0.0


def percent(part: float, whole: float) -> float:
    """Return how many in a hundred."""
    return round(100 * part / whole, 2) if whole else 0.0


if __name__ == "__main__":
    main()
