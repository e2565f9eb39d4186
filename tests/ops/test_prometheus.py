import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

OPS = Path(__file__).parents[2] / "ops"
PROMETHEUS = OPS / "prometheus"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
TEST_FILES = sorted((PROMETHEUS / "tests").glob("*.yml"))
RULES: list[dict[str, Any]] = [
    rule for file in RULE_FILES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
# The table of shared agreements with operators: name, how long, how grave.
AGREED = {
    ("HighErrorRate", "5m", "warning"),
    ("CrawlFailureRate", "5m", "warning"),
    ("CrawlFailureRate", "15m", "critical"),
    ("SlowResponseTime", "5m", "warning"),
    ("CrawlerBlocked", "0m", "critical"),
    ("LowProxyPoolSize", "10m", "critical"),
    ("DataQualityDrop", "10m", "critical"),
    ("TaskQueueBacklog", "5m", "warning"),
    ("DeadLetterQueueNotEmpty", "1m", "critical"),
    ("HighProcessingLatency", "5m", "warning"),
    ("TaskFailureRate", "3m", "warning"),
    ("LowDiscoveryRate", "30m", "warning"),
    ("LeaseReaped", "5m", "warning"),
    ("LeaseTooOld", "5m", "warning"),
    ("DatumShift", "5m", "critical"),
    ("AvailabilityBurnRate", "2m", "critical"),
    ("AvailabilityBurnRate", "15m", "warning"),
    ("APIHighErrorRate", "2m", "critical"),
    ("APIHighLatency", "5m", "warning"),
    ("PostgreSQLDown", "1m", "critical"),
    ("RedisDown", "1m", "critical"),
    ("PostgreSQLTooManyConnections", "5m", "warning"),
    ("RedisHighMemoryUsage", "5m", "critical"),
    ("HostCPU", "5m", "warning"),
    ("HostCPU", "5m", "critical"),
    ("HostMemory", "5m", "warning"),
    ("HostMemory", "5m", "critical"),
    ("HostDisk", "5m", "warning"),
    ("HostDisk", "5m", "critical"),
    ("HostConnections", "5m", "warning"),
    ("PodCrashLooping", "5m", "critical"),
    ("PodNotReady", "10m", "warning"),
    ("HighMemoryUsage", "5m", "warning"),
    ("HighCPUUsage", "10m", "warning"),
}
# Its figures, as the rules compare with them.
THRESHOLDS = {
    ("APIHighErrorRate", "critical"): "> 0.1, > 0.05",
    ("APIHighLatency", "warning"): "> 2",
    ("HighErrorRate", "warning"): "> 0.1, > 0.01",
    ("CrawlFailureRate", "warning"): "> 0.2",
    ("CrawlFailureRate", "critical"): "> 0.2",
    ("SlowResponseTime", "warning"): "> 10",
    ("CrawlerBlocked", "critical"): "> 5, > 0.01",
    ("LowProxyPoolSize", "critical"): "< 10",
    ("DataQualityDrop", "critical"): "< 0.6",
    ("LowDiscoveryRate", "warning"): "< 10",
    ("DatumShift", "critical"): "> 100",
    ("TaskQueueBacklog", "warning"): "> 3600",
    ("DeadLetterQueueNotEmpty", "critical"): "",
    ("HighProcessingLatency", "warning"): "> 60",
    ("TaskFailureRate", "warning"): "> 0.1",
    ("LeaseReaped", "warning"): "> 10",
    ("LeaseTooOld", "warning"): "> 900",
    ("HostCPU", "warning"): "> 80",
    ("HostCPU", "critical"): "> 90",
    ("HostMemory", "warning"): "> 85",
    ("HostMemory", "critical"): "> 95",
    ("HostDisk", "warning"): "> 90",
    ("HostDisk", "critical"): "> 95",
    ("HostConnections", "warning"): "> 1000",
    ("PodCrashLooping", "critical"): "> 2",
    ("PodNotReady", "warning"): "",
    ("HighMemoryUsage", "warning"): "> 0.9",
    ("HighCPUUsage", "warning"): "> 0.8",
    ("AvailabilityBurnRate", "critical"): "> 14.4 * 0.001, > 14.4 * 0.001",
    ("AvailabilityBurnRate", "warning"): "> 6 * 0.001, > 6 * 0.001",
    ("PostgreSQLDown", "critical"): "",
    ("PostgreSQLTooManyConnections", "warning"): "> 0.8",
    ("RedisDown", "critical"): "",
    ("RedisHighMemoryUsage", "critical"): "> 0.9",
}


def run(*command: str, cwd: Path) -> str:
    """Run a checker; what it says, which has to be that all is well."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def jobs(name: str) -> list[str]:
    return [job["job_name"] for job in yaml.safe_load((PROMETHEUS / name).read_text())["scrape_configs"]]


def test_alerts_are_those_agreed() -> None:
    assert {(rule["alert"], rule["for"], rule["labels"]["severity"]) for rule in ALERTS} == AGREED


def test_thresholds_are_those_agreed() -> None:
    found = {}
    for rule in ALERTS:
        figures = re.findall(r"[<>] \d[\d.]*(?: \* [\d.]+)?", rule["expr"])
        found[rule["alert"], rule["labels"]["severity"]] = ", ".join(one for one in figures if one != "> 0")
    assert found == THRESHOLDS


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_alert_says_what_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"].keys() == {"severity", "service"}
    notes = rule["annotations"]
    assert notes["summary"]
    assert notes["description"]
    assert notes["runbook_url"] == f"docs/operations.md#{rule['alert'].lower()}"
    assert notes["job"] in {*jobs("prometheus.yml"), *jobs("prometheus-kubernetes.yml")}


def test_gauges_of_shared_things_are_never_summed_over_nodes() -> None:
    for rule in RULES:
        for gauge in ("crawler_queue_depth", "crawler_proxy_pool_size"):
            for place in re.finditer(gauge, rule["expr"]):
                assert re.search(r"max(?: by \([^)]*\) ?)?\($", rule["expr"][: place.start()]), rule["expr"]


def test_rules_and_configuration_are_valid(tmp_path: Path) -> None:
    run("promtool", "check", "rules", *map(str, RULE_FILES), cwd=PROMETHEUS)
    run("promtool", "check", "config", "prometheus.yml", cwd=PROMETHEUS)
    # Debian's promtool is built without service discovery of Kubernetes; the rest of that file it can check.
    shutil.copytree(PROMETHEUS / "rules", tmp_path / "rules")
    wanted = yaml.safe_load((PROMETHEUS / "prometheus-kubernetes.yml").read_text())
    for job in wanted["scrape_configs"]:
        assert {one["role"] for one in job.pop("kubernetes_sd_configs")} <= {"pod", "node", "endpoints"}
        job.get("tls_config", {}).pop("ca_file", None)
        job.get("authorization", {}).pop("credentials_file", None)
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(wanted))
    run("promtool", "check", "config", "prometheus.yml", cwd=tmp_path)


@pytest.mark.parametrize("file", TEST_FILES, ids=lambda file: file.stem)
def test_alerts_fire_and_stay_silent(file: Path) -> None:
    run("promtool", "test", "rules", file.name, cwd=file.parent)


def test_each_alert_has_a_case_that_fires_and_one_that_is_silent() -> None:
    fired: set[tuple[str, str]] = set()
    silent: set[str] = set()
    for file in TEST_FILES:
        for case in yaml.safe_load(file.read_text())["tests"]:
            for check in case["promql_expr_test"]:
                name = re.search(r'alertname="(\w+)"', check["expr"])
                assert name
                for sample in check["exp_samples"]:
                    fired.update((name[1], severity) for severity in re.findall(r'severity="(\w+)"', sample["labels"]))
                if not check["exp_samples"]:
                    silent.add(name[1])
    assert fired == {(rule["alert"], rule["labels"]["severity"]) for rule in ALERTS}
    assert silent == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        pytest.param("severity=critical", "webhook,critical", id="critical"),
        pytest.param("severity=warning", "webhook,warning", id="warning"),
        pytest.param("severity=other", "default", id="other"),
    ],
)
def test_alertmanager_tells_the_right_people(labels: str, receivers: str) -> None:
    said = run("amtool", "config", "routes", "test", "--config.file=alertmanager.yml", labels, cwd=OPS / "alertmanager")
    assert said.splitlines()[0] == receivers


def test_alertmanager_is_valid_and_holds_no_secret() -> None:
    run("amtool", "check-config", "alertmanager.yml", cwd=OPS / "alertmanager")
    config = (OPS / "alertmanager" / "alertmanager.yml").read_text()
    assert not re.search(r"(?:password|api_url|token|secret):", config)
