"""An image of buildah's, run by runc as a container engine runs it: uid 1000, no capability, a root that is read-only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from travelcrawl.errors import UsageError

UID = 1000


class Box:
    """The image's files and what it says of itself, with this machine's network; what it keeps is in ``state``."""

    def __init__(self, folder: Path, root: str, image: dict[str, Any]) -> None:
        self.folder, self.root, self.image = folder, root, image
        self.state = folder / "state"
        self.state.mkdir()
        os.chown(self.state, UID, UID)
        self.shared = folder / "shared"
        """A folder that it may read as /run/shared."""
        self.shared.mkdir(mode=0o755)

    def role(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the image's entry point with arguments to its end; what it says comes back."""
        return self.run(*self.image["Entrypoint"], *arguments, **env)

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the image to its end."""
        with self.started(*arguments, **env) as (process, _):
            out, err = process.communicate(timeout=900)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    @contextmanager
    def started(self, *arguments: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """Start a program of the image; give its process and the name by which runc knows it. It is killed in the end."""
        with tempfile.TemporaryDirectory(prefix="bundle-", dir=self.folder) as bundle:
            name = Path(bundle).name
            self._spec(Path(bundle), arguments, env)
            command = ["runc", "run", f"--bundle={bundle}", name]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                yield process, name
            finally:
                if process.poll() is None:
                    subprocess.run(["runc", "kill", name, "KILL"], check=False)
                    process.communicate()

    def _spec(self, bundle: Path, arguments: Sequence[str], env: dict[str, str]) -> None:
        run("runc", "spec", cwd=bundle)
        file = bundle / "config.json"
        spec = json.loads(file.read_text())
        spec["process"] |= {
            "terminal": False,
            "user": {"uid": UID, "gid": UID},
            "args": [*arguments],
            "env": [*self.image["Env"], *(f"{name}={value}" for name, value in env.items())],
            "cwd": self.image["WorkingDir"],
            "capabilities": {},
            "rlimits": [],
        }
        spec["root"] = {"path": self.root, "readonly": True}
        # What it talks to listens on this machine's loopback; limits are not what is proved.
        spaces = [one for one in spec["linux"]["namespaces"] if one["type"] not in ("network", "cgroup")]
        spec["linux"] = {"namespaces": spaces}
        spec["mounts"] = [one for one in spec["mounts"] if one["destination"] not in ("/sys", "/sys/fs/cgroup")]
        spec["mounts"] += [
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"]},
            {"destination": "/var/lib/travelcrawl", "source": str(self.state), "options": ["rbind", "rw"]},
            {"destination": "/run/shared", "source": str(self.shared), "options": ["rbind", "ro"]},
        ]
        file.write_text(json.dumps(spec))


@contextmanager
def box(image: str) -> Iterator[Box]:
    """Give an image, mounted, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="box-") as folder, container(image) as name:
        Path(folder).chmod(0o755)
        config = json.loads(said("buildah", "inspect", "--format={{.Config}}", name))["config"]
        yield Box(Path(folder), said("buildah", "mount", name), config)


@contextmanager
def container(image: str) -> Iterator[str]:
    """Give the name of a container of an image, for buildah."""
    name = said("buildah", "from", "--pull-never", image)
    try:
        yield name
    finally:
        said("buildah", "rm", name)


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a program, whose words go to stderr. Raises UsageError where it fails."""
    if subprocess.run(command, cwd=cwd, stdout=sys.stderr, check=False).returncode:
        raise UsageError(f"{command[0]} failed: {' '.join(command)}")


def said(*command: str) -> str:
    """Return what a program says. Raises UsageError where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()
