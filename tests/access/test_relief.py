from __future__ import annotations

import pytest

from travelcrawl.access.relief import Action, Load, Relief

CPU, MEMORY, CONNECTIONS = Action.CONCURRENCY, Action.MEMORY, Action.CONNECTIONS


def changes(*looks: tuple[float, dict[str, float]]) -> list[tuple[float, Action, int]]:
    """Return when, what and to how many steps, of looks at given seconds."""
    now = 0.0
    relief, found = Relief(lambda: now), []
    for now, figures in looks:
        load = Load(**{"cpu": 10.0, "memory": 10.0, "connections": 10.0, **figures})
        found += [(now, change.action, change.steps) for change in relief.look(load)]
    return found


@pytest.mark.parametrize(
    ("figures", "action"),
    [
        ({}, None),
        ({"cpu": 80.0}, None),
        ({"cpu": 80.1}, CPU),
        ({"memory": 85.0}, None),
        ({"memory": 86.0}, MEMORY),
        ({"connections": 500}, None),
        ({"connections": 501}, CONNECTIONS),
    ],
)
def test_what_is_too_much(figures: dict[str, float], action: Action | None) -> None:
    assert changes((0, figures)) == ([(0, action, 1)] if action else [])


def test_a_step_every_cooldown_up_to_the_most() -> None:
    looks = [(60.0 * minute, {"cpu": 95.0}) for minute in range(41)]
    assert changes(*looks) == [(300.0 * step, CPU, step + 1) for step in range(5)]


def test_undone_when_it_eases_and_not_in_between() -> None:
    found = changes((0, {"cpu": 90}), (300, {"cpu": 75}), (600, {"cpu": 60}), (900, {"cpu": 60}))
    assert found == [(0, CPU, 1), (600, CPU, 0)]


def test_undone_no_sooner_than_its_cooldown() -> None:
    assert changes((0, {"connections": 600}), (540, {}), (600, {})) == [(0, CONNECTIONS, 1), (600, CONNECTIONS, 0)]


def test_each_by_itself() -> None:
    found = changes((0, {"cpu": 90, "memory": 90}), (60, {"connections": 700}), (300, {"memory": 90}))
    assert found == [(0, CPU, 1), (0, MEMORY, 1), (60, CONNECTIONS, 1), (300, CPU, 0)]


def test_what_is_left_of_the_concurrency() -> None:
    (change,) = Relief(lambda: 0.0).look(Load(cpu=90, memory=1, connections=1))
    assert (change.share, change.is_relief) == (0.7, True)
