"""All that the sandbox's platforms list of its world, matched: what the matcher promises for our own crawl."""

from __future__ import annotations

from sandbox.truth import b_cubed, columns, links, places
from sandbox.world import build_world
from travelcrawl.matching.cluster import Key
from travelcrawl.matching.matcher import match


def test_the_whole_world_is_matched_right() -> None:
    world = build_world()
    place = places(world)
    found = match(columns(world))
    made, true = {frozenset((link.a, link.b)) for link in found.links}, links(place)
    assert len(made & true) / len(made) >= 0.995
    assert len(made & true) / len(true) >= 0.98
    groups: dict[Key, set[Key]] = {}
    for link in found.links:
        groups.setdefault(link.a, {link.a}).add(link.b)
    # A group's least listing has links to all the others.
    whole = [
        group
        for head, group in groups.items()
        if not any(head in other for other in groups.values() if other is not group)
    ]
    assert b_cubed(whole, place)[2] >= 0.99
    assert max(map(len, whole)) <= len(set(columns(world)["source"]))
