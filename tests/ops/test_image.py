"""Dockerfile and lock, as far as they can be judged without building: make image builds, runs and crawls."""

import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LINES = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NOT_IN_IT = {"dev", "sandbox"}
"""Extras that the image is made without."""
ENTRYPOINT = ROOT / "ops" / "image" / "entrypoint.sh"


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Version of each package of a lock, and its number of hashes."""
    text = (ROOT / "ops" / "image" / name).read_text()
    found = re.findall(r"^([\w.-]+)==([^ ;\\]+)(.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*)", text, re.M)
    return {canonicalize_name(name): (version, rest.count("--hash=")) for name, version, rest in found}


def test_lock_fits_the_project() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    packed = [one for name in extras.keys() - NOT_IN_IT for one in extras[name]]
    wanted = [Requirement(one) for one in (*PROJECT["project"]["dependencies"], *packed)]
    have = {name: version for name, (version, _) in locked("requirements.lock").items()}
    for one in wanted:
        assert one.specifier.contains(have[canonicalize_name(one.name)]), f"{one}: run make lock"
    builders = [Requirement(one) for one in PROJECT["build-system"]["requires"]]
    assert locked("build.lock").keys() == {canonicalize_name(one.name) for one in builders}


@pytest.mark.parametrize("name", ["requirements.lock", "build.lock"])
def test_each_package_has_hashes_and_no_index_is_named(name: str) -> None:
    assert all(hashes for _, hashes in locked(name).values())
    assert not re.search(
        r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host", (ROOT / "ops" / "image" / name).read_text()
    )


def test_what_is_installed_is_hashed() -> None:
    installs = [line for line in LINES if "pip" in line and re.search(r"\binstall\b.*\s-r\s", line)]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)
    assert not [line for line in LINES if line.startswith("ADD")]


def test_base_is_chosen_by_an_argument() -> None:
    assert LINES[0] == "ARG BASE=debian:bookworm-slim"
    assert {line for line in LINES if line.startswith("FROM")} == {
        "FROM ${BASE} AS base",
        "FROM base AS build",
        "FROM base",
    }


def test_nothing_runs_as_root() -> None:
    assert [line for line in LINES if line.startswith("USER")] == ["USER 1000:1000"]
    order = [line.split()[0] for line in LINES]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert "COPY" not in order[order.index("USER") :]


def test_health_is_asked_of_ready_by_status_code() -> None:
    (check,) = (line for line in LINES if line.startswith("HEALTHCHECK"))
    assert "--interval=30s --timeout=10s --start-period=40s --retries=3" in check
    assert "127.0.0.1:9410/ready" in check


def test_no_secret_is_in_the_image() -> None:
    assert not re.search(r"(?i)(?:ENV|ARG)\s[^#]*(?:password|secret_key|amap_key|dsn)", DOCKERFILE)
    allowed = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()
    copied = {word for line in LINES if re.match(r"COPY (?!--from)", line) for word in line.split()[1:-1]}
    for path in copied:
        assert any(path == one[1:] or path.startswith(f"{one[1:]}/") for one in allowed), path


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [
        (["worker"], "python -m travelcrawl.node"),
        (["migrate"], "scrapy migrate"),
        (["scrapy", "seed", "amap", "-a", "city=上海"], "scrapy seed amap -a city=上海"),
    ],
)
def test_roles(tmp_path: Path, arguments: list[str], runs: str) -> None:
    for name in ("python", "scrapy"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@"\n')
        program.chmod(0o755)
    done = subprocess.run(
        [ENTRYPOINT, *arguments], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == (runs, 0)


@pytest.mark.parametrize("arguments", [[], ["sh"], ["api"]])
def test_what_is_no_role_is_said(arguments: list[str]) -> None:
    done = subprocess.run([ENTRYPOINT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "say worker, migrate, or a scrapy command" in done.stderr


def test_entrypoint_can_be_run() -> None:
    assert ENTRYPOINT.stat().st_mode & stat.S_IXOTH
