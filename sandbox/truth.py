"""What the platforms list of the world as one table, and how right a matcher is who grouped it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from sandbox.model import World

Key = tuple[str, str]
"""Platform and ref of a listing."""


def columns(world: World) -> dict[str, list[str]]:
    """Return all listings of the world in columns, as ``scrapy match`` reads them."""
    listings = [listing for shelf in world.shelves.values() for listing in shelf.listings]
    return {
        "source": [one.platform for one in listings],
        "id": [one.ref for one in listings],
        "name": [one.name for one in listings],
        "address": [one.address or "" for one in listings],
        "category": [one.place.kind.word for one in listings],
        "lon": [str(one.lon) for one in listings],
        "lat": [str(one.lat) for one in listings],
        "datum": ["WGS-84"] * len(listings),
        "phone": [";".join(one.phones) for one in listings],
        "website": [one.website or "" for one in listings],
    }


def places(world: World) -> dict[Key, int]:
    """Return which place each listing is."""
    return {(one.platform, one.ref): one.place.id for shelf in world.shelves.values() for one in shelf.listings}


def links(place: Mapping[Key, int]) -> set[frozenset[Key]]:
    """Return the pairs of listings of different platforms that are one place."""
    members: dict[int, list[Key]] = {}
    for key, number in place.items():
        members.setdefault(number, []).append(key)
    return {
        frozenset((one, other))
        for group in members.values()
        for at, one in enumerate(group)
        for other in group[at + 1 :]
        if one[0] != other[0]
    }


def b_cubed(found: Iterable[Iterable[Key]], place: Mapping[Key, Hashable]) -> tuple[float, float, float]:
    """Return B³ precision, recall and F (0-1) of groups of listings; who is in none is alone (Bagga and Baldwin 1998)."""
    group = {key: number for number, members in enumerate(found) for key in members}
    size: dict[int, int] = {}
    shared: dict[tuple[int, Hashable], int] = {}
    whole: dict[Hashable, int] = {}
    head = {key: group.get(key, -1 - at) for at, key in enumerate(place)}
    for key, number in place.items():
        size[head[key]] = size.get(head[key], 0) + 1
        whole[number] = whole.get(number, 0) + 1
        shared[head[key], number] = shared.get((head[key], number), 0) + 1
    together = [(shared[head[key], number], size[head[key]], whole[number]) for key, number in place.items()]
    precision = sum(both / found_size for both, found_size, _ in together) / len(together)
    recall = sum(both / true_size for both, _, true_size in together) / len(together)
    return precision, recall, 2 * precision * recall / (precision + recall)
