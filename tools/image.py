"""``python -m tools.image``: build the image without Docker, and prove it; needs root and Debian's buildah, debootstrap and crun.

The Dockerfile is the one that Docker reads. Its base, which no registry can be asked for, is made by debootstrap under the same
name; the image is then run by crun as a container engine would: uid 1000, no capability, a root that is read-only.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.client import running
from sandbox.compare import compare
from sandbox.report import show
from sandbox.world import build_world
from travelcrawl.errors import TravelcrawlError, UsageError

ROOT = Path(__file__).parents[1]
BASE = "debian:bookworm-slim"
IMAGE = "travelcrawl:0.1.0"
PROGRAMS = ("buildah", "debootstrap", "runc")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
UID = 1000
PLATFORM, CITY, SIZE = "ctrip", "310000", 64
"""What the crawl in the container takes of the sandbox."""
WHO = "import os; print(os.getuid(), os.access('/opt/travelcrawl', os.W_OK), os.access('/etc', os.W_OK))"


def make_base() -> None:
    """Make the base under its name, unless it is there."""
    if _said("buildah", "images", "--quiet", "--filter", f"reference={BASE}"):
        return
    suite = BASE.partition(":")[2].removesuffix("-slim")
    with tempfile.TemporaryDirectory(prefix="base-") as folder, _container("scratch") as name:
        _run("debootstrap", "--variant=minbase", suite, folder)
        sources = Path(folder) / "etc" / "apt" / "sources.list"
        main = sources.read_text().strip()
        # As in the named image: what is in there is mended by these two.
        updates = main.replace(f" {suite} ", f" {suite}-updates ")
        security = main.replace(f"/debian {suite} ", f"/debian-security {suite}-security ")
        sources.write_text("\n".join(dict.fromkeys((main, updates, security))) + "\n")
        for bulk in (
            "usr/share/doc",
            "usr/share/man",
            "usr/share/locale",
            "var/cache/apt/archives",
            "var/lib/apt/lists",
        ):
            shutil.rmtree(Path(folder) / bulk)
            (Path(folder) / bulk).mkdir()
        _run("buildah", "add", "--quiet", name, folder, "/")
        _run("buildah", "config", "--cmd", "bash", name)
        _run("buildah", "commit", "--quiet", name, BASE)


def build(*, fresh: bool) -> float:
    """Build the image, where asked without layers of earlier builds; return the seconds it took."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pip-") as made:
        # Where this machine's package index shows a certificate of its own, pip in the build has to know it, the image not.
        config = Path(made) / "pip.conf"
        config.write_text("[global]\ncert = /run/host/ca.pem\n")
        mounts = [f"--volume={CERTIFICATES}:/run/host/ca.pem:ro", f"--volume={config}:/etc/pip.conf:ro"]
        how = ["--isolation=chroot", "--format=docker", "--pull-never", f"--tag={IMAGE}"]
        how.append("--no-cache" if fresh else "--layers")
        _run("buildah", "bud", *how, *(mounts if CERTIFICATES.exists() else ()), str(ROOT))
    return time.monotonic() - began


@contextmanager
def _container(image: str) -> Iterator[str]:
    name = _said("buildah", "from", "--pull-never", image)
    try:
        yield name
    finally:
        _said("buildah", "rm", name)


