"""Where browsers keep their profiles, and the authorities that they trust."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from pathlib import Path

from travelcrawl.access.browser import Trust, trust_in

logger = logging.getLogger(__name__)


class Home:
    """A folder for browsers, until the end. ``authorities``: the file of TRAVELCRAWL_CA_FILE, or nothing."""

    def __init__(self, authorities: str | None) -> None:
        self.authorities = authorities
        self._folder: Path | None = None
        self._trust: asyncio.Task[Trust | None] | None = None

    @property
    def folder(self) -> Path:
        """Where the browsers' profiles are."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="travelcrawl-browser-"))
        return self._folder

    async def trusted(self) -> Trust | None:
        """Return what makes Chromium trust the authorities. Raises UsageError."""
        if self._trust is None:
            self._trust = asyncio.create_task(asyncio.to_thread(self._make_trust))
        return await asyncio.shield(self._trust)

    def _make_trust(self) -> Trust | None:
        if not self.authorities:
            return None
        trust = trust_in(Path(self.authorities), self.folder)
        if not trust.is_verified:
            logger.warning(
                "certutil (libnss3-tools) is not installed: Chromium believes any server that sends an authority of "
                "TRAVELCRAWL_CA_FILE along, whoever signed its certificate"
            )
        return trust

    async def close(self) -> None:
        """Remove the folder."""
        if self._folder:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
