"""People's word over a store: it wins over every score, and contradictions are refused."""

from pathlib import Path

import attrs
import pytest

from tests.stores.matching import NOON, Key, match, store
from travelcrawl.errors import UsageError
from travelcrawl.items import Listing
from travelcrawl.stores.decisions import Gold, decide, gold, merging, splitting, standing
from travelcrawl.stores.factory import places_at, reader_for
from travelcrawl.stores.grouping import Pair, key_of
from travelcrawl.stores.matchmaker import Matchmaker
from travelcrawl.stores.rebuild import apply, rebuild

A, B, C, D = ("amap", "1"), ("ctrip", "1"), ("dianping", "1"), ("amap", "9")


def hotel(key: Key, name: str = "青禾大酒店", lon: float = 118.8) -> Listing:
    platform, ref = key
    told = Listing(platform=platform, ref=ref, name=name, address="云栖路3号", category="酒店", seen_at=NOON)
    return attrs.evolve(told, lon=lon, lat=31.9, adcode="320102", city="南京市", phones=["+862586661111"])


@pytest.fixture
def filled(tmp_path: Path) -> str:
    """Name a GeoPackage with a place of three listings, and a laundry."""
    return fill(str(tmp_path / "travel.gpkg"))


def fill(where: str) -> str:
    store(where, [hotel(A), hotel(B), hotel(C), hotel(D, "白鹭洗衣", 118.81)])
    match(where)
    return where


def say(where: str, said: dict[Pair, bool]) -> None:
    with places_at(where) as places:
        decide(places, said, "li", NOON)
        maker = Matchmaker(places, clock=lambda: NOON)
        while maker.step():
            pass


def together(where: str) -> set[frozenset[Key]]:
    groups: dict[str, set[Key]] = {}
    with reader_for(where) as reader:
        for row in reader.read("links"):
            groups.setdefault(row["place"], set()).add((row["platform"], row["ref"]))
    return {frozenset(group) for group in groups.values()}


def test_what_is_unlinked_stays_apart_whatever_comes(filled: str) -> None:
    assert together(filled) == {frozenset({A, B, C}), frozenset({D})}
    say(filled, {(B, A): False})
    parted = together(filled)
    assert not any({A, B} <= group for group in parted)
    store(filled, [hotel(("mafengwo", "5")), attrs.evolve(hotel(A), summary="新")], "r2")
    match(filled)
    assert not any({A, B} <= group for group in together(filled))


def test_what_is_linked_is_one_place_and_says_who_said_so(filled: str) -> None:
    say(filled, {(A, D): True})
    assert together(filled) == {frozenset({A, B, C, D})}
    with reader_for(filled) as reader:
        linked = {(row["platform"], row["ref"]): row for row in reader.read("links")}
        (place,) = [row for row in reader.read("places") if not row["merged_into"]]
    assert (linked[D]["decided_by"], linked[D]["score"], linked[B]["decided_by"]) == ("li", 1.0, "model")
    assert place["listings"] == 4
    say(filled, {(A, D): False})
    assert together(filled) == {frozenset({A, B, C}), frozenset({D})}


def test_merge_and_split(where: str) -> None:
    filled = fill(where)
    with places_at(filled) as places, places.reading():
        place, links = standing(places, "ctrip/1")
        assert standing(places, place["place"])[1] == links
        assert [key_of(row) for row in links] == [A, B, C]
        laundry, other = standing(places, "amap/9")
    say(filled, dict(merging(links, other)))
    with places_at(filled) as places, places.reading():
        merged, links = standing(places, laundry["place"])
        assert (merged["listings"], merged["confidence"]) == (4, 1.0)
        split = splitting(links, [C])
    assert split == {(C, A): False, (C, B): False, (C, D): False}
    say(filled, split)
    assert together(filled) == {frozenset({A, B, D}), frozenset({C})}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({(A, ("amap", "77")): True}, "there is no listing amap/77; say platform/ref"),
        ({(A, A): True}, "amap/1 cannot be compared with itself"),
        (
            {(A, B): True, (B, C): True, (C, A): False},
            "amap/1 and dianping/1 cannot be parted while people's links hold",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_not_kept(filled: str, said: dict[Pair, bool], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        say(filled, said)
    with reader_for(filled) as reader:
        assert reader.count("decisions") == 0


def test_places_that_are_not_there_are_said(filled: str) -> None:
    with places_at(filled) as places, places.reading():
        _, links = standing(places, "amap/1")
        for said in ("amap/77", "nothing"):
            with pytest.raises(UsageError, match=f"there is no place '{said}'"):
                standing(places, said)
        with pytest.raises(UsageError, match="one place already"):
            merging(links, links)
        with pytest.raises(UsageError, match="amap/9 is not in that place"):
            splitting(links, [D])
        with pytest.raises(UsageError, match="some listing has to stay"):
            splitting(links, [A, B, C])


def test_the_gold_set(where: str) -> None:
    filled = fill(where)
    with places_at(filled) as places:
        assert gold(places) == Gold(pairs=0, same=0, precision=None, recall=None, sure_precision=None, sure_recall=None)
    say(filled, {(A, B): True, (A, C): False, (A, D): True})
    with places_at(filled) as places:
        found = gold(places)
    assert (found.pairs, found.same, found.precision, found.recall) == (3, 2, 0.5, 0.5)


def test_matching_anew_moves_nothing_but_what_was_matched_wrong(where: str) -> None:
    filled = fill(where)
    before = together(filled)
    with places_at(filled) as places:
        maker = Matchmaker(places, clock=lambda: NOON)
        assert "0 of 4 listings (0.00%) would move" in str(rebuild(maker))
        with places.writing():
            places.change("drop_pair", list(places.rows("pairs_at", "pairs", keys=[A])))
            places.wait("group", keys=[A])
        while maker.step():
            pass
        found = rebuild(maker)
        assert (found.moved, found.new, found.listings) == (2, 0, 4)
        apply(maker)
        while maker.step():
            pass
        assert rebuild(maker).moved == 0
    assert together(filled) == before
