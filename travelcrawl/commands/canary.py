"""``scrapy canary``: watch two workers for a minute and say whether the new one does as well."""

from __future__ import annotations

import argparse
import http.client
import sys
import time
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError


class Command(ScrapyCommand):
    """Compare what two /metrics count meanwhile: status 0 to promote the canary, 1 to take it back."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Say how it is called."""
        return "STABLE CANARY (addresses of /metrics)"

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Say whether a worker of a new image does as well as one that runs"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Take how long."""
        super().add_options(parser)
        parser.add_argument("--seconds", type=float, default=60, help="how long to watch (60)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Watch; what is wrong is said in one sentence, with status 2."""
        from rich.console import Console  # noqa: PLC0415 (every scrapy command imports this module)
        from rich.table import Table  # noqa: PLC0415

        from travelcrawl.node.canary import judge, work_of  # noqa: PLC0415

        try:
            if len(args) != 2 or not opts.seconds > 0:
                raise UsageError("scrapy canary takes two addresses of /metrics, and --seconds above 0")
            before = [work_of(_read(address)) for address in args]
            time.sleep(opts.seconds)
            stable, canary = (work_of(_read(address)) - then for address, then in zip(args, before, strict=True))
        except TravelcrawlError as error:
            sys.stderr.write(f"{error}\n")
            self.exitcode = 2
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in ("worker", "requests", "success", "items", "quality"):
            table.add_column(name, justify="left" if name == "worker" else "right")
        for name, work in (("stable", stable), ("canary", canary)):
            success = "" if work.success is None else f"{work.success:.1%}"
            quality = "" if work.mean_quality is None else f"{work.mean_quality:.2f}"
            table.add_row(name, f"{work.requests:,.0f}", success, f"{work.items:,.0f}", quality)
        Console(highlight=False, markup=False).print(table)
        if trouble := judge(stable, canary):
            self.exitcode = 1
        print(f"take it back: {trouble}" if trouble else "promote it")


def _read(address: str) -> str:
    """Return what is at an address, asked directly. Raises UsageError where that is nothing."""
    try:
        with build_opener(ProxyHandler({})).open(address, timeout=10) as answer:
            text: bytes = answer.read()
    except (URLError, OSError, ValueError, http.client.HTTPException) as error:
        raise UsageError(f"{address} cannot be read: {error}") from None
    return text.decode("utf-8", "replace")
