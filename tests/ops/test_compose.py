"""compose.yaml and compose.worker.yaml: their schema, and what is promised of every service."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = ("compose.yaml", "compose.worker.yaml")
SECRETS = {"DB_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "SCRAPYD_PASSWORD", "GRAFANA_PASSWORD"}
ADDRESSES = {"TRAVELCRAWL_DATABASE_URL", "TRAVELCRAWL_REDIS_URL"}
# What no container needs to be: reachable, or more than its program.
PROFILES = {
    None: {"postgis", "redis", "migrate", "worker", "nginx"},
    "monitoring": {
        *("prometheus", "alertmanager", "grafana"),
        *("redis-exporter", "postgres-exporter", "nginx-exporter", "node-exporter"),
    },
    "logs": {"loki", "alloy"},
    "tracing": {"jaeger"},
}
Thing = dict[str, Any]


def composed(file: str) -> Thing:
    found: Thing = yaml.safe_load((ROOT / file).read_text())
    return found


SERVICES = [
    pytest.param(one, id=f"{file}-{name}") for file in FILES for name, one in composed(file)["services"].items()
]


@pytest.mark.parametrize("file", [*FILES, "compose.dev.yaml"])
def test_schema_is_met(file: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_services_are_in_their_profiles() -> None:
    found: dict[str | None, set[str]] = {}
    for name, one in composed("compose.yaml")["services"].items():
        for profile in one.get("profiles", [None]):
            found.setdefault(profile, set()).add(name)
    assert found == PROFILES


@pytest.mark.parametrize("service", SERVICES)
def test_service_is_fenced_in(service: Thing) -> None:
    assert service["deploy"]["resources"]["limits"].keys() == {"memory", "cpus"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
    assert service["restart"] in ("unless-stopped", "on-failure:5")
    assert not service.get("privileged")
    assert re.fullmatch(r"(\$\{TRAVELCRAWL_IMAGE:-)?[\w./-]+:v?\d[\w.-]*}?", service["image"]), service["image"]
    for volume in service.get("volumes", []):
        assert "docker.sock" not in volume
        # What is ours on the host is read; only named volumes are written.
        assert volume.endswith((":ro", ":ro,rslave")) or re.match(r"[a-z]+:/", volume), volume


def test_nothing_is_published_but_nginx() -> None:
    services = composed("compose.yaml")["services"]
    assert {name for name, one in services.items() if "ports" in one or "network_mode" in one} == {"nginx"}
    # Elsewhere Prometheus has to come to it; nobody does unless an address is named.
    (worker,) = composed("compose.worker.yaml")["services"].values()
    assert worker["ports"] == ["${METRICS_ADDRESS:-127.0.0.1}:9410:9410"]
    assert "SCRAPYD_BIND_ADDRESS" not in worker["environment"]
    networks = composed("compose.yaml")["networks"]
    assert {name for name, one in networks.items() if one.get("internal")} == {"store", "front"}
    for name, one in composed("compose.yaml")["services"].items():
        if "outside" in one["networks"]:
            assert name in ("worker", "nginx", "alertmanager"), name


def test_for_development_ports_are_on_loopback() -> None:
    for one in composed("compose.dev.yaml")["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in one["ports"])


@pytest.mark.parametrize("file", FILES)
def test_secrets_are_refused_when_missing_and_never_in_the_file(file: str) -> None:
    text = (ROOT / file).read_text()
    used = re.findall(r"(?<!\$)\$\{(\w+)(:[?-])?([^}]*)}", text)
    for name, how, said in used:
        assert how, name
        assert (how == ":?") == (name in SECRETS | ADDRESSES), name
        if how == ":?":
            assert said.startswith(f"set {name} in .env")
        elif re.search("KEY|PASSWORD|DSN|PROXIES", name):
            assert not said, name
    # A password as an argument is seen by everybody on the host.
    for name, one in composed(file)["services"].items():
        assert not re.search(r"\$\{(\w*PASSWORD|SECRET_KEY)", str(one.get("command"))), name


def test_example_names_each_variable_and_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    used = {name for file in FILES for name in re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / file).read_text())}
    assert example.keys() == used | {"COMPOSE_PROFILES"}
    assert not any(example[name] for name in SECRETS | ADDRESSES)
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("name", "interval", "timeout", "start", "retries", "memory", "cpus"),
    [
        ("postgis", "10s", "5s", None, 5, "1g", "1"),
        ("redis", "10s", "5s", None, 5, "3g", "1"),
        ("worker", "30s", "10s", "40s", 3, "2g", "1"),
    ],
)
def test_health_and_limits_are_those_agreed(
    name: str, interval: str, timeout: str, start: str | None, retries: int, memory: str, cpus: str
) -> None:
    one = composed("compose.yaml")["services"][name]
    health = one["healthcheck"]
    assert (health["interval"], health["timeout"], health.get("start_period"), health["retries"]) == (
        interval,
        timeout,
        start,
        retries,
    )
    assert one["deploy"]["resources"]["limits"] == {"memory": memory, "cpus": cpus}


def test_a_worker_gets_its_two_minutes_and_many_files() -> None:
    for file in FILES:
        worker = composed(file)["services"]["worker"]
        assert worker["stop_grace_period"] == "2m"
        assert worker["ulimits"]["nofile"]["soft"] >= 65536
        assert worker["user"] == "1000:1000"
        assert worker["read_only"] is True
        assert worker["cap_drop"] == ["ALL"]


def test_a_worker_elsewhere_needs_addresses_only() -> None:
    (worker,) = composed("compose.worker.yaml")["services"].values()
    assert "depends_on" not in worker
    here = composed("compose.yaml")["services"]["worker"]["environment"]
    assert worker["environment"].keys() <= here.keys()


def test_files_that_are_mounted_are_there() -> None:
    for one in composed("compose.yaml")["services"].values():
        for volume in one.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (ROOT / source).exists(), source
