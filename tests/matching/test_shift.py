from collections.abc import Callable, Sequence

import attrs
import pytest

from travelcrawl.geo.datum import BD09, GCJ02, WGS84, convert
from travelcrawl.matching.normalise import Table
from travelcrawl.matching.shift import CAUSES, LEAST_PAIRS, Offset, anchors, cause_of, offsets, suspects

AT = (104.06, 30.65)
NAMES = [f"{one}{other}宾馆" for one in "青白红黄蓝" for other in "禾鹭云山"]


def city(table: Callable[[list[dict[str, str]]], Table], moves: dict[str, str]) -> list[Offset]:
    """Return the offsets of platforms, each moved by an error of datum or not."""
    rows = []
    for number, name in enumerate(NAMES):
        for platform, cause in moves.items():
            lon, lat = AT[0] + number / 300, AT[1]
            lon, lat = CAUSES[cause](lon, lat) if cause else (lon, lat)
            rows.append(
                {
                    "source": platform,
                    "id": str(number),
                    "name": name,
                    "lon": repr(lon),
                    "lat": repr(lat),
                    "datum": WGS84,
                }
            )
    return offsets(anchors(table(rows), ["成都市"] * len(rows)))


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("wrong", ["a", "b", "c"])
def test_the_platform_and_its_error_are_named(
    table: Callable[[list[dict[str, str]]], Table], wrong: str, cause: str
) -> None:
    found = city(table, {name: cause if name == wrong else "" for name in "abc"})
    (suspect,) = suspects(found)
    assert (suspect.platform, suspect.cause, suspect.instead, suspect.city) == (wrong, cause, "", "成都市")
    assert suspect.others == tuple(name for name in "abc" if name != wrong)
    assert f"{wrong}: the pins in 成都市 lie {suspect.metres:.0f} m from those of" in str(suspect)


def test_right_datums_are_silent(table: Callable[[list[dict[str, str]]], Table]) -> None:
    found = city(table, dict.fromkeys("abc", ""))
    assert [(one.platform, one.other, one.pairs) for one in found] == [("a", "b", 20), ("a", "c", 20), ("b", "c", 20)]
    assert max(one.metres for one in found) < 1
    assert suspects(found) == []


def test_of_two_platforms_nobody_can_tell_which(table: Callable[[list[dict[str, str]]], Table]) -> None:
    (suspect,) = suspects(city(table, {"a": "", "b": "GCJ-02 taken as WGS-84"}))
    assert str(suspect).startswith("a or b: the pins in 成都市 lie ")


def test_two_wrong_platforms_are_both_named(table: Callable[[list[dict[str, str]]], Table]) -> None:
    moves = dict.fromkeys("abcd", "") | {"b": "BD-09 taken as WGS-84", "c": "GCJ-02 taken as WGS-84"}
    found = {suspect.platform: suspect for suspect in suspects(city(table, moves))}
    assert found.keys() == {"b", "c"}


def offset(platform: str, other: str, east: float, north: float = 0.0) -> Offset:
    return Offset(platform=platform, other=other, city="x", pairs=20, at=AT, east=east, north=north)


@pytest.mark.parametrize(
    ("found", "blamed"),
    [
        ([offset("a", "b", 90.0)], []),
        ([offset("a", "b", 101.0)], [("a", "b")]),
        ([offset("a", "b", 5.0), offset("a", "c", 101.0)], [("c", "")]),
        ([offset("a", "b", 500.0), offset("a", "c", 500.0), offset("b", "c", 3.0)], [("a", "")]),
    ],
)
def test_who_is_blamed(found: Sequence[Offset], blamed: list[tuple[str, str]]) -> None:
    assert [(suspect.platform, suspect.instead) for suspect in suspects(found)] == blamed


def test_an_offset_that_no_datum_explains_is_said_so() -> None:
    assert cause_of(AT, 0.0, -5_000.0) == ""
    assert "no known error of datum fits" in str(suspects([offset("a", "b", -3_000.0, 200.0)])[0])


def test_names_that_occur_twice_and_other_branches_say_nothing(table: Callable[[list[dict[str, str]]], Table]) -> None:
    here = {"lon": str(AT[0]), "lat": str(AT[1]), "datum": WGS84}
    rows = [
        {"source": "a", "id": "1", "name": "青禾酒店(春熙路店)", **here},
        {"source": "b", "id": "1", "name": "青禾酒店(宽窄巷店)", **here},
        {"source": "a", "id": "2", "name": "白鹭宾馆", **here},
        {"source": "a", "id": "3", "name": "白鹭宾馆", **here},
        {"source": "b", "id": "2", "name": "白鹭宾馆", **here},
        {"source": "a", "id": "4", "name": "云山饭庄", **here},
        {"source": "b", "id": "4", "name": "云山饭庄", **here, "lon": str(AT[0] + 0.05)},
    ]
    assert anchors(table(rows), ["x"] * len(rows)) == []


def test_few_pairs_say_nothing(table: Callable[[list[dict[str, str]]], Table]) -> None:
    rows = [
        {"source": source, "id": str(number), "name": name, "lon": str(AT[0]), "lat": str(AT[1]), "datum": WGS84}
        for number, name in enumerate(NAMES)
        for source in "ab"
    ]
    found = anchors(table(rows), ["x"] * len(rows))
    assert offsets(found[: LEAST_PAIRS - 1]) == []
    assert len(offsets(found[:LEAST_PAIRS])) == 1
    assert offsets([attrs.evolve(one, city=str(number)) for number, one in enumerate(found)]) == []
    assert anchors(table(rows), ["x"] * len(rows), [False] * len(rows)) == []


def test_every_cause_moves_a_point_of_the_mainland() -> None:
    for move in CAUSES.values():
        assert move(*AT) != AT
    assert CAUSES["BD-09 taken as GCJ-02"](*AT) == convert(*convert(*AT, WGS84, BD09), GCJ02, WGS84)
