"""The list of egresses, read again when it changes."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.request import BaseHandler, HTTPSHandler, ProxyHandler, build_opener

from travelcrawl.access.egress import Egress, is_list_url, list_path, parse_egresses, parse_list
from travelcrawl.errors import UsageError
from travelcrawl.extensions.trust import bundle

logger = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that the address of a list has to answer."""
LARGEST = 16 * 1024 * 1024
"""Bytes of a list that are read."""


class ProxyList:
    """What TRAVELCRAWL_PROXIES names: a list itself, a file of one, or the operator's own address of one, which is asked directly.

    A list that cannot be read again, or holds no proxy then, leaves the one before in force.
    """

    def __init__(self, text: str, *, ca_file: str = "") -> None:
        self.text = text
        self.ca_file = ca_file
        self.path = None if is_list_url(text) else list_path(text)
        self._last = b""

    @property
    def may_change(self) -> bool:
        """Say whether it is worth reading again."""
        return self.path is not None or is_list_url(self.text)

    def read(self) -> tuple[Egress, ...]:
        """Return the egresses. Raises UsageError, which shows no credentials."""
        if not self.may_change:
            return parse_egresses(self.text)
        return self.changed() or ()

    def changed(self) -> tuple[Egress, ...] | None:
        """Return the egresses if they are others than before, else None. Raises UsageError."""
        content = self._content()
        digest = hashlib.sha256(content).digest()
        if digest == self._last:
            return None
        self._last = digest
        return parse_list(content.decode("utf-8-sig", "replace"), self.path.name if self.path else "the answer")

    async def watch(self, replace: Callable[[tuple[Egress, ...]], None], seconds: float) -> None:
        """Read again every so often, in a thread, and hand over what has changed, until cancelled."""
        said = ""
        while True:
            await asyncio.sleep(seconds)
            try:
                egresses = await asyncio.to_thread(self.changed)
                if egresses is not None:
                    replace(egresses)
                    logger.info("the list of proxies has changed: %d egresses", len(egresses))
                said = ""
            except UsageError as error:
                if str(error) != said:
                    logger.warning("%s; going on with the list before", error)
                said = str(error)

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes() if self.path else self._fetch()
        except (OSError, ValueError) as error:
            if self.path:
                why = f"neither a list of proxy URLs nor a readable file: {str(self.path)!r}"
                raise UsageError(f"TRAVELCRAWL_PROXIES is {why}; write http://host:port") from None
            # The address may hold a token: it is not shown.
            raise UsageError(f"the list that TRAVELCRAWL_PROXIES names cannot be had: {type(error).__name__}") from None

    def _fetch(self) -> bytes:
        handlers: list[BaseHandler] = [ProxyHandler({})]
        if self.ca_file:
            handlers.append(HTTPSHandler(context=ssl.create_default_context(cafile=str(bundle(Path(self.ca_file))))))
        with build_opener(*handlers).open(self.text.strip(), timeout=PATIENCE) as answer:
            content: bytes = answer.read(LARGEST)
        return content
