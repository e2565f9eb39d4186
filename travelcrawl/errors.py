"""Every error this project raises, under one base."""

from __future__ import annotations


class TravelcrawlError(Exception):
    """Base of all errors here. Its text is one sentence for the user: what is wrong and what to do."""


class UsageError(TravelcrawlError):
    """Raised when arguments or settings are wrong; the command ends with exit status 2."""


class UnknownCity(UsageError):
    """Raised when a city is not in the table, or not served by the platform."""


class NotSerialisable(TravelcrawlError):
    """Raised when a link holds what a queue cannot carry."""


class StoreError(TravelcrawlError):
    """Raised when a store cannot be opened, read or written."""


class StoreFull(StoreError):
    """Raised when the disk under a store is full; what was not written is kept and written when there is room."""


class StoreCorrupt(StoreError):
    """Raised when a store's file is damaged or not a store at all."""


class BackupError(TravelcrawlError):
    """Raised when a backup cannot be made, is damaged, or may not be restored where it was asked to be."""


class GaveUp(TravelcrawlError):
    """Raised for a request that got no answer and is not sent again; ``cause`` is the verdict that decided.

    ``sample`` is the beginning of what came instead, None where nothing came.
    """

    def __init__(self, message: str, *, cause: str, sample: str | None = None) -> None:
        super().__init__(message)
        self.cause = str(cause)
        self.sample = sample


class PutOff(GaveUp):
    """Raised for a request that cannot be asked in this run and may be in another: it stays in the frontier."""


class QuotaSpent(TravelcrawlError):
    """Raised at the start of a run whose platform has used up its quota of the day."""


class FrontierError(TravelcrawlError):
    """Raised when the place where requests wait cannot be used."""


class BackendDown(FrontierError):
    """Raised while the place where requests wait cannot be reached; what was asked of it may be asked again."""
