"""Which rows of a layer a reader gives: one text for both stores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Condition:
    """What stands behind WHERE, with names in braces for its values: ``city = {city}``. Empty: all rows."""

    text: str = ""
    values: Mapping[str, Any] = attrs.field(factory=dict)

    @classmethod
    def all_of(cls, conditions: Iterable[Condition]) -> Condition:
        """Return the condition that holds where all hold."""
        given = [one for one in conditions if one.text]
        values = {name: value for one in given for name, value in one.values.items()}
        return cls(text=" AND ".join(f"({one.text})" for one in given), values=values)

    @classmethod
    def among(cls, column: str, values: Iterable[Any]) -> Condition:
        """Return the condition that a column has one of some values; nothing is asked where there are none."""
        named = {f"{column.replace('.', '_')}_{number}": value for number, value in enumerate(values)}
        marks = ", ".join(f"{{{name}}}" for name in named)
        return cls(text=f"{column} IN ({marks})" if named else "", values=named)

    def said(self, mark: Callable[[str], str]) -> str:
        """Return the WHERE clause, its values written as a driver takes them; empty where there is no condition."""
        return f" WHERE {self.text.format_map({name: mark(name) for name in self.values})}" if self.text else ""
