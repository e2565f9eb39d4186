"""When load is to be taken off a machine, and when it may come back: decided on figures, with a clock that is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from math import inf

import attrs


class Action(StrEnum):
    """What is done."""

    CONCURRENCY = "concurrency"
    """Fewer requests at once, by STEP each time."""
    MEMORY = "memory"
    """Fewer requests ahead, fresh browsers."""
    CONNECTIONS = "connections"
    """Idle connections are closed, and kept for a shorter time."""


@attrs.frozen(kw_only=True)
class Load:
    """What a machine is at."""

    cpu: float
    """Percent."""
    memory: float
    """Percent."""
    connections: float
    """Of this process."""


@attrs.frozen(kw_only=True)
class Limit:
    """Above what an action is taken, below what it is undone, and seconds between two steps of it."""

    above: float
    below: float
    cooldown: float
    most: int = 1
    """Steps that it can be taken further."""


LIMITS: dict[Action, Limit] = {
    Action.CONCURRENCY: Limit(above=80.0, below=65.0, cooldown=300.0, most=5),
    Action.MEMORY: Limit(above=85.0, below=75.0, cooldown=300.0),
    Action.CONNECTIONS: Limit(above=500.0, below=350.0, cooldown=600.0),
}
STEP = 0.7
"""What is left of the concurrency after a step."""


@attrs.frozen(kw_only=True)
class Change:
    """An action, by how many steps it is in force now, and at what figure."""

    action: Action
    steps: int
    is_relief: bool
    """False: a step is undone."""
    figure: float

    @property
    def share(self) -> float:
        """What is left of the concurrency."""
        share: float = STEP**self.steps
        return share


@attrs.define
class _State:
    steps: int = 0
    since: float = -inf


class Relief:
    """Look at the load now and then; each look gives the changes that it calls for.

    Between the two bounds of an action nothing changes, and after a step there is none for its cool-down, so that load that goes
    up and down does not make everything go up and down with it. A step is undone as slowly as it is taken.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._states = {action: _State() for action in Action}

    def look(self, load: Load) -> Iterator[Change]:
        """Yield what is to be changed."""
        figures = {
            Action.CONCURRENCY: load.cpu,
            Action.MEMORY: load.memory,
            Action.CONNECTIONS: load.connections,
        }
        now = self.clock()
        for action, figure in figures.items():
            limit, state = LIMITS[action], self._states[action]
            if now < state.since + limit.cooldown:
                continue
            if figure > limit.above and state.steps < limit.most:
                state.steps, state.since = state.steps + 1, now
                yield Change(action=action, steps=state.steps, is_relief=True, figure=figure)
            elif figure < limit.below and state.steps:
                state.steps, state.since = state.steps - 1, now
                yield Change(action=action, steps=state.steps, is_relief=False, figure=figure)
