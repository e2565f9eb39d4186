"""The job that each contender gets, the same for all: ``python -m bench.hostile_peers.<contender> JOB.json``."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """What a contender knows: where to begin, through what, how fast a site lets one egress ask, how long it may take."""

    seeds: list[str]
    proxies: list[str]
    rate: float
    """Requests per second that each site allows each egress; 0: nobody is told."""
    seconds: float
    """After which it has to end."""
    out: str
    """File that items are written to, a JSON object a line."""
    ca_file: str
    redis: str = ""
    """Where workers share the job; empty: there is one worker."""

    def keep(self, item: dict[str, Any]) -> None:
        """Store an item."""
        with Path(self.out).open("a", encoding="utf-8") as file:
            file.write(json.dumps(item) + "\n")


def read_job() -> Job:
    """Return the job named on the command line."""
    return Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
