"""Trust the certificate authorities of TRAVELCRAWL_CA_FILE beside the system's."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from travelcrawl.errors import UsageError

SYSTEM = os.environ.get("SSL_CERT_FILE")
"""The bundle that was in force when the process began."""


class Trust:
    """Make one bundle of the system's authorities and those of ``TRAVELCRAWL_CA_FILE``, and have OpenSSL read it.

    SSL_CERT_FILE takes the place of the default bundle, for Scrapy's Twisted and aiohttp handlers alike (facts.md, 2026-11-22);
    a folder of certificates that the system names is still read.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Trust:
        """Switch off where no file is named. Raises UsageError where it holds no certificate."""
        if not crawler.settings["TRAVELCRAWL_CA_FILE"]:
            raise NotConfigured
        os.environ["SSL_CERT_FILE"] = str(bundle(Path(crawler.settings["TRAVELCRAWL_CA_FILE"])))
        return cls()


def bundle(added: Path) -> Path:
    """Write a PEM file of the system's authorities and the added ones, and return its path. Raises UsageError."""
    try:
        pem = added.read_text(encoding="ascii")
        ssl.create_default_context(cadata=pem)
    except (OSError, ValueError) as error:
        raise UsageError(f"TRAVELCRAWL_CA_FILE {str(added)!r} holds no PEM certificate: {error}") from None
    system = SYSTEM or ssl.get_default_verify_paths().cafile
    known = Path(system).read_text(encoding="utf-8", errors="replace") if system and Path(system).is_file() else ""
    path = Path(tempfile.gettempdir()) / f"travelcrawl-{os.getuid()}-{os.getpid()}.pem"
    path.write_text(f"{known}\n{pem}", encoding="utf-8")
    return path
