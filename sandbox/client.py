"""Start the sandbox in its own process, and ask it what happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import attrs

from sandbox.server import address_of
from sandbox.world import SEED, SIZE

ROOT = Path(__file__).resolve().parent.parent
_STOP = 10.0


@attrs.frozen(kw_only=True)
class Running:
    """A sandbox that is serving."""

    proxies: tuple[str, ...]
    """Proxy URLs, one an egress."""
    direct: int
    """Port that stands for the sites themselves: what comes here did not go through a proxy."""
    control: int
    ca_file: Path
    hosts: tuple[str, ...]
    env: dict[str, str]
    """What a crawl needs in its environment."""
    pid: int
    record: Mapping[str, Any] = attrs.field(factory=dict)
    """All that it said at its start."""

    def stats(self) -> dict[str, Any]:
        """Return the server's books (sandbox/books.py)."""
        books: dict[str, Any] = self._ask("stats")
        return books

    def reset(self) -> None:
        """Begin to count anew."""
        self._ask("reset", data=b"")

    def _ask(self, what: str, data: bytes | None = None) -> Any:
        request = Request(f"http://127.0.0.1:{self.control}/__sandbox__/{what}", data=data)
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running(
    *,
    seed: int = SEED,
    size: int = SIZE,
    egresses: int = 4,
    faults: Sequence[str] = (),
    folder: Path | None = None,
    more: Sequence[str] = (),
) -> Iterator[Running]:
    """Serve a world for as long as the block lasts; ``more`` are further arguments (``--hostile``).

    Raises RuntimeError, with what it said, where it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-") as made:
        command = [sys.executable, "-m", "sandbox", "serve", f"--seed={seed}", f"--size={size}"]
        command += [
            f"--egress={egresses}",
            f"--folder={folder or made}",
            *(f"--fault={fault}" for fault in faults),
            *more,
        ]
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        said = Path(made) / "stderr"
        with said.open("w") as stderr:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env={**os.environ, "PYTHONPATH": path},
            )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the sandbox did not start: {said.read_text().strip()}")
            yield _record(json.loads(line), process.pid)
        finally:
            process.stdin.close()
            try:
                process.wait(_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _record(record: dict[str, Any], pid: int) -> Running:
    return Running(
        proxies=tuple(map(address_of, record["proxies"])),
        direct=record["direct"],
        control=record["control"],
        ca_file=Path(record["ca_file"]),
        hosts=tuple(record["hosts"]),
        env=record["env"],
        pid=pid,
        record=record,
    )
