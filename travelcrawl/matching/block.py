"""Which pairs are worth a look: near each other, or alike in a rare way.

The union of four keys: H3 cell and ring with something in the name in common, rare terms of the name wherever the pins
are, phone, and site. Every key is capped, so that no place where everything lies on one point makes it quadratic.
"""

from __future__ import annotations

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

from travelcrawl.matching.normalise import Table
from travelcrawl.matching.terms import Terms
from travelcrawl.matching.text import Bools, Floats, Ints, distinct, expand, heads_of

RESOLUTION = 9
RING_METRES = 300.0
"""How far, at least, one more ring of cells of resolution 9 reaches (edge 174-200 m; h3geo.org/docs/core-library/restable)."""
RADIUS, FARTHEST = 250.0, 1500.0
"""Metres within which all names are compared: as a rule, and at most where a source's pins are coarse."""
SCATTER, _SCATTERS = 40.0, (10.0, 200.0)
"""Metres between the pins of one place where nothing is known of the sources, and the bounds of what is believed."""
_ENOUGH, _TELLING = 20, 3
TERM_RADIUS, NAME_RADIUS = 3_000.0, 30_000.0
"""Metres within which a rare term, and a whole name, is looked for: a wrong pin, not another city."""
RARE, KEYED, CHAIN, CROWD = 20, 40, 500, 4_000_000
"""Cap of listings a rare term, of listings a phone or site, of listings a name, of pairs two cells."""
Places = npt.NDArray[np.int32]
CHUNK = 1_000_000
EARTH = 6_371_008.8
SURE, TERMS = 3, 6
"""Terms of a name, the rarest, that near neighbours are sought by: always, and as far as they are rare."""
_SIGNATURE_WORDS = 8


def distance(table: Table, a: Ints, b: Ints) -> Floats:
    """Return metres between the listings of each pair, NaN where a position is missing (sphere, equirectangular: 0.1 % at 30 km)."""
    middle = np.radians((table.lat[a] + table.lat[b]) / 2)
    turn = np.abs(table.lon[a] - table.lon[b])
    east = np.radians(np.minimum(turn, 360.0 - turn)) * np.cos(middle)
    north = np.radians(table.lat[a] - table.lat[b])
    return np.asarray(np.hypot(east, north) * EARTH)


def block(table: Table) -> tuple[Ints, Ints, list[str]]:
    """Return candidate pairs of different sources (rows a < b, each once) and what was capped, a sentence each."""
    notes: list[str] = []
    found = [
        _near(table, _radius(table), notes),
        _rare(table),
        _keyed(table, table.phone_terms),
        _keyed(table, _sites(table)),
    ]
    if named := int((np.bincount(table.core_code) > CHAIN).sum()):
        notes.append(f"{named} names that more than {CHAIN} listings bear were compared near by only")
    size = max(len(table), 1)
    keys = distinct(np.concatenate(found))
    return keys // size, keys % size, notes


def _pack(table: Table, a: Ints, b: Ints) -> Ints:
    return np.minimum(a, b) * max(len(table), 1) + np.maximum(a, b)


def _once(table: Table) -> tuple[Ints, Ints, Floats]:
    """Return pairs that are one place as far as names go, with the metres between them: each source has the name once."""
    once = np.flatnonzero((table.frequency == 1) & ~np.isnan(table.lon) & (table.core_length > _TELLING))
    a, b = _groups(table, table.core_code[once], once, cap=8)
    metres = distance(table, a, b)
    near = metres < 2 * FARTHEST
    return a[near], b[near], metres[near]


def _radius(table: Table) -> float:
    """Return how far apart, at most, the pins of one place lie."""
    _, _, metres = _once(table)
    if len(metres) < _ENOUGH:
        return RADIUS
    return float(np.clip(1.5 * np.quantile(metres, 0.9), RADIUS, FARTHEST))


def scatter(table: Table, a: Ints, b: Ints) -> Floats:
    """Return for each pair how far apart the pins of one place lie as a rule, between its two sources."""
    sources = len(table.sources)
    one, other, metres = _once(table)
    between = np.full(sources * sources, SCATTER)
    first, second = table.source[one], table.source[other]
    key = np.minimum(first, second) * sources + np.maximum(first, second)
    for pair in np.unique(key).tolist():
        far = metres[key == pair]
        if len(far) >= _ENOUGH:
            low, high = divmod(pair, sources)
            between[[pair, high * sources + low]] = np.clip(np.median(far), *_SCATTERS)
    return np.asarray(between[table.source[a] * sources + table.source[b]])


