"""``python -m tools.image``: build the image without Docker, and prove it; needs root and Debian's buildah, debootstrap and runc.

The Dockerfile is the one that Docker reads. Its base, which no registry can be asked for, is made by debootstrap under the same
name; the image is then run by runc as a container engine would: uid 1000, no capability, a root that is read-only.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tools.box import box, container, run, said
from tools.roles import prove
from travelcrawl.errors import TravelcrawlError, UsageError

ROOT = Path(__file__).parents[1]
BASE = "debian:bookworm-slim"
IMAGE = "travelcrawl:0.1.0"
PROGRAMS = ("buildah", "debootstrap", "runc")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def make_base() -> None:
    """Make the base under its name, unless it is there."""
    if said("buildah", "images", "--quiet", "--filter", f"reference={BASE}"):
        return
    suite = BASE.partition(":")[2].removesuffix("-slim")
    with tempfile.TemporaryDirectory(prefix="base-") as folder, container("scratch") as name:
        run("debootstrap", "--variant=minbase", suite, folder)
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
        run("buildah", "add", "--quiet", name, folder, "/")
        run("buildah", "config", "--cmd", "bash", name)
        run("buildah", "commit", "--quiet", name, BASE)


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
        run("buildah", "bud", *how, *(mounts if CERTIFICATES.exists() else ()), str(ROOT))
    return time.monotonic() - began


def size() -> str:
    """Return how much the image takes, unpacked."""
    return str(json.loads(said("buildah", "images", "--json", IMAGE))[0]["size"])


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
        print(f"built in {seconds:.0f} s, {size()}", flush=True)
        with box(IMAGE) as one:
            prove(one)
    except TravelcrawlError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
