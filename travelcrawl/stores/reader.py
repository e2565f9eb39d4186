"""How reports, exports and comparisons read a store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from travelcrawl.stores.base import Record
from travelcrawl.stores.condition import Condition


class Reader(ABC):
    """One hand on a store that only reads; all that it reads is of the same moment."""

    @abstractmethod
    def read(self, layer: str, where: Condition | None = None) -> Iterator[Record]:
        """Yield the rows of a layer (see LAYERS) as dicts; lists and objects decoded, times as datetime.

        They are fetched as they are asked for, never all at once. Raises StoreError.
        """

    @abstractmethod
    def count(self, layer: str) -> int:
        """Return the number of rows of a layer. Raises StoreError."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the store."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