def _near(table: Table, radius: float, notes: list[str]) -> Ints:
    rows = np.flatnonzero(~np.isnan(table.lon))
    if not len(rows):
        return np.empty(0, dtype=np.int64)
    place = h3.latlng_to_cell
    said = [
        place(lat, lon, RESOLUTION) for lat, lon in zip(table.lat[rows].tolist(), table.lon[rows].tolist(), strict=True)
    ]
    cells, cell = np.unique(np.array(said, dtype=np.uint64), return_inverse=True)
    sources = len(table.sources)
    group = cell * sources + table.source[rows]
    order = np.argsort(group, kind="stable")
    rows = rows[order]
    counts = np.bincount(group, minlength=len(cells) * sources)
    starts = np.cumsum(counts) - counts
    first, second = _group_pairs(cells, counts, sources, round(radius / RING_METRES + 0.3))
    pairs = counts[first] * counts[second]
    crowded = pairs > CROWD
    if crowded.any():
        notes.append(
            f"{int(pairs[crowded].sum())} pairs in crowded cells were compared by rare names, phones and sites only"
        )
    first, second, pairs = first[~crowded], second[~crowded], pairs[~crowded]
    # In the order of the cells neighbours lie side by side in memory too: twice as fast as by row (2026-11-22).
    signatures = [column[rows] for column in _signatures(table)]
    lat = table.lat[rows]
    reach = np.degrees(radius / EARTH)
    found = []
    for chunk in np.split(np.arange(len(pairs)), _cuts(pairs)):
        a, b = _cross(starts, counts, first[chunk], second[chunk], pairs[chunk])
        level = np.abs(lat[a] - lat[b]) <= reach
        a, b = a[level], b[level]
        alike = _alike(signatures, a, b)
        a, b = rows[a[alike]], rows[b[alike]]
        close = distance(table, a, b) <= radius
        found.append(_pack(table, a[close], b[close]))
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def _group_pairs(cells: npt.NDArray[np.uint64], counts: Ints, sources: int, rings: int) -> tuple[Ints, Ints]:
    """Return the pairs of (cell, source) groups that lie within so many rings and are of different sources."""
    around = [h3.grid_disk(cell, rings) for cell in cells.tolist()]
    here = np.repeat(np.arange(len(cells)), [len(one) for one in around])
    there_cell = np.array([one for ring in around for one in ring], dtype=np.uint64)
    there = np.minimum(np.searchsorted(cells, there_cell), len(cells) - 1)
    known = (cells[there] == there_cell) & (here <= there)
    here, there = here[known], there[known]
    firsts, seconds = [], []
    for one in range(sources):
        for other in range(sources):
            if one == other:
                continue
            kept = (here < there) if one > other else np.ones(len(here), dtype=np.bool_)
            firsts.append(here[kept] * sources + one)
            seconds.append(there[kept] * sources + other)
    if not firsts:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    some = (counts[first] > 0) & (counts[second] > 0)
    return first[some], second[some]


def _cuts(sizes: Ints) -> Ints:
    """Return where to cut so that each piece holds about CHUNK pairs."""
    piece = np.cumsum(sizes) // CHUNK
    return np.flatnonzero(np.diff(piece)) + 1


def _cross(starts: Ints, counts: Ints, first: Ints, second: Ints, pairs: Ints) -> tuple[Places, Places]:
    """Return all pairs of each two groups. 32 bits are enough for a chunk, and divide three times as fast."""
    begin = (np.cumsum(pairs) - pairs).astype(np.int32)
    place = np.arange(int(pairs.sum()), dtype=np.int32) - np.repeat(begin, pairs)
    row, column = np.divmod(place, np.repeat(counts[second].astype(np.int32), pairs))
    row += np.repeat(starts[first].astype(np.int32), pairs)
    column += np.repeat(starts[second].astype(np.int32), pairs)
    return row, column


