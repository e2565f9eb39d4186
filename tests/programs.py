"""Programs of the tests as processes of their own, forked from one that has imported what they all need.

A ``scrapy`` command takes 1.9 s of the processor, most of it imports; forked, 0.1-0.3 s (2026-11-23, and the suite starts
some 250). What is forked is a real process with its own signals, environment, working directory and exit status; what has to
be started bare (``make crawl``, the kill tests) is started by subprocess.
"""

from __future__ import annotations

import gc
import importlib
import io
import multiprocessing
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import scrapy.commands
from coverage import Coverage
from scrapy.settings.default_settings import (
    DOWNLOAD_HANDLERS_BASE,
    DOWNLOADER_MIDDLEWARES_BASE,
    EXTENSIONS_BASE,
    SPIDER_MIDDLEWARES_BASE,
)

import travelcrawl.spiders

ROOT = Path(__file__).parents[1]
# Neither travelcrawl.settings nor a reactor: each process reads its own environment and chooses its own loop.
IMPORTED = [
    *("scrapy.cmdline", "scrapy.core.engine", "scrapy.pipelines", "scrapy.shell", "scrapy_poet.commands", "uvloop"),
    *(f"scrapy.commands.{module.name}" for module in pkgutil.iter_modules(scrapy.commands.__path__)),
    *(component.rpartition(".")[0] for component in (*DOWNLOADER_MIDDLEWARES_BASE, *SPIDER_MIDDLEWARES_BASE)),
    *(component.rpartition(".")[0] for component in (*EXTENSIONS_BASE, *DOWNLOAD_HANDLERS_BASE.values())),
    *("aiohttp.web", "dateutil.parser", "encodings.charmap", "platformdirs"),
    *(f"travelcrawl.spiders.{module.name}" for module in pkgutil.iter_modules(travelcrawl.spiders.__path__)),
    *("travelcrawl.frontier.scheduler", "travelcrawl.stores.factory", "travelcrawl.report.page"),
    *("travelcrawl.pipelines.clean", "travelcrawl.pipelines.enhance", "travelcrawl.middlewares.verdict"),
    *("travelcrawl.middlewares.agreement", "travelcrawl.extensions.display"),
]
if Coverage.current():
    # What is imported before a program is forked is not measured in it: here it is.
    for name in IMPORTED:
        importlib.import_module(name)
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(IMPORTED)


class Program:
    """A running program; what it says goes to files, so that it never waits for a reader. The words of subprocess.Popen."""

    def __init__(self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        self.command = command
        self._folder = tempfile.TemporaryDirectory(prefix="program-")
        self._files = [str(Path(self._folder.name) / name) for name in ("stdout", "stderr")]
        for path in self._files:
            # Killed before it opened them it has said nothing: on a busy machine that takes more than 50 ms.
            Path(path).touch()
        self._said: tuple[str, str] | None = None
        self._process = _context.Process(
            target=_run,
            args=(
                *(command, str(cwd or Path.cwd()), dict(os.environ if env is None else env)),
                *(Coverage.current() is not None, *self._files),
            ),
        )
        self._process.start()
        self.pid: int = self._process.pid or 0
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit status, or minus the signal that ended it; None while it runs."""
        if self.returncode is None:
            self.returncode = self._process.exitcode
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired; it goes on then."""
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(self.command, timeout or 0)
        return status

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end and return what it wrote to stdout and stderr. Raises subprocess.TimeoutExpired."""
        self.wait(timeout)
        if self._said is None:
            out, err = (Path(path).read_text(encoding="utf-8", errors="replace") for path in self._files)
            self._said = out, err
            self._folder.cleanup()
        return self._said


def run(
    *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run ``-m MODULE …`` or ``SCRIPT …`` to its end. Raises subprocess.TimeoutExpired, after it is killed."""
    program = Program(*command, cwd=cwd, env=env)
    try:
        out, err = program.communicate(timeout)
    finally:
        program.kill()
    return subprocess.CompletedProcess(command, program.returncode or 0, out, err)


def _run(command: tuple[str, ...], cwd: str, env: dict[str, str], measured: bool, *said: str) -> None:
    assert not {"travelcrawl.settings", "twisted.internet.reactor"} & sys.modules.keys(), (
        "imported before it was forked"
    )
    # What was imported is neither looked through nor copied by the search for garbage: a tenth of the processor time (2026-11-30).
    gc.freeze()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, path in enumerate(said, start=1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(number, "wb", 0, closefd=False), encoding="utf-8", write_through=True)
        for number in (1, 2)
    )
    with _measuring() if measured else nullcontext():
        _main(command, cwd, env)


@contextmanager
def _measuring() -> Iterator[None]:
    """Measure coverage: a forked process ends without the exit handlers by which coverage measures others."""
    coverage = Coverage(data_file=str(ROOT / ".coverage"), config_file=str(ROOT / "pyproject.toml"), data_suffix=True)
    coverage.start()
    try:
        yield
    finally:
        coverage.stop()
        coverage.save()


def _main(command: tuple[str, ...], cwd: str, env: dict[str, str]) -> None:
    first, *rest = command
    sys.path[:0] = filter(None, env.get("PYTHONPATH", "").split(os.pathsep))
    if first == "-m":
        sys.path.insert(0, cwd)
        module, *rest = rest
        sys.argv = [module, *rest]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(first).parent))
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")
