"""Daily quotas that are used up, remembered from run to run so that a platform is not asked again before it counts anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from travelcrawl.errors import QuotaSpent, UsageError
from travelcrawl.report.write import write_whole

LONGEST = timedelta(hours=25)
"""How far ahead a day can end, summer time included: a note of a later end was written by a clock that was wrong."""


def next_midnight(now: datetime, zone: str) -> datetime:
    """Return when the day of an aware moment ends in a time zone (IANA name)."""
    there = ZoneInfo(zone)
    return datetime.combine(now.astimezone(there).date() + timedelta(days=1), time(), tzinfo=there)


@attrs.frozen(kw_only=True)
class Quota:
    """The daily quota of one platform and key: a file in a folder while it is used up."""

    platform: str
    folder: Path
    secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """What the platform counts by: the run's keys. They are in the file's name as a hash only."""
    clock: Callable[[], datetime]
    """Aware."""

    @property
    def path(self) -> Path:
        """Where it is noted."""
        said = json.dumps(dict(self.secrets), sort_keys=True)
        return self.folder / f"quota-{self.platform}-{hashlib.sha256(said.encode()).hexdigest()[:12]}.json"

    @property
    def spent_until(self) -> datetime | None:
        """When the quota begins anew, aware; None where it is not known to be used up."""
        try:
            until = datetime.fromisoformat(json.loads(self.path.read_text(encoding="utf-8"))["until"])
            left = until - self.clock()
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return until if timedelta(0) < left <= LONGEST else None

    def check(self) -> None:
        """Raise QuotaSpent while it is used up."""
        if until := self.spent_until:
            raise QuotaSpent(
                f"{self.platform} has used up its quota of the day: start again from {until:%Y-%m-%d %H:%M} (UTC{until:%z});"
                " what is left to ask waits in the frontier"
            )

    def note_spent(self, zone: str) -> str:
        """Note that it is used up until the zone's next midnight; return the sentence that says so."""
        until = next_midnight(self.clock(), zone)
        said = f"the quota is used up until {until:%Y-%m-%d %H:%M} (UTC{until:%z})"
        try:
            write_whole(self.path, json.dumps({"platform": self.platform, "until": until.isoformat()}) + "\n")
        except UsageError as error:
            return f"{said}, which the next start will not know: {error}"
        return said
