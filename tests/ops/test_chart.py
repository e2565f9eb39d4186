"""The chart with three sets of values: what it renders, checked against Kubernetes's own schemas and our promises."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tools import helm
from travelcrawl.errors import UsageError

VALUES = {
    "default": (),
    "external": ("--values", str(helm.CHART / "ci" / "external-values.yaml")),
    "minimal": ("--values", str(helm.CHART / "ci" / "minimal-values.yaml")),
}
Thing = dict[str, Any]
# Custom resources of the Prometheus operator: their fields, of its API v1, that may stand there.
CUSTOM = {
    "ServiceMonitor": {"jobLabel", "selector", "endpoints"},
    "PrometheusRule": {"groups"},
}


@cache
def rendered(values: str) -> list[Thing]:
    return [one for one in yaml.safe_load_all(helm.template(*VALUES[values])) if one]


def of_kind(values: str, *kinds: str) -> list[Thing]:
    return [one for one in rendered(values) if one["kind"] in kinds]


def pods(values: str) -> Iterator[tuple[str, Thing]]:
    for one in of_kind(values, "Deployment", "StatefulSet", "Job"):
        yield one["metadata"]["name"], one["spec"]["template"]
    for one in of_kind(values, "CronJob"):
        yield one["metadata"]["name"], one["spec"]["jobTemplate"]["spec"]["template"]


@pytest.mark.parametrize("values", VALUES)
def test_lint_is_clean(values: str) -> None:
    assert "0 chart(s) failed" in helm.helm("lint", "--strict", str(helm.CHART), *VALUES[values])


@pytest.mark.parametrize("values", VALUES)
def test_each_object_is_valid(values: str) -> None:
    for one in rendered(values):
        if one["kind"] in CUSTOM:
            assert one["apiVersion"] == "monitoring.coreos.com/v1"
            assert one["spec"].keys() <= CUSTOM[one["kind"]]
        else:
            kubernetes_validate.validate(one, "1.37", strict=True)


@pytest.mark.parametrize("values", VALUES)
def test_names_are_unique(values: str) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in rendered(values)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("values", VALUES)
def test_pods_are_fenced_in(values: str) -> None:
    for name, pod in pods(values):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert container["resources"].keys() == {"requests", "limits"}, name
            mounts = {mount["name"] for mount in container.get("volumeMounts", [])}
            claims = {
                claim["metadata"]["name"]
                for one in of_kind(values, "StatefulSet")
                for claim in one["spec"]["volumeClaimTemplates"]
            }
            assert mounts <= {volume["name"] for volume in spec["volumes"]} | claims, name


@pytest.mark.parametrize("values", VALUES)
def test_what_serves_has_probes_that_ask_ready_never_health(values: str) -> None:
    for name, pod in pods(values):
        for container in pod["spec"]["containers"]:
            if container["name"] in ("worker", "api"):
                assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "metrics"}, name
                assert (
                    container["livenessProbe"]["initialDelaySeconds"],
                    container["livenessProbe"]["periodSeconds"],
                ) == (60, 30)
                assert (
                    container["readinessProbe"]["initialDelaySeconds"],
                    container["readinessProbe"]["periodSeconds"],
                ) == (30, 10)


@pytest.mark.parametrize("values", VALUES)
def test_no_secret_is_in_what_is_rendered(values: str) -> None:
    assert not of_kind(values, "Secret")
    for name, pod in pods(values):
        for container in pod["spec"]["containers"]:
            for variable in container.get("env", []):
                if re.search("PASS|SECRET|KEY", variable["name"]):
                    assert variable["valueFrom"]["secretKeyRef"]["name"] == "travelcrawl", name


@pytest.mark.parametrize("values", VALUES)
def test_selectors_find_their_pods(values: str) -> None:
    labels = [pod["metadata"]["labels"] for _, pod in pods(values)]
    for one in of_kind(values, "Service", "PodDisruptionBudget"):
        wanted = one["spec"]["selector"].get("matchLabels", one["spec"]["selector"])
        assert any(wanted.items() <= have.items() for have in labels), one["metadata"]["name"]


def test_workers_scale_by_load_and_by_what_waits() -> None:
    (scaler,) = of_kind("default", "HorizontalPodAutoscaler")
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (3, 10)
    assert scaler["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 600
    names = [
        one.get("pods", one.get("external", {})).get("metric", one.get("resource", {}))
        for one in scaler["spec"]["metrics"]
    ]
    assert [one["name"] for one in names] == ["cpu", "memory", "crawler_requests_per_second", "crawler_queue_depth"]
    (worker,) = [one for one in of_kind("default", "Deployment") if one["metadata"]["name"] == "travelcrawl-worker"]
    # With a number here each `helm upgrade` would undo the scaling.
    assert "replicas" not in worker["spec"]
    assert worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 130


def test_rules_are_the_same_files() -> None:
    (rule,) = of_kind("default", "PrometheusRule")
    files = sorted((helm.ROOT / "ops" / "prometheus" / "rules").glob("*.yml"))
    assert rule["spec"]["groups"] == [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]


def test_jobs_of_the_rules_are_scraped_under_their_names() -> None:
    (monitor,) = of_kind("default", "ServiceMonitor")
    label = monitor["spec"]["jobLabel"]
    assert {one["metadata"]["labels"][label] for one in of_kind("default", "Service")} == {
        "crawler",
        "postgres",
        "redis",
    }


def test_external_stores_are_not_installed() -> None:
    assert not of_kind("external", "StatefulSet")
    environment = {
        one["name"]: one.get("value") for _, pod in pods("external") for one in pod["spec"]["containers"][0]["env"]
    }
    assert environment["TRAVELCRAWL_DATABASE_URL"] == "postgresql://travelcrawl@db.example.org:5432/travelcrawl"
    assert environment["TRAVELCRAWL_REDIS_URL"] == "rediss://:$(REDIS_PASSWORD)@redis.example.org:6380/0"


def test_minimal_values_leave_out_what_a_small_cluster_lacks() -> None:
    kinds = {one["kind"] for one in rendered("minimal")}
    assert kinds == {"ConfigMap", "ServiceAccount", "Deployment", "StatefulSet", "Service", "Job"}


def test_a_worker_cannot_reach_private_networks_or_the_metadata_service() -> None:
    (policy,) = [one for one in of_kind("default", "NetworkPolicy") if one["metadata"]["name"] == "travelcrawl-worker"]
    (web,) = policy["spec"]["egress"]
    assert web["to"][0]["ipBlock"]["except"] == [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
    ]


def test_stores_are_reached_by_our_roles_alone() -> None:
    for name in ("travelcrawl-postgres", "travelcrawl-redis"):
        (policy,) = [one for one in of_kind("default", "NetworkPolicy") if one["metadata"]["name"] == name]
        (rule,) = policy["spec"]["ingress"]
        (peer,) = rule["from"]
        assert peer["podSelector"]["matchExpressions"][0]["values"] == ["worker", "api", "migrate", "recrawl"]


def test_manifests_are_rendered_from_the_chart() -> None:
    assert helm.MANIFESTS.read_text(encoding="utf-8") == helm.manifests(), "run make manifests"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--set", "existingSecret="), "existingSecret", id="no secret named"),
        pytest.param(("--set", "postgres.password=x"), "password", id="a password among the values"),
        pytest.param(("--set", "settings.SECRET_KEY=x"), "SECRET_KEY", id="a secret among the settings"),
        pytest.param(("--set", "redis.external=redis://:x@host:1/0"), "external", id="an address with a password"),
        pytest.param(("--set", "image.digest=latest"), "digest", id="a digest that is none"),
        pytest.param(("--set", "wroker.replicas=1"), "wroker", id="a misspelt value"),
    ],
)
def test_bad_values_are_refused(options: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        helm.template(*options)


def test_redis_reads_its_configuration(tmp_path: Any) -> None:
    config = (helm.ROOT / "ops" / "redis.conf").read_text().replace("dir /data", f"dir {tmp_path}")
    (tmp_path / "redis.conf").write_text(f"{config}\nport 0\nnonsense 1\n")
    done = subprocess.run(
        ["redis-server", tmp_path / "redis.conf"], capture_output=True, text=True, timeout=60, check=False
    )
    # All lines up to the one that is wrong on purpose are understood.
    assert "'nonsense 1'" in done.stdout + done.stderr
