"""Start jobs and see them end: Scrapyd's launcher and poller, which lose no place to an error and drain when told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import attrs
from scrapyd import launcher, poller
from scrapyd.config import Config
from scrapyd.interfaces import IEnvironment
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready

from travelcrawl.extensions.board import forget, is_shared
from travelcrawl.extensions.logs import JOB

logger = logging.getLogger(__name__)

GRACE = 110.0
"""Seconds that jobs have to end when the node stops: a container has 120."""


class Poller(poller.QueuePoller):  # type: ignore[misc]
    """Look for jobs that wait. An error is logged, and the next look comes all the same: Scrapyd's stops for good."""

    def poll(self) -> Deferred[None]:
        """Hand out jobs while places are free."""
        looked: Deferred[None] = super().poll()
        return looked.addErrback(lambda failure: logger.error("the queue of jobs: %s", failure.getErrorMessage()))


class JobProtocol(launcher.ScrapyProcessProtocol):  # type: ignore[misc]
    """What a job says goes into the node's log; on stderr that is progress, not errors."""

    _rest = ""
    """The beginning of a line whose end has not come."""

    def errReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Log what a job says."""
        self.outReceived(data)

    def outReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Log what a job says; lines that are log records themselves are passed on as they are."""
        *lines, self._rest = (self._rest + data.decode("utf-8", "replace")).split("\n")
        for line in lines:
            if line.startswith("{"):
                sys.stdout.write(f"{line}\n")
            elif line.strip():
                logger.info("%s %s: %s", self.spider, self.job, line)
        sys.stdout.flush()


class Launcher(launcher.Launcher):  # type: ignore[misc]
    """Run jobs in ``max_proc`` places."""

    def __init__(self, config: Config, app: Any) -> None:
        super().__init__(config, app)
        self.is_draining = False
        self.ended = 0
        self._vacant = asyncio.Event()
        _use_logs(config, app)

    def _spawn_process(self, message: dict[str, Any], slot: int) -> None:
        try:
            self._start(message, slot)
        except Exception:
            # The place would be lost, and with the last the node would stand still (scrapyd#279).
            logger.exception("job %s of %s could not be started", message.get("_job"), message.get("_spider"))
            self.processes.pop(slot, None)
            self._get_message(slot)

    def _start(self, message: dict[str, Any], slot: int) -> None:
        """Start a job as Scrapyd does, but for its protocol."""
        environment = self.app.getComponent(IEnvironment)
        message.setdefault("settings", {}).update(environment.get_settings(message))
        env = environment.get_environment(message, slot)
        env[JOB] = message["_job"]
        args = [sys.executable, "-m", self.runner, "crawl", *launcher.get_crawl_args(message)]
        process = JobProtocol(message["_project"], message["_spider"], message["_job"], env, args)
        process.deferred.addBoth(self._process_finished, slot)
        launcher.reactor.spawnProcess(process, sys.executable, args=args, env=env)
        self.processes[slot] = process

    def _process_finished(self, result: Any, slot: int) -> None:
        process = self.processes[slot]
        self.ended += 1
        if is_shared() and process.pid:
            forget(process.pid)
        if not self.is_draining:
            super()._process_finished(result, slot)
            return
        del self.processes[slot]
        process.end_time = launcher.datetime.datetime.now()
        self.finished.add(process)
        if not self.processes:
            self._vacant.set()

    async def drain(self, grace: float = GRACE) -> bool:
        """Start nothing more, have all jobs stop, and wait for them; False where some had to be killed."""
        self.is_draining = True
        if not self.processes:
            return True
        self._signal("TERM")
        try:
            await asyncio.wait_for(self._vacant.wait(), grace)
        except TimeoutError:
            logger.error("%d jobs did not end in %.0f s and are killed", len(self.processes), grace)
            self._signal("KILL")
            await self._vacant.wait()
            return False
        return True

    def _signal(self, name: str) -> None:
        for process in self.processes.values():
            try:
                process.transport.signalProcess(name)
            except ProcessExitedAlready:
                continue


@attrs.define
class Stuck:
    """Whether jobs wait though places are free, for too long (scrapyd#543)."""

    patience: float = 60.0
    """Seconds."""
    _since: float | None = None

    def look(self, pending: int, running: int, places: int, now: float) -> bool:
        """Note how it stands, and say whether it has been so for too long."""
        if not pending or running >= places:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since > self.patience


def _use_logs(config: Config, app: Any) -> None:
    """Have jobs log to the node's own output: where they write JSON lines, and where the folder of logs cannot be written."""
    environment = app.getComponent(IEnvironment)
    folder = config.get("logs_dir", "")
    if os.environ.get("TRAVELCRAWL_LOGS") == "json":
        environment.logs_dir = ""
    elif folder and not _is_writable(Path(folder)):
        logger.warning("the folder of logs %s cannot be written: jobs log to the node's output", folder)
        environment.logs_dir = ""


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