class Box:
    """The image's files as a container engine runs them: uid 1000, no capability, a read-only root, this machine's network."""

    def __init__(self, folder: Path, root: str, image: dict[str, Any]) -> None:
        self.folder, self.root, self.image = folder, root, image
        self.state = folder / "state"
        self.state.mkdir()
        os.chown(self.state, UID, UID)

    def role(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the image's entry point with arguments to its end; what it says comes back."""
        return self.run(*self.image["Entrypoint"], *arguments, **env)

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the image."""
        with tempfile.TemporaryDirectory(prefix="bundle-", dir=self.folder) as bundle:
            self._spec(Path(bundle), arguments, env)
            command = ["runc", "run", f"--bundle={bundle}", Path(bundle).name]
            return subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)

    def _spec(self, bundle: Path, arguments: Sequence[str], env: dict[str, str]) -> None:
        _run("runc", "spec", cwd=bundle)
        file = bundle / "config.json"
        spec = json.loads(file.read_text())
        image = self.image
        spec["process"] |= {
            "terminal": False,
            "user": {"uid": UID, "gid": UID},
            "args": [*arguments],
            "env": [*image["Env"], *(f"{name}={value}" for name, value in env.items())],
            "cwd": image["WorkingDir"],
            "capabilities": {},
            "rlimits": [],
        }
        spec["root"] = {"path": self.root, "readonly": True}
        # The sandbox listens on this machine's loopback; limits are not what is proved.
        spaces = [one for one in spec["linux"]["namespaces"] if one["type"] not in ("network", "cgroup")]
        spec["linux"] = {"namespaces": spaces}
        spec["mounts"] = [one for one in spec["mounts"] if one["destination"] not in ("/sys", "/sys/fs/cgroup")]
        spec["mounts"] += [
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"]},
            {"destination": "/var/lib/travelcrawl", "source": str(self.state), "options": ["rbind", "rw"]},
            {"destination": "/run/sandbox", "source": str(self.folder / "sandbox"), "options": ["rbind", "ro"]},
        ]
        file.write_text(json.dumps(spec))


@contextmanager
def box() -> Iterator[Box]:
    """Give the image, mounted, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="box-") as folder, _container(IMAGE) as name:
        Path(folder).chmod(0o755)
        (Path(folder) / "sandbox").mkdir(mode=0o755)
        image = json.loads(_said("buildah", "inspect", "--format={{.Config}}", name))["config"]
        yield Box(Path(folder), _said("buildah", "mount", name), image)


def prove() -> None:
    """Run the image's roles. Raises UsageError, with what was said, where one does not do what it should."""
    with box() as one:
        _check(one.role("scrapy", "list"), says="xiaohongshu")
        _check(one.role("nothing"), status=2, says="say worker, migrate")
        _check(one.run("python", "-c", WHO), says=f"{UID} False False")
        _crawl(one)


def _crawl(one: Box) -> None:
    """Crawl a city of the sandbox in it, with what of it needs a browser, and compare what it stored with the truth."""
    folder = one.folder / "sandbox"
    with running(size=SIZE, folder=folder) as web:
        env = {name: value.replace(str(folder), "/run/sandbox") for name, value in web.env.items()}
        for file in folder.iterdir():
            file.chmod(0o644)
        done = one.role("scrapy", "crawl", PLATFORM, "-a", f"city={CITY}", **env)
    _check(done)
    found = compare(one.state / "travel.gpkg", build_world(size=SIZE), (PLATFORM,), (CITY,))
    show(found)
    if not found.is_right:
        raise UsageError(f"the crawl in the container is not whole\n{done.stderr}")


def size() -> int:
    """Return the bytes of the image's layers, unpacked."""
    return int(json.loads(_said("buildah", "images", "--json", IMAGE))[0]["size"])


def _check(done: subprocess.CompletedProcess[str], *, status: int = 0, says: str = "") -> None:
    said = done.stdout + done.stderr
    if done.returncode != status or says not in said:
        raise UsageError(f"status {done.returncode} in place of {status}, or {says!r} is missing:\n{said}")


def _run(*command: str, cwd: Path | None = None) -> None:
    if subprocess.run(command, cwd=cwd, stdout=sys.stderr, check=False).returncode:
        raise UsageError(f"{command[0]} failed: {' '.join(command)}")


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


def _is_able() -> None:
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        raise UsageError(f"this needs {', '.join(missing)}: apt-get install {' '.join(missing)}")
    if os.geteuid():
        raise UsageError("debootstrap and mounts need root: run it as root, or build with Docker: make docker-build")


def main(arguments: list[str]) -> int:
    """Make the base, build and prove; exit status 1 where one fails."""
    options = argparse.ArgumentParser(prog="python -m tools.image", description=__doc__)
    options.add_argument("--fresh", action="store_true", help="take no layer of an earlier build")
    fresh = options.parse_args(arguments).fresh
    try:
        _is_able()
        make_base()
        seconds = build(fresh=fresh)
        print(f"built in {seconds:.0f} s, {size() / 1e6:.0f} MB")
        prove()
    except TravelcrawlError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
