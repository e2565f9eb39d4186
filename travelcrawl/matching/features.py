"""What is alike and what is not between the two listings of a pair, for all pairs at once.

Every feature is symmetric; NaN means that one side does not say. ``FEATURES`` gives each its direction: +1 where more
of it can only speak for the same place, -1 against, 0 where it depends on the others.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, Prefix

from travelcrawl.matching.alike import both, compare, equal, shares, take, where_told
from travelcrawl.matching.block import distance, scatter
from travelcrawl.matching.normalise import Table
from travelcrawl.matching.spelling import spelt
from travelcrawl.matching.terms import Terms
from travelcrawl.matching.text import Floats, Ints
from travelcrawl.matching.whereabouts import addresses, behind, next_namesake
from travelcrawl.matching.words import words

FEATURES: dict[str, int] = {
    "core_ratio": 1,
    "core_jaro_winkler": 1,
    "core_partial": 1,
    "core_prefix": 1,
    "words_sorted": 1,
    "name_contained_least": 1,
    "name_contained_most": 1,
    "core_contained_least": 1,
    "core_contained_most": 1,
    "name_missing_least": -1,
    "name_missing_most": -1,
    "spelt_least": 1,
    "spelt_most": 1,
    "spelt_missing_least": -1,
    "spelt_missing_most": -1,
    "untold_least": -1,
    "untold_most": -1,
    "same_core": 1,
    "same_stem": 1,
    "same_name": 1,
    "sound_ratio": 1,
    "heard_ratio": 1,
    "script_ratio": 1,
    "shorter_length": 0,
    "length_ratio": 0,
    "han_share": 0,
    "branch_ratio": 1,
    "branch_elsewhere": 1,
    "name_numbers": 1,
    "name_numbers_one_sided": -1,
    "part_differs": -1,
    "children": -1,
    "kind_one_sided": 0,
    "kind": 1,
    "name_kind": 1,
    "category_ratio": 1,
    "address_contained_least": 1,
    "address_contained_most": 1,
    "where_least": 1,
    "where_most": 1,
    "address_numbers": 1,
    "address_numbers_shared": 1,
    "address_behind": -1,
    "house_number": 1,
    "house_number_apart": -1,
    "road_ratio": 1,
    "postcode": 1,
    "floor": 1,
    "building": 1,
    "district": 1,
    "placed": 0,
    "metres": -1,
    "metres_scaled": -1,
    "metres_behind": -1,
    "next_namesake": 1,
    "phone": 1,
    "phone_shared_by": 0,
    "site": 1,
    "path_ratio": 1,
    "site_shared_by": 0,
    "frequency_most": 0,
    "frequency_least": 0,
}
NAMES = tuple(FEATURES)
Matrix = npt.NDArray[np.float32]
_NOT_HAN, _NOT_LATIN = re.compile(r"[^\u2e80-\ud7af\n]"), re.compile(r"[^a-z\n]")


def features(table: Table, a: Ints, b: Ints) -> Matrix:
    """Return the features of pairs of rows, shape (pairs, len(FEATURES)), columns in the order of ``NAMES``."""
    columns = _names(table, a, b) | _kinds(table, a, b) | addresses(table, a, b) | _contacts(table, a, b)
    metres, namesakes = distance(table, a, b), columns["same_stem"] == 1
    columns["placed"] = ~np.isnan(metres)
    columns["metres"] = np.log1p(metres)
    columns["metres_scaled"] = columns["metres"] - np.log1p(scatter(table, a, b))
    columns["metres_behind"] = np.where(namesakes, behind(table, a, b, -columns["metres"]), np.nan)
    columns["next_namesake"] = np.where(namesakes, next_namesake(table, a, b) - columns["metres"], np.nan)
    fit = columns["address_contained_most"]
    columns["address_behind"] = np.where(namesakes & ~np.isnan(fit), behind(table, a, b, fit), np.nan)
    frequency_a, frequency_b = np.log(table.frequency[a]), np.log(table.frequency[b])
    columns["frequency_most"] = np.maximum(frequency_a, frequency_b)
    columns["frequency_least"] = np.minimum(frequency_a, frequency_b)
    matrix = np.empty((len(a), len(NAMES)), dtype=np.float32)
    for place, name in enumerate(NAMES):
        matrix[:, place] = columns[name]
    # Sums in another order differ in the last digits: 0 and 1e-17 would go different ways at a threshold of 0.
    return np.round(matrix, 5)


def _names(table: Table, a: Ints, b: Ints) -> dict[str, Floats]:
    core_a, core_b = take(table.core, a, b)
    name_a, name_b = take(table.name, a, b)
    lengths, han = table.core_length.astype(np.float64), table.han_share
    shorter, longer = np.minimum(lengths[a], lengths[b]), np.maximum(lengths[a], lengths[b])
    common, missing_a = table.name_terms.shared(a, b)
    _, missing_b = table.name_terms.shared(b, a)
    least, most = shares(common, common, table.name_terms.totals[a], table.name_terms.totals[b])
    spelt_a, spelt_b = spelt(table, a, b)
    spelt_least, spelt_most = shares(spelt_a.kept, spelt_b.kept, table.name_terms.totals[a], table.name_terms.totals[b])
    in_core, _ = table.core_terms.shared(a, b)
    core_least, core_most = shares(in_core, in_core, table.core_terms.totals[a], table.core_terms.totals[b])
    sound = np.full(len(a), np.nan)
    mixed = np.flatnonzero(np.abs(han[a] - han[b]) > 0.5)
    sound[mixed] = compare(*take(table.sound, a[mixed], b[mixed]), fuzz.ratio)
    heard = np.full(len(a), np.nan)
    unspaced = np.flatnonzero((han[a] > 0) & (han[b] > 0))
    heard[unspaced] = compare(*take(table.heard, a[unspaced], b[unspaced]), fuzz.ratio)
    return {
        "core_ratio": compare(core_a, core_b, fuzz.ratio),
        "core_jaro_winkler": compare(core_a, core_b, JaroWinkler.normalized_similarity),
        "core_partial": compare(core_a, core_b, fuzz.partial_ratio),
        "core_prefix": compare(core_a, core_b, Prefix.similarity) / np.maximum(shorter, 1),
        "words_sorted": compare(*take(table.spaced, a, b), fuzz.token_sort_ratio),
        "name_contained_least": least,
        "name_contained_most": most,
        "core_contained_least": core_least,
        "core_contained_most": core_most,
        "name_missing_least": np.minimum(missing_a, missing_b),
        "name_missing_most": np.maximum(missing_a, missing_b),
        "spelt_least": spelt_least,
        "spelt_most": spelt_most,
        "spelt_missing_least": np.minimum(spelt_a.missing, spelt_b.missing),
        "spelt_missing_most": np.maximum(spelt_a.missing, spelt_b.missing),
        "untold_least": np.minimum(spelt_a.untold, spelt_b.untold),
        "untold_most": np.maximum(spelt_a.untold, spelt_b.untold),
        "same_core": (table.core_code[a] == table.core_code[b]) & (shorter > 0),
        "same_stem": (table.stem_code[a] == table.stem_code[b]) & (shorter > 0),
        "same_name": np.array(
            [one == other != "" for one, other in zip(name_a, name_b, strict=True)], dtype=np.float64
        ),
        "sound_ratio": sound,
        "heard_ratio": heard,
        "script_ratio": _by_script(table, a, b),
        "shorter_length": shorter,
        "length_ratio": shorter / np.maximum(longer, 1),
        "han_share": np.minimum(han[a], han[b]),
        **_branches(table, a, b),
        **_numbers(table.numbers, a, b),
    }


def _by_script(table: Table, a: Ints, b: Ints) -> Floats:
    """Return how alike cores are in the script in which they are more alike; NaN unless one has both (luckin瑞幸, 瑞幸 Luckin)."""
    mixed = (table.han_share > 0) & (table.han_share < 1)
    rows = np.flatnonzero(mixed[a] | mixed[b])
    sides = [table.core[row] for row in np.concatenate([a[rows], b[rows]]).tolist()]
    best, both_scripts = np.full(len(rows), np.nan), np.ones(2 * len(rows), dtype=np.bool_)
    for others, least in ((_NOT_HAN, 2), (_NOT_LATIN, 3)):
        said = others.sub("", "\n".join(sides)).split("\n") if sides else []
        told = np.array([len(one) >= least for one in said], dtype=np.bool_)
        both_scripts &= told
        alike = compare(said[: len(rows)], said[len(rows) :], fuzz.ratio)
        best = np.fmax(best, np.where(told[: len(rows)] & told[len(rows) :], alike, np.nan))
    result = np.full(len(a), np.nan)
    result[rows] = np.where(both_scripts[: len(rows)] | both_scripts[len(rows) :], best, np.nan)
    return result


def _branches(table: Table, a: Ints, b: Ints) -> dict[str, Floats]:
    branch_a, branch_b = take(table.branch, a, b)
    has_a, has_b = (np.array([one != "" for one in side], dtype=np.bool_) for side in (branch_a, branch_b))
    elsewhere = np.full(len(a), np.nan)
    for branch, has, other in ((branch_a, has_a & ~has_b, b), (branch_b, has_b & ~has_a, a)):
        rows = np.flatnonzero(has)
        said = [branch[row] for row in rows]
        around = [table.name[row] + table.address[row] for row in other[rows].tolist()]
        elsewhere[rows] = compare(said, around, fuzz.partial_ratio)
    return {
        "branch_ratio": where_told(has_a & has_b, table.branch, a, b, fuzz.partial_ratio),
        "branch_elsewhere": elsewhere,
    }


def _numbers(terms: Terms, a: Ints, b: Ints) -> dict[str, Floats]:
    count_a, count_b = terms.counts[a], terms.counts[b]
    kept, _ = terms.shared(a, b)
    share = kept / np.maximum(np.maximum(terms.totals[a], terms.totals[b]), 1e-9)
    return {
        "name_numbers": np.where((count_a > 0) & (count_b > 0), share, np.nan),
        "name_numbers_one_sided": (count_a > 0) != (count_b > 0),
    }


def _kinds(table: Table, a: Ints, b: Ints) -> dict[str, Floats]:
    known = np.where(table.kind >= 0, table.kind, table.name_kind)
    children = table.children
    in_both, _ = children.shared(a, b)
    return {
        "children": children.totals[a] + children.totals[b] - 2 * in_both,
        "kind_one_sided": (table.name_kind[a] < 0) != (table.name_kind[b] < 0),
        "part_differs": table.part[a] != table.part[b],
        "kind": _agreement(known[a], known[b]),
        "name_kind": _agreement(table.name_kind[a], table.name_kind[b]),
        "category_ratio": both(table.category, a, b, fuzz.token_set_ratio),
    }


def _agreement(one: Ints, other: Ints) -> Floats:
    """Return 1 for the same class, 0.5 for the same group, 0 for different, NaN where one is unknown."""
    groups = words().groups
    agreed = np.where(one == other, 1.0, np.where(groups[one] == groups[other], 0.5, 0.0))
    return np.where((one < 0) | (other < 0), np.nan, agreed)


def _contacts(table: Table, a: Ints, b: Ints) -> dict[str, Floats]:
    phones = table.phone_terms
    kept, _ = phones.shared(a, b)
    called = (phones.counts[a] > 0) & (phones.counts[b] > 0)
    shared_by = _shared_by(phones)
    same_site = equal(table.site_code, a, b)
    site_frequency = np.bincount(table.site_code + 1)[table.site_code + 1]
    return {
        "phone": np.where(called, kept > 0, np.nan),
        "phone_shared_by": np.where(kept > 0, np.log(np.minimum(shared_by[a], shared_by[b])), np.nan),
        "site": same_site,
        "path_ratio": where_told(same_site == 1, table.path, a, b, fuzz.ratio),
        "site_shared_by": np.where(same_site == 1, np.log(np.maximum(site_frequency[a], 1)), np.nan),
    }


def _shared_by(terms: Terms) -> Floats:
    """Return for each row how many rows hold its most common term, at least 1."""
    rows = np.repeat(np.arange(len(terms.counts)), terms.counts)
    most = np.ones(len(terms.counts))
    np.maximum.at(most, rows, terms.frequency[terms.terms].astype(np.float64))
    return most
