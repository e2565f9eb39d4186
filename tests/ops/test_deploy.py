"""ops/deploy.sh and ops/canary.sh, with a stand-in for docker that notes what it is told: no engine runs where tests do."""

import os
import subprocess
from pathlib import Path

import pytest

OPS = Path(__file__).parents[2] / "ops"
# What fails is named in FAILS, by words of its command line and of the image.
DOCKER = """#!/bin/sh
echo "[${TRAVELCRAWL_IMAGE:-}] $*" >> "$NOTES"
for word in $FAILS; do
    case "[${TRAVELCRAWL_IMAGE:-}]-$(echo "$*" | tr ' ' '-')" in *$word*) exit 1 ;; esac
done
case "$*" in
"compose ps --quiet worker") [ -z "$BEFORE" ] || echo container ;;
inspect*) echo "$BEFORE" ;;
*"migrate migrate") echo "$MIGRATED" ;;
esac
"""


class Host:
    """A host with such a docker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        docker = folder / "docker"
        docker.write_text(DOCKER)
        docker.chmod(0o755)
        self.notes = folder / "notes"

    def run(self, script: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        said = {"NOTES": str(self.notes), "FAILS": "", "BEFORE": "sha256:old", "MIGRATED": "up to date", **env}
        path = f"{self.folder}:{os.environ['PATH']}"
        return subprocess.run(
            [OPS / script, *arguments],
            env={**os.environ, "PATH": path, **said},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def told(self) -> list[str]:
        return self.notes.read_text().splitlines()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.delenv("TRAVELCRAWL_IMAGE", raising=False)
    return Host(tmp_path)


def test_all_goes_well(host: Host) -> None:
    done = host.run("deploy.sh")
    assert done.returncode == 0, done.stdout
    steps = [line.partition("compose ")[2] for line in host.told]
    order = [
        next(place for place, step in enumerate(steps) if word in step)
        for word in ("config", "build", "redis", "migrate", "worker python")
    ]
    assert order == sorted(order)
    assert "https://localhost:443" in done.stdout


@pytest.mark.parametrize(
    ("fails", "more", "says", "back"),
    [
        pytest.param("config", {}, "", False, id="password missing"),
        pytest.param("build-worker", {}, "what runs was not touched", False, id="no image"),
        pytest.param("postgis-redis", {}, "not healthy", False, id="no database"),
        pytest.param("migrate-migrate", {}, "workers were not touched", False, id="no migration"),
        pytest.param("0.1.0]*timeout-60-worker", {}, "went back to sha256:old", True, id="not healthy"),
        pytest.param("0.1.0]*exec", {}, "went back to sha256:old", True, id="not ready"),
        pytest.param("timeout-60-worker", {}, "neither is sha256:old", True, id="nothing works"),
        pytest.param("exec", {"BEFORE": ""}, "nothing ran before", False, id="first time"),
        pytest.param("exec", {"MIGRATED": "applied 0002_more"}, "restore the backup", False, id="schema changed"),
    ],
)
def test_what_fails_is_said_and_taken_back(host: Host, fails: str, more: dict[str, str], says: str, back: bool) -> None:
    done = host.run("deploy.sh", FAILS=fails, **more)
    assert done.returncode == (2 if fails == "config" else 1)
    assert says in done.stdout
    assert any(line.startswith("[sha256:old] compose up") for line in host.told) == back


def test_an_image_that_is_named_is_not_built(host: Host) -> None:
    assert host.run("deploy.sh", TRAVELCRAWL_IMAGE="travelcrawl@sha256:new").returncode == 0
    assert not any("build worker" in line for line in host.told)
    assert any(line.startswith("[travelcrawl@sha256:new] compose up") and line.endswith("worker") for line in host.told)


@pytest.mark.parametrize(("fails", "status", "promoted"), [("", 0, True), ("scrapy-canary", 1, False)])
def test_a_canary_is_promoted_or_taken_back(host: Host, fails: str, status: int, promoted: bool) -> None:
    done = host.run("canary.sh", "travelcrawl@sha256:new", FAILS=fails)
    assert done.returncode == status, done.stderr
    assert any("compose up" in line for line in host.told) == promoted
    assert host.told[-1].endswith("rm --force travelcrawl-canary")
    assert ("taken back" in done.stdout) != promoted


def test_a_canary_needs_an_image(host: Host) -> None:
    assert host.run("canary.sh").returncode == 2