def _signatures(table: Table) -> list[npt.NDArray[np.uint64]]:
    """Return 512 bits a row, as eight columns, that say which rare terms, beginning and sound its name has."""
    size = len(table)
    terms = table.whole_terms
    rows = np.repeat(np.arange(size), terms.counts)
    order = np.lexsort((-terms.weight[terms.terms], rows))
    rank = np.arange(len(rows)) - terms.starts[rows]
    telling = (rank < SURE) | ((rank < TERMS) & (terms.frequency[terms.terms[order]] <= max(80, size // 300)))
    used = terms.terms[order[telling]]
    heads, sounds = heads_of(table.core, 4) + np.uint64(1), heads_of(table.sound, 4)
    all_rows = np.concatenate([rows[telling], np.arange(size), np.arange(size)])
    hashes = np.concatenate([terms.vocabulary[used], heads, sounds])
    bit = ((hashes ^ (hashes >> np.uint64(31))) >> np.uint64(7)) % np.uint64(64 * _SIGNATURE_WORDS)
    word, mask = (bit // np.uint64(64)).astype(np.int64), np.uint64(1) << (bit % np.uint64(64))
    signatures = [np.zeros(size, dtype=np.uint64) for _ in range(_SIGNATURE_WORDS)]
    for number, column in enumerate(signatures):
        np.bitwise_or.at(column, all_rows[word == number], mask[word == number])
    return signatures


def _alike(signatures: list[npt.NDArray[np.uint64]], a: Places, b: Places) -> Bools:
    alike = np.zeros(len(a), dtype=np.bool_)
    for column in signatures:
        alike |= (column[a] & column[b]) != 0
    return alike


def _rare(table: Table) -> Ints:
    """Return pairs that share a rare term of the name, or the whole core (of a chain: within FARTHEST)."""
    terms = table.whole_terms
    rows = np.repeat(np.arange(len(table)), terms.counts)
    kept = terms.frequency[terms.terms] <= RARE
    a, b = _groups(table, terms.terms[kept], rows[kept], cap=RARE)
    c, d = _groups(table, table.core_code, np.arange(len(table)), cap=CHAIN)
    often = np.bincount(table.core_code)[table.core_code[c]] > RARE
    near = ~(distance(table, a, b) > TERM_RADIUS)
    nigh = ~(distance(table, c, d) > np.where(often, FARTHEST, NAME_RADIUS))
    return np.concatenate([_pack(table, a[near], b[near]), _pack(table, c[nigh], d[nigh])])


def namesakes(table: Table, stems: Ints | None = None) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of different sources that have one stem (one of those, where named), and the metres between them."""
    placed = ~np.isnan(table.lon)
    rows = np.flatnonzero(placed if stems is None else placed & np.isin(table.stem_code, stems))
    a, b = _groups(table, table.stem_code[rows], rows, cap=CHAIN)
    return a, b, distance(table, a, b)


def _keyed(table: Table, terms: Terms) -> Ints:
    rows = np.repeat(np.arange(len(table)), terms.counts)
    a, b = _groups(table, terms.terms, rows, cap=KEYED)
    near = ~(distance(table, a, b) > NAME_RADIUS)
    return _pack(table, a[near], b[near])


def _sites(table: Table) -> Terms:
    rows = np.array([row for row, site in enumerate(table.site) if site], dtype=np.int64)
    distinct = sorted({table.site[row] for row in rows})
    numbers = {site: number for number, site in enumerate(distinct)}
    hashes = np.array([numbers[table.site[row]] for row in rows], dtype=np.uint64)
    return Terms.build(rows, hashes, len(table))


def _groups(table: Table, keys: Ints, rows: Ints, *, cap: int) -> tuple[Ints, Ints]:
    """Return all pairs of rows of different sources under one key; keys of more than ``cap`` rows are left out."""
    order = np.argsort(keys, kind="stable")
    keys, rows = keys[order], rows[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1) != 0)
    counts = np.diff(np.append(starts, len(keys)))
    kept = (counts > 1) & (counts <= cap)
    starts, counts = starts[kept], counts[kept]
    first, place = expand(starts, counts)
    after = np.repeat(counts, counts) - place - 1
    a = np.repeat(first, after)
    _, step = expand(np.zeros(len(after), dtype=np.int64), after)
    b = a + step + 1
    a, b = rows[a], rows[b]
    crossing = table.source[a] != table.source[b]
    return a[crossing], b[crossing]
