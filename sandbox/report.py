"""What a comparison says, as a person reads it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from sandbox.compare import Comparison

_FIRST = 5


def show(comparison: Comparison, console: Console | None = None) -> None:
    """Print the table, and the first of each trouble."""
    console = console or Console()
    table = Table(title="Store against truth", title_justify="left")
    table.add_column("platform")
    table.add_column("kind")
    for name in ("expected", "found", "missing", "wrong", "double"):
        table.add_column(name, justify="right")
    for tally in comparison.tallies:
        troubles = (tally.missing, tally.wrong, tally.double)
        counts = [str(len(trouble)) for trouble in troubles]
        style = None if tally.is_right else "red"
        table.add_row(tally.platform, tally.kind, str(tally.expected), str(tally.found), *counts, style=style)
    console.print(table)
    for tally in comparison.tallies:
        for word in ("missing", "wrong", "double"):
            for line in getattr(tally, word)[:_FIRST]:
                console.print(
                    f"{tally.platform} {tally.kind} {word}: {line}", markup=False, highlight=False, soft_wrap=True
                )
    for name in comparison.leaked[:_FIRST]:
        console.print(f"an author's name is in the file: {name}", markup=False, highlight=False)
    console.print("the store says the truth" if comparison.is_right else "the store does not say the truth")
